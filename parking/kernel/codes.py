"""How does a code look that people keep on paper, how is it read as they type it, and what is kept of it?"""

from __future__ import annotations

from hashlib import sha256

from parking.kernel.ids import id_from, new_id

_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", " ": "", "-": "", "－": "", "—": ""})
LENGTH = 8
_LONGEST = 40


def new_code(length: int = LENGTH) -> str:
    """A random code; each of its characters carries 5 bits, and none is read as another."""
    return new_id(length).upper()


def code_from(random: bytes, length: int = LENGTH) -> str:
    """As `new_code` makes them, from at least so many bits that nobody can guess."""
    return id_from(random, length).upper()


def written(code: str) -> str:
    """As it is printed and read out: in groups of four."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def typed(text: str) -> str:
    """The code as people type it: small letters, spaces, dashes, O for 0 and I or L for 1."""
    return text[:_LONGEST].upper().translate(_READ_AS)


def hashed(*parts: str) -> bytes:
    """What is kept of a code, and of what nobody shall read again: its hash together with whose it is."""
    return sha256("\x00".join(parts).encode()).digest()
