"""Listen to what a WaveNet plays: is it the pitch, and the instrument, that was asked for?

Both ears are tried on real notes first, in the same way: a pitch tracker (YIN), and the course's
own classifier, taught on the bundled training notes as they sound at 8 kHz in eight bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import librosa
import numpy as np
import torch
from torch import Tensor

from sonic_lab import audio, clips, features
from sonic_lab.generation import wavenet as sampling
from sonic_lab.models.classifier import Classifier, ClassifierConfig
from sonic_lab.models.training import TrainingConfig, fit
from sonic_lab.models.wavenet import (
    Note,
    WaveNet,
    WaveNetConfig,
    condition,
    mu_law_decode,
    mu_law_encode,
)

DURATION_S = 0.5
STEADY_S = (0.12, 0.3)  # where a pitch is looked for: after the attack, before the key comes up


@dataclass(frozen=True)
class Notes:
    """Notes to be judged: what is heard, (N, n) at the model's rate, and what it should be."""

    y: np.ndarray
    midi: np.ndarray
    instrument: np.ndarray  # indices


def real(part: str, config: WaveNetConfig) -> Notes:
    """Return the bundled notes as the model would have to say them: its rate, its symbols."""
    notes = clips.notes().part(part)
    y = np.stack([_said(audio.resample(y, orig_sr=notes.sr, target_sr=config.sr), config)
                  for y in notes.y])  # fmt: skip
    order = [config.instruments.index(name) for name in notes.names]
    return Notes(y, notes.midi, np.array(order)[notes.label])


def _said(y: np.ndarray, config: WaveNetConfig) -> np.ndarray:
    return mu_law_decode(mu_law_encode(y, levels=config.levels), levels=config.levels)


def generated(model: WaveNet, *, temperature: float, seed: int = 0) -> Notes:
    """Let the model play every pitch on every instrument, half of them dull and half bright."""
    config = model.config
    pitches = np.arange(config.lowest_midi, config.highest_midi + 1)
    sounds = []
    for index, name in enumerate(config.instruments):
        notes = [
            Note(name, int(midi), held_s=0.35, brightness=0.5 if midi % 2 else -0.5)
            for midi in pitches
        ]
        asked = torch.stack([condition([n], config=config, duration_s=DURATION_S) for n in notes])
        codes = sampling.sample(
            model, asked, n_samples=round(DURATION_S * config.sr),
            rng=np.random.default_rng([seed, index]), temperature=temperature,
        )  # fmt: skip
        sounds.append(mu_law_decode(codes, levels=config.levels))
    count = len(config.instruments)
    return Notes(
        np.concatenate(sounds), np.tile(pitches, count), np.repeat(np.arange(count), len(pitches))
    )


def cents_off(notes: Notes, *, sr: int) -> np.ndarray:
    """Return how far each note's pitch, the median of its steady part, is from what it should be.

    Returns
    -------
    float64 (N,), cents, NaN where nothing sounds
    """
    first, last = (round(at * sr) for at in STEADY_S)
    off = np.full(len(notes.y), np.nan)
    for i, (y, midi) in enumerate(zip(notes.y, notes.midi, strict=True)):
        steady = y[first:last]
        if np.sqrt(np.mean(steady**2)) > 1e-3:
            hz = librosa.yin(steady, fmin=150, fmax=1000, sr=sr, frame_length=512, hop_length=80)
            off[i] = 1200 * np.log2(np.median(hz) / librosa.midi_to_hz(midi))
    return off


class Listener:
    """The classifier, taught on real notes."""

    def __init__(self, config: WaveNetConfig, *, seed: int = 0) -> None:
        self.sr = config.sr
        luck = torch.Generator().manual_seed(seed)
        size = ClassifierConfig(n_classes=len(config.instruments), range_db=40)
        self.net = Classifier(size, generator=luck)
        taught = real("train", config)
        plan = TrainingConfig(epochs=25, batch_size=20)
        labels = torch.from_numpy(taught.instrument)
        fit(self.net, self.see(taught.y), labels, config=plan, generator=luck, device="cpu")

    def see(self, y: np.ndarray) -> Tensor:
        """Return the pictures that the classifier looks at."""
        # A floor at -40 dB: notebook 02 shows how hiss below it fools a deeper picture.
        return features.log_mel_batch(
            y, sr=self.sr, device="cpu", n_fft=512, hop_length=128, n_mels=64, top_db=40
        )

    def says(self, y: np.ndarray) -> np.ndarray:
        """Return the index of the instrument heard in each note: int64 (N,)."""
        with torch.inference_mode():
            return self.net(self.see(y)).argmax(dim=1).numpy()


def judge(model: WaveNet, *, temperatures: Sequence[float] = (0.8,)) -> dict[str, float]:
    """Return the figures: shares of right pitches and instruments, real notes and chance beside."""
    sr, names = model.config.sr, model.config.instruments
    listener, held_out = Listener(model.config), real("test", model.config)
    figures = {
        "real notes, pitch within 50 cents": _in_tune(cents_off(held_out, sr=sr)),
        "real notes, instrument heard": float(
            np.mean(listener.says(held_out.y) == held_out.instrument)
        ),
        "chance, instrument": 1 / len(names),
        # A pitch drawn at random from the range is the right one of so many.
        "chance, pitch": 1 / (model.config.highest_midi - model.config.lowest_midi + 1),
    }
    for temperature in temperatures:
        played = generated(model, temperature=temperature)
        off, heard = cents_off(played, sr=sr), listener.says(played.y) == played.instrument
        at = f"at temperature {temperature:g}"
        figures[f"pitch within 50 cents, {at}"] = _in_tune(off)
        figures[f"median cents off, {at}"] = float(np.nanmedian(np.abs(off)))
        figures[f"instrument heard, {at}"] = float(np.mean(heard))
        for index, name in enumerate(names):
            mine = played.instrument == index
            figures[f"{name} in tune, {at}"] = _in_tune(off[mine])
            figures[f"{name} heard as such, {at}"] = float(np.mean(heard[mine]))
    return figures


def _in_tune(off: np.ndarray) -> float:
    """Share of pitches within 50 cents; what does not sound is not."""
    return float(np.mean(np.abs(np.nan_to_num(off, nan=np.inf)) <= 50))
