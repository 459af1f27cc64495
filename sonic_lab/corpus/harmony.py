"""Scale steps, chords, and voicings that move as little as they can."""

from __future__ import annotations

from dataclasses import dataclass

from .scores import LEADING_TONE, SCALES, TONICS


@dataclass(frozen=True)
class Key:
    """A tonic and a mode; a step is a place in its scale, seven to the octave, 0 the tonic."""

    tonic: str
    mode: str

    def midi(self, step: int, *, raised: bool = False) -> int:
        """Return the MIDI number of a step, minor's seventh `raised` where asked.

        >>> [Key("A", "minor").midi(s + 35, raised=True) for s in (0, 2, 6)]
        [69, 72, 80]
        """
        octave, place = divmod(step, 7)
        up = raised and self.mode == "minor" and place == 6
        semitones = LEADING_TONE if up else SCALES[self.mode][place]
        return TONICS.index(self.tonic) + 12 * octave + semitones

    def step_near(self, midi: float) -> int:
        """Return the step that lies about at a MIDI number."""
        return round((midi - TONICS.index(self.tonic)) * 7 / 12)


@dataclass(frozen=True)
class Chord:
    """A chord on a scale degree, for some beats."""

    key: Key
    degree: int
    start_beat: float
    beats: float
    seventh: bool

    @property
    def raised(self) -> bool:
        """Minor's dominant has the leading tone: what makes a minor key a key."""
        return self.degree == 4

    def midi(self, step: int) -> int:
        """Return the MIDI number of a scale step while this chord sounds."""
        return self.key.midi(step, raised=self.raised)

    def tones(self, low: int, high: int) -> list[int]:
        """Return the chord's triad tones from `low` to `high`, as MIDI numbers."""
        first, last = self.key.step_near(low) - 2, self.key.step_near(high) + 2
        steps = [s for s in range(first, last) if (s - self.degree) % 7 in (0, 2, 4)]
        return [m for m in map(self.midi, steps) if low <= m <= high]

    def nearest_step(self, step: int) -> int:
        """Return the step of the chord's triad next to a step, the lower one of two."""
        return min(
            (s for s in range(step - 3, step + 4) if (s - self.degree) % 7 in (0, 2, 4)),
            key=lambda s: (abs(s - step), s),
        )

    def voicing(self, near: list[int], low: int) -> list[int]:
        """Return the close position from `low` up that moves least from the voicing before."""
        ladder = (0, 2, 4, 6) if self.seventh else (0, 2, 4)
        base = self.key.step_near(low)
        found = []
        for bottom in range(base, base + 7):
            if (bottom - self.degree) % 7 in ladder:
                steps = [s for s in range(bottom, bottom + 7) if (s - self.degree) % 7 in ladder]
                found.append([self.midi(s) for s in steps])
        if not near:
            return found[0]
        return min(found, key=lambda v: (sum(min(abs(m - o) for o in near) for m in v), v))


def progression(
    key: Key, degrees: tuple[int, ...], *, beats: float, chord_beats: float, seventh: bool
) -> list[Chord]:
    """Repeat a progression of scale degrees until it has filled `beats`."""
    chords: list[Chord] = []
    while len(chords) * chord_beats < beats:
        degree = degrees[len(chords) % len(degrees)]
        chords.append(Chord(key, degree, len(chords) * chord_beats, chord_beats, seventh))
    return chords
