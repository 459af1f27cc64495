"""What a label says of a sound, so that a transform can say whether it stays true.

A label is kept when a listener who knew the right answer before would give the same one after.
Where the line lies is a rule of thumb, and every transform states its own in words. Two lines are
shared: a note or a key moves with a shift of half a semitone, since beyond it another note is
the nearer one; a tempo, with a change of more than 4 %, within which an estimate of tempo is by
custom counted as right.

References
----------
F. Gouyon et al., "An experimental comparison of audio tempo induction algorithms", IEEE Trans.
Audio, Speech and Language Processing 14(5), 2006: the tolerance of 4 %.
"""

from __future__ import annotations

from typing import Any

from ..errors import unknown_name

LABELS = {
    "instrument": "which instrument plays",
    "note": "which pitch is played",
    "key": "the key of the music",
    "tempo": "how many beats a minute",
    "timing": "when things happen: onsets, beats, the place of a word",
    "style": "what kind of music it is",
    "speaker": "whose voice is heard",
    "words": "what is said",
    "loudness": "how loud it is",
    "place": "in what room or surroundings it was recorded",
    "quality": "how good the recording or its coding is",
}

NOTE_TOLERANCE = 0.5  # semitones
TEMPO_TOLERANCE = 0.04  # of the tempo


def check_label(label: Any) -> str:
    """Return a label that is known here, or name those that are.

    >>> check_label("insturment")
    Traceback (most recent call last):
    sonic_lab.errors.UnknownNameError: no label named 'insturment': did you mean 'instrument'? ...
    """
    if isinstance(label, str) and label in LABELS:
        return label
    raise unknown_name("label", label, LABELS)
