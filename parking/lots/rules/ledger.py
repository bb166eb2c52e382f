"""Why do spaces come and go, and which way may each reason point?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from parking.kernel.vocabulary import SpaceClass
from parking.lots.errors import EmptyEntry, ReasonRefused


class LedgerReason(StrEnum):
    """新增车位台账的原因."""

    NEW_BUILD = "new_build"
    IDLE_PLOT = "idle_plot"
    MECHANICAL = "mechanical"
    MARKED_BAYS = "marked_bays"
    CIVIL_DEFENCE_RELEASED = "civil_defence_released"
    ESTATE_RELEASED = "estate_released"
    SHARING = "sharing"
    RESTRIPING = "restriping"
    REMOVED = "removed"
    OPENING_BALANCE = "opening_balance"
    CORRECTION = "correction"


# These tell how the register came to its numbers, not what was built or lost in the street.
BOOKKEEPING = frozenset({LedgerReason.OPENING_BALANCE, LedgerReason.CORRECTION})
_EITHER_WAY = frozenset({LedgerReason.RESTRIPING, LedgerReason.SHARING, LedgerReason.CORRECTION})


@dataclass(frozen=True, slots=True)
class SpaceChange:
    """What one ledger entry changes: spaces of a class, and metres of marked bay line."""

    space_class: SpaceClass
    change: int
    metres: int = 0


def check_change(told: SpaceChange, reason: LedgerReason) -> None:
    """An entry says something, and in the direction of its reason. Raises EmptyEntry, ReasonRefused."""
    if not told.change and not told.metres:
        raise EmptyEntry
    signs = {number > 0 for number in (told.change, told.metres) if number}
    if reason not in _EITHER_WAY and signs != {reason is not LedgerReason.REMOVED}:
        raise ReasonRefused
