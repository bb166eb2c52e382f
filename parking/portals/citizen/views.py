"""What does a row of the list say about a lot? Everything is decided here, the template only writes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from flask_babel import gettext

from parking.kernel.vocabulary import CAR_CLASSES, Access, Mark, Quality, SpaceClass
from parking.lookup.queries import FeeView, LotView, PlannedStay
from parking.lots.rules.hours import OpenState
from parking.occupancy.rules import PublicCount
from parking.portals._http import formats
from parking.portals._http.i18n import language
from parking.portals._http.tariff_texts import stay_in_words
from parking.portals._http.texts import ACCESSES, MARKS, LotState
from parking.portals.citizen.tides import opening_fact, part_facts, stay_warning
from parking.sharing.rules.tidal import Tide, withheld
from parking.tariffs.rules.versions import Price

FEW_SPACES = 3
FEW_SHARE = 0.1
MANY_SPACES = 20
SOON = timedelta(minutes=60)
_GRAVITY = (Quality.LIVE, Quality.AGEING, Quality.SUSPECT, Quality.UNKNOWN)


def state_of(is_open: bool | None, free: int | None, capacity: int | None) -> LotState:
    """Closed before anything else, and unknown before full: who does not know must not send drivers away.

    Few is at most 3 spaces, or at most a tenth of the lot while that is fewer than 20.
    """
    if is_open is False:
        return LotState.CLOSED
    if free is None:
        return LotState.UNKNOWN
    if free == 0:
        return LotState.FULL
    tenth = free <= FEW_SHARE * capacity if capacity else False
    return LotState.FEW if free <= FEW_SPACES or (tenth and free < MANY_SPACES) else LotState.FREE


@dataclass(frozen=True, slots=True)
class Told:
    """The number of a row: free of capacity, how old (of its oldest part), how good, and from whom."""

    free: int | None
    capacity: int | None
    as_of: datetime | None
    quality: Quality
    source: str | None
    is_by_hand: bool


def told_of(view: LotView, space_class: SpaceClass | None) -> Told:
    """One class, or the classes of an ordinary car together: as old and as doubtful as the worst part.

    Where some spaces are open to anyone, those of residents or staff do not count.
    """
    classes = CAR_CLASSES if space_class is None else (space_class,)
    told = zip(view.counts, view.accesses, strict=True)
    mine = [(count, access) for count, access in told if count.space_class in classes]
    public = [count for count, access in mine if access is Access.PUBLIC]
    return merged(public or [count for count, _ in mine])


def serves_cars(view: LotView) -> bool:
    """False where only bicycles, coaches or other special vehicles find a space."""
    if not view.counts or view.share is not None:
        return True
    return any(count.space_class in CAR_CLASSES for count in view.counts)


def merged(counts: Sequence[PublicCount]) -> Told:
    """Several counts as one. A known part beside an unknown one is told, but never as full."""
    known = [count for count in counts if count.free is not None]
    capacities = [count.capacity for count in counts]
    times = [count.as_of for count in (known or counts) if count.as_of is not None]
    free = sum(count.free for count in known if count.free is not None)
    return Told(
        free=free if known and (free or len(known) == len(counts)) else None,
        capacity=sum(capacity or 0 for capacity in capacities) if any(capacities) else None,
        as_of=min(times, default=None),
        quality=max((count.quality for count in known), key=_GRAVITY.index, default=Quality.UNKNOWN),
        source=next((count.source for count in known if count.source), None),
        is_by_hand=any(count.is_by_hand for count in counts),
    )


@dataclass(frozen=True, slots=True)
class Row:
    """A lot in the list. Texts are ready in the reader's language; None is left out."""

    id: str
    number: int
    name: str
    name_lang: str | None
    state: LotState
    free: int | None
    capacity: int | None
    ageing: bool
    walk: tuple[str, ...]
    fee: str
    facts: tuple[str, ...]
    warning: str | None
    age_s: int | None
    age: str | None
    is_cut_off: bool
    source: str | None
    lat: float
    lon: float
    # A shared window that may be booked for the stay.
    window_id: str | None = None

    @property
    def content(self) -> tuple[object, ...]:
        """All that a reader could notice but the age: what the tag of an answer is made of."""
        shown = (self.id, self.name, self.state, self.free, self.capacity, self.ageing)
        return (
            *shown,
            self.walk,
            self.fee,
            self.facts,
            self.warning,
            self.source,
            self.age_s is None,
            self.is_cut_off,
            self.window_id,
        )


