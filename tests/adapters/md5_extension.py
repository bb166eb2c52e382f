"""How does one go on hashing where one knows an MD5 and how long its message was, but not the message?"""

from __future__ import annotations

import struct
from math import floor, sin


def padding(length: int) -> bytes:
    """What MD5 puts behind a message of so many bytes."""
    return b"\x80" + bytes((55 - length) % 64) + struct.pack("<Q", length * 8)


def extended(digest: str, length: int, tail: bytes) -> str:
    """The MD5 of what gave `digest` (so many bytes), its padding and `tail`, without knowing the former."""
    state = struct.unpack("<4I", bytes.fromhex(digest))
    start = length + len(padding(length))
    data = tail + padding(start + len(tail))
    for at in range(0, len(data), 64):
        state = _round(state, struct.unpack("<16I", data[at : at + 64]))
    return struct.pack("<4I", *state).hex().upper()


def _round(state: tuple[int, ...], words: tuple[int, ...]) -> tuple[int, ...]:
    a, b, c, d = state
    shifts = ((7, 12, 17, 22), (5, 9, 14, 20), (4, 11, 16, 23), (6, 10, 15, 21))
    for step in range(64):
        turn = step // 16
        mixed, word = (
            ((b & c) | (~b & d), step),
            ((d & b) | (~d & c), 5 * step + 1),
            (b ^ c ^ d, 3 * step + 5),
            (c ^ (b | ~d), 7 * step),
        )[turn]
        total = (a + mixed + floor(abs(sin(step + 1)) * 2**32) + words[word % 16]) & 0xFFFFFFFF
        shift = shifts[turn][step % 4]
        turned = (total << shift | total >> (32 - shift)) & 0xFFFFFFFF
        a, b, c, d = d, (b + turned) & 0xFFFFFFFF, b, c
    return tuple((old + new) & 0xFFFFFFFF for old, new in zip(state, (a, b, c, d), strict=True))
