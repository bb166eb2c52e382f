"""What does the look-up know at one moment? A snapshot: read by many, changed by none, replaced whole."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from operator import attrgetter

import numpy as np

from parking.city.rules import CityView
from parking.lookup.queries.columns import Columns
from parking.lookup.queries.entries import Entry
from parking.lookup.queries.fees import NO_FEES, Fees, Lines
from parking.lookup.queries.grid import Grid
from parking.lookup.queries.words import Words
from parking.lookup.rules import fold
from parking.lots.queries import LotCard
from parking.lots.rules import HoursReader, OpenState
from parking.occupancy.rules import CounterView

Views = tuple[CounterView, ...]

# Where a lot stands in the grid, what columns never move, and the words that are searched.
_FIXED = attrgetter(
    *("lat", "lon", "opening_hours", "max_height_cm"),
    *("name", "name_en", "address", "operator_name", "district_code"),
)


class Model:
    """Lots in the order of the grid (`entries`, `columns`), and where each id stands.

    Everything is made by `filled` and the `with_...` methods; a reader takes one reference and keeps to it.
    """

    __slots__ = (
        *("city", "columns", "entries", "fees", "grid", "hours", "hours_texts", "ids", "on", "row_of"),
        *("tariff_lines", "words"),
    )

    city: CityView
    hours: HoursReader
    on: date
    grid: Grid
    entries: list[Entry]
    columns: Columns
    ids: list[str]
    row_of: dict[str, int]
    hours_texts: list[str | None]
    words: Words
    fees: Fees
    tariff_lines: Lines

    @classmethod
    def filled(
        cls,
        city: CityView,
        hours: HoursReader,
        cards: Iterable[LotCard],
        counters: Mapping[str, Views],
        now: datetime,
        fees: Fees = NO_FEES,
    ) -> Model:
        """A model of these lots as they are told at `now`; `counters` by lot id."""
        states: dict[str | None, OpenState] = {}
        entries = []
        for card in cards:
            text = card.opening_hours
            if text not in states:
                states[text] = hours.state(text, now)
            entries.append(Entry(card, counters.get(card.id, ()), states[text], now))
        return cls._placed(city, hours, entries, now, fees)

    @classmethod
    def _placed(
        cls, city: CityView, hours: HoursReader, entries: list[Entry], now: datetime, fees: Fees
    ) -> Model:
        model = cls()
        model.city, model.hours, model.on = city, hours, city.today(now)
        entries.sort(key=lambda entry: entry.card.id)
        model.grid = Grid(
            np.array([entry.card.lat for entry in entries], np.float64),
            np.array([entry.card.lon for entry in entries], np.float64),
        )
        model.ids = [entry.card.id for entry in entries]
        model.entries = [entries[place] for place in model.grid.order.tolist()]
        model.row_of = {entry.card.id: row for row, entry in enumerate(model.entries)}
        numbers: dict[str | None, int] = {}
        lines = [numbers.setdefault(entry.card.opening_hours, len(numbers)) for entry in model.entries]
        model.hours_texts = list(numbers)
        model.columns = Columns.of(model.entries, lines)
        model.words = Words([entry.card for entry in entries], city.districts)
        model._price(fees)
        return model

    def entry(self, lot_id: str) -> Entry | None:
        row = self.row_of.get(lot_id)
        return None if row is None else self.entries[row]

    def district_codes(self, named: str) -> frozenset[str]:
        """The codes of the districts that a code or a name in either language means."""
        wanted = fold(named)
        return frozenset(
            each.code
            for each in self.city.districts
            if wanted in (each.code, fold(each.name_zh), fold(each.name_en))
        )

    def with_counters(self, counters: Mapping[str, Views], now: datetime) -> Model:
        """Tell these lots' counters anew; a lot unknown here waits for its own announcement."""
        rows = {self.row_of[lot_id]: views for lot_id, views in counters.items() if lot_id in self.row_of}
        return self._renewed(rows, now)

    def with_lots(
        self,
        cards: Mapping[str, LotCard],
        gone: Collection[str],
        counters: Mapping[str, Views],
        now: datetime,
    ) -> Model:
        """Lots that are new or changed, with their counters, and lots that are no more."""
        made = [
            Entry(card, counters.get(card.id, ()), self.hours.state(card.opening_hours, now), now)
            for card in cards.values()
        ]
        if not gone and all(self._keeps_its_row(card) for card in cards.values()):
            return self._with_entries([self.row_of[entry.card.id] for entry in made], made)
        left_out = {*gone, *cards}
        made += [entry for entry in self.entries if entry.card.id not in left_out]
        return self._placed(self.city, self.hours, made, now, self.fees)

    def with_fees(self, fees: Fees) -> Model:
        """The same lots with other tariffs."""
        if fees is self.fees:
            return self
        model = self._copy()
        model._price(fees)
        return model

    def _keeps_its_row(self, card: LotCard) -> bool:
        """Whether nothing changed that decides on a row or stands in what is shared between snapshots."""
        known = self.entry(card.id)
        return known is not None and _FIXED(known.card) == _FIXED(card)

    def swept(self, now: datetime) -> Model:
        """Move on what only time moves: quality, open and closed. The same model where nothing is due."""
        due = np.flatnonzero(self.columns.due_at <= now.timestamp()).tolist()
        return self._renewed({row: self.entries[row].views for row in due}, now)

    def renewed(self, entry: Entry, now: datetime) -> Entry:
        """An entry as it has to be told at `now`, where nobody swept since it fell due."""
        return Entry(entry.card, entry.views, self.hours.state(entry.card.opening_hours, now), now)

    def _renewed(self, rows: Mapping[int, Views], now: datetime) -> Model:
        made = []
        for row, views in rows.items():
            card = self.entries[row].card
            made.append(Entry(card, views, self.hours.state(card.opening_hours, now), now))
        return self._with_entries(list(rows), made)

    def _with_entries(self, rows: Sequence[int], made: Sequence[Entry]) -> Model:
        if not rows:
            return self
        model = self._copy()
        model.entries = self.entries.copy()
        for row, entry in zip(rows, made, strict=True):
            model.entries[row] = entry
        model.columns = self.columns.with_entries(rows, made)
        return model

    def _copy(self) -> Model:
        model = Model()
        for name in Model.__slots__:
            setattr(model, name, getattr(self, name))
        return model

    def _price(self, fees: Fees) -> None:
        self.fees, self.tariff_lines = fees, fees.lines([entry.card.id for entry in self.entries])
