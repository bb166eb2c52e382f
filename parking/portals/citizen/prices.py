"""What does the page of a lot say of its price? The fee of the reader's stay, examples, rules, what comes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta, tzinfo

from flask_babel import gettext

from parking.lookup.queries import PlannedStay
from parking.lookup.queries.spans import closed_from
from parking.lots.rules import OpenState
from parking.portals._http import formats
from parking.portals._http.tariff_texts import amount_in_words, fee_in_words, in_words, stay_in_words
from parking.tariffs.queries import PricedQuote, TariffBook
from parking.tariffs.rules.quotes import Quote, Stay, plan_of
from parking.tariffs.rules.sign import describe
from parking.tariffs.rules.versions import InForce, Price
from parking.tariffs.rules.zones import in_zone

_MINUTES = (30, 60, 120, 240, 1440)
_NIGHT = (time(20), time(8))
_COMING = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence of a tariff; a heading says for whom or when the next ones hold."""

    text: str
    is_heading: bool


@dataclass(frozen=True, slots=True)
class Example:
    """A stay that many mean, in words, and what it costs, or from when on the lot is closed."""

    stay: str
    fee: str


@dataclass(frozen=True, slots=True)
class Coming:
    """What another tariff will be from an instant on; no sentences where there will be none."""

    since: str
    name: str
    rules: tuple[Told, ...]
    comparison: str | None


@dataclass(frozen=True, slots=True)
class PricePart:
    """All that is told of a price; `fee` is None where nobody told one. `lines` are (what, how much).

    `closed` says when nobody can park during the reader's stay; `is_shut`: not even at its begin.
    `examples_from` is when the examples begin, where that is not when the reader's stay does.
    """

    price: Price
    span: str
    stay: str
    fee: str | None = None
    lines: tuple[tuple[str, str], ...] = ()
    next: str | None = None
    examples: tuple[Example, ...] = ()
    name: str | None = None
    zone: str | None = None
    rules: tuple[Told, ...] = ()
    coming: Coming | None = None
    closed: str | None = None
    is_shut: bool = False
    examples_from: str | None = None


Opening = Callable[[datetime], OpenState]


def price_part(
    book: TariffBook, lot_id: str, planned: PlannedStay, now: datetime, zone: tzinfo, opening: Opening
) -> PricePart:
    """What a lot's page tells a reader who plans a stay; `opening` says when the lot is open."""
    priced = book.quote(lot_id, planned.stay)
    span = _span(planned.stay, now, zone)
    part = PricePart(priced.price, span, stay_in_words(timedelta(minutes=planned.minutes)))
    closed_at = closed_from(opening, planned.arrive_at, planned.leave_at)
    part = replace(
        part,
        coming=_coming(book, lot_id, planned, priced, now, zone),
        closed=None if closed_at is None else _closed(opening, closed_at, planned.arrive_at, now, zone),
        is_shut=closed_at is not None and closed_at <= planned.arrive_at,
    )
    found, tariff = priced.quote, priced.tariff
    if found is None or tariff is None:
        return part
    begins_at = opening(planned.arrive_at).until_at if part.is_shut else planned.arrive_at
    shows = begins_at is not None and priced.price is Price.PRICED
    return replace(
        part,
        fee=fee_in_words(found.fee_fen),
        lines=tuple((in_words(line), amount_in_words(line)) for line in found.lines),
        next=_next(found, now, zone),
        examples=tuple(_examples(book, lot_id, replace(planned, arrive_at=begins_at), zone, opening))
        if begins_at and shows
        else (),
        examples_from=_at(begins_at, now, zone) if begins_at and shows and part.is_shut else None,
        name=tariff.name,
        zone=tariff.zone,
        rules=_rules(tariff.version),
    )


def _span(stay: Stay, now: datetime, zone: tzinfo) -> str:
    return gettext(
        "%(arrive)s 到 %(leave)s",
        arrive=_at(stay.entered_at, now, zone),
        leave=_at(stay.until_at, stay.entered_at, zone),
    )


def _at(at: datetime, beside: datetime, zone: tzinfo) -> str:
    """The time alone on the same day, else with the day."""
    if at.astimezone(zone).date() == beside.astimezone(zone).date():
        return formats.clock_time(at, zone)
    return formats.day_and_time(at, zone)


