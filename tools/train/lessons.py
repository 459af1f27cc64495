"""What the language model must know at every step while it trains, beside the next tokens.

That a caption says "97 bpm" or "in B flat minor" is worth a few nats of the eight thousand that a
clip's tokens cost, so from tokens alone words are learned last. Here linear heads listen to the
states between the layers, and must tell at every step what the caption may have told: who plays,
in what style and mood, how fast, in which key. Where nothing has sounded yet, the words are the
only place to know it from. A layer further up, others tell where in the beat it is, which notes
sound, and which begin now. The heads are thrown away; what they asked for stays in the states,
where the heads of the tokens find it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from sonic_lab.corpus.planning import LEAD_IN_S
from tools.train import reader

FRAME_RATE = 50.0
FACTS_AFTER, SCORE_AFTER = 2, 3  # layers
PHASES = 12  # parts of a beat
PITCHES = 128  # MIDI; drums, which are numbered from 35 on, take the rows from 0 on
DRUMS_FROM = 35


@dataclass(frozen=True)
class Score:
    """The notes of a clip, (n,) each, and how fast they go."""

    start_s: np.ndarray
    end_s: np.ndarray
    row: np.ndarray
    tempo_bpm: float


def read_score(record: Mapping[str, Any]) -> Score:
    """Return the score of a clip's record."""
    notes = [(s, s + d, midi - DRUMS_FROM * (name == "drums"))
             for name, s, d, midi, _ in record["notes"]]  # fmt: skip
    start, end, row = np.array(notes, dtype=np.float32).reshape(-1, 3).T
    return Score(start, end, row.astype(np.int64), record["tempo_bpm"])


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
    """What is true at each step: part of the beat (B, T), rows that sound and begin (B, P, T)."""

    phase: Tensor
    sounding: Tensor
    beginning: Tensor


def moments(scores: Sequence[Score], first: Sequence[int], steps: int) -> Moments:
    """Return what is true in `steps` frames of each score, from frame `first` on."""
    phases = np.empty((len(scores), steps), dtype=np.int64)
    sounding = np.zeros((len(scores), PITCHES, steps), dtype=np.float32)
    beginning = np.zeros_like(sounding)
    for i, (score, start) in enumerate(zip(scores, first, strict=True)):
        at_s = (start + np.arange(steps)) / FRAME_RATE
        beats = (at_s - LEAD_IN_S) * score.tempo_bpm / 60
        phases[i] = np.floor(beats % 1 * PHASES)
        begin = np.round(score.start_s * FRAME_RATE).astype(int) - start
        end = np.maximum(np.round(score.end_s * FRAME_RATE).astype(int) - start, begin + 1)
        for row, a, b in zip(score.row, begin, end, strict=True):
            if b > 0 and a < steps:
                sounding[i, row, max(a, 0) : b] = 1
                if a >= 0:
                    beginning[i, row, a] = 1
    return Moments(*map(torch.from_numpy, (phases, sounding, beginning)))


class Lessons(nn.Module):
    """The heads: facts of the clip (as the reader's), and what happens at the moment.

    Parameters
    ----------
    width : of the language model's states
    facts : answers a question, as `reader.Labels.sizes` gives them
    """

    def __init__(self, width: int, facts: Mapping[str, int]) -> None:
        super().__init__()
        self.facts_norm, self.score_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.facts = nn.ModuleDict({name: nn.Linear(width, n) for name, n in facts.items()})
        self.phase = nn.Linear(width, PHASES)
        self.notes = nn.Linear(width, 2 * PITCHES)
        nn.init.constant_(self.notes.bias, -4.0)  # most pitches are silent at most times

    def forward(
        self, states: Sequence[Tensor], truth: Mapping[str, Tensor], now: Moments
    ) -> tuple[Tensor, Tensor]:
        """Return what the facts and what the moments cost a step, in nats.

        Parameters
        ----------
        states : (B, T, D) after each layer
        truth : of each clip, as `reader.Labels` gives it
        now : of each step
        """
        steps = now.phase.shape[1]
        known = self.facts_norm(states[min(FACTS_AFTER, len(states)) - 1])
        answers = {name: head(known).float().flatten(0, 1) for name, head in self.facts.items()}
        facts = reader.cost(
            answers, {name: x.repeat_interleave(steps, 0) for name, x in truth.items()}
        )
        heard = self.score_norm(states[min(SCORE_AFTER, len(states)) - 1])
        phase = nn.functional.cross_entropy(self.phase(heard).float().mT, now.phase)
        notes = nn.functional.binary_cross_entropy_with_logits(
            self.notes(heard).float().mT, torch.cat([now.sounding, now.beginning], 1)
        )
        return facts, phase + 2 * PITCHES * notes
