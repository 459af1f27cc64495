"""Numbers without collisions, and entries that only the key can make."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("cryptography", reason="cryptography is not installed (extra: provenance)")

from sonic_lab.errors import ManifestError, SignatureError, UnknownNameError
from sonic_lab.provenance import Registry
from sonic_lab.provenance import registry as registry_module
from tests.provenance.papers import digest


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "r.jsonl", key=Registry.new_key(tmp_path / "key"))


def stranger(registry: Registry) -> Registry:
    return Registry(registry.path, public_key=registry.public_key)


def edit(registry: Registry, line: int, **changes: Any) -> None:
    lines = registry.path.read_text().splitlines()
    lines[line] = json.dumps({**json.loads(lines[line]), **changes})
    registry.path.write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize("bits", [16, 32])
def test_number_leads_back_to_what_was_recorded(registry: Registry, bits: int) -> None:
    number = registry.allocate(bits=bits)
    assert 0 < number < 2**bits
    assert registry.lookup(number).state == "reserved"
    made = registry.record(
        number, clip_sha256=digest("clip"), model_card="tiny", run="r1", manifest=digest("data")
    )
    seen = stranger(registry).lookup(number)
    assert seen == made
    assert (seen.bits, seen.state, seen.model_card, seen.run) == (bits, "recorded", "tiny", "r1")
    assert (seen.clip_sha256, seen.manifest) == (digest("clip"), digest("data"))
    assert stranger(registry).verify() == []


def test_no_number_is_given_twice(registry: Registry) -> None:
    numbers = [registry.allocate(bits=16) for _ in range(30)]
    numbers += [registry.allocate(bits=32) for _ in range(30)]
    assert len(set(numbers)) == 60
    with pytest.raises(ManifestError, match=f"payload={numbers[0]} is taken"):
        registry.allocate(numbers[0], bits=16)


def test_last_free_number_is_found_and_then_none(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(registry_module._RANGES, 16, (1, 12))
    assert sorted(registry.allocate(bits=16) for _ in range(11)) == list(range(1, 12))
    with pytest.raises(ManifestError, match="no payload of 16 bits is free"):
        registry.allocate(bits=16)


@pytest.mark.slow
def test_two_programs_never_get_the_same(registry: Registry, tmp_path: Path) -> None:
    code = (
        "import sys; from sonic_lab.provenance import Registry\n"
        "r = Registry(sys.argv[1], key=sys.argv[2])\n"
        "print(*(r.allocate(bits=16) for _ in range(40)))"
    )
    command = [sys.executable, "-c", code, str(registry.path), str(tmp_path / "key")]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    numbers = [number for child in children for number in child.communicate()[0].split()]
    assert len(numbers) == len(set(numbers)) == 80
    assert registry.verify() == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("payload", 7), ("bits", 32), ("model_card", "mine"), ("run", "x"), ("clip_sha256", "0" * 64),
     ("at", "2020-01-01T00:00:00+00:00"), ("manifest", "x"), ("previous", "")],
)  # fmt: skip
def test_altered_entry_is_found_out(registry: Registry, name: str, value: Any) -> None:
    number = registry.allocate(300, bits=16)
    registry.record(number, clip_sha256=digest("clip"), model_card="tiny")
    edit(registry, 1, **{name: value})
    assert "line 2 was not signed with this key, or was altered" in stranger(registry).verify()
    assert stranger(registry).lookup(300).state == "reserved"  # what still holds


def test_forged_entry_is_refused_and_changes_nothing(registry: Registry, tmp_path: Path) -> None:
    number = registry.allocate(300, bits=16)
    honest = registry.record(number, clip_sha256=digest("clip"), model_card="tiny")
    forger = Registry(tmp_path / "r.jsonl", key=Registry.new_key(tmp_path / "other"))
    line = registry.path.read_text().splitlines()[1]
    signature = base64.b64encode(forger._private.sign(b"anything")).decode()
    for forged in ({"model_card": "forged"}, {"payload": 301, "signature": signature}):
        with registry.path.open("a") as file:
            file.write(json.dumps({**json.loads(line), **forged}) + "\n")
    assert registry.lookup(300) == honest
    with pytest.raises(SignatureError, match=r"payload 301 .* is forged or altered"):
        registry.lookup(301)
    assert len(registry.verify()) == 2
    registry.allocate(400, bits=16)  # goes on from the last honest entry
    assert len(registry.verify()) == 2


def test_another_key_signs_nothing_here(registry: Registry, tmp_path: Path) -> None:
    registry.allocate(300, bits=16)
    other = Registry(registry.path, key=Registry.new_key(tmp_path / "other"))
    with pytest.raises(SignatureError, match="not signed with the key"):
        other.lookup(300)


@pytest.mark.parametrize("gone", [0, 1])
def test_entry_taken_from_the_middle_is_missed(registry: Registry, gone: int) -> None:
    for number in (300, 301, 302):
        registry.allocate(number, bits=16)
    lines = registry.path.read_text().splitlines(keepends=True)
    registry.path.write_text("".join(line for i, line in enumerate(lines) if i != gone))
    assert any("does not follow" in problem for problem in registry.verify())


def test_entry_copied_to_the_end_is_found_out(registry: Registry) -> None:
    number = registry.allocate(300, bits=16)
    registry.record(number, clip_sha256=digest("clip"))
    lines = registry.path.read_text().splitlines(keepends=True)
    registry.path.write_text("".join([*lines, lines[0]]))
    assert registry.lookup(300).state == "recorded"
    assert any("out of turn" in problem for problem in registry.verify())


def test_cut_off_end_shows_to_who_noted_the_head(registry: Registry) -> None:
    registry.allocate(300, bits=16)
    head = registry.head
    registry.allocate(301, bits=16)
    assert registry.head != head
    lines = registry.path.read_text().splitlines(keepends=True)
    registry.path.write_text(lines[0])
    assert registry.verify() == []  # nothing in the file can tell
    assert registry.head == head


@given(st.binary(max_size=200))
def test_no_bytes_bring_verification_down(tmp_path_factory: Any, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("r")
    (folder / "r.jsonl").write_bytes(data)
    public = Registry(folder / "r.jsonl", key=bytes(32)).public_key
    problems = Registry(folder / "r.jsonl", public_key=public).verify()
    assert len(problems) == len([line for line in data.split(b"\n") if line.strip()])


def test_one_number_is_recorded_once(registry: Registry) -> None:
    number = registry.allocate()
    registry.record(number, clip_sha256=digest("clip"))
    with pytest.raises(ManifestError, match="is recorded already"):
        registry.record(number, clip_sha256=digest("another"))
    with pytest.raises(ManifestError, match="was never reserved"):
        registry.record(5, clip_sha256=digest("clip"))


@pytest.mark.parametrize(
    ("payload", "bits", "message"),
    [
        (0, 16, "must be a whole number from 1 to 65535 for bits=16"),
        (65_536, 16, "payload=65536"),
        (65_535, 32, "from 65536 to 4294967295"),
        (2**32, 32, "payload=4294967296"),
        (True, 16, "payload=True"),
        (1.5, 16, "payload=1.5"),
        (None, 24, "bits=24 must be 16 or 32"),
    ],
)
def test_numbers_that_do_not_fit(registry: Registry, payload: Any, bits: int, message: str) -> None:
    with pytest.raises(ManifestError, match=message):
        registry.allocate(payload, bits=bits)


def test_keys_that_are_none(tmp_path: Path, registry: Registry) -> None:
    path = tmp_path / "r.jsonl"
    with pytest.raises(SignatureError, match="needs key, to sign, or public_key"):
        Registry(path)
    with pytest.raises(SignatureError, match="32 bytes, not 3"):
        Registry(path, key=b"abc")
    with pytest.raises(SignatureError, match=r"cannot be read .* with Registry\.new_key"):
        Registry(path, key=tmp_path / "none")
    (tmp_path / "bad").write_text("no key")
    with pytest.raises(SignatureError, match="holds no key"):
        Registry(path, key=tmp_path / "bad")
    with pytest.raises(SignatureError, match="public_key='xyz'"):
        Registry(path, public_key="xyz")
    with pytest.raises(SignatureError, match="holds a key already"):
        Registry.new_key(tmp_path / "key")
    with pytest.raises(SignatureError, match="do not belong together"):
        Registry(path, key=bytes(32), public_key=registry.public_key)
    with pytest.raises(SignatureError, match="needs the private key"):
        stranger(registry).allocate()
    with pytest.raises(UnknownNameError, match="no entry for payload 9"):
        registry.lookup(9)


def test_key_file_is_its_owners_alone(tmp_path: Path) -> None:
    assert Registry.new_key(tmp_path / "key").stat().st_mode & 0o077 == 0
