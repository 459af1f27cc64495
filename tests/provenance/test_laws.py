"""Laws of manifests, over random ones."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given

from sonic_lab.errors import ManifestError
from sonic_lab.provenance import Manifest, Row, append
from sonic_lab.provenance.storage import lay_out, parse
from tests.provenance.papers import manifests, row, rows


@given(rows)
def test_row_survives_its_line(one: Row) -> None:
    again, problems = parse(f"{one.line}\n".encode())
    assert problems == []
    assert again == [one]
    assert again[0].line == one.line


@given(manifests)
def test_manifest_survives_its_file(m: Manifest) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = m.save(Path(folder) / "m.jsonl")
        again = Manifest.load(path)
    assert again == m
    assert list(again) == list(m)  # the order too
    assert again.digest == m.digest


@given(manifests, manifests)
def test_appending_is_merging(a: Manifest, b: Manifest) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "m.jsonl"
        append(path, a)
        append(path, b)
        assert Manifest.load(path) == a.merge(b)


@given(manifests)
def test_merge_is_idempotent(a: Manifest) -> None:
    assert a.merge(a) == a
    assert a.merge(Manifest()) == a == Manifest().merge(a)


@given(manifests, manifests)
def test_merge_is_commutative(a: Manifest, b: Manifest) -> None:
    assert a.merge(b) == b.merge(a)
    assert a.merge(b).digest == b.merge(a).digest


@given(manifests, manifests, manifests)
def test_merge_is_associative(a: Manifest, b: Manifest, c: Manifest) -> None:
    assert a.merge(b).merge(c) == a.merge(b.merge(c))


@given(manifests, manifests)
def test_merge_loses_no_path_and_keeps_the_newest(a: Manifest, b: Manifest) -> None:
    merged = a.merge(b)
    assert set(merged.paths) == {*a.paths, *b.paths}
    for kept in merged:
        rivals = [r for r in (*a, *b) if r.path == kept.path]
        assert kept.revision == max(r.revision for r in rivals)
        assert kept in rivals


@given(manifests, manifests)
def test_patch_undoes_diff(a: Manifest, b: Manifest) -> None:
    difference = a.diff(b)
    assert a.patch(difference) == b
    assert b.patch(difference.inverse) == a
    assert bool(difference) == (a != b)


@given(manifests)
def test_diff_with_itself_is_nothing(a: Manifest) -> None:
    assert not a.diff(a)
    assert str(a.diff(a)) == "no difference"


@given(manifests, manifests)
def test_equal_manifests_have_one_digest_and_others_another(a: Manifest, b: Manifest) -> None:
    assert (a == b) == (a.digest == b.digest)
    assert Manifest(reversed(list(a))).digest == a.digest


@given(manifests)
def test_a_correction_outranks_what_it_corrects(a: Manifest) -> None:
    for path in a.paths:
        mended = a.revise(path, creator="Grace")
        assert mended[path].creator == "Grace"  # a conflict is settled too
        assert a.merge(mended)[path] == mended.merge(a)[path] == mended[path]


def test_difference_names_the_fields_that_changed() -> None:
    a = Manifest([row("a.wav"), row("b.wav")])
    b = Manifest([row("a.wav", licence="MIT", creator="Grace"), row("c.wav")])
    assert str(a.diff(b)) == "~ a.wav (creator, licence)\n- b.wav\n+ c.wav"


def test_patch_refuses_the_difference_of_another_manifest() -> None:
    a, b = Manifest([row("a.wav")]), Manifest([row("b.wav")])
    with pytest.raises(ManifestError, match=r"takes away rows that are not here: a\.wav"):
        b.patch(a.diff(b))


def test_rows_of_one_revision_that_differ_are_both_kept_and_named() -> None:
    merged = Manifest([row(licence="MIT")]).merge(Manifest([row(licence="CC-BY-4.0")]))
    assert {r.licence for r in merged.conflicts["a.wav"]} == {"MIT", "CC-BY-4.0"}
    with pytest.raises(ManifestError, match=r"a\.wav has 2 rows that contradict each other"):
        merged["a.wav"]
    [finding] = [f for f in merged.audit(use="research") if f.code == "row-conflict"]
    assert "in licence" in finding.reason
    assert merged.revise("a.wav", licence="MIT").conflicts == {}


def test_lines_that_cannot_be_read_are_written_back(tmp_path: Path) -> None:
    broken = b'{"path": "b.wav", "shar\xff256": 1}'
    path = tmp_path / "m.jsonl"
    path.write_bytes(lay_out([row()]) + broken + b"\n")
    with pytest.warns(UserWarning, match="1 part of .* cannot be used"):
        m = Manifest.load(path)
    m.revise("a.wav", creator="Grace").save(tmp_path / "new.jsonl")
    assert broken in (tmp_path / "new.jsonl").read_bytes().splitlines()
