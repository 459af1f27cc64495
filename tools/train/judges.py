"""Train the judges of ``benchmarks.judging``: ``python -m tools.train.judges --folder RUN``.

They learn from clips that no generating model has seen (seeds of their own), and are measured on
the corpus's test clips, both as they were made and after a way through the codec: what a model
generates is always heard through it, and bowed strings that went through it are not what they were.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.judging import ears, views
from benchmarks.tiny_musicgen import through
from sonic_lab import corpus, models

FIRST_SEED = 3_000_000
DURATION_S = 10.0
PART = 500  # clips a file


@dataclass(frozen=True)
class Clips:
    """What the judges see of many clips, and what is true of them."""

    mel: Tensor  # float16 (N, 64, T)
    loud: Tensor  # float16 (N, 136, T)
    echo: Tensor  # (N, 6, 160)
    playing: Tensor  # (N, instruments) 0 or 1
    tempo_bpm: Tensor  # (N,)
    key: Tensor  # (N,) tonic + 12 · (minor)
    notes: Tensor  # uint8 (N, 68, T): what is held in the middle of each frame of `loud`

    def __len__(self) -> int:
        return len(self.mel)


def make(seeds: Sequence[int], codec: Any) -> Clips:
    """Compose and play clips, and look at them: all as they are, then all through the codec."""
    plain, coded = [], []
    for at in range(0, len(seeds), 20):
        pieces = [corpus.compose(seed, duration_s=DURATION_S) for seed in seeds[at : at + 20]]
        Y = [corpus.render(piece)[0] for piece in pieces]
        plain.append(look(Y, pieces))
        coded.append(look(through(codec, Y), pieces))
    return joined(plain + coded)


def look(Y: Sequence[np.ndarray], pieces: Sequence[corpus.Piece]) -> Clips:
    """Look at sounds of one length, whose pieces are known."""
    sound = torch.from_numpy(np.stack(Y).astype(np.float32))
    loud = views.pitches(sound)
    return Clips(
        views.timbre(sound).half(), loud.half(), views.pulse(sound),
        torch.tensor([[float(name in p.instruments) for name in ears.INSTRUMENTS]
                      for p in pieces]),
        torch.tensor([float(p.tempo_bpm) for p in pieces]),
        torch.tensor([corpus.TONICS.index(p.tonic) + 12 * (p.mode == "minor") for p in pieces]),
        torch.stack([held(p, loud.shape[2]) for p in pieces]),
    )  # fmt: skip


def joined(parts: Sequence[Clips]) -> Clips:
    """Return all clips of several parts as one."""
    return Clips(*(torch.cat(c) for c in zip(*(vars(p).values() for p in parts), strict=True)))


def held(piece: corpus.Piece, frames: int) -> Tensor:
    """Return which pitches a piece holds in each frame of `views.pitches`: uint8 (68, T)."""
    found = torch.zeros(views.N_PITCHES, frames, dtype=torch.uint8)
    rate = views.SR / views.PITCH_HOP
    for note in piece.notes:
        place = note.midi - views.LOW_MIDI
        if note.instrument != "drums" and 0 <= place < views.N_PITCHES:
            first = round(note.start_s * rate)
            found[place, first : max(first + 1, round(note.end_s * rate))] = 1
    return found


def batches(n: int, size: int, epochs: int, seed: int) -> Iterator[tuple[float, Tensor]]:
    """Yield how far the training is, 0 to 1, and the clips of a step."""
    luck = torch.Generator().manual_seed(seed)
    order = torch.cat([torch.randperm(n, generator=luck) for _ in range(epochs)]).split(size)
    for step, chosen in enumerate(order):
        yield step / len(order), chosen


def learn(net: nn.Module, cost: Any, n: int, *, epochs: int, lr: float, size: int = 32) -> None:
    """Make `cost(chosen clips, generator)` small by the net's weights."""
    net.train()
    optimiser = torch.optim.AdamW(net.parameters(), lr, weight_decay=0.02)
    luck, mean = torch.Generator().manual_seed(1), 0.0
    for done, chosen in batches(n, size, epochs, seed=0):
        for group in optimiser.param_groups:
            group["lr"] = lr * min(1.0, done * 20 + 0.02) * (1 - done) ** 0.8
        error = cost(chosen, luck)
        optimiser.zero_grad(set_to_none=True)
        error.backward()
        optimiser.step()
        mean = 0.98 * mean + 0.02 * error.item()
    print(type(net).__name__, f"cost at the end {mean:.4f}", flush=True)
    net.eval()


