"""What we write, mlcroissant reads: rows, and the fields for responsible AI."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("mlcroissant", reason="mlcroissant is not installed (extra: provenance)")

from sonic_lab.errors import ManifestError
from sonic_lab.provenance import Consent, Manifest, Step, append, bundled
from tests.provenance.papers import digest, row


@pytest.fixture(scope="module")
def sample() -> Manifest:
    agreed = Consent("singer 1", "2026-01-02", ("research",), "file 7")
    return Manifest(
        [
            row("a.wav", voice=True, consent=agreed, source="https://x.org", obtained="2026-01-03"),
            row("b/ü.wav", licence="CC-BY-4.0", split="train", labels=("piano", "soft")),
            row("c.wav", licence="", creator="", derivation=(Step("gain", (digest("a.wav"),)),)),
        ],
        title="Ada's set",
        description="Three clips.",
    )


def read_by_mlcroissant(path: Path) -> Any:
    import mlcroissant

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandas and rdflib warn of each other inside
        dataset = mlcroissant.Dataset(jsonld=str(path))
        return dataset, list(dataset.records("clips"))


def test_mlcroissant_finds_no_fault_and_reads_the_rows(sample: Manifest, tmp_path: Path) -> None:
    path = sample.save(tmp_path / "croissant.json")
    dataset, records = read_by_mlcroissant(path)
    assert dataset.metadata.issues.errors == set()
    assert [r["clips/path"].decode() for r in records] == list(sample.paths)
    for record, ours in zip(records, sample, strict=True):
        assert record["clips/sha256"].decode() == ours.sha256
        assert record["clips/duration_s"] == ours.duration_s
        assert record["clips/sr"] == ours.sr


def test_responsible_ai_fields_say_what_the_rows_say(sample: Manifest, tmp_path: Path) -> None:
    path = sample.save(tmp_path / "croissant.json")
    metadata = read_by_mlcroissant(path)[0].metadata
    assert "https://x.org (1)" in str(metadata.data_collection)
    assert "1 clips with a person's voice, consent on file for 1" in str(
        metadata.personal_sensitive_information
    )
    assert "gain (1)" in str(metadata.data_manipulation_protocol)
    assert "whether what the papers state is true" in str(metadata.data_limitations)
    assert "2026" in str(metadata.data_collection_timeframe)


def test_manifest_survives_croissant(sample: Manifest, tmp_path: Path) -> None:
    again = Manifest.load(sample.save(tmp_path / "croissant.json"))
    assert again == sample
    assert (again.title, again.description) == ("Ada's set", "Three clips.")
    assert again["a.wav"].consent == sample["a.wav"].consent
    assert again["c.wav"].derivation == sample["c.wav"].derivation


def test_bundled_clips_have_croissant(tmp_path: Path) -> None:
    path = bundled().save(tmp_path / "croissant.json")
    plain = json.loads(path.read_text())
    assert plain["license"] == "https://creativecommons.org/publicdomain/zero/1.0/legalcode"
    assert Manifest.load(path) == bundled()


def test_table_that_grew_since_is_not_taken_for_the_one_described(
    sample: Manifest, tmp_path: Path
) -> None:
    path = sample.save(tmp_path / "croissant.json")
    append(tmp_path / "croissant.jsonl", [row("new.wav")])
    with pytest.raises(ManifestError, match=r"describes a croissant\.jsonl whose sha256 begins"):
        Manifest.load(path)
    Manifest.load(tmp_path / "croissant.jsonl").save(path)
    assert "new.wav" in Manifest.load(path)


def test_another_file_of_that_name_is_not_overwritten(sample: Manifest, tmp_path: Path) -> None:
    path = tmp_path / "croissant.json"
    path.write_text('{"mine": 1}')
    with pytest.raises(ManifestError, match="is something else already"):
        sample.save(path)
    assert not (tmp_path / "croissant.jsonl").exists()
    sample.save(path, overwrite=True)
    assert Manifest.load(path) == sample


def test_empty_manifest_has_nothing_to_describe(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="an empty manifest has nothing"):
        Manifest().save(tmp_path / "c.json")


def test_logging_is_as_it_was(sample: Manifest, tmp_path: Path) -> None:
    import logging

    before = logging.root.manager.disable
    sample.save(tmp_path / "c.json")
    assert logging.root.manager.disable == before
