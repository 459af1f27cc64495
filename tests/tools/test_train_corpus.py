"""The command that makes the corpus: its splits, its progress, its one-line refusals."""

from __future__ import annotations

from sonic_lab import corpus
from tools.train.corpus import main


def test_it_makes_a_corpus_and_goes_on_with_it(tmp_path, capsys) -> None:
    wanted = ["--clips", "2", "--out", str(tmp_path), "--workers", "1", "--duration", "1"]
    assert main(wanted) == 0
    assert "2 of 2 clips" in capsys.readouterr().out
    made = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert main(wanted) == 0
    assert made == {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert [row["seed"] for row in corpus.read(tmp_path).records] == [0, 1]


def test_each_split_has_seeds_of_its_own(tmp_path) -> None:
    for split, first in (("test", 1_000_000), ("held-out-timbres", 2_000_000)):
        folder = tmp_path / split
        wanted = ["--clips", "2", "--out", str(folder), "--workers", "1", "--duration", "1"]
        assert main([*wanted, "--split", split]) == 0
        rows = corpus.read(folder).records
        assert [row["seed"] for row in rows] == [first, first + 1]
        held_out = {name for row in rows for name in row["instruments"]}
        assert (held_out <= set(corpus.HELD_OUT_TIMBRES)) == (split == "held-out-timbres")


def test_what_cannot_be_made_is_one_line(tmp_path, capsys) -> None:
    assert main(["--clips", "0", "--out", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "must be at least 1" in said
