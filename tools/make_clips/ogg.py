"""Make an OGG file the same each time: its encoder numbers every stream by the clock."""

from __future__ import annotations

import struct

_SERIAL, _CRC = slice(14, 18), slice(22, 26)


def _table() -> list[int]:
    table = []
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = (value << 1) ^ (0x04C11DB7 if value & 0x8000_0000 else 0)
        table.append(value & 0xFFFF_FFFF)
    return table


_TABLE = _table()


def checksum(page: bytes) -> int:
    """Return the CRC of an OGG page whose own CRC field is zero (RFC 3533, section 6)."""
    value = 0
    for byte in page:
        value = ((value << 8) & 0xFFFF_FFFF) ^ _TABLE[(value >> 24) ^ byte]
    return value


def pages(data: bytes) -> list[bytes]:
    """Split an OGG file into its pages."""
    found, at = [], 0
    while at < len(data):
        if data[at : at + 4] != b"OggS":
            raise ValueError(f"no OGG page begins at byte {at}")
        lacing = data[at + 27 : at + 27 + data[at + 26]]
        size = 27 + len(lacing) + sum(lacing)
        found.append(data[at : at + size])
        at += size
    return found


def with_serial(data: bytes, serial: int) -> bytes:
    """Return the same OGG file under another stream number."""
    out = []
    for page in pages(data):
        changed = bytearray(page)
        changed[_SERIAL] = struct.pack("<I", serial)
        changed[_CRC] = bytes(4)
        changed[_CRC] = struct.pack("<I", checksum(bytes(changed)))
        out.append(bytes(changed))
    return b"".join(out)
