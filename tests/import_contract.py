"""The import contract of the package, read from its source without running it.

Rooms stand in the order of `ROOMS`, the ground first, and a module may import from its own room
and from those before it. Imports inside functions count too: late is about speed, not direction.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = "sonic_lab"

# DESIGN order. One per line would hide the groups: each row may be read as one floor of the house.
ROOMS = (
    *("errors", "optional", "devices", "randomness", "cgroup", "memory", "home"),
    *("audio", "clips", "features"),
    *("effects", "metrics"),
    *("augment", "plots"),
    "corpus",
    "models",
    "generation",
    "watermark",
    *("provenance", "tracking"),
    *("federated", "deploy"),
    "pipeline",
    *("doctor", "widgets", "course", "cli", "__main__"),
)

# Signal rooms take and return NumPy. These files may reach for torch, and only when called.
SIGNAL = {"audio", "clips", "features", "effects", "metrics", "augment"}
NEURAL = {"torch", "torchaudio", "transformers", "accelerate"}
LATE_TORCH = {
    *(
        f"augment/batch/{name}.py"
        for name in (
            *("policy", "crew", "steps", "levels", "noise", "timing", "resampling", "systems"),
            *("recursion", "vocoder"),
        )
    ),
    "features/batch.py",
}

# Widgets are drawn by the faces only; `plots` may speak to IPython to show a figure.
FACES = {"doctor", "widgets", "course", "cli"}
UI = {"ipywidgets", "anywidget", "ipyevents"}

JUNK_DRAWERS = {"utils", "util", "helpers", "misc", "common"}


def violations(package: Path) -> list[str]:
    """List what in the package at `package` breaks the contract, one sentence each."""
    found = []
    for path in sorted(package.rglob("*.py")):
        inside = path.relative_to(package)
        where = f"{package.name}/{inside.as_posix()}"
        found += [f"{where}: {text}" for text in _name_problems(inside)]
        tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
        if inside != Path("__init__.py"):  # the front door opens every room, and opens it late
            for node, late in _imports(tree):
                for target in _targets(node, inside):
                    found += [
                        f"{where}:{node.lineno}: {text}" for text in _judge(target, inside, late)
                    ]
    return found


def _room(inside: Path) -> str:
    return inside.parts[0].removesuffix(".py")


def _name_problems(inside: Path) -> Iterator[str]:
    for part in inside.parts:
        if part.removesuffix(".py").strip("_") in JUNK_DRAWERS:
            yield f"a module named {part} says nothing of what is in it: name it for what it does"
    if inside != Path("__init__.py") and _room(inside) not in ROOMS:
        yield (
            f"{_room(inside)!r} is a room without a place: "
            "add it to ROOMS in tests/import_contract.py, after all that it stands on"
        )


def _imports(tree: ast.AST, late: bool = False) -> Iterator[tuple[ast.expr | ast.stmt, bool]]:
    """Yield every import of a tree (statements and calls by name), and whether it is late."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)) or _named_import(node):
            yield node, late
        inner = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        yield from _imports(node, late or inner or _never_run(node))


def _never_run(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and getattr(node.test, "id", None) == "TYPE_CHECKING"


def _named_import(node: ast.AST) -> str | None:
    """Return the name in ``import_module("name")``, ``__import__("name")`` or ``need("name")``."""
    if not (isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)):
        return None
    called = getattr(node.func, "attr", getattr(node.func, "id", None))
    name = node.args[0].value
    known = called in {"import_module", "__import__", "need"}
    return name if known and isinstance(name, str) else None


def _targets(node: ast.AST, inside: Path) -> Iterator[str]:
    """Yield the full dotted names that an import reaches for."""
    home = [PACKAGE, *inside.parent.parts]
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = home[: len(home) - node.level + 1] if node.level else []
        base += node.module.split(".") if node.module else []
        yield from (".".join([*base, alias.name]) for alias in node.names)
    elif name := _named_import(node):
        dots = len(name) - len(name.lstrip("."))
        base = home[: len(home) - dots + 1] if dots else []
        yield ".".join([*base, name.lstrip(".")])


def _judge(target: str, inside: Path, late: bool) -> Iterator[str]:
    room, (top, *rest) = _room(inside), target.split(".")
    if top == PACKAGE:
        yield from _judge_direction(room, rest)
    elif top in NEURAL and room in SIGNAL:
        if inside.as_posix() not in LATE_TORCH:
            yield f"{room} is a signal room, NumPy in and out, and imports {top}"
        elif not late:
            yield f"import {top} inside the function that needs it, so that the room opens fast"
    elif top in UI and room not in FACES:
        yield f"{room} draws no widgets, and imports {top}: that belongs to {', '.join(FACES)}"


def _judge_direction(room: str, rest: list[str]) -> Iterator[str]:
    if not rest:
        yield f"{room} imports the whole package, which hides where it reaches: name the room"
    elif rest[0] in ROOMS and room in ROOMS and ROOMS.index(rest[0]) > ROOMS.index(room):
        yield f"{room} imports {rest[0]}, which stands above it: imports point down only"
