"""Which lots does a stranger want first, and which words mean the same place?"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from parking.kernel.vocabulary import Access

DEFAULT_RADIUS_M = 1_000
MAX_RADIUS_M = 20_000
DEFAULT_LIMIT = 20
MAX_LIMIT = 100

UNKNOWN_FREE = -1
"""The class is there, its free number is not known or withheld."""
NOT_OFFERED = -2
"""The lot has no space of the class for the asker."""

UNKNOWN_FEN = 1 << 62
"""A fee that nobody told: dearer than any, never nothing."""
MAX_STAY_MINUTES = 31 * 24 * 60
"""Longer stays are quoted for one lot at a time."""

CLOSED, OPEN, HOURS_UNKNOWN = 0, 1, -1

# Turned away at a full lot, a driver spends about as long on finding another as on walking 600 m.
DETOUR_M = 600.0
# Further than any radius, so that a lot known to be closed comes after all others.
CLOSED_M = 1_000_000.0

ACCESS_BIT = {access: 1 << place for place, access in enumerate(Access)}
ALL_MASK = sum(ACCESS_BIT.values())


class Sort(StrEnum):
    """In which order nearby lots are answered."""

    BEST = "best"
    NEAR = "near"
    FREE = "free"
    CHEAP = "cheap"


def access_mask(allowed: Iterable[Access]) -> int:
    """The permissions as one small number, for columns."""
    mask = 0
    for access in allowed:
        mask |= ACCESS_BIT[access]
    return mask


PUBLIC_MASK = access_mask([Access.PUBLIC])


def detour_m(free: NDArray[np.int32]) -> NDArray[np.float64]:
    """What going there may cost beyond the walk, in metres of walking.

    The chance of being turned away is reckoned as 1 / (1 + free): certain at 0, a half at 1, a twentieth at
    19. Unknown counts like a single free space: worse than any lot known to have more, better than a full
    one. A lot without a space of the class is as good as full.
    """
    chance = 1.0 / (1.0 + np.maximum(free, 0))
    chance[free == UNKNOWN_FREE] = 0.5
    return DETOUR_M * chance


def fold(text: str) -> str:
    """A text as it is compared: width, case and spaces do not matter."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def match_rank(wanted: str, names: Iterable[str], rest: str) -> int | None:
    """How well folded names answer a folded wish: 0 is it, 1 begins so, 2 contains it, 3 only in the rest."""
    best = 3 if wanted in rest else None
    for name in names:
        if name == wanted:
            return 0
        if name.startswith(wanted):
            best = 1
        elif wanted in name and best != 1:
            best = 2
    return best
