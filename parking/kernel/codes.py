"""How does a code look that people keep on paper, and how is it read as they type it?"""

from __future__ import annotations

# Crockford's letters: none is read as another.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", " ": "", "-": "", "－": "", "—": ""})
LENGTH = 8
_LONGEST = 40


def new_code(bits: int, length: int = LENGTH) -> str:
    """The code that 5 random bits for each character stand for."""
    return "".join(_ALPHABET[bits >> 5 * place & 31] for place in range(length))


def written(code: str) -> str:
    """As it is printed and read out: in groups of four."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def typed(text: str) -> str:
    """The code as people type it: small letters, spaces, dashes, O for 0 and I or L for 1."""
    return text[:_LONGEST].upper().translate(_READ_AS)
