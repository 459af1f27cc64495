"""What each instrument plays: short phrases of our own, all in D major at 120 beats a minute."""

from __future__ import annotations

import numpy as np

import sonic_lab as sl

from . import bells, drums, flute, guitar, piano, rain, siren, strings, trumpet
from .room import reverb
from .score import Note, read, seconds
from .sound import luck, pan

BPM = 120.0
SWING = 0.58
LEAD_IN_S = 0.05
SR = 22050

TRUMPET = """@0.62 A4:1.5 ~B4:0.5 ~A4:0.5 @0.55 F#4:0.5 @0.68 A4:1
             @0.78 D5:1.5 ~C#5:0.5 @0.86 ~E5:0.5 ~D5:0.5 @0.74 B4:1 @0.92 D5:3.2"""
PIANO = """@0.62 F#4:0.5 A4:0.5 @0.7 D5:1 @0.55 C#5:0.5 B4:0.5 @0.6 A4:1
           @0.66 G4:0.5 B4:0.5 @0.76 E5:1 @0.6 D5:0.5 C#5:0.5 @0.55 A4+C#5:1 @0.5 F#4+A4+D5:6"""
PIANO_LEFT = """@0.5 D3:0.5 A3:0.5 @0.42 D4:1 @0.46 F#2:0.5 C#3:0.5 @0.4 A3:1
                @0.5 G2:0.5 D3:0.5 @0.42 B3:1 @0.48 A2:0.5 E3:0.5 @0.42 G3:1 @0.5 D2+A2+D3:6"""
GUITAR = """@0.7 D3:0.5 @0.5 A3:0.5 D4:0.5 F#4:0.5 @0.62 A4:0.5 @0.5 F#4:0.5 D4:0.5 A3:0.5
            @0.7 B2:0.5 @0.5 F#3:0.5 B3:0.5 D4:0.5 @0.66 F#4:0.5 @0.5 D4:0.5 @0.58 G4:0.5 ~F#4:0.5
            @0.68 G2:0.5 @0.5 D3:0.5 B3:0.5 @0.6 E4:0.5 @0.66 D3+A3+D4+F#4:3"""
FLUTE = """@0.6 F#5:1 ~G5:0.5 ~A5:0.5 @0.72 ~D6:1.5 ~C#6:0.5 @0.66 B5:0.5 ~A5:0.5 ~G5:0.5 ~E5:0.5
           @0.6 F#5:0.75 ~G5:0.25 @0.55 E5:1 @0.7 A5:0.5 ~B5:0.5 @0.62 ~A5:3"""
BELLS = """@0.7 A5:1 F#5:1 @0.6 D5:1 A4:1 @0.65 B4:1 @0.7 D5:1 @0.78 E5:1 @0.6 A4:1
           @0.85 D5+F#5:2"""
STRINGS = """@0.6 D3+A3+F#4+D5:4 @0.66 G3+B3+D4+E5:2 @0.7 A3+C#4+E4+G5:2 @0.62 D3+A3+D4+F#5:3"""

# (beat, drum, velocity): two bars, light swing, ghost notes on the snare
_BAR = (
    (0.0, "kick", 0.95), (1.0, "snare", 0.85), (1.5, "kick", 0.6), (2.5, "kick", 0.85),
    (3.0, "snare", 0.9), (1.75, "snare", 0.18), (2.25, "snare", 0.14),
    (0.0, "hat", 0.75), (0.5, "hat", 0.4), (1.0, "hat", 0.65), (1.5, "hat", 0.45),
    (2.0, "hat", 0.75), (2.5, "hat", 0.4), (3.0, "hat", 0.65),
)  # fmt: skip
_FILL = ((3.25, "snare", 0.3), (3.5, "snare", 0.55), (3.75, "snare", 0.7))


def _length(duration_s: float) -> int:
    return int(duration_s * SR)


def _score(text: str, *, swing: float = 0.5) -> list[Note]:
    return read(text, bpm=BPM, swing=swing, lead_in_s=LEAD_IN_S)


def play_trumpet() -> np.ndarray:
    y = trumpet.perform(_score(TRUMPET, swing=0.56), _length(6.0), sr=SR, rng=luck("trumpet"))
    return reverb(y, sr=SR, t60_s=0.9, wet_db=-17, name="trumpet")


def play_piano() -> np.ndarray:
    notes = [*_score(PIANO), *_score(PIANO_LEFT)]
    y = piano.perform(notes, _length(6.8), sr=SR, rng=luck("piano"), pedal_s=0.15)
    return reverb(y, sr=SR, t60_s=0.7, wet_db=-18, name="piano")


def play_guitar() -> np.ndarray:
    y = guitar.perform(_score(GUITAR), _length(6.8), sr=SR, rng=luck("guitar"), ring_s=0.5)
    return reverb(y, sr=SR, t60_s=0.6, wet_db=-20, name="guitar")


def play_flute() -> np.ndarray:
    y = flute.perform(_score(FLUTE), _length(6.6), sr=SR, rng=luck("flute"))
    return reverb(y, sr=SR, t60_s=1.1, wet_db=-15, name="flute")


def play_bells() -> np.ndarray:
    return bells.perform(_score(BELLS), _length(7.0), sr=SR, rng=luck("bells"))


def play_strings() -> np.ndarray:
    y = strings.perform(_score(STRINGS), _length(6.4), sr=SR, rng=luck("strings"), players=5)
    return reverb(y.mean(0), sr=SR, t60_s=1.3, wet_db=-14, name="strings")