def tint(mel: Tensor, luck: torch.Generator) -> Tensor:
    """Vary log-mels as rooms, loudspeakers and codecs do: tilt, treble cut, noise floor."""
    B = len(mel)
    tilt = 4 * torch.randn(B, 1, 1, generator=luck) * torch.linspace(-1, 1, mel.shape[1])[:, None]
    floor = -80 + 15 * torch.rand(B, 1, 1, generator=luck) ** 2
    return torch.maximum(mel + tilt, floor).clamp(max=0)


def teach_timbre(net: ears.TimbreEar, clips: Clips, epochs: int) -> None:
    """Teach which instruments play."""

    def cost(chosen: Tensor, luck: torch.Generator) -> Tensor:
        mel = tint(clips.mel[chosen].float(), luck)
        return nn.functional.binary_cross_entropy_with_logits(net(mel), clips.playing[chosen])

    learn(net, cost, len(clips), epochs=epochs, lr=3e-3)


def teach_pitch(net: ears.PitchEar, clips: Clips, epochs: int) -> None:
    """Teach which notes sound and which key they are in, in every key alike."""
    weight = torch.tensor(3.0)  # notes are rare among pitches and frames

    def cost(chosen: Tensor, luck: torch.Generator) -> Tensor:
        loud, key = clips.loud[chosen].float(), clips.key[chosen]
        notes, keys = net(loud)
        truth = clips.notes[chosen].float()
        heard = nn.functional.binary_cross_entropy_with_logits(notes, truth, pos_weight=weight)
        guess = nn.functional.cross_entropy(keys.flatten(1), key, reduction="none")
        return 4 * heard + (guess * truth.flatten(1).amax(1)).mean()  # drums alone have no key

    learn(net, cost, len(clips), epochs=epochs, lr=3e-3)


def teach_pulse(net: ears.PulseEar, clips: Clips, epochs: int) -> None:
    """Teach how fast it is; a tempo a little off is a little wrong."""
    log_bpm = torch.tensor(np.log(ears.TEMPO_BPM), dtype=torch.float32)

    def cost(chosen: Tensor, luck: torch.Generator) -> Tensor:
        off = (log_bpm - clips.tempo_bpm[chosen, None].log()) / 0.015
        truth = torch.softmax(-0.5 * off**2, dim=1)
        mel = tint(clips.mel[chosen].float(), luck)
        return nn.functional.cross_entropy(net(clips.echo[chosen], mel), truth)

    learn(net, cost, len(clips), epochs=epochs, lr=1e-3)


