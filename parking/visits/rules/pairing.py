"""Which crossings make one visit, and what is doubtful about it?

A fold over the standing crossings, so that any order of arrival, any repetition, void or correction ends in
the same visits. What the vendor numbers as one stay is one stay; what is left pairs by vehicle, in the order
of the devices' times. A vehicle's past never reaches beyond one of its exits, so a fold may start after one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby
from operator import attrgetter

from parking.kernel.vocabulary import StayKind

TOO_LONG = timedelta(days=30)
BACKED_OUT_WITHIN = timedelta(minutes=2)
# How far an exit may lie before its entry and still be the same stay: clocks differ, numbers come again.
CLOCKS_DIFFER = timedelta(days=1)
# Readable plates of closed visits that nobody settled go after this time.
LAPSES_AFTER = timedelta(days=30)


class VisitState(StrEnum):
    """Voided: no passage speaks for it any more."""

    OPEN = "open"
    CLOSED = "closed"
    VOIDED = "voided"


class Doubt(StrEnum):
    """What is not right about a visit; all but the open ones are closed by a rule."""

    SECOND_ENTRY = "second_entry"
    EXIT_WITHOUT_ENTRY = "exit_without_entry"
    BACKED_OUT = "backed_out"
    TOO_LONG = "too_long"
    ZERO_LENGTH = "zero_length"
    NEGATIVE = "negative"


@dataclass(frozen=True, slots=True)
class Crossing:
    """One passage that stands, or (`undone`) that the gate took back: the car backed out.

    `vehicle` is the same for all hashes of one plate, None where none was read; `barrier` the lane, else the
    device.
    """

    source: str
    event_id: str
    at: datetime
    is_entry: bool
    vehicle: int | None = None
    stay_id: str | None = None
    barrier: str | None = None
    undone: bool = False

    @property
    def key(self) -> tuple[str, str]:
        return self.source, self.event_id


@dataclass(frozen=True, slots=True)
class Stay:
    """What the crossings say of one visit; `closed_at` None: the vehicle is inside."""

    entry: Crossing | None
    exit: Crossing | None
    doubt: Doubt | None = None
    closed_at: datetime | None = None


Partners = Mapping[tuple[str, str], Crossing]


def fold(crossings: Iterable[Crossing], now: datetime) -> tuple[Stay, ...]:
    """The visits of one lot that these crossings add up to at `now`, oldest first.

    A crossing with neither plate nor number of a stay counts, but makes no visit.
    """
    told = set(crossings)
    standing = [each for each in told if not each.undone]
    partners = paired_by_number(standing)
    stays = [*undone_stays(told), *pairs_of(partners)]
    for _, mine in _groups(standing, "vehicle"):
        stays += fold_vehicle(mine, partners, now)
    stays += lone_stays(standing, partners, now)
    return tuple(sorted(stays, key=_order))


def fold_vehicle(
    crossings: Iterable[Crossing], partners: Partners, now: datetime, after: datetime | None = None
) -> Iterator[Stay]:
    """The visits of one vehicle beside those that have a number's partner.

    `after` is the instant of a clean exit (`is_clean`): what came up to then is left out and missed nowhere.
    """
    inside: Crossing | None = None
    for crossing in _in_order(crossings, after):
        numbered = crossing.key in partners
        if crossing.is_entry or numbered:
            if inside:
                yield Stay(inside, None, Doubt.SECOND_ENTRY, crossing.at)
            inside = crossing if crossing.is_entry and not numbered else None
        elif inside:
            yield pair(inside, crossing)
            inside = None
        else:
            yield Stay(None, crossing, Doubt.EXIT_WITHOUT_ENTRY, crossing.at)
    if inside:
        yield alone(inside, now)


def paired_by_number(crossings: Iterable[Crossing]) -> dict[tuple[str, str], Crossing]:
    """For each crossing that the vendor's number pairs: the other one.

    An exit goes with the last entry before it; what is left over of a number pairs backwards (the exit's
    clock was behind) within a day.
    """
    found: dict[tuple[str, str], Crossing] = {}
    for _, group in _groups(crossings, "stay_id"):
        entries = [each for each in group if each.is_entry]
        exits = [each for each in group if not each.is_entry]
        for fitting in (_before, _soon_after):
            for out in list(exits):
                if entry := fitting(entries, out):
                    found[entry.key], found[out.key] = out, entry
                    entries.remove(entry)
                    exits.remove(out)
    return found


def pairs_of(partners: Partners) -> Iterator[Stay]:
    """The visits that numbers made."""
    for out_or_entry in partners.values():
        if not out_or_entry.is_entry:
            yield pair(partners[out_or_entry.key], out_or_entry)


def lone_stays(crossings: Iterable[Crossing], partners: Partners, now: datetime) -> Iterator[Stay]:
    """The visits of which only a number is known, and only one end."""
    for crossing in crossings:
        if crossing.vehicle is None and crossing.stay_id is not None and crossing.key not in partners:
            yield alone(crossing, now)


def undone_stays(crossings: Iterable[Crossing]) -> Iterator[Stay]:
    """The entries that a gate took back; an exit that it took back leaves the vehicle inside."""
    for crossing in crossings:
        if crossing.undone and crossing.is_entry:
            yield Stay(crossing, None, Doubt.BACKED_OUT, crossing.at)


def pair(entry: Crossing, out: Crossing) -> Stay:
    """Both ends of a visit, and what is doubtful about it."""
    return Stay(entry, out, _doubt(entry, out), max(entry.at, out.at))


def alone(crossing: Crossing, now: datetime) -> Stay:
    """One end of a visit without the other."""
    if not crossing.is_entry:
        return Stay(None, crossing, Doubt.EXIT_WITHOUT_ENTRY, crossing.at)
    ends_at = crossing.at + TOO_LONG
    if now > ends_at:
        return Stay(crossing, None, Doubt.TOO_LONG, ends_at)
    return Stay(crossing, None)


def is_clean(crossings: Iterable[Crossing], at: datetime) -> bool:
    """Whether a vehicle's past ends at this instant: it left, and nothing else was told of that instant."""
    then = [each for each in crossings if each.at == at and not each.undone]
    return len(then) == 1 and not then[0].is_entry