def row_of(
    view: LotView,
    number: int,
    zone: tzinfo,
    *,
    space_class: SpaceClass | None = None,
    opening: OpenState | None = None,
    stay: PlannedStay | None = None,
    tides: Sequence[Tide] | None = None,
) -> Row:
    """A lot as a row; `opening` and `tides` are its state at another instant, where the reader asked for one;
    the fee of `view` is that of `stay`. Days are told beside its arrival: of a stay next week, tomorrow would
    mean another day than the reader thinks of."""
    card, told = view.card, told_of(view, space_class)
    if tides is not None and withheld(tides) != withheld(view.tides):
        # What is counted now are other bays than those where one may park then.
        told = replace(told, free=None, quality=Quality.UNKNOWN, as_of=None)
    tides = view.tides if tides is None else tides
    opening = opening or view.open
    at = stay.arrive_at if stay else view.now
    state = state_of(opening.is_open, told.free, told.capacity)
    shows_count = state not in (LotState.UNKNOWN, LotState.CLOSED)
    shown_at = None if state is LotState.CLOSED else told.as_of
    age_s = None if shown_at is None else max(0, int((view.now - shown_at).total_seconds()))
    name, name_lang = name_of(card.name, card.name_en)
    runs_past = stay_warning(card, tides, at, zone, stay)
    return Row(
        id=card.id,
        number=number,
        name=name,
        name_lang=name_lang,
        state=state,
        free=told.free if shows_count else None,
        capacity=told.capacity,
        ageing=told.quality in (Quality.AGEING, Quality.SUSPECT),
        walk=_walk(view.distance_m),
        fee=fee_of(view.fee, stay),
        facts=tuple(_facts(view, opening, tides, at, zone, is_warned=runs_past is not None)),
        warning=runs_past or _warning(told, state, opening, at, zone, stay),
        age_s=age_s,
        age=_age(state, age_s),
        is_cut_off=state is LotState.UNKNOWN,
        source=source_name(told) if shows_count else None,
        lat=card.lat,
        lon=card.lon,
    )


def name_of(name: str, name_en: str | None) -> tuple[str, str | None]:
    """A name for this reader, and its language where that is not the page's."""
    if language() == "zh":
        return name, None
    return (name_en, None) if name_en else (name, "zh-CN")


def source_name(told: Told) -> str | None:
    """Who counted, in a word."""
    if told.source is None:
        return None
    return gettext(MARKS[Mark.HAND_SET]) if told.is_by_hand else gettext("停车场上报")


def opening_sentence(opening: OpenState, at: datetime, zone: tzinfo) -> str:
    """开到 22:00, 周一 07:00 开放, 24 小时开放, 开放时间未知: what holds at `at`, the day told beside it."""
    until = opening.until_at
    if opening.is_open is None:
        return gettext("开放时间未知")
    if until is None:
        return gettext("24 小时开放") if opening.is_open else gettext("暂不开放")
    local, today = until.astimezone(zone), at.astimezone(zone).date()
    ends_on = (local - timedelta(seconds=1)).date() if opening.is_open else local.date()
    text = formats.closing_time(until, zone) if opening.is_open else formats.clock_time(until, zone)
    if ends_on == today:
        return gettext("开到 %(time)s", time=text) if opening.is_open else gettext("%(time)s 开放", time=text)
    day = gettext("次日") if ends_on == today + timedelta(days=1) else formats.weekday(ends_on)
    if opening.is_open:
        return gettext("开到%(day)s %(time)s", day=day, time=text)
    return gettext("%(day)s %(time)s 开放", day=day, time=text)


def _walk(distance_m: float | None) -> tuple[str, ...]:
    return () if distance_m is None else (formats.walk(distance_m), formats.distance(distance_m))


def _facts(
    view: LotView,
    opening: OpenState,
    tides: Sequence[Tide],
    at: datetime,
    zone: tzinfo,
    *,
    is_warned: bool,
) -> Iterator[str]:
    """Until when, how high, for whom; what the warning of tidal bays says is not said twice."""
    card = view.card
    tidal = opening_fact(card, tides, opening, at, zone)
    if tidal is None:
        yield opening_sentence(opening, at, zone)
    elif not is_warned:
        yield tidal
    if not is_warned:
        yield from part_facts(card, tides, at, zone)
    if card.max_height_cm:
        yield gettext("限高 %(height)s", height=formats.height(card.max_height_cm))
    if card.access != Access.PUBLIC:
        yield gettext(ACCESSES[Access(card.access)])


def fee_of(fee: FeeView | None, stay: PlannedStay | None) -> str:
    """¥9 / 2 小时, 免费, 费用未知: what nobody told is never nothing."""
    if fee is None or stay is None or fee.fee_fen is None:
        return gettext("费用未知")
    if fee.price is Price.FREE:
        return gettext("免费")
    lasting = stay_in_words(timedelta(minutes=stay.minutes))
    if not fee.fee_fen:
        return gettext("停 %(stay)s 免费", stay=lasting)
    return gettext("%(fee)s / %(stay)s", fee=formats.money(fee.fee_fen), stay=lasting)


def _warning(
    told: Told, state: LotState, opening: OpenState, at: datetime, zone: tzinfo, stay: PlannedStay | None
) -> str | None:
    """One thing that may spoil the trip: it closes soon or before one leaves, or the number is doubtful."""
    until = opening.until_at
    if opening.is_open and until is not None:
        if stay and until < stay.leave_at:
            return gettext("%(time)s 关闭，请在此之前驶离", time=formats.near_end(until, at, zone))
        if at <= until <= at + SOON:
            return gettext("%(time)s 关闭，请留意", time=formats.closing_time(until, zone))
    if told.quality is Quality.SUSPECT and state is not LotState.UNKNOWN:
        return gettext("数字可能不准")
    return None


def _age(state: LotState, age_s: int | None) -> str | None:
    if state is LotState.CLOSED:
        return None
    if age_s is None:
        return gettext("没有实时数据")
    if state is LotState.UNKNOWN:
        return gettext("数据中断 %(lasting)s", lasting=formats.lasting(age_s))
    return formats.age(age_s)
