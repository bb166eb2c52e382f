"""Why do spaces come and go, and which way may each reason point?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from parking.kernel.errors import N_
from parking.kernel.vocabulary import SpaceClass
from parking.lots.errors import EmptyEntry, ReasonRefused, SpacesBelowZero


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


REASON_NAMES = {
    LedgerReason.NEW_BUILD: N_("新建"),
    LedgerReason.IDLE_PLOT: N_("利用闲置地块"),
    LedgerReason.MECHANICAL: N_("机械车库改造"),
    LedgerReason.MARKED_BAYS: N_("新划泊位"),
    LedgerReason.CIVIL_DEFENCE_RELEASED: N_("人防车位启用"),
    LedgerReason.ESTATE_RELEASED: N_("小区交付释放"),
    LedgerReason.SHARING: N_("错时共享"),
    LedgerReason.RESTRIPING: N_("重新划线"),
    LedgerReason.REMOVED: N_("撤除"),
    LedgerReason.OPENING_BALANCE: N_("原有车位（存量）"),
    LedgerReason.CORRECTION: N_("更正登记数"),
}
"""The Chinese name of each reason; English in the catalogue."""

# These tell how the register came to its numbers, not what was built or lost in the street.
BOOKKEEPING = frozenset({LedgerReason.OPENING_BALANCE, LedgerReason.CORRECTION})
_EITHER_WAY = frozenset({LedgerReason.RESTRIPING, LedgerReason.SHARING, LedgerReason.CORRECTION})


@dataclass(frozen=True, slots=True)
class SpaceChange:
    """What one ledger entry changes: spaces of a class, and metres of marked bay line."""

    space_class: SpaceClass
    change: int
    metres: int = 0


@dataclass(frozen=True, slots=True)
class DatedChange:
    """A ledger entry: what it changes, since which city date, and why."""

    told: SpaceChange
    on: date
    reason: LedgerReason
    note: str | None = None


def check_sums(standing: Iterable[DatedChange], new: DatedChange) -> None:
    """No sum of the entry's class falls below zero, on its day or a later one. Raises SpacesBelowZero.

    `standing` are the entries of the lot. One of the past must not take what a later one has given away.
    """
    same = [each for each in standing if each.told.space_class is new.told.space_class]
    for day in sorted({new.on, *(each.on for each in same if each.on > new.on)}):
        until = [each.told for each in same if each.on <= day]
        for now, change in (
            (sum(each.change for each in until), new.told.change),
            (sum(each.metres for each in until), new.told.metres),
        ):
            if now + change < 0:
                raise SpacesBelowZero(standing=now, change=change)


def check_change(told: SpaceChange, reason: LedgerReason) -> None:
    """An entry says something, and in the direction of its reason. Raises EmptyEntry, ReasonRefused."""
    if not told.change and not told.metres:
        raise EmptyEntry
    signs = {number > 0 for number in (told.change, told.metres) if number}
    if reason not in _EITHER_WAY and signs != {reason is not LedgerReason.REMOVED}:
        raise ReasonRefused
