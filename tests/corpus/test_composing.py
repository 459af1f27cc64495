"""Every label of a piece is true of its notes, and a piece hangs on its seed alone."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from sonic_lab import corpus
from sonic_lab.corpus.instruments import instrument
from sonic_lab.corpus.moods import pace
from sonic_lab.corpus.planning import ARRANGEMENTS, LEAD_IN_S
from sonic_lab.corpus.styles import BY_NAME
from sonic_lab.errors import ParameterError, UnknownNameError

SEEDS = range(400)
# A chord's strings are struck 12 ms apart, four at most: what a strum may be late by.
STRUM_S = 4 * 0.012


@pytest.fixture(scope="module")
def pieces() -> list[corpus.Piece]:
    return [corpus.compose(seed) for seed in SEEDS]


def pitched(piece: corpus.Piece) -> list[corpus.Note]:
    return [note for note in piece.notes if note.instrument != "drums"]


# The seed


def test_a_piece_hangs_on_its_seed_alone(pieces) -> None:
    for seed in (399, 3, 17):  # in another order, and after others
        assert corpus.compose(seed) == pieces[seed]
    assert corpus.compose(np.int64(3)) == pieces[3]
    assert len({piece.notes for piece in pieces}) == len(pieces)


def test_a_wish_leaves_the_other_draws_as_they_were() -> None:
    free = corpus.compose(12)
    other = "major" if free.mode == "minor" else "minor"
    for wish in ({"tonic": "D"}, {"mode": other}):
        bound = corpus.compose(12, **wish)
        assert (bound.instruments, bound.tempo_bpm) == (free.instruments, free.tempo_bpm)
        assert bound.timbres == free.timbres
        assert bound.energy == free.energy


@pytest.mark.parametrize(
    ("wish", "value"),
    [
        *(("style", style) for style in corpus.STYLES),
        *(("mode", mode) for mode in corpus.MODES),
        ("tonic", "F#"), ("tempo_bpm", 60), ("tempo_bpm", 160), ("duration_s", 3.5),
    ],
)  # fmt: skip
def test_what_is_wished_for_comes(wish, value) -> None:
    for seed in (1, 2, 3):
        assert getattr(corpus.compose(seed, **{wish: value}), wish) == value


@pytest.mark.parametrize(
    "names",
    [
        *([name] for name in (*corpus.INSTRUMENTS, *corpus.HELD_OUT_TIMBRES)),
        ["drums", "bass"], ["flute", "piano"], ["brass", "strings", "bells", "bass", "drums"],
    ],
)  # fmt: skip
def test_those_who_are_asked_play_and_nobody_else(names) -> None:
    for seed in (4, 5, 6):
        piece = corpus.compose(seed, instruments=names)
        assert set(piece.instruments) == set(names) == {note.instrument for note in piece.notes}


# Labels against notes


def test_who_is_named_plays(pieces) -> None:
    for piece in pieces:
        assert {note.instrument for note in piece.notes} == set(piece.instruments)
        assert piece.drums == any(note.instrument == "drums" for note in piece.notes)
        assert piece.melody is None or piece.melody in piece.instruments
        assert set(piece.timbres) == set(piece.levels_db) == set(piece.instruments)


def test_every_note_is_in_the_key_and_the_third_tells_the_mode(pieces) -> None:
    for piece in pieces:
        tonic = corpus.TONICS.index(piece.tonic)
        heard = Counter((note.midi - tonic) % 12 for note in pitched(piece))
        assert {(tonic + step) % 12 for step in heard} <= piece.pitch_classes
        if heard:
            mine, other = (4, 3) if piece.mode == "major" else (3, 4)
            assert heard[mine] > 0
            assert heard[other] == 0


def test_a_lone_tune_opens_on_its_tonic(pieces) -> None:
    lone = [p for p in pieces if p.arrangement in ("line", "beat")]
    assert len(lone) > 100
    opening = Counter(
        (min(pitched(p), key=lambda n: n.start_s).midi - corpus.TONICS.index(p.tonic)) % 12
        for p in lone
    )
    # Where the first chord has room for one note only, that is the third: it tells the mode.
    assert set(opening) <= {0, 3, 4}
    assert opening[0] > 0.85 * len(lone)


def test_notes_keep_to_a_grid_of_sixteenths(pieces) -> None:
    for piece in pieces:
        style = BY_NAME[piece.style]
        beats = [(n.start_s - LEAD_IN_S) * piece.tempo_bpm / 60 for n in piece.notes]
        late = STRUM_S if "guitar" in piece.instruments else 0.0
        # 1 ms: the swing is tried in steps, and starts are kept to a hundredth of that.
        slack = (style.human_s + late + 0.001) * piece.tempo_bpm / 60
        tried = [_worst(np.array(beats), swing) for swing in np.linspace(*style.swing, 21)]
        assert min(tried) <= slack, (piece.seed, piece.style)


def _worst(beats: np.ndarray, swing: float) -> float:
    grid = np.array([0, swing / 2, swing, (1 + swing) / 2, 1])
    return float(np.abs((beats % 1)[:, None] - grid).min(axis=1).max())


def test_the_beat_can_be_told_from_the_notes(pieces) -> None:
    """Eighths, or shorter, are in every piece: without them half the tempo would do as well.

    Only a waltz of chords alone may go by in quarters, since one, two, three tells its beat.
    """
    for piece in pieces:
        starts = np.unique([n.start_s for n in piece.notes])
        gaps = np.diff(starts)[np.diff(starts) > 0.1 * 60 / piece.tempo_bpm]
        swing = 1.0 if piece.style == "waltz" else BY_NAME[piece.style].swing[1]
        assert gaps.min() <= swing * 60 / piece.tempo_bpm + 0.02, piece.seed  # players stray 16 ms


def test_notes_lie_within_the_piece_and_the_player(pieces) -> None:
    for piece in pieces:
        for note in piece.notes:
            assert 0 <= note.start_s < note.end_s <= piece.duration_s + 1e-4  # rounded starts
            assert 0 < note.velocity <= 1
        for note in pitched(piece):
            who = instrument(note.instrument)
            # Chords reach lower than tunes: a waltz's first beat is an octave under its chord.
            assert who.low - 14 <= note.midi <= who.high + 12, (piece.seed, note)


def test_metre_tempo_and_pace(pieces) -> None:
    for piece in pieces:
        assert piece.beats_per_bar == (3 if piece.style == "waltz" else 4)
        assert 60 <= piece.tempo_bpm <= 160
        slow = piece.tempo_bpm <= 84
        assert (pace(piece.tempo_bpm) == "slow") == slow
        assert ("sad" in piece.moods) == (slow and piece.mode == "minor")
        assert ("happy" in piece.moods) == (piece.tempo_bpm >= 116 and piece.mode == "major")


# The balance of the whole


def test_labels_are_balanced(pieces) -> None:
    def share(true: object) -> float:
        return sum(map(true, pieces)) / len(pieces)

    # Three standard deviations of a share of 400 are at most 0.075.
    assert share(lambda p: p.drums) == pytest.approx(0.48, abs=0.075)
    assert share(lambda p: p.mode == "major") == pytest.approx(0.5, abs=0.075)
    assert share(lambda p: p.arrangement == "line") == pytest.approx(0.29, abs=0.075)
    assert share(lambda p: p.tuning_cents != 0) == pytest.approx(0.2, abs=0.075)
    assert set(Counter(p.style for p in pieces)) == set(corpus.STYLES)
    assert set(Counter(p.arrangement for p in pieces)) == set(ARRANGEMENTS)
    assert set(Counter(p.tonic for p in pieces)) == set(corpus.TONICS)
    alone = Counter(p.instruments[0] for p in pieces if len(p.instruments) == 1)
    assert set(alone) == set(corpus.INSTRUMENTS)
    assert all(-50 <= p.tuning_cents <= 50 for p in pieces)


def test_held_out_timbres_are_never_drawn(pieces) -> None:
    assert not {n for p in pieces for n in p.instruments} & set(corpus.HELD_OUT_TIMBRES)
    assert not set(corpus.INSTRUMENTS) & set(corpus.HELD_OUT_TIMBRES)
    assert len(corpus.INSTRUMENTS) >= 8


# Bad input


@pytest.mark.parametrize("seed", [-1, 1.0, "7", None, True])
def test_a_bad_seed_is_refused(seed) -> None:
    with pytest.raises(ParameterError, match=r"seed=.* must be a non-negative integer"):
        corpus.compose(seed)


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        ({"style": "folk"}, r"no style named 'folk': \(known: 80s synth pop, acoustic folk"),
        ({"style": 3}, "no style named 3"),
        ({"tonic": "H"}, "no tonic named 'H'"),
        ({"mode": "dorian"}, "no mode named 'dorian'"),
        ({"instruments": ["piano", "banjo"]}, "no instrument named 'banjo'"),
    ],
)
def test_an_unknown_name_lists_the_known(wish, says) -> None:
    with pytest.raises(UnknownNameError, match=says):
        corpus.compose(0, **wish)


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        ({"instruments": []}, r"instruments=\[\] must be a list of at least one name"),
        ({"instruments": "piano"}, "instruments='piano' must be a list"),
        ({"instruments": ["flute", "flute"]}, "must name each instrument once"),
        ({"tempo_bpm": 59}, "tempo_bpm=59 must be an integer from 60 to 160"),
        ({"tempo_bpm": 161}, "tempo_bpm=161 must be"),
        ({"tempo_bpm": 90.5}, "tempo_bpm=90.5 must be"),
        ({"tempo_bpm": True}, "tempo_bpm=True must be"),
        ({"duration_s": 0.5}, "duration_s=0.5 must lie between 1 and 60"),
        ({"duration_s": float("nan")}, "duration_s=nan must lie between"),
        ({"duration_s": "10"}, "duration_s='10' must lie between"),
    ],
)
def test_what_cannot_be_is_refused(wish, says) -> None:
    with pytest.raises(ParameterError, match=says):
        corpus.compose(0, **wish)