def hits(bars: int, *, fill: bool) -> list[tuple[float, str, float]]:
    """Return `bars` bars of the drum pattern as (seconds, drum, velocity)."""
    found = []
    for bar in range(bars):
        last = fill and bar == bars - 1
        pattern = [hit for hit in _BAR if not (last and hit[0] > 3.0)] + list(_FILL if last else ())
        if not last:
            pattern.append((3.5, "open", 0.5))
        found += [(4 * bar + beat, drum, hard) for beat, drum, hard in pattern]
    return [
        (seconds(beat, bpm=BPM, swing=SWING) + LEAD_IN_S, drum, hard) for beat, drum, hard in found
    ]


def play_drums() -> np.ndarray:
    end_s = seconds(8, bpm=BPM) + LEAD_IN_S
    rhythm = [*hits(2, fill=True), (end_s, "kick", 0.95), (end_s, "open", 0.6)]
    tracks = drums.perform(rhythm, _length(4.6), sr=SR, rng=luck("drums"))
    y = 0.95 * tracks["kick"] + 0.6 * tracks["snare"] + 0.85 * tracks["hat"]
    return np.tanh(1.3 * reverb(y, sr=SR, t60_s=0.35, wet_db=-18, name="drums"))


def play_rain() -> np.ndarray:
    return rain.perform(_length(4.4), sr=SR, rng=luck("rain"))


def play_siren() -> np.ndarray:
    return siren.perform(int(siren.DURATION_S * 44_100), sr=44_100)


# The band: four bars, D | Bm7 | G | A7 | D.
BAND = {
    "trumpet": """@0.66 A4:1.5 ~B4:0.5 ~A4:0.5 @0.58 F#4:0.5 @0.7 A4:1
                  @0.8 D5:1.5 ~C#5:0.5 @0.7 B4:1 @0.6 F#4:1
                  @0.74 B4:1.5 ~D5:0.5 @0.86 ~E5:0.5 ~D5:0.5 @0.76 B4:1
                  @0.74 A4:0.5 ~C#5:0.5 @0.84 E5:1 @0.9 G5:1 ~E5:1 @0.92 F#5:2.2""",
    "flute": """r:6 @0.55 r:0.5 F#5:0.5 ~A5:0.5 ~B5:0.5 @0.65 D6:2 r:4
                @0.6 r:0.5 G5:0.5 ~A5:0.5 ~B5:0.5 @0.66 ~A5:2.2""",
    "piano": """@0.45 r:1 F#3+A3+D4:0.5 r:1 F#3+A3+D4:1 r:0.5
                r:1 F#3+A3+D4:0.5 r:1 F#3+A3+D4:1 r:0.5
                r:1 G3+B3+D4:0.5 r:1 G3+B3+E4:1 r:0.5 r:1 G3+A3+C#4:0.5 r:1 G3+A3+C#4:1 r:0.5
                @0.6 D2+D3+A3+F#4:2.2""",
    "guitar": """@0.62 D2:1.5 A2:0.5 D3:1 A2:1 B1:1.5 F#2:0.5 B2:1 A2:1
                 G2:1.5 D2:0.5 G2:1 B2:1 A1:1.5 E2:0.5 A2:1 C#3:1 @0.7 D2:2.2""",
    "bells": """@0.5 D6:4 r:11 r:1 @0.6 D6:0.1 F#6:0.1""",
    "strings": """@0.5 F#4+A4+D5:4 @0.52 F#4+B4+D5:4 @0.58 G4+B4+D5:4
                  @0.64 G4+A4+C#5:4 @0.66 F#4+A4+D5:2.2""",
}  # fmt: skip


def play_band() -> np.ndarray:
    n = _length(9.5)
    parts = {name: _score(text, swing=SWING) for name, text in BAND.items()}
    rhythm = [*hits(4, fill=True), (8 + LEAD_IN_S, "kick", 0.9), (8 + LEAD_IN_S, "open", 0.6)]
    kit = drums.perform(rhythm, n, sr=SR, rng=luck("band", "drums"))

    def rng(name: str) -> np.random.Generator:
        return luck("band", name)

    stems = (  # sound, loudness in LUFS, place from left (-1) to right (1)
        (trumpet.perform(parts["trumpet"], n, sr=SR, rng=rng("trumpet")), -20, 0.15),
        (flute.perform(parts["flute"], n, sr=SR, rng=rng("flute")), -25, -0.7),
        (piano.perform(parts["piano"], n, sr=SR, rng=rng("piano")), -24, 0.7),
        (guitar.perform(parts["guitar"], n, sr=SR, rng=rng("guitar"), ring_s=0.1), -24, -0.35),
        (bells.perform(parts["bells"], n, sr=SR, rng=rng("bells")), -31, 0.85),
        (kit["kick"], -27, 0.0),
        (kit["snare"], -27, -0.15),
        (kit["hat"], -31, 0.5),
    )
    dry = _at(strings.perform(parts["strings"], n, sr=SR, rng=rng("strings"), players=3), -26)
    for y, lufs, position in stems:
        dry += pan(_at(y, lufs), position)
    return reverb(dry, sr=SR, t60_s=0.9, wet_db=-17, name="band")


def _at(y: np.ndarray, lufs: float) -> np.ndarray:
    """Bring one part to its loudness in the mix."""
    now = sl.audio.loudness(y / np.abs(y).max(), sr=SR) + 20 * np.log10(np.abs(y).max())
    return y * 10 ** (round(lufs - now, 2) / 20)
