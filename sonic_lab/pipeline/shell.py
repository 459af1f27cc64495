"""``sonic-lab generate``, ``mark`` and ``verify``: the pipeline from a shell."""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..errors import ParameterError

KEY_VARIABLE = "SONIC_LAB_KEY"


def register(subparsers: Any) -> None:
    """Add ``generate``, ``mark`` and ``verify`` to the parsers of `sonic-lab`."""
    _add_generate(subparsers)
    mark = subparsers.add_parser(
        "mark",
        help="mark a sound, and sign what made it",
        description="Marks a sound with a number of its own, saves it, and records in a signed "
        "registry what the number stands for. The first use makes the registry's key.",
    )
    mark.add_argument("source", help="the sound to mark")
    mark.add_argument("target", help="where the marked one goes: .wav, .flac, .ogg or .mp3")
    mark.add_argument("--registry", default="registry.jsonl", help="default: registry.jsonl")
    mark.add_argument("--signing-key", default="registry.key", help="default: registry.key")
    mark.add_argument("--model-card", default="", help="name or address of the model's card")
    mark.add_argument("--run", default="", dest="run_id", help="id of the training run")
    mark.add_argument("--manifest", default="", help="digest of the data it learned from")
    _add_mark_settings(mark)
    mark.set_defaults(run=_mark)

    verify = subparsers.add_parser(
        "verify",
        help="say whether sounds are marked, how sure that is, and what made them",
        description="Looks for a mark of your key, and follows its number to the model and data. "
        "Without a key it takes your seal, with which `generate` marks.",
        epilog="The exit code is 0 where every file is marked, else 1.",
    )
    verify.add_argument("files", nargs="+", help="sounds to look at")
    _add_seal(verify)
    verify.add_argument("--registry", help="the registry that knows the numbers")
    verify.add_argument("--public-key", help="64 hexadecimal digits, as `mark` printed them")
    verify.add_argument("--json", action="store_true", help="print JSON, for a program to read")
    _add_mark_settings(verify)
    verify.set_defaults(run=_verify)


def _add_generate(subparsers: Any) -> None:
    from ..generation import shell as generation

    parser = subparsers.add_parser(
        "generate",
        help="make music from words, and mark it",
        description="Makes music from words, marks it with a number of its own, saves it with a "
        "record beside it (model, weights, licence, settings, seed), and signs in your registry "
        "what the number stands for. The first use makes your keys.",
        epilog="Trace it back with `sonic-lab verify`.",
    )
    generation.add_arguments(parser)
    parser.add_argument("--out", default="take.wav", help=".wav, .flac, .ogg or .mp3")
    parser.add_argument("--no-mark", action="store_true", help="save it as it is")
    _add_seal(parser)
    parser.add_argument("--strength", choices=("gentle", "robust"), default="gentle")
    parser.set_defaults(run=_generate)


def _add_seal(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seal", help="folder of your keys and registry; default: your own")


def _add_mark_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--key-file", help=f"file that holds the mark's secret; else the variable {KEY_VARIABLE}"
    )
    parser.add_argument("--bits", type=int, choices=(16, 32), default=32, help="default: 32")
    parser.add_argument("--strength", choices=("gentle", "robust"), default="gentle")


def _generate(arguments: argparse.Namespace) -> int:
    from ..generation import shell as generation
    from .generating import release
    from .publishing import check_target
    from .seal import Seal

    target = check_target(arguments.out)
    seal = Seal(arguments.seal, strength=arguments.strength)
    if not arguments.no_mark:
        seal.prepare()
    take = generation.make(arguments)
    out = release(take, target, seal=seal, marked=not arguments.no_mark)
    print(f"{out.path}: {out.words} Its record is {out.record}")
    return 0


def _mark(arguments: argparse.Namespace) -> int:
    from ..audio import load
    from ..provenance import Registry
    from .publishing import publish

    mark = _mark_of(arguments)
    signing_key = Path(arguments.signing_key)
    if not signing_key.exists():
        Registry.new_key(signing_key)
        print(f"made {signing_key}, which signs the registry: keep it to yourself")
    registry = Registry(arguments.registry, key=signing_key)
    y, sr = load(arguments.source, mono=False)
    out = publish(
        y, arguments.target, sr=sr, mark=mark, registry=registry,
        model_card=arguments.model_card, run=arguments.run_id, manifest=arguments.manifest,
    )  # fmt: skip
    print(f"{out.path}: payload {out.payload:#x}, read back with a score of {out.score:.1f}")
    print(f"recorded in {registry.path}; its public key is {registry.public_key}")
    return 0


def _verify(arguments: argparse.Namespace) -> int:
    from ..provenance import Registry
    from .tracing import trace

    if bool(arguments.registry) != bool(arguments.public_key):
        raise ParameterError("--registry and --public-key go together: give both or neither")
    registry = None
    if arguments.registry:
        registry = Registry(arguments.registry, public_key=arguments.public_key)
    if seal := _seal_of(arguments):
        mark, registry = seal.mark, registry or seal.registry
    else:
        mark = _mark_of(arguments)
    found = [trace(file, mark=mark, registry=registry) for file in arguments.files]
    if arguments.json:
        print(json.dumps([asdict(one) for one in found], indent=2, default=str))
    else:
        print("\n".join(str(one) for one in found))
    return 0 if all(one.marked for one in found) else 1


def _seal_of(arguments: argparse.Namespace) -> Any:
    """Return the seal that was named, or the own one where there is no other key; or None."""
    from .seal import Seal

    own_key = arguments.key_file or os.environ.get(KEY_VARIABLE)
    if arguments.seal and arguments.key_file:
        raise ParameterError("--seal and --key-file are two keys: give one of them")
    if own_key and not arguments.seal:
        return None
    seal = Seal(arguments.seal, bits=arguments.bits)
    if arguments.seal and not seal.exists:
        raise ParameterError(f"--seal {arguments.seal} holds no keys: `generate` makes them")
    return seal if seal.exists else None


def _mark_of(arguments: argparse.Namespace) -> Any:
    from ..watermark import SpreadSpectrum

    return SpreadSpectrum(_secret(arguments), strength=arguments.strength, bits=arguments.bits)


def _secret(arguments: argparse.Namespace) -> str:
    """Read the mark's key from a file or the environment: a command line is seen by others."""
    if arguments.key_file:
        try:
            secret = Path(arguments.key_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ParameterError(
                f"--key-file {arguments.key_file} cannot be read: {error}"
            ) from error
    else:
        secret = os.environ.get(KEY_VARIABLE, "")
    if not secret:
        raise ParameterError(f"there is no key: give --key-file FILE, or set {KEY_VARIABLE}")
    return secret
