"""How is a day of the service level written down? From the history and the facts, again and again alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from parking.city import queries as city
from parking.kernel.days import day_span
from parking.kernel.db.rows import rows_as_json
from parking.lots import queries as lots
from parking.lots.rules import HoursReader
from parking.occupancy.queries import SourceTold, asked_row, courses, told_by_sources
from parking.occupancy.rules import (
    Counter,
    Course,
    Minutes,
    Spoilt,
    answering,
    level_of,
    level_of_source,
    minutes_in,
    spoilt_by,
)
from parking.occupancy.service.history import settled_before

Span = tuple[datetime, datetime]

# In one order, so that two that write the same day wait for each other instead of deadlocking.
_STORE = """
    insert into {table} ({key}, "on", due, fresh, suspect, unknown, written_at)
    select {key}, :on, due, fresh, suspect, unknown, :now from json_to_recordset(cast(:rows as json)) as n(
        source text, lot_id text, space_class text, due integer, fresh integer, suspect integer,
        unknown integer
    )
    order by {key}
    on conflict ({key}, "on") do update set
        due = excluded.due, fresh = excluded.fresh, suspect = excluded.suspect, unknown = excluded.unknown,
        written_at = excluded.written_at
    where (l.due, l.fresh, l.suspect, l.unknown)
        is distinct from (excluded.due, excluded.fresh, excluded.suspect, excluded.unknown)
"""
_STORE_LOTS = text(_STORE.format(table="level_days as l", key="lot_id, space_class"))
_STORE_SOURCES = text(_STORE.format(table="source_level_days as l", key="source, lot_id, space_class"))


def write_level_day(session: Session, on: date, spoilt: Sequence[Spoilt], now: datetime) -> bool:
    """Write down a city date's service level of every counter and of every source; again, it changes nothing.

    A minute counts from the lot's connection on, while the lot is open (or its hours are unknown) and its
    quarter is told; it is good where its count was live and not `spoilt`. False, and nothing written, for a
    date whose facts are not kept in full any more: what was written of it stands.
    """
    zone = city.time_zone(session, now)
    day = day_span(on, zone)
    if day[0] < settled_before(session, now):
        return False
    told, by_source = courses(session, day), told_by_sources(session, day, spoilt)
    owed_by_lot = _Owed(session, day, on, now)
    lines: list[dict[str, Any]] = []
    source_lines: list[dict[str, Any]] = []
    for counter, course in told.items():
        sources, owed = by_source.get(counter, []), owed_by_lot.of(counter[0])
        names = {each.source for each in sources}
        bad = [
            (each.from_at, each.until_at)
            for each in spoilt
            if each.concerns(counter) and (each.lot_id is not None or each.source in names)
        ]
        not_sane = spoilt_by([each.course for each in sources], minutes_in(day, bad))
        lines.append({**asked_row(counter), **asdict(level_of(course, owed, not_sane))})
        source_lines += _source_lines(counter, course, sources, owed, day)
    given = {"on": on, "now": now}
    session.execute(_STORE_LOTS, {**given, "rows": rows_as_json(lines)})
    session.execute(_STORE_SOURCES, {**given, "rows": rows_as_json(source_lines)})
    return True


class _Owed:
    """Which minutes of a day each lot owes a count: from its connection on, while it is not closed.

    Each minute by the hours that stood then: hours that are changed later make no past day another.
    """

    def __init__(self, session: Session, day: Span, on: date, now: datetime) -> None:
        self._day = day
        self._hours = HoursReader(city.calendar(session), city.time_zone(session, now).key)
        self._lots = {card.id: card for card in lots.lot_cards(session, on)}
        self._ended = lots.ended_hours(session, day[0])
        self._shut: dict[str | None, Minutes] = {}

    def of(self, lot_id: str) -> Minutes:
        """The minutes of a lot; none while it is not connected."""
        card = self._lots[lot_id]
        if card.connected_since_at is None:
            return minutes_in(self._day, ())
        owed, since = minutes_in(self._day, [(card.connected_since_at, None)]), self._day[0]
        for until, hours in [*self._ended.get(lot_id, ()), (self._day[1], card.opening_hours)]:
            owed &= ~(self._closed_by(hours) & minutes_in(self._day, [(since, until)]))
            since = until
        return owed

    def _closed_by(self, hours: str | None) -> Minutes:
        if hours not in self._shut:
            self._shut[hours] = minutes_in(self._day, self._closed(hours))
        return self._shut[hours]

    def _closed(self, hours: str | None) -> Iterator[Span]:
        at = self._day[0]
        while at < self._day[1]:
            state = self._hours.state(hours, at)
            until = min(state.until_at or self._day[1], self._day[1])
            if state.is_open is False:
                yield at, until
            at = until


def _source_lines(
    counter: Counter, course: Course, sources: Sequence[SourceTold], owed: Minutes, day: Span
) -> Iterator[dict[str, Any]]:
    told = answering([each.course for each in sources], course.suspect)
    for each, own in zip(sources, told, strict=True):
        due = owed & minutes_in(day, each.spans)
        yield {
            **asked_row(counter),
            "source": each.source,
            **asdict(level_of_source(course, own, due)),
        }
