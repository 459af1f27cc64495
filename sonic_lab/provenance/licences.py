"""What a licence expression allows, by the table in ``rules.toml``.

The expression is parsed by the `license-expression` library; the facts are data.

References
----------
SPDX specification 3.0.1, annex "SPDX license expressions".
"""

from __future__ import annotations

import difflib
import functools
import itertools
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..optional import need

_PORTED = re.compile(r"(CC-BY(?:-NC)?(?:-SA|-ND)?-\d\.\d)-[A-Z]{2,3}")
_MOST = 64  # alternatives that an expression may offer; no honest one has more


@dataclass(frozen=True)
class Licence:
    """One line of the table: what a licence allows and asks."""

    ids: tuple[str, ...]
    name: str
    source: str
    commercial: bool
    adapt: bool
    share_alike: str = ""
    credit: bool = False
    remark: str = ""


@dataclass(frozen=True)
class Part:
    """One licence of an expression; `licence` is None where the table does not know it."""

    id: str
    licence: Licence | None
    exception: str = ""

    @property
    def own_terms(self) -> bool:
        """Whether it is a LicenseRef, whose terms stand elsewhere."""
        return "LicenseRef-" in self.id


@dataclass(frozen=True)
class Terms:
    """A licence expression, read.

    Attributes
    ----------
    alternatives : the ways in which it can be met, each a set of licences that hold together
    problem, suggestion : why it cannot be read, and what may have been meant; else empty
    """

    alternatives: tuple[tuple[Part, ...], ...] = ()
    problem: str = ""
    suggestion: str = ""


@functools.cache
def table() -> dict[str, Any]:
    """Return the whole of ``rules.toml``."""
    path = Path(__file__).parent / "rules.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


@functools.cache
def licences() -> dict[str, Licence]:
    """Return the licences of the table, by identifier.

    >>> licences()["CC-BY-NC-4.0"].commercial
    False
    """
    rows = (Licence(**{**row, "ids": tuple(row["ids"])}) for row in table()["licence"])
    return {id: licence for licence in rows for id in licence.ids}


@functools.cache
def may_become(group: str) -> frozenset[str]:
    """Return the share-alike groups that a changed version of a work of this group may join."""
    joined = (row["to"] for row in table()["compatible"] if row["from"] == group)
    return frozenset({group, *joined})


@functools.lru_cache(maxsize=4096)
def read(expression: str) -> Terms | None:
    """Read a licence expression; None where it states nothing (empty, NONE, NOASSERTION).

    Raises
    ------
    MissingDependencyError
        license-expression is not installed.

    Examples
    --------
    >>> [[part.id for part in way] for way in read("MIT AND (CC0-1.0 OR CC-BY-4.0)").alternatives]
    [['MIT', 'CC0-1.0'], ['MIT', 'CC-BY-4.0']]
    >>> read("CC BY 4.0").suggestion
    'CC-BY-4.0 perhaps'
    """
    if expression.strip() in ("", "NONE", "NOASSERTION"):
        return None
    library = need("license_expression", extra="provenance")
    try:
        parsed = _licensing().parse(expression)
    except library.ExpressionError as error:
        return Terms(problem=str(error).strip().splitlines()[0], suggestion=_suggest(expression))
    unknown = [k for k in _licensing().unknown_license_keys(parsed) if "LicenseRef-" not in k]
    if unknown:
        return Terms(problem=f"{unknown[0]!r} is not on its list", suggestion=_suggest(unknown[0]))
    ways = _ways(parsed)
    if len(ways) > _MOST:
        return Terms(problem=f"it offers {len(ways)} alternatives", suggestion="shorter")
    return Terms(alternatives=tuple(tuple(dict.fromkeys(way)) for way in ways))


@functools.cache
def _licensing() -> Any:
    return need("license_expression", extra="provenance").get_spdx_licensing()


def _ways(node: Any) -> list[list[Part]]:
    """Multiply an expression out: a list of alternatives, each a list of parts."""
    licensing = _licensing()
    if isinstance(node, licensing.OR):
        return [way for arg in node.args for way in _ways(arg)]
    if isinstance(node, licensing.AND):
        branches = [_ways(arg) for arg in node.args]
        if functools.reduce(lambda total, b: total * len(b), branches, 1) > _MOST:
            return [[]] * (_MOST + 1)
        return [list(itertools.chain(*ways)) for ways in itertools.product(*branches)]
    if hasattr(node, "exception_symbol"):
        id, exception = node.license_symbol.key, node.exception_symbol.key
    else:
        id, exception = node.key, ""
    ported = _PORTED.fullmatch(id)
    return [[Part(id, licences().get(ported[1] if ported else id), exception)]]


def _suggest(text: str) -> str:
    """Guess what was meant, from what people write instead of identifiers."""
    words = re.sub(r"[\s_]+", "-", text.strip()).upper().removeprefix("CREATIVE-COMMONS-")
    words = words.replace("ATTRIBUTION", "BY").replace("CC-0", "CC0").removesuffix("-LICENSE")
    known = {id.upper(): id for id in licences()}
    longer = [id for id in sorted(known, reverse=True) if id.startswith(f"{words}-")]
    close = longer or difflib.get_close_matches(words, known, n=1, cutoff=0.75)
    return f"{known[close[0]]} perhaps" if close else "such as CC-BY-4.0"
