"""How are an operator's lots doing? Their counts, how old, do they reach us, how often were they fresh?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask_babel import gettext

from parking.city.rules import CityView
from parking.filings.rules import CertificateState, certificate_standing
from parking.kernel.vocabulary import SPACE_CLASS_NAMES, Quality, SpaceClass
from parking.lots.queries import LotCard
from parking.occupancy.queries import CounterView, ServiceLevel, counter_views, service_levels
from parking.occupancy.rules import Connection, connection_of, no_count, public_count
from parking.portals._http import formats, work
from parking.portals._http.texts import QUALITIES, mark_text

LEVEL_DAYS = 7


@dataclass(frozen=True, slots=True)
class ClassNow:
    """One class of spaces; `free` None where nobody knows, `note` how old or how good the number is."""

    name: str
    capacity: int
    free: int | None
    note: str


@dataclass(frozen=True, slots=True)
class LotNow:
    """A lot as it is now. `level` is the last days' share (0 to 1) of minutes with a fresh, sane count."""

    id: str
    name: str
    connection: Connection
    free: int | None
    capacity: int
    age: str | None
    level: float | None
    level_text: str
    fresh: int
    due: int
    certificate_no: str | None
    certificate_state: CertificateState | None
    certificate_until: str | None
    classes: tuple[ClassNow, ...]


def lots_now(cards: Sequence[LotCard], city: CityView, on: date, now: datetime) -> list[LotNow]:
    """These lots as they are now; two statements whatever their number."""
    ids = [card.id for card in cards]
    if not ids:
        return []
    session = work.session()
    views: dict[str, list[CounterView]] = defaultdict(list)
    for view in counter_views(session, ids):
        views[view.lot_id].append(view)
    levels = service_levels(session, ids, on - timedelta(days=LEVEL_DAYS - 1), on + timedelta(days=1))
    return [_lot(card, views[card.id], levels, city, on, now) for card in cards]


def _lot(
    card: LotCard,
    views: Sequence[CounterView],
    levels: Mapping[str, ServiceLevel],
    city: CityView,
    on: date,
    now: datetime,
) -> LotNow:
    by_class = {view.space_class: view for view in views}
    classes = [
        _class(by_class.get(each.space_class), each.space_class, each.capacity, now) for each in card.spaces
    ]
    # A part of the lot that nobody counts must not make the rest look like all of it.
    known = [each.free for each in classes if each.free is not None]
    whole = len(known) == len(classes) and known
    level = levels.get(card.id)
    told_at = min((view.as_of for view in views), default=None)
    return LotNow(
        id=card.id,
        name=card.name,
        connection=connection_of(card.connected_since_at, views, now),
        free=sum(known) if whole else None,
        capacity=sum(each.capacity for each in classes),
        age=formats.age((now - told_at).total_seconds()) if told_at else None,
        level=level.share if level else None,
        level_text=formats.share(level.share) if level else "",
        fresh=level.fresh if level else 0,
        due=level.due if level else 0,
        certificate_no=card.certificate_no,
        certificate_state=_certificate(card, city, on),
        certificate_until=formats.day(card.certificate_until_on - timedelta(days=1))
        if card.certificate_until_on
        else None,
        classes=tuple(classes),
    )


def _certificate(card: LotCard, city: CityView, on: date) -> CertificateState | None:
    if card.certificate_state is None or card.certificate_until_on is None:
        return None
    return certificate_standing(CertificateState(card.certificate_state), card.certificate_until_on, city, on)


def _class(view: CounterView | None, space_class: SpaceClass, capacity: int, now: datetime) -> ClassNow:
    told = public_count(view, capacity, now) if view else no_count(space_class, capacity)
    notes = []
    if told.as_of is not None:
        notes.append(formats.age((now - told.as_of).total_seconds()))
    if told.quality is not Quality.LIVE:
        notes.append(gettext(QUALITIES[told.quality]))
    notes += [gettext(mark_text(mark, told)) for mark in told.marks]
    return ClassNow(
        gettext(SPACE_CLASS_NAMES[space_class]), capacity, told.free, " · ".join(dict.fromkeys(notes))
    )
