"""Three small networks that name what they hear, and what they say of a clip."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.judging import views
from sonic_lab import corpus
from sonic_lab.models import Classifier, ClassifierConfig

WEIGHTS = Path(__file__).parent / "weights"
TEMPO_BPM = np.geomspace(57, 168, 109)  # 1 % apart
INSTRUMENTS = corpus.INSTRUMENTS


class TimbreEar(nn.Module):
    """Which instruments play. Its `Classifier` votes all over the picture, and votes add up."""

    def __init__(self) -> None:
        super().__init__()
        self.net = Classifier(ClassifierConfig(n_classes=len(INSTRUMENTS), widths=(16, 32, 64, 64)))

    def forward(self, mel: Tensor) -> Tensor:
        """(B, 64, T) -> logits (B, instruments). What plays in one place only plays, too."""
        votes = self.net.votes(mel).flatten(2)  # (B, V, places)
        return votes.mean(2) + votes.topk(max(1, votes.shape[2] // 10), dim=2).values.mean(2)

    def embed(self, mel: Tensor) -> Tensor:
        """(B, 64, T) -> what it has seen before it votes, mean and spread: (B, 128)."""
        half = self.net.config.range_db / 2
        h = self.net.blocks((mel / half + 1).unsqueeze(1)).flatten(2)
        return torch.cat([h.mean(2), h.std(2)], dim=1)


class PitchEar(nn.Module):
    """Which pitch classes sound when, and in which key: the same ear on every pitch."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.enter = nn.Conv2d(1, width, (13, 3), stride=(views.FINE, 1), padding=(6, 1))
        self.look = nn.Conv2d(width, width, (25, 3), padding=(12, 1), groups=width)
        self.mix = nn.Conv2d(width, width, 1)
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for _ in range(2))
        self.notes = nn.Conv2d(width, 1, 1)
        self.hear = nn.Sequential(  # (B, C + 1, 12, T): the channels folded to pitch classes
            nn.Conv2d(2 * width + 2, 64, (12, 5), padding=(0, 2), stride=(1, 2)),
            nn.BatchNorm2d(64),
            nn.ReLU(),
        )
        self.key = nn.Sequential(nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 2))

    def forward(self, loud: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 136, T) -> notes (B, 68, T) and keys (B, 2, 12), major and minor, both logits."""
        h = torch.relu(self.norms[0](self.enter(loud[:, None])))
        h = torch.relu(self.norms[1](self.mix(self.look(h)) + h))  # (B, C, 68, T)
        return self.notes(h)[:, 0], self._keys(h)

    def _keys(self, h: Tensor) -> Tensor:
        # Fold the octaves, low and high apart: a bass says most of where home is.
        split = 60 - views.LOW_MIDI
        low, high = (_fold(part, first) for part, first in
                     ((h[:, :, :split], views.LOW_MIDI), (h[:, :, split:], 60)))  # fmt: skip
        T = h.shape[3]
        when = torch.linspace(0, 1, T).expand(len(h), 1, 12, T)  # pieces begin at home
        start = (torch.arange(T) < 10).float().expand(len(h), 1, 12, T)
        folded = torch.cat([low, high, when, start], dim=1)
        around = torch.cat([folded, folded[:, :, :11]], dim=2)  # a circle of pitch classes
        seen = self.hear(around)  # (B, 64, 12, T'): what each pitch class is as a home
        pooled = torch.cat([seen.mean(3), seen.amax(3)], dim=1).transpose(1, 2)
        return self.key(pooled).transpose(1, 2)  # (B, 2, 12)


def _fold(h: Tensor, first_midi: int) -> Tensor:
    """(B, C, P, T) -> (B, C, 12, T): the loudest of each pitch class."""
    before = first_midi % 12
    after = -(before + h.shape[2]) % 12
    padded = nn.functional.pad(h, (0, 0, before, after))
    return padded.unflatten(2, (-1, 12)).amax(2)


class PulseEar(nn.Module):
    """How fast it is, from the echoes of its onsets and, for the octave, from its timbre."""

    def __init__(self) -> None:
        super().__init__()
        n = views.BANDS * len(views.PULSE_BPM)
        self.net = nn.Sequential(
            nn.Linear(n + views.N_MELS, 256), nn.ReLU(), nn.Dropout(0.2),
            nn.Linear(256, 256), nn.ReLU(), nn.Dropout(0.2),
            nn.Linear(256, len(TEMPO_BPM)),
        )  # fmt: skip

    def forward(self, echo: Tensor, mel: Tensor) -> Tensor:
        """(B, 6, 160) and (B, 64, T) -> logits of each of `TEMPO_BPM`."""
        colour = mel.mean(2) / 40 + 1
        return self.net(torch.cat([echo.flatten(1), colour], dim=1))


@dataclass(frozen=True)
class Heard:
    """What the judges say of one clip.

    `instruments` are probabilities; `in_key` is the share of sounding pitch-class frames that lie
    in the key (minor with its leading tone); `embedding` is the timbre ear's, (128,).
    """

    instruments: Mapping[str, float]
    tempo_bpm: float
    tonic: str
    mode: str
    sounding: np.ndarray  # (12,) how long each pitch class sounds, in frames
    embedding: np.ndarray

    def in_key(self, tonic: str | None = None, mode: str | None = None) -> float:
        """Return the share of what sounds that lies in a key: the heard one if none is given."""
        tonic, mode = tonic or self.tonic, mode or self.mode
        steps = {*SCALES[mode], *([11] if mode == "minor" else [])}
        inside = [(corpus.TONICS.index(tonic) + step) % 12 for step in steps]
        return float(self.sounding[inside].sum() / max(self.sounding.sum(), 1e-9))


SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}


class Judges:
    """The three ears together."""

    def __init__(self) -> None:
        self.timbre, self.pitch, self.pulse = TimbreEar(), PitchEar(), PulseEar()
        self.thresholds = torch.full((len(INSTRUMENTS),), 0.5)

    def parts(self) -> dict[str, nn.Module]:
        """Return the networks by name."""
        return {"timbre": self.timbre, "pitch": self.pitch, "pulse": self.pulse}

    @classmethod
    def load(cls, folder: Path = WEIGHTS) -> Judges:
        """Load the judges as they were trained."""
        from safetensors.torch import load_file

        judges, weights = cls(), load_file(folder / "judges.safetensors")
        for name, part in judges.parts().items():
            own = {k.removeprefix(f"{name}."): v.float() for k, v in weights.items()
                   if k.startswith(f"{name}.")}  # fmt: skip
            part.load_state_dict(own, strict=False)  # whole numbers (counters) are not kept
            part.eval()
        return judges

    def save(self, folder: Path, record: Mapping[str, Any]) -> None:
        """Write the weights in 16 bits, and how they were trained and measured."""
        from safetensors.torch import save_file

        weights = {
            f"{name}.{key}": value.half().contiguous()
            for name, part in self.parts().items()
            for key, value in part.state_dict().items()
            if value.is_floating_point()
        }
        folder.mkdir(parents=True, exist_ok=True)
        save_file(weights, folder / "judges.safetensors")
        text = json.dumps(record, indent=2, sort_keys=True)
        (folder / "judges.json").write_text(text + "\n", encoding="utf-8")

    @torch.inference_mode()
    def hear(self, clips: Sequence[np.ndarray]) -> list[Heard]:
        """Say what is in clips of one length at 16 kHz."""
        found = []
        for at in range(0, len(clips), 16):
            Y = torch.from_numpy(np.stack(clips[at : at + 16]).astype(np.float32))
            found += self._hear(views.timbre(Y), views.pitches(Y), views.pulse(Y))
        return found

    def _hear(self, mel: Tensor, loud: Tensor, echo: Tensor) -> list[Heard]:
        playing = self.timbre(mel).sigmoid()
        notes, keys = self.pitch(loud)
        tempo = TEMPO_BPM[self.pulse(echo, mel).argmax(1).numpy()]
        sounding = _fold((notes > 0).float()[:, None], views.LOW_MIDI)[:, 0].sum(2)  # (B, 12)
        embedding = self.timbre.embed(mel).numpy()
        best = keys.flatten(1).argmax(1).tolist()
        return [
            Heard(
                dict(zip(INSTRUMENTS, playing[i].tolist(), strict=True)),
                float(tempo[i]),
                corpus.TONICS[best[i] % 12],
                corpus.MODES[best[i] // 12],
                sounding[i].numpy(),
                embedding[i],
            )
            for i in range(len(mel))
        ]
