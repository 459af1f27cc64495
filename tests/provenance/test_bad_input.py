"""What cannot be is refused in words, and nothing that was good is lost for it."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonic_lab.errors import (
    AudioError,
    ManifestError,
    ParameterError,
    PathError,
    SonicLabError,
    UnknownNameError,
)
from sonic_lab.provenance import (
    Consent,
    Manifest,
    ManifestWarning,
    Row,
    Step,
    append,
    each,
    samples_hash,
    storage,
)
from tests.provenance.papers import row


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("path", "", "must be a text that names a file"),
        ("path", 7, "path=7"),
        ("path", "/etc/passwd", "must lead from the manifest's folder"),
        ("path", "../a.wav", "without '..'"),
        ("path", "x/../../a.wav", "without '..'"),
        ("path", "C:/a.wav", "with forward slashes"),
        ("path", "x\\a.wav", "with forward slashes"),
        ("path", "a\nb.wav", "characters that cannot be shown"),
        ("sha256", "abc", "sha256='abc' must be a sha256"),
        ("sha256", "A" * 64, "small letters"),
        ("samples_sha256", None, "samples_sha256=None"),
        ("duration_s", 0, "duration_s=0"),
        ("duration_s", float("nan"), "duration_s=nan"),
        ("duration_s", "3", "duration_s='3'"),
        ("duration_s", None, "duration_s=None"),
        ("sr", 0, "sr=0 must be a whole number, at least 1"),
        ("sr", 22050.5, "sr=22050.5"),
        ("channels", True, "channels=True"),
        ("revision", -1, "revision=-1"),
        ("licence", None, "licence=None must be a text"),
        ("creator", "\ud800", "half a character"),
        ("obtained", "yesterday", "obtained='yesterday' must be a date such as"),
        ("voice", "yes", "voice='yes' must be true, false or null"),
        ("consent", "yes", "consent='yes' must be a Consent"),
        ("labels", "piano", "labels='piano' must be a list"),
        ("labels", [1], "labels holds 1"),
        ("derivation", ("gain",), "derivation must hold Steps"),
    ],
)
def test_row_names_the_field_and_the_value(field: str, value: Any, message: str) -> None:
    kind = PathError if field == "path" and isinstance(value, str) and value else ManifestError
    with pytest.raises(kind) as caught:
        row(**{field: value})
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Step(""), "how is empty"),
        (lambda: Step("gain", parents=("x",)), "a parent='x' must be a sha256"),
        (lambda: Step("gain", settings={"db": float("nan")}), "cannot be kept as JSON"),
        (lambda: Step("gain", settings={"y": np.zeros(2)}), "cannot be kept as JSON"),
        (lambda: Step("gain", settings=[1]), "must map names to values"),
        (lambda: Consent("", "2026-01-01", ()), "by whom"),
        (lambda: Consent("A", "soon", ()), "the date of consent='soon'"),
        (lambda: Consent("A", "2026-01-01", ("anything",)), "covers 'anything', which is none of"),
        (lambda: Manifest(["a.wav"]), "rows holds 'a.wav', which is not a Row"),  # type: ignore[list-item]
        (lambda: Manifest().merge([]), "only a Manifest can be merged, not list"),  # type: ignore[arg-type]
        (lambda: append("m.jsonl", ["x"]), "rows holds 'x'"),  # type: ignore[list-item]
    ],
)
def test_other_parts_say_what_is_wrong(make: Any, message: str) -> None:
    with pytest.raises(ManifestError, match=message):
        make()


def test_all_broken_rows_are_reported_at_once_and_the_good_ones_kept(tmp_path: Path) -> None:
    good = [row("a.wav").line, row("b.wav").line]
    lines = [
        good[0],
        "not json",
        '{"path": "c.wav"}',
        good[1].replace('"b.wav"', '"../b.wav"'),
        good[1].replace('"sr":16000', '"sr":NaN'),
        good[1].replace('"creator"', '"creater"'),
        "[1, 2]",
        '{"path": ' * 2000,
        good[1],
        good[1][:40],
    ]
    path = tmp_path / "m.jsonl"
    path.write_bytes(
        b"\n".join([*(line.encode() for line in lines[:-1]), b"\xff\xfe", lines[-1].encode()])
    )
    with pytest.warns(ManifestWarning) as caught:
        m = Manifest.load(path)
    assert m.paths == ("a.wav", "b.wav")
    text = str(caught[0].message)
    assert len(m.problems) == 9
    for words in (
        "line 2: is not JSON at its character 1",
        "line 3: a row lacks sha256, samples_sha256, duration_s, sr, channels",
        "line 4: path='../b.wav' must lead",
        "line 5: NaN is not a number that JSON knows",
        "line 6: a row has no field 'creater': did you mean 'creator'?",
        "line 7: a row must be a JSON object, not list",
        "line 8: ",
        "line 10: is not UTF-8",
        "line 11: is cut short",
    ):
        assert words in text
    with pytest.raises(ManifestError, match=r"(?s)9 parts .* line 2.*line 11"):
        Manifest.load(path, strict=True)
    broken = [f for f in m.audit(use="research") if f.code == "row-broken"]
    assert len(broken) == 9


@given(st.binary(max_size=300))
def test_no_bytes_at_all_bring_the_reader_down(data: bytes) -> None:
    rows, problems = storage.parse(data)
    filled = [line for line in data.split(b"\n") if line and not line.isspace()]
    assert len(rows) + len(problems) == len(filled)


@given(st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda x: st.lists(x, max_size=3)
    | st.dictionaries(st.sampled_from(sorted(Row.__dataclass_fields__)), x, max_size=6),
))  # fmt: skip
def test_any_json_is_a_row_or_an_error_of_ours(plain: Any) -> None:
    base = {"path": "a.wav", "sha256": "0" * 64, "samples_sha256": "0" * 64, "duration_s": 1}
    if isinstance(plain, dict):
        plain = {**base, "sr": 1, "channels": 1, **plain}
    with contextlib.suppress(SonicLabError):
        assert isinstance(Row.from_dict(plain), Row)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none.jsonl", None, "there is no file .*none.jsonl"),
        ("m.csv", b"a,b", "must end in .jsonl .* or .json"),
        ("c.json", b"{}", "is not a Croissant description of a manifest"),
        ("c.json", b"\xff", "is not a Croissant description of a manifest"),
        ("c.json", b'{"distribution": [{"@id": "rows", "contentUrl": "../x", "sha256": ""}]}',
         "names the table '../x', which is not a file beside it"),
    ],
)  # fmt: skip
def test_load_refuses(tmp_path: Path, name: str, content: bytes | None, message: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ManifestError, match=message):
        Manifest.load(tmp_path / name)


def test_load_refuses_a_folder(tmp_path: Path) -> None:
    (tmp_path / "m.jsonl").mkdir()
    with pytest.raises(ManifestError, match="cannot be read"):
        Manifest.load(tmp_path / "m.jsonl")


def test_save_refuses_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="cannot be written: there is no folder"):
        Manifest([row()]).save(tmp_path / "none" / "m.jsonl")


def test_scanning_refuses_what_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("")
    with pytest.raises(ManifestError, match="is a file, not a folder"):
        Manifest.from_folder(tmp_path / "f")
    with pytest.raises(ManifestError, match="is not there"):
        Manifest.from_folder(tmp_path / "none")
    with pytest.raises(ManifestError, match="'licens' is no field"):
        Manifest.from_folder(tmp_path, licens="MIT")
    with pytest.raises(ManifestError, match="voice='no' must be"):
        Manifest.from_folder(tmp_path, voice="no")


def test_lookups_name_what_there_is() -> None:
    m = Manifest([row("piano.wav")])
    with pytest.raises(UnknownNameError, match=r"did you mean 'piano\.wav'"):
        m["pian.wav"]
    with pytest.raises(UnknownNameError, match="no field of a row named 'licens'"):
        m.revise("piano.wav", licens="MIT")


def test_engine_refuses(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="no engine named 'threads'"):
        each(len, [], engine="threads")
    for workers in (0, -1, True, 1.5):
        with pytest.raises(ParameterError, match="workers="):
            each(len, [], workers=workers)  # type: ignore[arg-type]


def test_sound_that_is_none_has_no_hash() -> None:
    with pytest.raises(AudioError, match="2 NaN or infinite"):
        samples_hash(np.array([np.nan, np.inf, 0.0]))