def _next(found: Quote, now: datetime, zone: tzinfo) -> str | None:
    if found.next_change_at is None or found.next_fee_fen is None:
        return None
    time, fee = _at(found.next_change_at, now, zone), formats.money(found.next_fee_fen)
    return gettext("%(time)s 起是 %(fee)s", time=time, fee=fee)


def _closed(opening: Opening, closed_at: datetime, arrive_at: datetime, now: datetime, zone: tzinfo) -> str:
    if closed_at > arrive_at:
        return gettext("%(time)s 起不开放，请在此之前离场", time=_at(closed_at, now, zone))
    opens_at = opening(closed_at).until_at
    if opens_at is None:
        return gettext("这里暂不开放")
    return gettext("这个时间不开放，%(time)s 开放", time=_at(opens_at, now, zone))


def _examples(
    book: TariffBook, lot_id: str, planned: PlannedStay, zone: tzinfo, opening: Opening
) -> Iterable[Example]:
    """Some stays from the same arrival, and the night after it, each as its own quote."""

    def told(stay: Stay) -> str:
        closed_at = closed_from(opening, stay.entered_at, stay.until_at)
        if closed_at is None:
            return _fee(book.quote(lot_id, stay))
        if closed_at <= stay.entered_at:
            return gettext("不开放")
        return gettext("%(time)s 起不开放", time=_at(closed_at, planned.arrive_at, zone))

    for minutes in sorted({*_MINUTES, *_free_minutes(book, lot_id, planned.stay)}):
        yield Example(stay_in_words(timedelta(minutes=minutes)), told(replace(planned, minutes=minutes).stay))
    begins, ends = _NIGHT
    on = planned.arrive_at.astimezone(zone).date()
    entered_at = datetime.combine(on, begins, zone).astimezone(UTC)
    until_at = datetime.combine(on + timedelta(days=1), ends, zone).astimezone(UTC)
    night = gettext("过夜（%(begins)s 到次日 %(ends)s）", begins=f"{begins:%H:%M}", ends=f"{ends:%H:%M}")
    yield Example(night, told(Stay(entered_at, until_at, planned.vehicle, planned.kind)))


def _free_minutes(book: TariffBook, lot_id: str, stay: Stay) -> Iterable[int]:
    """The longest stay that the lot's own price gives for nothing, where it says one."""
    tariff = book.of(lot_id, stay.entered_at)
    name = plan_of(tariff.rules, replace(stay, zone=tariff.zone)) if tariff else None
    plan = tariff.rules.plan(name) if tariff and name else None
    if plan and plan.free and plan.free.inclusive:
        yield plan.free.minutes


def _fee(priced: PricedQuote) -> str:
    return fee_in_words(priced.quote.fee_fen) if priced.quote else gettext("费用未知")


def _rules(version: InForce) -> tuple[Told, ...]:
    """A version's sentences, those of the lot's own zone."""
    if version.rules is None:
        return ()
    told = describe(in_zone(version.rules, version.zone))
    return tuple(Told(in_words(each), each.is_heading) for each in told)


def _coming(
    book: TariffBook, lot_id: str, planned: PlannedStay, priced: PricedQuote, now: datetime, zone: tzinfo
) -> Coming | None:
    """The first change after now, and what the reader's stay will cost then."""
    later = next((each for each in book.timeline(lot_id) if now < each.from_at < now + _COMING), None)
    if later is None:
        return None
    comparison = None
    if later.rules is not None and priced.quote and planned.arrive_at < later.from_at:
        # On the same day of the week at the same hour.
        weeks = -(-(later.from_at - planned.arrive_at) // timedelta(weeks=1))
        then = replace(planned, arrive_at=planned.arrive_at + timedelta(weeks=weeks))
        comparison = gettext(
            "%(day)s同一时间停 %(stay)s 将是 %(then)s，按现行标准是 %(now)s",
            day=formats.day(then.arrive_at.astimezone(zone).date()),
            stay=stay_in_words(timedelta(minutes=planned.minutes)),
            then=_fee(book.quote(lot_id, then.stay)),
            now=_fee(book.quote(lot_id, planned.stay, by_present=True)),
        )
    return Coming(
        since=formats.day(later.from_at.astimezone(zone).date()),
        name=later.name,
        rules=_rules(later),
        comparison=comparison,
    )
