"""How is a row named in public? By an opaque id that tells nothing and is never used again."""

from __future__ import annotations

import secrets

# Crockford's alphabet: no I, L, O, U, so that an id survives being read out on the telephone.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id(length: int = 12) -> str:
    """A random id of `length` characters (12 carry 60 bits)."""
    bits = secrets.randbits(5 * length)
    return "".join(_ALPHABET[bits >> 5 * place & 31] for place in range(length))
