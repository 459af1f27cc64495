"""Laws of what the judges are taught: labels that are true, and variations that keep them so."""

from __future__ import annotations

import torch

from benchmarks.judging import views
from sonic_lab import corpus
from tools.train import judges


def test_what_is_held_is_what_the_score_says() -> None:
    piece = corpus.compose(3, duration_s=4.0)
    held = judges.held(piece, 4 * views.SR // views.PITCH_HOP + 1)
    rate = views.SR / views.PITCH_HOP
    for note in piece.notes:
        place = note.midi - views.LOW_MIDI
        if note.instrument != "drums" and 0 <= place < views.N_PITCHES:
            assert held[place, round(note.start_s * rate)] == 1
    played = {n.midi - views.LOW_MIDI for n in piece.notes if n.instrument != "drums"}
    assert set(torch.nonzero(held.any(1)).flatten().tolist()) <= played


def test_notes_of_a_piece_lie_in_its_key() -> None:
    for seed in range(6):
        piece = corpus.compose(seed, duration_s=6.0)
        held = judges.held(piece, 80).bool()
        if held.any():  # drums alone are in no key
            key = corpus.TONICS.index(piece.tonic) + 12 * (piece.mode == "minor")
            # A passing note may leave the key: the corpus keeps those below a tenth.
            assert judges.in_key(held, key) > 0.9


def test_a_tint_keeps_the_picture_within_its_range() -> None:
    mel = -80 * torch.rand(3, 64, 20, generator=torch.Generator().manual_seed(0))
    tinted = judges.tint(mel, torch.Generator().manual_seed(1))
    assert tinted.shape == mel.shape
    assert tinted.max() <= 0
    assert tinted.min() >= -90
    assert not torch.equal(tinted, mel)


def test_every_clip_has_its_turn_in_every_epoch() -> None:
    turns = [chosen for _, chosen in judges.batches(10, 4, 3, seed=0)]
    assert sorted(torch.cat(turns).tolist()) == sorted([*range(10)] * 3)
