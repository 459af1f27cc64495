"""Shards: whole or not there, gone on with, read lazily, described anew."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from sonic_lab import corpus
from sonic_lab.corpus import records, shards
from sonic_lab.errors import AudioFileError, ParameterError

SEEDS = range(7)


@pytest.fixture(autouse=True)
def small_shards(monkeypatch):
    monkeypatch.setattr(shards, "SHARD_CLIPS", 3)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shards, "SHARD_CLIPS", 3)
        return corpus.write(tmp_path_factory.mktemp("corpus"), SEEDS, duration_s=1)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_what_is_read_is_what_was_composed(made) -> None:
    found = corpus.read(made)
    assert (len(found), found.sr) == (7, 16_000)
    for i, seed in enumerate(SEEDS):
        piece = corpus.compose(seed, duration_s=1)
        np.testing.assert_array_equal(found.samples(i), corpus.samples(piece))
        y, row = found[i]
        assert y.dtype == np.float32
        np.testing.assert_array_equal(y, corpus.render(piece)[0])
        assert row["seed"] == seed
        assert row["captions"] == list(piece.captions)
    assert isinstance(found.samples(0).base, np.memmap)  # on disk until asked for
    assert sorted(path.name for path in made.iterdir()) == [
        f"shard-0000{i}.{kind}" for i in range(3) for kind in ("jsonl", "npy")
    ]


def test_a_record_accounts_for_its_clip(made) -> None:
    row = corpus.read(made).records[4]
    piece = corpus.compose(4, duration_s=1)
    assert row == json.loads(json.dumps(corpus.record(piece)))
    assert row["licence"] == "CC0-1.0"
    assert row["samples_sha256"] == records.samples_hash(corpus.samples(piece))
    assert row["code"] == records.code_version()
    assert (row["tempo_bpm"], row["mode"], row["drums"]) == (
        piece.tempo_bpm, piece.mode, piece.drums,
    )  # fmt: skip
    assert len(row["notes"]) == len(piece.notes)


def test_the_code_version_is_that_of_the_sources(monkeypatch, tmp_path) -> None:
    before = records.code_version()
    for source in Path(records.__file__).parent.glob("*.py"):
        (tmp_path / source.name).write_bytes(source.read_bytes())
    monkeypatch.setattr(records, "_HERE", tmp_path)
    records.code_version.cache_clear()
    assert records.code_version() == before
    (tmp_path / "waves.py").write_text("# another")
    records.code_version.cache_clear()
    assert records.code_version() != before
    monkeypatch.undo()
    records.code_version.cache_clear()


def test_what_is_whole_is_left_alone_and_the_rest_is_made(made, tmp_path) -> None:
    whole = contents(made)
    for name in ("shard-00000.npy", "shard-00000.jsonl", "shard-00001.npy"):
        (tmp_path / name).write_bytes(whole[name])  # the second has lost its records
    (tmp_path / "shard-00002.npy.part").write_bytes(b"half")
    first = (tmp_path / "shard-00000.npy").stat().st_mtime_ns
    told: list[tuple[int, int]] = []
    corpus.write(tmp_path, SEEDS, duration_s=1, progress=lambda *step: told.append(step))
    assert contents(tmp_path) == whole
    assert (tmp_path / "shard-00000.npy").stat().st_mtime_ns == first
    assert told == [(3, 7), (6, 7), (7, 7)]


_FOREVER = """
import sys
from sonic_lab.corpus import shards
shards.SHARD_CLIPS = 3
shards.write(sys.argv[1], range(3000), duration_s=1)
"""


@pytest.mark.skipif(os.name == "nt", reason="kills a process outright")
def test_killed_in_the_middle_nothing_half_made_is_read(tmp_path) -> None:
    process = subprocess.Popen([sys.executable, "-c", _FOREVER, str(tmp_path)])
    patience = time.monotonic() + 240  # a busy machine takes long to start a Python
    while len(list(tmp_path.glob("*.jsonl"))) < 2 and time.monotonic() < patience:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    found = corpus.read(tmp_path)
    done = len(found)
    assert done >= 6
    assert done % 3 == 0
    for i in range(done):
        assert records.samples_hash(found.samples(i)) == found.records[i]["samples_sha256"]
    corpus.write(tmp_path, range(done + 2), duration_s=1)
    assert [row["seed"] for row in corpus.read(tmp_path).records] == list(range(done + 2))


def test_two_workers_make_what_one_makes(made, tmp_path) -> None:
    # Shards of 100 there, since a fresh process does not know of the small ones: one shard.
    corpus.write(tmp_path / "two", SEEDS, duration_s=1, workers=2)
    again = corpus.read(tmp_path / "two")
    for i in range(len(SEEDS)):
        np.testing.assert_array_equal(again.samples(i), corpus.read(made).samples(i))


def test_records_are_written_anew_without_sound(made, tmp_path) -> None:
    whole = contents(made)
    for name, data in whole.items():
        (tmp_path / name).write_bytes(data)
    rows = [json.loads(line) for line in whole["shard-00000.jsonl"].splitlines()]
    rows[1]["captions"] = ["an old caption"]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (tmp_path / "shard-00000.jsonl").write_text(text, encoding="utf-8")
    corpus.write(tmp_path, SEEDS, duration_s=1, records_only=True)
    assert contents(tmp_path) == whole


def test_records_of_other_music_are_refused(made, tmp_path) -> None:
    for name, data in contents(made).items():
        (tmp_path / name).write_bytes(data)
    rows = [json.loads(line) for line in (tmp_path / "shard-00000.jsonl").read_text().splitlines()]
    rows[2]["notes"][0][3] += 1
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (tmp_path / "shard-00000.jsonl").write_text(text, encoding="utf-8")
    with pytest.raises(AudioFileError, match="seed 2 would sound another way now"):
        corpus.write(tmp_path, SEEDS, duration_s=1, records_only=True)
    assert (tmp_path / "shard-00000.jsonl").read_text() == text  # nothing lost


def test_lone_instruments_take_turns(tmp_path) -> None:
    first = corpus.HELD_OUT_TIMBRE_SEED
    seeds = range(first, first + 3)
    corpus.write(tmp_path, seeds, duration_s=1, lone=corpus.HELD_OUT_TIMBRES)
    players = [tuple(row["instruments"]) for row in corpus.read(tmp_path).records]
    assert sorted(players) == sorted((name,) for name in corpus.HELD_OUT_TIMBRES)


def test_the_splits_lie_far_apart() -> None:
    # Training may grow a hundredfold from the 10,000 clips it has before it meets a test clip.
    assert corpus.TRAIN_SEED == 0
    assert corpus.TEST_SEED - corpus.TRAIN_SEED >= 1_000_000
    assert corpus.HELD_OUT_TIMBRE_SEED - corpus.TEST_SEED >= 1_000_000


# Bad input


def test_another_corpus_is_not_written_over(made) -> None:
    before = contents(made)
    for other in ({"seeds": range(5, 12), "duration_s": 1}, {"seeds": SEEDS, "duration_s": 2}):
        with pytest.raises(AudioFileError, match="holds other clips than asked for"):
            corpus.write(made, **other)
    assert contents(made) == before


@pytest.mark.parametrize(
    ("wishes", "says"),
    [
        ({"seeds": []}, "0 seeds and workers=1 must be at least 1"),
        ({"seeds": SEEDS, "workers": 0}, "workers=0 must be at least 1"),
        ({"seeds": [-3], "duration_s": 1}, "seed=-3 must be"),
        ({"seeds": [1], "duration_s": 0}, "duration_s=0 must lie"),
    ],
)
def test_what_cannot_be_written_is_refused(wishes, says, tmp_path) -> None:
    with pytest.raises(ParameterError, match=says):
        corpus.write(tmp_path, **wishes)
    assert not list(tmp_path.glob("*.jsonl"))


def test_a_folder_without_a_corpus_says_so(tmp_path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(AudioFileError, match=r"holds no corpus: make one with corpus\.write"):
            corpus.read(folder)


def test_a_folder_that_cannot_be_made_says_so(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AudioFileError, match="cannot be written"):
        corpus.write(tmp_path / "file", SEEDS, duration_s=1)


@pytest.mark.parametrize("damage", ["cut", "short", "missing", "words"])
def test_a_damaged_shard_is_refused(made, tmp_path, damage) -> None:
    for name, data in contents(made).items():
        (tmp_path / name).write_bytes(data)
    sound, rows = tmp_path / "shard-00001.npy", tmp_path / "shard-00001.jsonl"
    if damage == "cut":
        sound.write_bytes(sound.read_bytes()[:200])
    elif damage == "missing":
        sound.unlink()
    elif damage == "words":
        rows.write_text("no json\n")
    else:
        rows.write_text(rows.read_text().splitlines()[0] + "\n")
    with pytest.raises(AudioFileError, match="shard-00001 is damaged: remove"):
        corpus.read(tmp_path)


def test_there_is_no_clip_beyond_the_last(made) -> None:
    found = corpus.read(made)
    for i in (7, -1):
        with pytest.raises(IndexError, match=f"clip {i} of 7"):
            found.samples(i)
    assert len(list(found)) == 7  # so a loop ends
