"""How is a row named in public? By an opaque id that tells nothing and is never used again."""

from __future__ import annotations

import secrets

# Crockford's alphabet: no I, L, O, U, so that an id survives being read out on the telephone.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id(length: int = 12) -> str:
    """A random id of `length` characters (12 carry 60 bits)."""
    return _written(secrets.randbits(5 * length), length)


def id_from(random: bytes, length: int = 12) -> str:
    """As `new_id` makes them, from bytes that nobody can guess: the same bytes give the same one."""
    return _written(int.from_bytes(random), length)


def _written(bits: int, length: int) -> str:
    return "".join(_ALPHABET[bits >> 5 * place & 31] for place in range(length))
