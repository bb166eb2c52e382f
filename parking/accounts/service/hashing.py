"""How are passwords kept and compared, at the same cost for a login that nobody has?"""

from __future__ import annotations

import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from parking.accounts.rules.passwords import LONGEST
from parking.kernel.ids import new_id

# argon2id, a pass above the least that OWASP and ASVS 5.0 (appendix C) name: 19 MiB, 2 passes, one lane. The
# 64 MiB and four lanes of RFC 9106 would let a few dozen log-ins at once stop a small server.
_HASHER = PasswordHasher(time_cost=3, memory_cost=19_456, parallelism=1)


def hash_password(password: str) -> str:
    """The argon2id hash with its salt and parameters."""
    return _HASHER.hash(_normal(password))


def is_password(kept: str | None, password: str) -> bool:
    """Whether it is the password; where nothing is kept, a hash that fits nothing is compared."""
    try:
        _HASHER.verify(kept or _of_nobody(), _normal(password))
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None and len(password) <= LONGEST


def is_outworn(kept: str) -> bool:
    """Whether the parameters have become stronger since."""
    return _HASHER.check_needs_rehash(kept)


def one_time_password() -> str:
    """A password to be read out and changed at once: 60 random bits, four classes of characters."""
    groups = new_id(12)
    return f"{groups[:4]}-{groups[4:8]}-{groups[8:]}-A7"


@cache
def _of_nobody() -> str:
    return _HASHER.hash(new_id(24))


def _normal(password: str) -> str:
    # The same characters typed on another keyboard are the same password.
    return unicodedata.normalize("NFKC", password[:LONGEST])