@torch.inference_mode()
def measure(judges: ears.Judges, clips: Clips) -> dict[str, Any]:
    """Return the share of clips, or of what sounds, that each judge is right on."""
    playing, notes, keys, tempo = [], [], [], []
    for some in torch.arange(len(clips)).split(32):
        mel = clips.mel[some].float()
        playing.append(judges.timbre(mel) > 0)
        n, k = judges.pitch(clips.loud[some].float())
        notes.append(n > 0)
        keys.append(k.flatten(1).argmax(1))
        tempo.append(judges.pulse(clips.echo[some], mel).argmax(1))
    right = torch.cat(playing) == clips.playing.bool()
    key, note = torch.cat(keys), torch.cat(notes)
    bpm = torch.tensor(ears.TEMPO_BPM)[torch.cat(tempo)]
    off = (bpm / clips.tempo_bpm).log2().abs()
    drums = clips.playing[:, ears.INSTRUMENTS.index("drums")].bool()
    close = off < np.log2(1.08)
    truth = clips.notes.bool()
    tuned = truth.flatten(1).any(1)  # drums alone are in no key
    inside = torch.stack([in_key(n, int(k)) for n, k in zip(note, clips.key, strict=True)])
    return {
        "instrument by instrument": dict(
            zip(ears.INSTRUMENTS, _shares(right.float().mean(0)), strict=True)
        ),
        "instruments, mean": _share(right),
        "drums present or absent": _share(right[:, ears.INSTRUMENTS.index("drums")]),
        "mode": _share(((key >= 12) == (clips.key >= 12))[tuned]),
        "key": _share((key == clips.key)[tuned]),
        "tempo within 8 %": _share(close),
        "tempo within 8 %, with drums": _share(close[drums]),
        "tempo within 8 %, without": _share(close[~drums]),
        "of notes heard, share in the key": round(float(inside[tuned].mean()), 4),
        "of notes heard, share played": round(float((note & truth).sum() / note.sum()), 4),
        "of notes played, share heard": round(float((note & truth).sum() / truth.sum()), 4),
    }


def in_key(notes: Tensor, key: int) -> Tensor:
    """Return the share of heard notes (68, T) in a key, with minor's leading tone."""
    mode = corpus.MODES[key // 12]
    steps = {*ears.SCALES[mode], *([11] if mode == "minor" else [])}
    inside = torch.tensor([(views.LOW_MIDI + p - key) % 12 in steps for p in range(len(notes))])
    return notes[inside].sum() / notes.sum().clamp(min=1)


def _share(right: Tensor) -> float:
    return round(right.float().mean().item(), 4)


def _shares(right: Tensor) -> list[float]:
    return [round(x, 4) for x in right.tolist()]


def kept(folder: Path, first_seed: int, n: int, codec: Any) -> tuple[Clips, Clips]:
    """Make clips in parts, or load what the folder has of them: plain, and through the codec."""
    plain, coded = [], []
    for at in range(first_seed, first_seed + n, PART):
        seeds = range(at, min(at + PART, first_seed + n))
        path = folder / f"both-{at}-{len(seeds)}.pt"
        if not path.exists():
            torch.save(tuple(vars(make(seeds, codec)).values()), path)
        both = torch.load(path)
        plain.append(Clips(*(column[: len(seeds)] for column in both)))
        coded.append(Clips(*(column[len(seeds) :] for column in both)))
    return joined(plain), joined(coded)


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, measure and keep the judges."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where clips are kept")
    parser.add_argument("--clips", type=int, default=2000)
    parser.add_argument("--test-clips", type=int, default=500)
    parser.add_argument("--ears", default="pulse,pitch,timbre", help="which to teach; others stay")
    parser.add_argument("--out", type=Path, default=ears.WEIGHTS)
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(1)
    torch.manual_seed(0)
    chosen.folder.mkdir(parents=True, exist_ok=True)
    taught, codec = chosen.ears.split(","), models.load("codec", device="cpu")
    clips = joined(kept(chosen.folder, FIRST_SEED, chosen.clips, codec))
    judges = ears.Judges() if len(taught) == 3 else ears.Judges.load(chosen.out)
    if "pulse" in taught:
        teach_pulse(judges.pulse, clips, epochs=25)
    if "pitch" in taught:
        teach_pitch(judges.pitch, clips, epochs=8)
    if "timbre" in taught:
        teach_timbre(judges.timbre, clips, epochs=6)
    unseen = kept(chosen.folder, corpus.TEST_SEED, chosen.test_clips, codec)
    names = ("held-out clips", "held-out clips through the codec")
    figures: Mapping[str, Any] = {
        name: measure(judges, part) for name, part in zip(names, unseen, strict=True)
    }
    print(figures, flush=True)
    told = {"clips": chosen.clips, "ears taught last": taught, "first_seed": FIRST_SEED}
    judges.save(chosen.out, {**told, "right": figures})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
