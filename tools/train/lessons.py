"""What the language model must know at every step while it trains, beside the next tokens.

That a caption says "97 bpm" or "in B flat minor" is worth a few nats of the eight thousand that a
clip's tokens cost, so from tokens alone words are learned last. Here linear heads listen to the
states between the layers, and must tell at every step what the caption may have told: who plays,
in what style and mood, how fast, in which key. Where nothing has sounded yet, the words are the
only place to know it from. Others tell where in the beat and in the bar it is: a clock, that the
words set and the music keeps; and which pitch classes sound in this bar, those to come among them,
so that a chord is settled before it is played. Further up they tell which notes sound, which begin
now, and who plays them. The heads are thrown away; what they asked for stays in the states, where
the heads of the tokens find it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from sonic_lab.corpus import INSTRUMENTS
from sonic_lab.corpus.planning import LEAD_IN_S
from tools.train import reader

FRAME_RATE = 50.0
WORDS_AFTER, SCORE_AFTER = 1, 4  # layers
PHASES, BEATS = 12, 4  # parts of a beat, beats of a bar
PITCHES = 128  # MIDI; drums, which are numbered from 35 on, take the rows from 0 on
DRUMS_FROM = 35
SLACK_S = 0.03  # what a note may reach into a bar and not count there


@dataclass(frozen=True)
class Score:
    """The notes of a clip, (n,) each, who plays them, and how fast they go.

    `bars` tells which pitch classes sound in each bar, (12, bars).
    """

    start_s: np.ndarray
    end_s: np.ndarray
    row: np.ndarray
    player: np.ndarray
    bars: np.ndarray
    tempo_bpm: float
    beats_per_bar: int


def read_score(record: Mapping[str, Any]) -> Score:
    """Return the score of a clip's record."""
    notes = [(s, s + d, midi - DRUMS_FROM * (name == "drums"), INSTRUMENTS.index(name))
             for name, s, d, midi, _ in record["notes"]]  # fmt: skip
    start, end, row, player = np.array(notes, dtype=np.float32).reshape(-1, 4).T
    bar_s = record["beats_per_bar"] * 60 / record["tempo_bpm"]
    pitched = player != INSTRUMENTS.index("drums")
    first, last = (
        np.maximum((t[pitched] - LEAD_IN_S) // bar_s, 0).astype(int)
        for t in (start + SLACK_S, end - SLACK_S)
    )
    bars = np.zeros((12, last.max(initial=0) + 2), np.float32)  # the last one is silent
    for pitch, a, b in zip(row[pitched].astype(int), first, last, strict=True):
        bars[pitch % 12, a : max(a, b) + 1] = 1
    return Score(start, end, row.astype(np.int64), player.astype(np.int64), bars,
                 record["tempo_bpm"], record["beats_per_bar"])  # fmt: skip


def load_scores(data: Path, seeds: Sequence[int]) -> list[Score]:
    """Load the scores of some clips of a corpus, in their order."""
    wanted, found = set(seeds), {}
    for path in sorted(data.glob("shard-*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            record = json.loads(line)
            if record["seed"] in wanted:
                found[record["seed"]] = read_score(record)
    return [found[seed] for seed in seeds]


@dataclass(frozen=True)
class Moments:
    """What sounds at each step, (B, ·, T): rows of pitches that sound and begin, instruments."""

    sounding: Tensor
    beginning: Tensor
    playing: Tensor


def clock(scores: Sequence[Score], at: Tensor) -> tuple[Tensor, Tensor]:
    """Return the part of the beat and the beat of the bar, (B, T), at frames `at` (B, T)."""
    tempo = torch.tensor([score.tempo_bpm for score in scores])[:, None]
    bar = torch.tensor([score.beats_per_bar for score in scores])[:, None]
    beats = (at / FRAME_RATE - LEAD_IN_S) * tempo / 60
    return (beats % 1 * PHASES).long(), (beats.floor() % bar).long()


def harmony(scores: Sequence[Score], at: Tensor) -> Tensor:
    """Return which pitch classes sound in the bar around each frame: `at` (B, T) to (B, 12, T)."""
    found = []
    for score, frames in zip(scores, at.numpy(), strict=True):
        bar = (frames / FRAME_RATE - LEAD_IN_S) * score.tempo_bpm / 60 // score.beats_per_bar
        found.append(score.bars[:, np.clip(bar, 0, score.bars.shape[1] - 1).astype(int)])
    return torch.from_numpy(np.stack(found))


def moments(scores: Sequence[Score], first: Sequence[int], steps: int) -> Moments:
    """Return what sounds in `steps` frames of each score, from frame `first` on."""
    playing = np.zeros((len(scores), len(INSTRUMENTS), steps), dtype=np.float32)
    sounding = np.zeros((len(scores), PITCHES, steps), dtype=np.float32)
    beginning = np.zeros_like(sounding)
    for i, (score, start) in enumerate(zip(scores, first, strict=True)):
        begin = np.round(score.start_s * FRAME_RATE).astype(int) - start
        end = np.maximum(np.round(score.end_s * FRAME_RATE).astype(int) - start, begin + 1)
        for row, player, a, b in zip(score.row, score.player, begin, end, strict=True):
            if b > 0 and a < steps:
                sounding[i, row, max(a, 0) : b] = 1
                playing[i, player, max(a, 0) : b] = 1
                if a >= 0:
                    beginning[i, row, a] = 1
    return Moments(*map(torch.from_numpy, (sounding, beginning, playing)))


class Lessons(nn.Module):
    """The heads: facts of the clip (as the reader's), the clock, and what sounds at the moment.

    Parameters
    ----------
    width : of the language model's states
    facts : answers a question, as `reader.Labels.sizes` gives them
    """

    def __init__(self, width: int, facts: Mapping[str, int]) -> None:
        super().__init__()
        self.words_norm, self.score_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.facts = nn.ModuleDict({name: nn.Linear(width, n) for name, n in facts.items()})
        self.clocks = nn.ModuleList([nn.Linear(width, PHASES + BEATS) for _ in range(2)])
        self.chords = nn.ModuleList([nn.Linear(width, 12) for _ in range(2)])
        self.notes = nn.Linear(width, 2 * PITCHES + len(INSTRUMENTS))
        nn.init.constant_(self.notes.bias, -4.0)  # most pitches are silent at most times

    def knows(self, states: Sequence[Tensor], truth: Mapping[str, Tensor]) -> Tensor:
        """Return what the facts cost a step, in nats.

        Parameters
        ----------
        states : (B, T, D) after each layer
        truth : of each clip, as `reader.Labels` gives it
        """
        known = self.words_norm(_after(WORDS_AFTER, states))
        answers = {name: head(known).float().flatten(0, 1) for name, head in self.facts.items()}
        return reader.cost(
            answers, {name: x.repeat_interleave(known.shape[1], 0) for name, x in truth.items()}
        )

    def keeps_time(self, states: Sequence[Tensor], phase: Tensor, beat: Tensor) -> Tensor:
        """Return what the clock costs a step, after each layer that is asked: (2,), or (1,)."""
        cost, each = nn.functional.cross_entropy, []
        for head, heard in zip(self.clocks, self._both(states), strict=False):
            phases, beats = head(heard).float().mT.split([PHASES, BEATS], dim=1)
            each.append(cost(phases, phase) + cost(beats, beat))
        return torch.stack(each)

    def harmonises(self, states: Sequence[Tensor], classes: Tensor) -> Tensor:
        """Return what the pitch classes (B, 12, T) cost a step, after each layer as the clock."""
        cost = nn.functional.binary_cross_entropy_with_logits
        both = zip(self.chords, self._both(states), strict=False)
        return torch.stack([12 * cost(head(x).float().mT, classes) for head, x in both])

    def _both(self, states: Sequence[Tensor]) -> Iterator[Tensor]:
        yield self.words_norm(_after(WORDS_AFTER, states))
        if len(states) > WORDS_AFTER:
            yield self.score_norm(_after(SCORE_AFTER, states))

    def hears(self, states: Sequence[Tensor], now: Moments) -> Tensor:
        """Return what the score costs a step, with what is true of each step."""
        rows = torch.cat([now.sounding, now.beginning, now.playing], 1)
        answers = self.notes(self.score_norm(_after(SCORE_AFTER, states))).float().mT
        return rows.shape[1] * nn.functional.binary_cross_entropy_with_logits(answers, rows)


def _after(layers: int, states: Sequence[Tensor]) -> Tensor:
    return states[min(layers, len(states)) - 1]
