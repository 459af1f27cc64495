"""Tell a whole sound file from one that was cut short.

The decoders read what is left of a cut WAV or OGG as though that were all of it, so half a
download would pass for a short recording.
"""

from __future__ import annotations

import struct

# Programs that write to a pipe cannot know the length, and leave one of these instead.
_UNKNOWN_SIZE = 0x7FFF_0000
_OGG_HEADER = 27


def missing_bytes(data: bytes) -> int:
    """Count the bytes that a WAV or OGG file promises and does not hold; 0 for other formats.

    >>> missing_bytes(b"RIFF" + bytes(4) + b"WAVE" + b"data" + (10).to_bytes(4, "little") + b"ab")
    8
    """
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return _missing_in_wav(data)
    if data[:4] == b"OggS":
        return _missing_in_ogg(data)
    return 0


def _missing_in_wav(data: bytes) -> int:
    at = 12
    while at + 8 <= len(data):
        kind, size = data[at : at + 4], struct.unpack_from("<I", data, at + 4)[0]
        if kind == b"data":
            return 0 if size >= _UNKNOWN_SIZE else max(at + 8 + size - len(data), 0)
        at += 8 + size + size % 2  # chunks are padded to an even length
    return 0


def _missing_in_ogg(data: bytes) -> int:
    """Follow the pages (RFC 3533, section 6): each says how long it is."""
    at = 0
    while data[at : at + 4] == b"OggS":
        if at + _OGG_HEADER > len(data):
            return at + _OGG_HEADER - len(data)
        n_lengths = data[at + 26]
        lengths = data[at + _OGG_HEADER : at + _OGG_HEADER + n_lengths]
        at += _OGG_HEADER + n_lengths + sum(lengths)
        if at > len(data):
            return at - len(data)
    return 0


def mp3_says_its_length(data: bytes) -> bool:
    """Tell whether an MP3's first frame counts the others, as LAME and most encoders see to.

    Where it does not (constant bit rate, often), a decoder can only guess from the file's size.
    """
    start = 0
    if data[:3] == b"ID3" and len(data) >= 10:  # a tag, its size in four bytes of seven bits
        start = 10 + sum(
            byte << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0), strict=True)
        )
    first = data[start : start + 200]  # the count stands within the side information
    return b"Xing" in first or b"Info" in first or b"VBRI" in first