def stay_kind(told: Collection[StayKind], *, has_pass: bool) -> StayKind:
    """How a vehicle stayed: what the vendor says of either end, a pass, else casual."""
    if StayKind.MONTHLY in told:
        return StayKind.MONTHLY
    return StayKind.SHARED if has_pass or StayKind.SHARED in told else StayKind.CASUAL


def settles_by_rule(doubt: Doubt | None, closed_at: datetime | None, *, both_ends: bool) -> bool:
    """Whether nothing can be due for a closed visit, so that its readable plate goes at once.

    A fee needs both ends and a length; whether a kind of stay costs anything, its tariff says.
    """
    if closed_at is None:
        return False
    return not both_ends or doubt not in (None, Doubt.TOO_LONG)


def _doubt(entry: Crossing, out: Crossing) -> Doubt | None:
    length = out.at - entry.at
    if length < timedelta(0):
        return Doubt.NEGATIVE
    if not length:
        return Doubt.ZERO_LENGTH
    if length > TOO_LONG:
        return Doubt.TOO_LONG
    if entry.barrier and entry.barrier == out.barrier and length <= BACKED_OUT_WITHIN:
        return Doubt.BACKED_OUT
    return None


def _before(entries: list[Crossing], out: Crossing) -> Crossing | None:
    return next((each for each in reversed(entries) if each.at <= out.at), None)


def _soon_after(entries: list[Crossing], out: Crossing) -> Crossing | None:
    return next((each for each in entries if out.at < each.at <= out.at + CLOCKS_DIFFER), None)


def _in_order(crossings: Iterable[Crossing], after: datetime | None) -> Iterator[Crossing]:
    """By time; of one instant, a vehicle that is inside leaves before it comes, and else comes first."""
    standing = (each for each in crossings if not each.undone and (after is None or each.at > after))
    inside = False
    for _, then in groupby(sorted(standing, key=_rank), attrgetter("at")):
        for crossing in sorted(then, key=lambda each: (each.is_entry is inside, *each.key)):
            yield crossing
            inside = crossing.is_entry


def _groups(crossings: Iterable[Crossing], name: str) -> Iterator[tuple[object, list[Crossing]]]:
    of = attrgetter(name)
    grouped: dict[object, list[Crossing]] = {}
    for crossing in sorted(crossings, key=_rank):
        if of(crossing) is not None:
            grouped.setdefault(of(crossing), []).append(crossing)
    yield from grouped.items()


def _rank(crossing: Crossing) -> tuple[datetime, tuple[str, str]]:
    return crossing.at, crossing.key


def _order(stay: Stay) -> tuple[datetime, bool, tuple[str, str]]:
    first = stay.entry or stay.exit
    assert first
    return first.at, stay.entry is None, first.key
