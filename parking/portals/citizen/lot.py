"""What does the page of one lot say? Entrances, hours of the week, spaces by class, today's course."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from functools import partial
from zoneinfo import ZoneInfo

from flask_babel import gettext

from parking.filings.rules import CertificateState
from parking.kernel.days import day_span
from parking.kernel.vocabulary import CAR_CLASSES, SPACE_CLASS_NAMES, Access, LotKind, LotType, Mark, Quality
from parking.lookup.queries import LotView, Model, PlannedStay, book_of
from parking.lots.rules.hours import OpenState
from parking.lots.rules.hours_words import describe
from parking.occupancy.queries import SlotView
from parking.occupancy.rules import PublicCount
from parking.portals._http import formats
from parking.portals._http.charts import Point, StepChart, step_chart
from parking.portals._http.i18n import language
from parking.portals._http.texts import ACCESSES, ENTRANCE_USES, KINDS, QUALITIES, TYPES, mark_text
from parking.portals.citizen.forms import Search
from parking.portals.citizen.navigation import HandOver, hand_overs
from parking.portals.citizen.prices import PricePart, price_part
from parking.portals.citizen.shares import SharedPart, opening_of, with_share
from parking.portals.citizen.tides import TidalLine, hours_of, lines_of, unlawful_note
from parking.portals.citizen.views import Row, name_of, row_of

SLOT = timedelta(minutes=15)
_DAYS = 7
_HOLDING = (CertificateState.VALID, CertificateState.EXPIRING)
Opening = Callable[[datetime], OpenState]


@dataclass(frozen=True, slots=True)
class Way:
    """An entrance (or the lot's own point) and how to be led there."""

    name: str
    use: str | None
    links: tuple[HandOver, ...]


@dataclass(frozen=True, slots=True)
class ClassLine:
    """One class of spaces: `free` is a number or None for unknown; `note` says how old or how good it is."""

    name: str
    capacity: int | None
    free: int | None
    access: str | None
    note: str


@dataclass(frozen=True, slots=True)
class DayHours:
    """A day of the coming week and when the lot is open on it."""

    day: str
    hours: str
    is_today: bool


@dataclass(frozen=True, slots=True)
class CourseRow:
    """A quarter of an hour of today, as the table says it."""

    at: str
    occupied: int | None
    free: int | None
    capacity: int


@dataclass(frozen=True, slots=True)
class LotPage:
    """Everything that the page shows, ready to be written."""

    row: Row
    facts: tuple[tuple[str, str, str | None], ...]
    address: str | None
    hours: str
    week: tuple[DayHours, ...]
    ways: tuple[Way, ...]
    has_entrances: bool
    classes: tuple[ClassLine, ...]
    chart: StepChart | None
    course: tuple[CourseRow, ...]
    lat: float
    lon: float
    price: PricePart
    certificate: str | None = None
    tidal: tuple[TidalLine, ...] = ()
    shared: SharedPart | None = None


def lot_page(view: LotView, model: Model, slots: Sequence[SlotView], search: Search) -> LotPage:
    """The page of a lot for a reader who plans the stay of `search`; `slots` are today's, of all classes."""
    card, zone = view.card, ZoneInfo(model.city.time_zone)
    points = _course(slots)
    text, planned = card.opening_hours, search.planned(view.now)
    opening = model.opening(card, search.at) if search.at else None
    tides = model.tides.at(card.id, search.at) if search.at else None
    return LotPage(
        row=with_share(
            row_of(view, 1, zone, opening=opening, stay=planned, tides=tides), view, zone, planned
        ),
        facts=tuple(_facts(view, model)),
        address=card.address,
        hours=hours_of(card, view.tides)
        or (describe(text, language()) if text else (card.hours_note or gettext("开放时间未知"))),
        week=_week(lambda at: model.opening(card, at), view.now, zone) if text or view.tides else (),
        tidal=lines_of(view.tides, view.now, zone),
        ways=tuple(_ways(view)),
        has_entrances=bool(card.entrances),
        classes=tuple(
            _class_line(count, access, view) for count, access in zip(view.counts, view.accesses, strict=True)
        ),
        chart=step_chart(points, day_began(view.now, zone), SLOT) if points else None,
        course=tuple(
            CourseRow(
                formats.closing_time(point.at, zone)
                if place and formats.clock_time(point.at, zone) == "00:00"
                else formats.clock_time(point.at, zone),
                point.occupied,
                None if point.occupied is None else max(point.capacity - point.occupied, 0),
                point.capacity,
            )
            for place, point in enumerate(points)
        ),
        lat=card.lat,
        lon=card.lon,
        price=_price(view, model, planned, zone),
        certificate=_certificate(view, model),
    )


def _price(view: LotView, model: Model, planned: PlannedStay, zone: tzinfo) -> PricePart:
    """By the lot's own tariff and hours; those of the shared window where one parks by it only."""
    book, card, share = model.fees.book, view.card, view.share
    if share is None or not share.only:
        return price_part(book, card.id, planned, view.now, zone, partial(model.tides.opening, card))
    lent = partial(opening_of, share.window)
    return price_part(book_of(share.window, book), card.id, planned.shared, view.now, zone, lent)


def day_began(now: datetime, zone: tzinfo) -> datetime:
    """The instant at which the city's day began."""
    return day_span(now.astimezone(zone).date(), zone)[0]


def _facts(view: LotView, model: Model) -> Iterable[tuple[str, str, str | None]]:
    """(name, value, language of the value where it is not the page's)."""
    card = view.card
    foreign = None if language() == "zh" else "zh-CN"
    kind = KINDS[LotKind.ON_STREET] if card.kind == LotKind.ON_STREET else TYPES[LotType(card.type)]
    yield gettext("类型"), gettext(kind), None
    yield gettext("谁可以停"), gettext(ACCESSES[Access(card.access)]), None
    if card.max_height_cm:
        yield gettext("限高"), formats.height(card.max_height_cm), None
    for district in model.city.districts:
        if district.code == card.district_code:
            name, name_lang = name_of(district.name_zh, district.name_en)
            yield gettext("所在镇街"), name, name_lang
    if card.address:
        yield gettext("地址"), card.address, foreign
    if card.operator_name:
        yield gettext("运营单位"), card.operator_name, foreign
    if _certificate(view, model):
        return
    if card.filing_no:
        yield gettext("备案编号"), card.filing_no, foreign
    else:
        yield gettext("备案编号"), gettext("尚未备案"), None


def _certificate(view: LotView, model: Model) -> str | None:
    """The number of the certificate that holds today."""
    until_on = view.card.certificate_until_on
    holds = until_on is not None and until_on > model.city.today(view.now)
    return view.card.certificate_no if holds and view.card.certificate_state in _HOLDING else None


def _ways(view: LotView) -> Iterable[Way]:
    card = view.card
    for entrance in card.entrances:
        if entrance.use == "exit":
            continue
        use = gettext(ENTRANCE_USES[entrance.use]) if entrance.use in ENTRANCE_USES else None
        title = f"{card.name} {entrance.name}".strip()
        yield Way(entrance.name or card.name, use, hand_overs(title, entrance.lat, entrance.lon))
    if not card.entrances:
        yield Way(card.name, None, hand_overs(card.name, card.lat, card.lon))


def _class_line(count: PublicCount, access: Access, view: LotView) -> ClassLine:
    notes = []
    if count.free is not None and count.as_of is not None:
        notes.append(formats.age((view.now - count.as_of).total_seconds()))
    if count.quality is not Quality.LIVE:
        notes.append(gettext(QUALITIES[count.quality]))
    notes += [_mark(mark, count) for mark in count.marks]
    if unlawful := unlawful_note(count.space_class, view.tides):
        notes.insert(0, unlawful)
    return ClassLine(
        name=gettext(SPACE_CLASS_NAMES[count.space_class]),
        capacity=count.capacity,
        free=count.free,
        access=None if access is Access.PUBLIC else gettext(ACCESSES[access]),
        note=" · ".join(dict.fromkeys(notes)),
    )


def _mark(mark: Mark, count: PublicCount) -> str:
    """What a mark says; a drift also by how much."""
    if mark is not Mark.DRIFT or not count.drift:
        return gettext(mark_text(mark, count))
    number = formats.number(abs(count.drift))
    if count.drift > 0:
        return gettext("计数有偏差：上报的空位比按进出推算的多 %(number)s 个", number=number)
    return gettext("计数有偏差：上报的空位比按进出推算的少 %(number)s 个", number=number)


def _course(slots: Sequence[SlotView]) -> list[Point]:
    """The classes of an ordinary car taken together; a slot in which one of them is unknown is unknown."""
    by_time: dict[datetime, list[SlotView]] = defaultdict(list)
    for slot in slots:
        if slot.space_class in CAR_CLASSES:
            by_time[slot.slot_at].append(slot)
    points = []
    for at in sorted(by_time):
        known = [slot.occupied for slot in by_time[at] if slot.occupied is not None]
        whole = len(known) == len(by_time[at])
        points.append(Point(at, sum(known) if whole else None, sum(slot.capacity for slot in by_time[at])))
    return points


def _week(opening: Opening, now: datetime, zone: tzinfo) -> tuple[DayHours, ...]:
    """The coming days by the city's calendar: a holiday shows the hours that hold on it."""
    today = now.astimezone(zone).date()
    days = [today + timedelta(days=step) for step in range(_DAYS)]
    return tuple(DayHours(_day_name(on, today), _hours_on(opening, on, zone), on == today) for on in days)


def _day_name(on: date, today: date) -> str:
    name = formats.near_day(on)
    return gettext("今天 %(day)s", day=name) if on == today else name


def _hours_on(opening: Opening, on: date, zone: tzinfo) -> str:
    starts_at, ends_at = day_span(on, zone)
    spans, at = [], starts_at
    while at < ends_at:
        state = opening(at)
        until = min(state.until_at or ends_at, ends_at)
        if state.is_open is None:
            return gettext("未知")
        if state.is_open:
            spans.append(f"{formats.clock_time(at, zone)}–{formats.closing_time(until, zone)}")
        at = until
    if not spans:
        return gettext("不开放")
    return gettext("全天开放") if spans == ["00:00–24:00"] else gettext("、").join(spans)
