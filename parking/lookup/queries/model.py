"""What does the look-up know at one moment? A snapshot: read by many, changed by none, replaced whole."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from operator import attrgetter
from types import MappingProxyType

import numpy as np

from parking.city.rules import CityView
from parking.kernel.pacing import Pace
from parking.lookup.queries.columns import Columns
from parking.lookup.queries.entries import Entry
from parking.lookup.queries.fees import NO_FEES, Fees, FeeView, Lines, PlannedStay
from parking.lookup.queries.grid import Grid
from parking.lookup.queries.spans import Spans
from parking.lookup.queries.tidal import TidalRows, Tides
from parking.lookup.queries.windows import Window, Windows, by_lot
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
        *("spans", "tariff_lines", "tidal_lines", "tides", "window_lines", "windows", "words"),
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
    tides: Tides
    # Lots with tidal bays have a line of hours of their own: which lot's it is.
    tidal_lines: dict[int, str]
    spans: Spans
    windows: Windows
    # What a shared stay in each window is priced by.
    window_lines: Lines

    @classmethod
    def filled(
        cls,
        city: CityView,
        hours: HoursReader,
        cards: Iterable[LotCard],
        counters: Mapping[str, Views],
        now: datetime,
        fees: Fees = NO_FEES,
        tidal: TidalRows = MappingProxyType({}),
        windows: Iterable[Window] = (),
    ) -> Model:
        """A model of these lots as they are told at `now`; `counters` and `tidal` by lot id."""
        states: dict[str | None, OpenState] = {}
        entries = []
        tides = Tides(tidal, hours, city.time_zone)
        for card in cards:
            text = card.opening_hours
            if card.id in tidal:
                entries.append(_entry(card, counters.get(card.id, ()), tides, now))
                continue
            if text not in states:
                states[text] = hours.state(text, now)
            entries.append(Entry(card, counters.get(card.id, ()), states[text], now))
        return cls._placed(city, hours, entries, now, fees, tides, by_lot(windows))

    @classmethod
    def _placed(
        cls,
        city: CityView,
        hours: HoursReader,
        entries: list[Entry],
        now: datetime,
        fees: Fees,
        tides: Tides,
        windows: Mapping[str, Sequence[Window]],
    ) -> Model:
        model = cls()
        model.city, model.hours, model.on, model.tides = city, hours, city.today(now), tides
        entries.sort(key=lambda entry: entry.card.id)
        model.grid = Grid(
            np.array([entry.card.lat for entry in entries], np.float64),
            np.array([entry.card.lon for entry in entries], np.float64),
        )
        model.ids = [entry.card.id for entry in entries]
        model.entries = [entries[place] for place in model.grid.order.tolist()]
        model.row_of = {entry.card.id: row for row, entry in enumerate(model.entries)}
        numbers: dict[tuple[str | None, str], int] = {}
        lines = []
        for card in (entry.card for entry in model.entries):
            key = card.opening_hours, card.id if card.id in tides.rows else ""
            lines.append(numbers.setdefault(key, len(numbers)))
        model.hours_texts = [text for text, _ in numbers]
        model.tidal_lines = {line: lot_id for (_, lot_id), line in numbers.items() if lot_id}
        model.columns = Columns.of(model.entries, lines)
        model.spans = Spans(len(numbers))
        model.words = Words([entry.card for entry in entries], city.districts)
        model.windows = Windows(windows, model.row_of)
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
        tidal: TidalRows = MappingProxyType({}),
    ) -> Model:
        """Lots that are new or changed, with their counters and tidal bays, and lots that are no more."""
        tides = self.tides.changed(frozenset({*gone, *cards}), tidal)
        made = [_entry(card, counters.get(card.id, ()), tides, now) for card in cards.values()]
        same_tides = all(tidal.get(lot_id) == self.tides.rows.get(lot_id) for lot_id in cards)
        if not gone and same_tides and all(self._keeps_its_row(card) for card in cards.values()):
            model = self._with_entries([self.row_of[entry.card.id] for entry in made], made)
            if model is not self:
                # What is lawful at tidal bays depends on how many spaces the lot has beside them.
                model.spans = Spans(len(model.hours_texts))
            return model
        left_out = {*gone, *cards}
        made += [entry for entry in self.entries if entry.card.id not in left_out]
        return self._placed(self.city, self.hours, made, now, self.fees, tides, self.windows.by_lot)

    def with_fees(self, fees: Fees) -> Model:
        """The same lots with other tariffs."""
        if fees is self.fees:
            return self
        model = self._copy()
        model._price(fees)
        return model

    def with_windows(self, windows: Mapping[str, Sequence[Window]], now: datetime) -> Model:
        """Tell the shared windows of these lots anew."""
        if not windows:
            return self
        model = self._copy()
        model.windows = self.windows.with_lots(windows, self.row_of, now)
        if model.windows.starts is not self.windows.starts:
            model._price_windows()
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
        return _entry(entry.card, entry.views, self.tides, now)

    def opening(self, card: LotCard, at: datetime) -> OpenState:
        """A lot's hours at an instant, its tidal bays considered."""
        return self.tides.opening(card, at)

    def opening_on(self, line: int, at: datetime) -> OpenState:
        """The same for a line of `columns.hours`."""
        lot_id = self.tidal_lines.get(line)
        if lot_id is None:
            return self.hours.state(self.hours_texts[line], at)
        return self.tides.opening(self.entries[self.row_of[lot_id]].card, at)

    def _renewed(self, rows: Mapping[int, Views], now: datetime) -> Model:
        # Readers have the model before until this one is whole: nobody waits for it.
        made, pace = [], Pace()
        for row, views in rows.items():
            made.append(_entry(self.entries[row].card, views, self.tides, now))
            pace.step()
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
        self._price_windows()

    def shared_fee(self, window: Window, stay: PlannedStay) -> FeeView:
        """What a stay in a shared window costs."""
        line = self._window_line(window)
        return self.fees.of(stay.shared).views([line])[0]

    def _window_line(self, window: Window) -> int:
        """By the tariff of the agreement where it has one, else by the lot's."""
        if window.tariff_id:
            return self.fees.line_of_tariff(window.tariff_id)
        return int(self.tariff_lines[self.row_of[window.lot_id]])

    def _price_windows(self) -> None:
        told = [self._window_line(window) for window in self.windows.all]
        self.window_lines = np.array(told, np.int32)


def _entry(card: LotCard, views: Views, tides: Tides, now: datetime) -> Entry:
    return Entry(card, views, tides.opening(card, now), now, tides=tides.at(card.id, now))
