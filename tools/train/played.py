"""Notes for the WaveNet to learn from, played by the code that made the bundled ones.

Held-out notes have timbres and rooms that training never has; the pitches are the same, since a
pitch that was never taught cannot be asked for.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from sonic_lab import audio
from sonic_lab.models import wavenet
from sonic_lab.models.wavenet import Note, WaveNetConfig
from tools.make_clips import notes as bundled
from tools.make_clips import score
from tools.make_clips.sound import luck

CONFIG = WaveNetConfig(instruments=bundled.NAMES)
DURATION_S = 0.8
MADE_S = 1.1  # made longer and cut, so that no clip ends in a fade that nothing announced
PER_INSTRUMENT = {"train": 600, "test": 20}


@dataclass(frozen=True)
class Played:
    """Clips, as symbols uint8 (N, T), and what was asked for in each, float32 (N, D, frames)."""

    codes: Tensor
    asked: Tensor
    sha256: str

    def __len__(self) -> int:
        return len(self.codes)


def draw_line(name: str, brightness: float, rng: np.random.Generator) -> list[Note]:
    """Draw one note, or two that follow on each other, on the condition's grid of frames."""
    velocity = float(rng.uniform(0.45, 0.95))
    pitches = CONFIG.lowest_midi + rng.permutation(CONFIG.highest_midi - CONFIG.lowest_midi + 1)
    if rng.random() < 0.5:
        held_s = round(float(rng.uniform(0.15, 0.75)), 2)
        return [Note(name, int(pitches[0]), bundled.START_S, held_s, velocity, brightness)]
    held_s, again_s = (round(float(rng.uniform(0.15, 0.45)), 2) for _ in range(2))
    second_s = round(bundled.START_S + held_s + float(rng.choice([0.0, 0.05])), 2)
    return [
        Note(name, int(pitches[0]), bundled.START_S, held_s, velocity, brightness),
        Note(name, int(pitches[1]), second_s, again_s, velocity, brightness),
    ]


def play(split: str, name: str, index: int) -> tuple[np.ndarray, list[Note]]:
    """Play one clip at the model's rate, (n,) float32, and say what is played in it."""
    rng = luck("wavenet", split, name, index)
    drawn = bundled.draw(split, index, rng)
    first, *more = line = draw_line(name, drawn.timbre, rng)
    touch = bundled.Touch(first.midi, first.velocity, first.held_s, drawn.timbre, drawn.room)
    then = tuple(score.Note(n.start_s, n.held_s, n.midi, n.velocity) for n in more)
    room = f"notes/{split}/{touch.room}"
    y = bundled.make(name, touch, rng, room, duration_s=MADE_S, then=then)
    y = audio.resample(y.astype(np.float32), orig_sr=bundled.SR, target_sr=CONFIG.sr)
    return y[: round(DURATION_S * CONFIG.sr)], line


def make(split: str) -> dict[str, np.ndarray]:
    """Play all clips of a split."""
    codes, asked = [], []
    for index in range(PER_INSTRUMENT[split]):
        for name in CONFIG.instruments:
            y, line = play(split, name, index)
            codes.append(wavenet.mu_law_encode(y).astype(np.uint8))
            asked.append(wavenet.condition(line, config=CONFIG, duration_s=DURATION_S).numpy())
    return {"codes": np.stack(codes), "asked": np.stack(asked)}


def read(folder: Path, split: str) -> Played:
    """Read a split from the folder; it is played first where it is not there yet."""
    path = folder / f"{split}.npz"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        np.savez(path, **make(split))
    with np.load(path) as kept:
        codes, asked = kept["codes"], kept["asked"]
    digest = hashlib.sha256(codes.tobytes() + asked.tobytes()).hexdigest()
    return Played(torch.from_numpy(codes), torch.from_numpy(asked), digest)
