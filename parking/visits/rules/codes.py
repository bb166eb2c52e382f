"""How does a visit's code look, how is it read as people type it, and how often may it be wrong?"""

from __future__ import annotations

from datetime import timedelta

# Crockford's letters: none is read as another.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", " ": "", "-": "", "－": "", "—": ""})
LENGTH = 8
WINDOW = timedelta(minutes=15)
MOST_PER_NETWORK = 10
# 40 bits in a code: with a thousand vehicles inside, this many guesses hit one in 10^4 years.
MOST_PER_LOT = 300
_LONGEST = 40


def new_code(bits: int) -> str:
    """The code that 40 random bits stand for."""
    return "".join(_ALPHABET[bits >> 5 * place & 31] for place in range(LENGTH))


def written(code: str) -> str:
    """As it is printed and read out: two groups of four."""
    return f"{code[:4]}-{code[4:]}"


def typed(text: str) -> str:
    """The code as people type it: small letters, spaces, dashes, O for 0 and I or L for 1."""
    return text[:_LONGEST].upper().translate(_READ_AS)
