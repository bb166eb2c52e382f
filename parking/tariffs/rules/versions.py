"""Which version of a lot's tariff prices a stay, and what does a stay across a change cost?

A charging cycle is priced by the version in force when the cycle begins: docs/adr/0010 says why.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from parking.tariffs.rules import words
from parking.tariffs.rules.errors import StayEndsBeforeItBegins, StayTooLong, TariffUnknown
from parking.tariffs.rules.lines import Line
from parking.tariffs.rules.localtime import local_time
from parking.tariffs.rules.quotes import LONGEST_DAYS, Coupon, Quote, Stay, plan_of, quote
from parking.tariffs.rules.tariff import CouponKind, CycleKind, Days, TariffRules
from parking.tariffs.rules.zones import in_zone

_LONGEST = timedelta(days=LONGEST_DAYS)


class VersionState(StrEnum):
    """How far a version is; what is published holds from its day on."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class Price(StrEnum):
    """What a driver may be told of a lot before anything else."""

    FREE = "free"
    PRICED = "priced"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class InForce:
    """What a lot charges from an instant on, until the next; without rules it has no tariff."""

    from_at: datetime
    rules: TariffRules | None
    zone: str | None = None
    version_id: str = ""
    tariff_id: str = ""
    number: int = 0
    code: str = ""
    name: str = ""


def in_force(versions: Sequence[InForce], at: datetime) -> InForce | None:
    """The one of these, ordered by time, that holds at an instant; None before the first."""
    place = bisect_right(versions, at, key=lambda each: each.from_at)
    return versions[place - 1] if place else None


def told_grace(versions: Sequence[InForce], paid_at: datetime) -> int:
    """In how many minutes to leave after paying then: as the version says that is in force at payment.

    That is what the sign says when the driver pays, whichever version prices the stay. Where it has no rules,
    the last one that has; 0: it says nothing, and the city's own minutes hold.
    """
    version = in_force([each for each in versions if each.rules is not None], paid_at)
    return version.rules.grace_minutes if version is not None and version.rules is not None else 0


def price_of(rules: TariffRules | None, zone: str | None = None) -> Price:
    """FREE is a tariff that never charges in a zone, whoever comes."""
    if rules is None:
        return Price.UNKNOWN
    steps = (
        step
        for plan in in_zone(rules, zone).plans
        for schedule in plan.schedules
        for band in schedule.bands
        for step in band.steps
    )
    return Price.PRICED if any(step.fen for step in steps) else Price.FREE


def quote_across(versions: Sequence[InForce], stay: Stay, calendar: Days) -> Quote:
    """The fee of a stay at a lot whose tariff may change in the meantime; never falls as the stay grows.

    `versions` are ordered by time. Where a later one has no rules, the stay goes on under those it has.
    Raises what `quote` raises, and TariffUnknown where no tariff holds at entry.
    """
    place = bisect_right(versions, stay.entered_at, key=lambda each: each.from_at) - 1
    if place < 0 or versions[place].rules is None:
        raise TariffUnknown
    held = [each for each in versions[place:] if each.rules is not None]
    if stay.until_at < stay.entered_at:
        raise StayEndsBeforeItBegins
    if stay.until_at - stay.entered_at > _LONGEST:
        raise StayTooLong(days=LONGEST_DAYS)
    if len(held) == 1 or held[1].from_at > stay.entered_at + _LONGEST:
        return _quote(held[0], stay, calendar)
    if stay.until_at <= held[1].from_at:
        # Nearly every stay: it ends, and its fee is next higher, before anything changes.
        found = _quote(held[0], stay, calendar)
        if found.next_change_at is not None and found.next_change_at <= held[1].from_at:
            return found
    found = _Across(held, stay, calendar).quote()
    if found.next_change_at is not None and found.next_change_at > stay.entered_at + _LONGEST:
        return found._replace(next_change_at=None, next_fee_fen=None)
    return found


def _quote(version: InForce, stay: Stay, calendar: Days) -> Quote:
    assert version.rules is not None
    return quote(version.rules, _in_zone(version, stay), calendar)


def _in_zone(version: InForce, stay: Stay) -> Stay:
    return stay if version.zone in (None, stay.zone) else replace(stay, zone=version.zone)


class _Piece(NamedTuple):
    """The part (begins_at, ends_at] of a stay that one version prices; without an end, to the exit."""

    version: InForce
    begins_at: datetime
    ends_at: datetime | None

    def reaches(self, at: datetime) -> bool:
        return self.ends_at is None or at <= self.ends_at


def _pieces(held: Sequence[InForce], stay: Stay) -> list[_Piece]:
    """Each version prices the cycles that begin while it is in force."""
    pieces: list[_Piece] = []
    place, begins_at = 0, stay.entered_at
    while True:
        version, ends_at = held[place], None
        if place + 1 < len(held):
            ends_at = _cycle_edge(version, replace(stay, entered_at=begins_at), held[place + 1].from_at)
        pieces.append(_Piece(version, begins_at, ends_at))
        if ends_at is None:
            return pieces
        begins_at = ends_at
        # A version that was replaced before the cycle ended never came to bear.
        place = bisect_right(held, ends_at, key=lambda each: each.from_at) - 1


