"""The clips one by one: what is heard, how it was made, and the function that makes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from . import pieces, speech


@dataclass(frozen=True)
class Entry:
    """One clip to be made."""

    name: str
    title: str
    labels: tuple[str, ...]
    description: str
    recipe: str
    make: Callable[[], np.ndarray]  # (n,) or (2, n), float64
    sr: int = pieces.SR
    bits: int = 16


ENTRIES = (
    Entry(
        name="trumpet",
        title="A trumpet phrase",
        labels=("trumpet", "brass", "melody"),
        description=(
            "A lone trumpet in a small hall: a phrase that climbs in two steps to a bright D and "
            "stays there. Each tongued note starts with a short blare, and the last one begins "
            "still and then warms into vibrato."
        ),
        recipe=(
            "Additive synthesis: harmonics whose brightness follows the breath, so every attack "
            "and swell opens the tone; slurs glide, tongued notes scoop up from 35 cents below, "
            "vibrato of 5.3 Hz comes 0.3 s late. Rounded to 14 bits."
        ),
        make=pieces.play_trumpet,
        bits=14,
    ),
    Entry(
        name="piano",
        title="A piano phrase",
        labels=("piano", "keyboard", "melody", "chords"),
        description=(
            "A gentle piano tune over rolling low notes, like the first bars of a lullaby. Hammers "
            "tap softly, notes overlap, and the last chord is left to fade."
        ),
        recipe=(
            "Modal synthesis: partials stretched by the strings' stiffness, a fast and a slow "
            "decay for each, felt that grows harder with the blow, and the knock of the wood."
        ),
        make=pieces.play_piano,
    ),
    Entry(
        name="guitar",
        title="A plucked guitar",
        labels=("guitar", "plucked", "chords"),
        description=(
            "A nylon-string guitar, picked one string at a time in a rippling pattern over three "
            "chords. It ends on a strum that rings and dies away."
        ),
        recipe=(
            "Extended Karplus-Strong: a delay line tuned by a fractional delay, a comb for the "
            "place of the finger, losses chosen for the decay, and the resonances of the box."
        ),
        make=pieces.play_guitar,
    ),
    Entry(
        name="flute",
        title="A flute phrase",
        labels=("flute", "woodwind", "melody"),
        description=(
            "A flute rises in one breath, turns, climbs down again, and comes to rest on a long "
            "high A. Air is heard around every note, and the long ones pulse gently."
        ),
        recipe=(
            "Additive synthesis of nine harmonics that flicker at random, with breath noise, a "
            "chiff at each attack, and a vibrato that is more loudness than pitch. Rounded to "
            "14 bits."
        ),
        make=pieces.play_flute,
        bits=14,
    ),
    Entry(
        name="bells",
        title="Tower bells",
        labels=("bells", "percussion", "melody"),
        description=(
            "Nine strokes on tower bells, falling and climbing again. Every stroke is a hard, "
            "bright clang; underneath, deep hums pile up and beat slowly against each other."
        ),
        recipe=(
            "Modal synthesis of twelve modes a bell at founders' ratios (hum, prime, minor third, "
            "fifth, nominal), each a pair that beats, high modes dying first."
        ),
        make=pieces.play_bells,
    ),
    Entry(
        name="strings",
        title="A string section",
        labels=("strings", "bowed", "chords"),
        description=(
            "A string orchestra swells slowly out of silence into a broad, warm chord, shifts "
            "through two tenser ones and settles home. No single player stands out."
        ),
        recipe=(
            "Five players to a note, each a sawtooth with a tuning, vibrato and start of its own, "
            "through the resonances of a violin's box, in a hall. Rounded to 14 bits."
        ),
        make=pieces.play_strings,
        bits=14,
    ),
    Entry(
        name="drums",
        title="A drum loop",
        labels=("drums", "percussion", "rhythm"),
        description=(
            "Two bars of a relaxed, slightly swung beat: a deep kick, a crisp snare on two and "
            "four with quiet taps between, and a ticking hi-hat that sighs open. A short fill "
            "leads to a last thump."
        ),
        recipe=(
            "A kick whose pitch falls from 200 to 48 Hz, a snare of four modes and filtered noise, "
            "a hi-hat of forty inharmonic modes; swing of 58 %, velocities and small delays drawn "
            "from a fixed seed. Rounded to 14 bits."
        ),
        make=pieces.play_drums,
        bits=14,
    ),
    Entry(
        name="band",
        title="The whole band",
        labels=("band", "trumpet", "piano", "guitar", "flute", "bells", "strings", "drums"),
        description=(
            "Four bars for everyone: a trumpet sings the tune in the middle, drums swing behind "
            "it, piano chords answer from the right, a flute comments from the left, strings hold "
            "it together. All end on one chord with a bell on top."
        ),
        recipe=(
            "All seven instruments of this catalogue, written in D major at 120 beats a "
            "minute with the guitar on the bass line, each at its own place between left and "
            "right, in one room. Rounded to 13 bits."
        ),
        make=pieces.play_band,
        bits=13,
    ),
    Entry(
        name="rain",
        title="Rain",
        labels=("rain", "nature", "texture"),
        description=(
            "Steady rain all around, a soft and even hiss far off. Close by, single drops plink "
            "and patter to the left and right, some on water, some on leaves."
        ),
        recipe=(
            "About 970 drops a second, each a bubble that rings at 3/radius Hz with rising pitch "
            "or a dull tap, placed between the ears by level and delay, over filtered noise. "
            "Rounded to 13 bits."
        ),
        make=pieces.play_rain,
        bits=13,
    ),
    Entry(
        name="siren",
        title="A siren that climbs too high",
        labels=("siren", "sweep", "aliasing"),
        description=(
            "A siren wails twice. The first wail goes up to a shrill but ordinary 1,940 Hz and "
            "back; the second keeps climbing to a thin whistle at 9,120 Hz before it falls."
        ),
        recipe=(
            "Four harmonics of a pitch that moves in straight lines of octaves, none above "
            "20 kHz. Take every fourth sample with no filter and the second wail folds at "
            "5,512.5 Hz, while the first one's pitch survives."
        ),
        make=pieces.play_siren,
        sr=44_100,
    ),
    Entry(
        name="speech",
        title="A spoken sentence",
        labels=("speech", "voice"),
        description=(
            f"A calm synthetic male voice with a British accent says: '{speech.SENTENCE}' It is "
            "clear, a little robotic, with a pause between the sentences."
        ),
        recipe=(
            f"Spoken by the program espeak-ng {speech.MADE_WITH}, voice {speech.VOICE}, "
            f"{speech.WORDS_PER_MINUTE} words a minute, pitch {speech.PITCH}; trimmed and levelled "
            "by us. The words are ours. espeak-ng is free software under GPL-3.0-or-later, run "
            "here as a program and no part of this package; a program's licence does not in "
            "general extend to what it puts out."
        ),
        make=speech.perform,
    ),
)
