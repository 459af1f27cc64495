"""What an audit must find, planted one by one; and what it must leave alone."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sonic_lab import audio
from sonic_lab.errors import ManifestError, UnknownNameError
from sonic_lab.provenance import USES, Consent, Manifest, ManifestWarning, Row, Step, bundled
from tests.provenance.papers import SR, digest, row, tune


def codes(m: Manifest, use: str = "commercial", **options: Any) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for finding in m.audit(use=use, engine="serial", **options):
        found.setdefault(finding.clip, set()).add(finding.code)
    return found


def child(path: str, parent: Row, how: str = "pitch_shift", **papers: Any) -> Row:
    return row(path, derivation=(Step(how, parents=(parent.sha256,)),), **papers)


@pytest.mark.parametrize("use", USES)
def test_clean_manifest_has_no_findings(use: str) -> None:
    assert list(Manifest([row("a.wav"), row("b.wav")]).audit(use=use)) == []


@pytest.mark.parametrize("use", USES)
def test_bundled_clips_are_clean_files_and_all(use: str) -> None:
    audit = bundled().audit(use=use, engine="serial")
    assert audit.errors == ()
    # The band plays what the soloists play, yet no two clips are the same recording.
    assert list(audit) == []


@pytest.mark.parametrize(
    ("voice", "consent", "use", "expected"),
    [
        (True, None, "research", {"consent-missing"}),
        (True, Consent("singer 1", "2026-01-02", ("research",)), "research", set()),
        (True, Consent("singer 1", "2026-01-02", ("research",)), "commercial",
         {"consent-too-narrow"}),
        (False, None, "commercial", set()),
        (None, None, "commercial", set()),
        (None, Consent("singer 1", "2026-01-02", ()), "teaching", {"consent-too-narrow"}),
    ],
)  # fmt: skip
def test_consent(voice: bool, consent: Consent | None, use: str, expected: set[str]) -> None:
    m = Manifest([row(voice=voice, consent=consent)])
    assert codes(m, use).get("a.wav", set()) == expected


def test_fault_of_a_parent_reaches_grandchildren() -> None:
    source = row("source.wav", licence="")
    one = child("one.wav", source)
    two = child("two.wav", one)
    other = child("other.wav", row("clean.wav"))
    found = codes(Manifest([two, one, other, source, row("clean.wav")]))
    assert found == {
        "source.wav": {"licence-missing"},
        "one.wav": {"parent-unclean"},
        "two.wav": {"parent-unclean"},
    }


def test_parent_without_papers_is_said() -> None:
    assert codes(Manifest([child("a.wav", row("gone.wav"))])) == {"a.wav": {"parent-unknown"}}


def test_circle_of_parents_is_found_and_what_hangs_below_it_is_unclean() -> None:
    a, b = row("a.wav"), row("b.wav")
    circle = [child("a.wav", b), child("b.wav", a), child("c.wav", a), child("d.wav", row("e.wav"))]
    found = codes(Manifest([*circle, row("e.wav")]))
    assert found == {
        "a.wav": {"parent-circle"},
        "b.wav": {"parent-circle"},
        "c.wav": {"parent-unclean"},
    }


@pytest.mark.parametrize(
    ("parents", "own", "expected"),
    [
        (["CC-BY-SA-4.0"], "CC-BY-SA-4.0", {"share-alike"}),
        (["CC-BY-SA-4.0"], "CC-BY-4.0", {"share-alike-broken"}),
        (["CC-BY-SA-4.0"], "CC-BY-SA-3.0", {"share-alike", "share-alike-broken"}),
        (["CC-BY-SA-3.0"], "CC-BY-SA-4.0", {"share-alike"}),
        (["CC-BY-SA-4.0"], "LAL-1.3", {"share-alike"}),
        (["CC-BY-SA-4.0"], "CC0-1.0 OR CC-BY-SA-4.0", {"share-alike-broken"}),
        (["CC-BY-NC-4.0"], "CC-BY-4.0", {"parent-unclean", "licence-too-wide"}),
        (["CC-BY-4.0"], "CC0-1.0", {"licence-too-wide"}),
        (["CC-BY-4.0"], "CC-BY-4.0", set()),
        (["CC-BY-ND-4.0"], "CC-BY-ND-4.0",
         {"parent-unclean", "no-derivatives-changed", "no-derivatives"}),
        (["CC-BY-SA-4.0", "CC-BY-NC-SA-4.0"], "CC-BY-NC-SA-4.0",
         {"parent-unclean", "share-alike-clash", "share-alike-broken", "non-commercial",
          "share-alike"}),
    ],
)  # fmt: skip
def test_conditions_pass_from_parent_to_child(
    parents: list[str], own: str, expected: set[str]
) -> None:
    sources = [row(f"p{i}.wav", licence=licence) for i, licence in enumerate(parents)]
    step = Step("mix", parents=tuple(source.sha256 for source in sources))
    made = row("made.wav", licence=own, derivation=(step,))
    assert codes(Manifest([*sources, made])).get("made.wav", set()) == expected


def test_same_samples_in_train_and_test_are_a_leak_told_at_the_test_clip() -> None:
    same = digest("the same samples")
    m = Manifest(
        [
            row("t.wav", split="test", samples_sha256=same),
            row("a.wav", split="train", samples_sha256=same),
            row("b.wav", split="train", samples_sha256=same),
        ]
    )
    found = {(f.clip, f.code) for f in m.audit(use="research")}
    assert found == {("t.wav", "leak"), ("b.wav", "duplicate")}


# -- with files -----------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, seed in (("a.wav", 1), ("b.flac", 2), ("sub/c.wav", 3)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        audio.save(tmp_path / name, tune(seed), sr=SR)
    return tmp_path


PAPERS: dict[str, Any] = {"licence": "CC0-1.0", "creator": "Ada", "voice": False}


def scanned(folder: Path, **papers: Any) -> Manifest:
    return Manifest.from_folder(folder, engine="serial", **{**PAPERS, **papers})


def test_folder_is_scanned_whole(folder: Path) -> None:
    (folder / "notes.txt").write_text("no sound")
    (folder / ".hidden.wav").write_bytes(b"hidden")
    m = scanned(folder)
    assert m.paths == ("a.wav", "b.flac", "sub/c.wav")
    assert (m["a.wav"].duration_s, m["a.wav"].sr, m["a.wav"].channels) == (3.0, SR, 1)
    assert codes(m) == {}


def test_file_that_was_swapped_gone_or_broken_is_found(folder: Path) -> None:
    m = scanned(folder)
    audio.save(folder / "a.wav", 0.9 * tune(1), sr=SR)
    (folder / "b.flac").unlink()
    broken = (folder / "sub/c.wav").read_bytes()[:30]
    (folder / "sub/c.wav").write_bytes(broken)
    m = m.revise("sub/c.wav", sha256=hashlib.sha256(broken).hexdigest())
    assert codes(m) == {
        "a.wav": {"file-changed"},
        "b.flac": {"file-missing"},
        "sub/c.wav": {"file-broken"},
    }


def test_new_tags_are_told_from_new_sound(folder: Path) -> None:
    m = scanned(folder)
    with (folder / "a.wav").open("ab") as file:
        file.write(b"LIST\x04\x00\x00\x00INFO")  # a chunk of tags after the samples
    [finding] = m.audit(use="research", engine="serial").errors
    assert finding.code == "file-changed"
    assert "though its samples are the same" in finding.reason


def test_papers_that_misstate_the_sound_are_found(folder: Path) -> None:
    m = scanned(folder).revise("a.wav", sr=44_100, duration_s=9.0)
    [finding] = m.audit(engine="serial")
    assert finding.code == "facts-wrong"
    assert "sr, duration_s" in finding.reason


@pytest.mark.parametrize("suffix", [".mp3", ".ogg", ".flac"])
def test_leak_by_ear_is_found_through_a_codec_a_gain_and_a_cut(folder: Path, suffix: str) -> None:
    audio.save(folder / f"leaked{suffix}", 0.2 * tune(1)[SR // 2 :], sr=SR)
    m = scanned(folder, split="train").revise(f"leaked{suffix}", split="test")
    [finding] = m.audit(use="research", engine="serial")
    assert (finding.clip, finding.code) == (f"leaked{suffix}", "leak")
    assert "the same recording" in finding.reason
    assert "as a.wav, which is in train" in finding.reason


def test_clip_and_what_was_made_of_it_are_no_duplicates_but_may_leak(folder: Path) -> None:
    audio.save(folder / "quiet.wav", 0.2 * tune(1), sr=SR)
    m = scanned(folder)
    step = Step("gain", parents=(m["a.wav"].sha256,))
    m = m.revise("quiet.wav", derivation=(step,))
    assert codes(m) == {}
    parts = m.with_rows(replace(r, split="test" if r.path == "a.wav" else "train") for r in m)
    assert codes(parts) == {"a.wav": {"leak"}}


def test_clip_too_short_to_know_again_is_named_as_unjudged(tmp_path: Path) -> None:
    audio.save(tmp_path / "short.wav", tune(1, 0.4), sr=SR)
    audio.save(tmp_path / "silent.wav", np.zeros(3 * SR), sr=SR)
    audit = scanned(tmp_path).audit(engine="serial")
    assert list(audit) == []
    assert any("whether 2 clips are copies by ear" in text for text in audit.unjudged)


def test_undecodable_files_are_all_reported_and_the_others_kept(folder: Path) -> None:
    (folder / "bad1.wav").write_bytes(b"RIFF nothing")
    (folder / "bad2.mp3").write_bytes(b"")
    with pytest.warns(ManifestWarning, match=r"(?s)2 parts.*bad1\.wav.*bad2\.mp3.*0 bytes"):
        m = scanned(folder)
    assert len(m) == 3
    found = codes(m)
    assert found == {"bad1.wav": {"file-broken"}, "bad2.mp3": {"file-broken"}}
    with pytest.raises(ManifestError, match="2 parts"):
        scanned(folder, strict=True)


def test_audit_reads_alike_in_all_its_forms(folder: Path) -> None:
    audit = scanned(folder, creator="", licence="CC-BY-4.0").audit(engine="serial")
    plain = json.loads(json.dumps(audit.to_dict()))
    assert plain["counts"] == {"error": 3, "warning": 0, "note": 0}
    assert plain["findings"][0]["cure"] == audit[0].cure
    for text in (str(audit), audit.html(), audit._repr_html_()):
        assert "attribution-missing" in text or "asks to name the creator" in text
        assert "cannot judge" in text
    assert not re.search(r"(src|href)=", audit.html())  # the page loads nothing from elsewhere


def test_html_shows_names_as_text() -> None:
    m = Manifest([row("<script>alert(1)</script>.wav", licence="<b>")])
    page = m.audit().html()
    assert "<script>" not in page
    assert "<b>" not in page


def test_unknown_use_is_named() -> None:
    with pytest.raises(UnknownNameError, match="no use named 'comercial': did you mean 'commer"):
        Manifest().audit(use="comercial")


def test_files_are_not_read_where_nobody_knows_their_folder() -> None:
    with pytest.raises(ManifestError, match="files=True needs a manifest that knows its folder"):
        Manifest([row()]).audit(files=True)


def test_credits_name_everybody_and_every_change() -> None:
    m = Manifest(
        [
            row("a.wav", licence="CC-BY-4.0", creator="Ada *L*", source="https://x.org/1"),
            child("b.wav", row("a.wav"), creator="", licence=""),
        ],
        title="Set",
    )
    text = m.attribution()
    assert (
        "## CC-BY-4.0\nCC-BY-4.0: <https://creativecommons.org/licenses/by/4.0/legalcode>" in text
    )
    assert r"- **a.wav** by Ada \*L\*. Source: https://x.org/1." in text
    assert "## No licence stated" in text
    assert "- **b.wav** by an unknown creator. Changed: pitch\\_shift." in text


def test_card_counts_what_is_there() -> None:
    m = Manifest([row("a.wav", voice=True), row("b.wav", licence="CC-BY-NC-4.0")], title="Set")
    card = m.card()
    assert card.startswith("# Set\n")
    assert "2 clips" in card
    assert "consent on file for 0 of 1 clips with a voice" in card
    assert "| commercial | 2 | 0 | 2 |" in card
    assert "| CC-BY-NC-4.0 | 1 | Creative Commons Attribution-NonCommercial 4.0 |" in card
    assert "What this card cannot tell" in card
