"""What do the claims about accounts stand on?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher

from parking.accounts.service import hashing


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The real argon2id at a fraction of its price: what is compared here is who is let in, not the cost."""
    monkeypatch.setattr(hashing, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    hashing._of_nobody.cache_clear()
    yield
    hashing._of_nobody.cache_clear()
