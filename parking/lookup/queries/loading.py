"""How is a model read from the database: everything, or only what was announced?"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from parking.city import queries as city
from parking.lookup.queries.fees import NO_FEES, Fees
from parking.lookup.queries.model import Model, Views
from parking.lookup.queries.windows import Window, by_lot
from parking.lots.queries import LotCard, lot_cards
from parking.lots.rules import HoursReader
from parking.occupancy.queries import counter_views
from parking.sharing.queries.agreements import own_tariffs
from parking.sharing.queries.tidal import tidal_bays
from parking.sharing.queries.windows import open_windows
from parking.sharing.rules.bookings import Limits
from parking.tariffs.queries import tariff_book

# Beyond this many lots, reading everything is less work than picking.
_MOST_PICKED = 2_000
_CLOSED = "closed"
# Read again with each new day: whatever may be booked until the next one is known.
_BEYOND_BOOKINGS = timedelta(days=2)


@dataclass(slots=True)
class Changes:
    """What was announced since the model was last true; `everything` outweighs the rest."""

    everything: bool = False
    tariffs: bool = False
    lots: set[str] = field(default_factory=set)
    counts: set[str] = field(default_factory=set)
    # Lots whose windows changed, or how many of their spaces are taken.
    windows: set[str] = field(default_factory=set)

    def add(self, topic: str, ids: frozenset[str] | None) -> None:
        if topic == "lots" and ids is not None:
            self.lots |= ids
        elif topic == "counts" and ids is not None:
            self.counts |= ids
        elif topic == "sharing" and ids is not None:
            self.windows |= ids
        elif topic == "tariffs":
            self.tariffs = True
        elif topic in ("lots", "counts", "sharing", "city"):
            self.everything = True
        if len(self.lots) + len(self.counts) + len(self.windows) > _MOST_PICKED:
            self.everything = True

    def __bool__(self) -> bool:
        return self.everything or self.tariffs or bool(self.lots or self.counts or self.windows)


def load_model(session: Session, now: datetime, before: Model | None = None) -> Model:
    """Everything, as it holds today; the fees that are known `before` serve on where no tariff changed.

    Raises ProfileMissing before the city's profile was loaded.
    """
    on = city.today(session, now)
    view = city.city_view(session, on)
    hours = HoursReader(city.calendar(session), view.time_zone)
    fees = _fees(session, now, before.fees if before else NO_FEES)
    counters, tidal = _by_lot(session, None), tidal_bays(session, None, on)
    cards, windows = _open_cards(session, on), _windows(session, None, now)
    return Model.filled(view, hours, cards, counters, now, fees, tidal, windows)


def read_changes(session: Session, model: Model, changes: Changes, now: datetime) -> Callable[[Model], Model]:
    """Read what was announced; what is returned makes the next model of the present one.

    Reading may wait for the database, so that nobody may hold the model meanwhile; making it does not wait.
    """
    if changes.everything:
        whole = load_model(session, now, model)
        return lambda _: whole
    cards = {card.id: card for card in _open_cards(session, model.on, changes.lots)}
    counters = _by_lot(session, changes.lots | changes.counts)
    gone = changes.lots - cards.keys()
    tidal = tidal_bays(session, changes.lots, model.on) if changes.lots else {}
    lending = changes.lots | changes.windows
    lent = by_lot(_windows(session, lending, now)) if lending else {}
    windows = {lot_id: lent.get(lot_id, ()) for lot_id in lending}
    fees = _fees(session, now, model.fees) if changes.tariffs else None
    counted = {lot_id: counters.get(lot_id, ()) for lot_id in changes.counts - changes.lots}

    def apply(present: Model) -> Model:
        if changes.lots:
            present = present.with_lots(cards, gone, counters, now, tidal)
        if fees is not None:
            present = present.with_fees(fees)
        return present.with_windows(windows, now).with_counters(counted, now)

    return apply


def _fees(session: Session, now: datetime, before: Fees) -> Fees:
    book = tariff_book(session, now, before.book)
    return before if book is before.book else Fees(book)


def _windows(session: Session, lot_ids: Collection[str] | None, now: datetime) -> list[Window]:
    tariffs = own_tariffs(session)
    until_at = now + timedelta(days=Limits.of(city.facts_now(session, now)).ahead_days) + _BEYOND_BOOKINGS
    return [
        Window(
            id=each.id,
            agreement_id=each.agreement_id,
            lot_id=each.lot_id,
            space_class=each.space_class,
            from_at=each.from_at,
            until_at=each.until_at,
            spaces=each.quota,
            taken=each.taken,
            tariff_id=tariffs.get(each.agreement_id),
        )
        for each in open_windows(session, lot_ids, now, until_at)
    ]


def _open_cards(session: Session, on: date, ids: Collection[str] | None = None) -> list[LotCard]:
    """The lots to which a driver may be led; one whose closure was filed is left to the register."""
    return [card for card in lot_cards(session, on, ids) if card.certificate_state != _CLOSED]


def _by_lot(session: Session, lot_ids: Collection[str] | None) -> dict[str, Views]:
    by_lot: dict[str, Views] = {}
    for view in counter_views(session, lot_ids):
        by_lot[view.lot_id] = (*by_lot.get(view.lot_id, ()), view)
    return by_lot