def _cycle_edge(version: InForce, stay: Stay, change_at: datetime) -> datetime | None:
    """The first instant, not before a change, at which a cycle of the stay ends; None: it has one cycle."""
    rules = version.rules
    assert rules is not None
    name = plan_of(rules, _in_zone(version, stay))
    plan = None if name is None else rules.plan(name)
    if plan is None or (stay.exemption is not None and stay.exemption in rules.exempt):
        return change_at
    change = int(change_at.timestamp())
    if plan.cycle.kind is CycleKind.STAY:
        return None
    if plan.cycle.kind is CycleKind.ENTRY:
        tick, length = 1 if rules.seconds else 60, plan.cycle.hours * 3600
        entered = int(stay.entered_at.timestamp()) // tick * tick
        edge = entered - (entered - change) // length * length
    else:
        local = local_time(rules.time_zone)
        day, second = local.day_of(change), plan.cycle.from_minute * 60
        edge = local.at(day, second)
        if edge < change:
            edge = local.at(day + 1, second)
    return datetime.fromtimestamp(edge, UTC)


class _Across:
    """One stay in the pieces that different versions price."""

    def __init__(self, held: Sequence[InForce], stay: Stay, calendar: Days) -> None:
        self.held, self.pieces, self.stay, self.calendar = held, _pieces(held, stay), stay, calendar
        late = sum(each.value for each in stay.coupons if each.kind is CouponKind.MINUTES)
        self.minutes, self.late = late, timedelta(minutes=late)
        self.coupons = tuple(each for each in stay.coupons if each.kind is not CouponKind.MINUTES)

    def quote(self) -> Quote:
        """As `quotes.quote` does it, by the grace that was told at payment."""
        stay, paid_at = self.stay, self.stay.paid_at
        if paid_at is None or not stay.entered_at <= paid_at < stay.until_at:
            return self._until(stay.until_at)
        rules = next(piece.version.rules for piece in self.pieces if piece.reaches(paid_at))
        assert rules is not None
        tick = _tick(rules)
        grace_ends_at = _cut(paid_at, tick) + timedelta(minutes=told_grace(self.held, paid_at))
        if _cut(stay.until_at, tick) > grace_ends_at:
            return self._until(stay.until_at)
        found, after = self._until(paid_at), self._until(grace_ends_at + tick)
        if after.fee_fen > found.fee_fen:
            return found._replace(next_change_at=grace_ends_at + tick, next_fee_fen=after.fee_fen)
        return found._replace(next_change_at=after.next_change_at, next_fee_fen=after.next_fee_fen)

    def _until(self, until_at: datetime) -> Quote:
        found = self._priced(max(self.stay.entered_at, until_at - self.late))
        if not self.minutes:
            return found
        lines = (*found.lines, Line(words.COUPON_MINUTES, 0, {"minutes": self.minutes}))
        at = found.next_change_at
        return found._replace(lines=lines, next_change_at=None if at is None else at + self.late)

    def _priced(self, until_at: datetime) -> Quote:
        fee, lines, coupons = 0, list[Line](), self.coupons
        for place, piece in enumerate(self.pieces):
            if place:
                lines.append(_since(piece))
            is_last = piece.reaches(until_at)
            found = self._part(piece, until_at if is_last else piece.ends_at or until_at, coupons)
            lines += (line for line in found.lines if line.text != words.DAYS_UNKNOWN or line not in lines)
            if is_last:
                next_at, next_fee = self._next(place, found, coupons)
                higher = None if next_fee is None else fee + next_fee
                return Quote(fee + found.fee_fen, tuple(lines), next_at, higher)
            fee += found.fee_fen
            coupons = _left(coupons, found.lines)
        raise AssertionError("the last piece has no end")

    def _part(self, piece: _Piece, until_at: datetime, coupons: tuple[Coupon, ...]) -> Quote:
        part = replace(
            self.stay, entered_at=piece.begins_at, until_at=until_at, coupons=coupons, paid_at=None
        )
        return _quote(piece.version, part, self.calendar)

    def _next(
        self, place: int, found: Quote, coupons: tuple[Coupon, ...]
    ) -> tuple[datetime | None, int | None]:
        """When the fee of this piece and those after it is next higher, and what it is then."""
        piece, at, fee = self.pieces[place], found.next_change_at, found.fee_fen
        if piece.ends_at is None or (at is not None and at <= piece.ends_at):
            return at, found.next_fee_fen
        coupons = _left(coupons, self._part(piece, piece.ends_at, coupons).lines)
        for later in self.pieces[place + 1 :]:
            assert later.version.rules is not None
            first_at = later.begins_at + _tick(later.version.rules)
            then = self._part(later, first_at, coupons)
            if then.fee_fen:
                return first_at, fee + then.fee_fen
            at = then.next_change_at
            if at is not None and then.next_fee_fen is not None and later.reaches(at):
                return at, fee + then.next_fee_fen
        return None, None


def _tick(rules: TariffRules) -> timedelta:
    return timedelta(seconds=1 if rules.seconds else 60)


def _cut(at: datetime, tick: timedelta) -> datetime:
    whole = int(tick.total_seconds())
    return datetime.fromtimestamp(int(at.timestamp()) // whole * whole, UTC)


def _left(coupons: tuple[Coupon, ...], lines: Sequence[Line]) -> tuple[Coupon, ...]:
    """The coupons, less what those of an amount have given already."""
    used = -sum(line.fen for line in lines if line.text == words.COUPON_AMOUNT)
    kept = []
    for each in coupons:
        if each.kind is CouponKind.AMOUNT:
            taken = min(used, each.value)
            used -= taken
            each = replace(each, value=each.value - taken)
        if each.kind is not CouponKind.AMOUNT or each.value:
            kept.append(each)
    return tuple(kept)


def _since(piece: _Piece) -> Line:
    assert piece.version.rules is not None
    zone = local_time(piece.version.rules.time_zone).zone
    return Line(words.NEW_VERSION, 0, {"since": f"{piece.begins_at.astimezone(zone):%Y-%m-%d %H:%M}"})
