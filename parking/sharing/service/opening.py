"""How do the windows of the coming days come to be, and come back? The same twice is once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from parking.city import queries as city
from parking.kernel.db.copying import copy_rows
from parking.kernel.errors import FieldProblem
from parking.kernel.ids import new_id
from parking.kernel.vocabulary import SpaceClass
from parking.lots.queries.lending import Lent
from parking.lots.rules.hours import HoursReader
from parking.lots.service import lending
from parking.sharing.models.agreements import Agreement
from parking.sharing.models.windows import Window, WindowRest
from parking.sharing.rules.agreements import AgreementState
from parking.sharing.rules.windows import (
    AHEAD_DAYS,
    ClosedFor,
    Opening,
    WindowState,
    comes_back,
    opening_of,
    rest_of,
    year_problem,
)
from parking.sharing.service.spaces import hold
from parking.sharing.service.windows import fit, reopened

_Begin = tuple[str, str, datetime]
"""An agreement, a class and an instant: no two windows have all three."""


@dataclass(frozen=True, slots=True)
class Materialised:
    """How many windows were new, how many had no space beside what others lend, and which years lack a
    holiday table, by agreement."""

    made: int
    crowded: dict[str, int] = field(default_factory=dict)
    missing_years: dict[str, frozenset[int]] = field(default_factory=dict)

    def problems(self, agreement_id: str) -> list[FieldProblem]:
        """What keeps windows of an agreement from opening."""
        return [year_problem(year) for year in sorted(self.missing_years.get(agreement_id, ()))]


def materialise_windows(
    session: Session, now: datetime, agreement_ids: Collection[str] | None = None, days: int = AHEAD_DAYS
) -> Materialised:
    """Open the windows of the coming `days` of all agreements in force, or of these; the same twice is once.

    A window that was closed stays closed. What would lend more than a class has is left out and told.
    """
    zone = city.time_zone(session, now)
    since_on = now.astimezone(zone).date()
    until_on = since_on + timedelta(days=days)
    rows = _in_force(session, agreement_ids, since_on, until_on)
    if not rows:
        return Materialised(0)
    reader = HoursReader(city.calendar(session), zone.key)

    @cache
    def opening(text: str, since: date, until: date) -> Opening:
        return opening_of(reader, text, since, until)

    known, resting = _known(session, [row.id for row in rows], now)
    missing: dict[str, frozenset[int]] = {}
    fresh: list[Lent] = []
    for row in rows:
        since, until = max(since_on, row.from_on), min(until_on, row.until_on)
        for part in row.parts:
            told = opening(part.opening_hours, since, until)
            if told.missing_years:
                missing[row.id] = missing.get(row.id, frozenset()) | told.missing_years
            # Read once: an attribute of a row costs as much as the rest of a window.
            whose, lot_id, named, quota = row.id, row.lot_id, part.space_class, part.quota
            space_class = SpaceClass(named)
            for from_at, until_at in told.spans:
                begin = (whose, named, from_at)
                # A night that has begun already is given away as well: what is left of it.
                if until_at > now and begin not in known:
                    window_id = resting.get(begin) or new_id()
                    fresh.append(Lent(window_id, whose, lot_id, space_class, from_at, until_at, quota))
    kept, crowded = fit(session, fresh, now, zone, days)
    again = set(resting.values())
    _open(session, [span for span in kept if span.window_id not in again] if again else kept, now)
    _open_again(session, [span for span in kept if span.window_id in again], now)
    return Materialised(len(kept), crowded, missing)


def _in_force(
    session: Session, agreement_ids: Collection[str] | None, since_on: date, until_on: date
) -> list[Agreement]:
    """Locked in one order, so that nobody suspends or ends one meanwhile."""
    asked = (
        select(Agreement)
        .where(
            Agreement.state == AgreementState.IN_FORCE,
            Agreement.until_on > since_on,
            Agreement.from_on < until_on,
        )
        .order_by(Agreement.id)
        .options(selectinload(Agreement.parts))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if agreement_ids is not None:
        asked = asked.where(Agreement.id.in_(list(agreement_ids)))
    return list(session.scalars(asked))


def _known(
    session: Session, agreement_ids: list[str], now: datetime
) -> tuple[set[_Begin], dict[_Begin, str]]:
    """The windows that are there by their beginnings; apart those that come back by themselves, with ids."""
    asked = select(
        Window.agreement_id, Window.space_class, Window.from_at, Window.state, Window.closed_for, Window.id
    ).where(Window.agreement_id.in_(agreement_ids), Window.until_at > now)
    known: set[_Begin] = set()
    resting: dict[_Begin, str] = {}
    for whose, named, from_at, state, closed_for, window_id in session.execute(asked):
        if closed_for and comes_back(WindowState(state), ClosedFor(closed_for)):
            resting[whose, named, from_at] = window_id
        else:
            known.add((whose, named, from_at))
    return known, resting


def _open_again(session: Session, spans: list[Lent], now: datetime) -> None:
    """Open windows that had closed by themselves, each to the end that it has now."""
    if not spans:
        return
    held = hold(session, [span.window_id for span in spans])
    for span in spans:
        held[span.window_id].until_at = span.until_at
        held[span.window_id].quota = span.spaces
    reopened(session, [held[span.window_id] for span in spans], now)


def _open(session: Session, spans: list[Lent], now: datetime) -> None:
    rows = [
        {
            "id": span.window_id,
            "agreement_id": span.agreement_id,
            "lot_id": span.lot_id,
            "space_class": str(span.space_class),
            "from_at": span.from_at,
            "until_at": span.until_at,
            "quota": span.spaces,
            "state": str(WindowState.OPEN),
        }
        for span in spans
    ]
    copy_rows(session, Window, rows)
    for span in spans:
        if rest := rest_of(span.from_at, None, now):
            session.add(WindowRest(window_id=span.window_id, from_at=rest[0], until_at=rest[1]))
    lending.lend(session, spans)
