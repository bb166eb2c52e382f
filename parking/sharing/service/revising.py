"""Do the windows that stand still follow from the hours, the calendar and the spaces that there are?

A day that becomes a working day, or spaces that leave the ledger, change what an agreement can lend. A
window that no longer follows takes nobody new: its bookings move, drivers and parties are told, and whoever
is inside stays to its end. It comes back by itself (`materialise_windows`) when the reason is gone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from parking.audit import service as audit
from parking.city import queries as city
from parking.kernel.actors import SYSTEM
from parking.kernel.days import midnight
from parking.kernel.vocabulary import SpaceClass
from parking.lots.queries.lending import capacities, lent_spans, lots_that_lost
from parking.lots.rules.hours import HoursReader
from parking.sharing.models.agreements import Agreement
from parking.sharing.models.windows import Window
from parking.sharing.queries.windows import WindowView, open_windows
from parking.sharing.rules.agreements import AgreementState
from parking.sharing.rules.notices import CALENDAR_CHANGED, SPACES_LOST
from parking.sharing.rules.windows import AHEAD_DAYS, LONGEST_WINDOW, ClosedFor, Load, Span, fits, opening_of
from parking.sharing.service.moves import Held, Moved, hold_to_close, moved_counts
from parking.sharing.service.noticing import tell_parties
from parking.sharing.service.windows import close_windows

_NOTICES = {ClosedFor.CALENDAR: CALENDAR_CHANGED, ClosedFor.SPACES: SPACES_LOST}


@dataclass(frozen=True, slots=True)
class Revised:
    """Windows of an agreement that were closed, why, and what became of their bookings."""

    agreement_id: str
    closed_for: ClosedFor
    windows: int
    moved: tuple[Moved, ...]


def lots_to_revise(session: Session, now: datetime, lost_since_at: datetime | None = None) -> list[str]:
    """The lots with a window that no longer follows; of all, or of those that lost spaces since then."""
    lot_ids = None if lost_since_at is None else lots_that_lost(session, lost_since_at)
    if lot_ids is not None and not lot_ids:
        return []
    return sorted({window.lot_id for window, _ in _unfounded(session, now, lot_ids)})


def revise(session: Session, lot_id: str, now: datetime) -> list[Revised]:
    """Close the windows of a lot that no longer follow; one lot in a transaction, as everybody locks them."""
    agreements = {
        row.id: row
        for row in session.scalars(
            _in_force([lot_id]).with_for_update().execution_options(populate_existing=True)
        )
    }
    found = {window.id: why for window, why in _unfounded(session, now, [lot_id])}
    held = hold_to_close(session, found, now)
    groups: dict[tuple[str, ClosedFor], list[Window]] = defaultdict(list)
    for window in held.closing:
        groups[window.agreement_id, found[window.id]].append(window)
    told = []
    for (agreement_id, closed_for), windows in groups.items():
        closing = Held(tuple(windows), held.near)
        moved = close_windows(session, closing, closed_for, "", now)
        details = {"windows": len(windows), "bookings": len(moved), "closed_for": str(closed_for)}
        audit.record(session, SYSTEM, "agreement:revised", "agreement", agreement_id, details, now)
        first = windows[0].from_at.astimezone(city.time_zone(session, now))
        counts = {"windows": len(windows), "first": f"{first:%m-%d %H:%M}", **moved_counts(moved)}
        tell_parties(session, agreements[agreement_id], _NOTICES[closed_for], now, (), **counts)
        told.append(Revised(agreement_id, closed_for, len(windows), tuple(moved)))
    return told


def _in_force(lot_ids: Collection[str] | None) -> Select[Agreement]:
    asked = (
        select(Agreement)
        .where(Agreement.state == AgreementState.IN_FORCE)
        .order_by(Agreement.id)
        .options(selectinload(Agreement.parts))
    )
    return asked if lot_ids is None else asked.where(Agreement.lot_id.in_(list(lot_ids)))


def _unfounded(
    session: Session, now: datetime, lot_ids: Collection[str] | None
) -> Iterator[tuple[WindowView, ClosedFor]]:
    """The open windows that no longer follow, and why."""
    zone = city.time_zone(session, now)
    standing = open_windows(session, lot_ids, now, now + timedelta(days=AHEAD_DAYS) + LONGEST_WINDOW)
    if not standing:
        return
    agreements = session.scalars(_in_force(lot_ids)).all()
    said = _Said.of(session, agreements, now, zone)
    # Whoever came first lends first, the first night first.
    order = {row.id: (row.in_force_at or now, row.number or "") for row in agreements}
    followed = []
    for window in sorted(standing, key=lambda each: (*order.get(each.agreement_id, (now, "")), each.from_at)):
        if said.denies(window):
            yield window, ClosedFor.CALENDAR
        else:
            followed.append(window)
    for window in _beyond(session, followed, now, zone, lot_ids):
        yield window, ClosedFor.SPACES


@dataclass(frozen=True, slots=True)
class _Said:
    """What the hours of agreements say by today's calendar, and until when they say anything."""

    spans: dict[tuple[str, str], frozenset[Span]]
    until_at: dict[tuple[str, str], datetime]

    @classmethod
    def of(cls, session: Session, agreements: Sequence[Agreement], now: datetime, zone: ZoneInfo) -> _Said:
        reader = HoursReader(city.calendar(session), zone.key)
        today = now.astimezone(zone).date()
        # What runs began on a day before.
        first_on, last_on = today - LONGEST_WINDOW, today + timedelta(days=AHEAD_DAYS)

        @cache
        def said(text: str, since: date, until: date) -> tuple[frozenset[Span], datetime]:
            told = opening_of(reader, text, since, until)
            # Of a year without its holiday table nothing is known: that is no word against a window.
            known_until = min([until, *(date(year, 1, 1) for year in told.missing_years)])
            return frozenset(told.spans), midnight(known_until, zone)

        spans, until_at = {}, {}
        for row in agreements:
            since, until = max(first_on, row.from_on), min(last_on, row.until_on)
            for part in row.parts:
                key = row.id, part.space_class
                spans[key], until_at[key] = said(part.opening_hours, since, until)
        return cls(spans, until_at)

    def denies(self, window: WindowView) -> bool:
        """Whether the hours speak of the window's time, and not of this window."""
        key = window.agreement_id, str(window.space_class)
        if key not in self.spans or window.from_at >= self.until_at[key]:
            return False
        return (window.from_at, window.until_at) not in self.spans[key]


def _beyond(
    session: Session,
    windows: list[WindowView],
    now: datetime,
    zone: ZoneInfo,
    lot_ids: Collection[str] | None,
) -> Iterator[WindowView]:
    """The windows for which the lot has not the spaces beside those before them."""
    today = now.astimezone(zone).date()
    last_on = today + timedelta(days=AHEAD_DAYS) + LONGEST_WINDOW
    there = capacities(session, lot_ids, today, last_on)
    mine = {window.id for window in windows}
    loads: dict[tuple[str, SpaceClass], list[Load]] = defaultdict(list)
    # Whoever is inside a window that closes keeps the space.
    for each in lent_spans(session, now, midnight(last_on, zone), lot_ids):
        if each.window_id not in mine:
            loads[each.lot_id, each.space_class].append((each.from_at, each.until_at, each.spaces))
    for window in windows:
        key = window.lot_id, window.space_class
        since_on = max(window.from_at, now).astimezone(zone).date()
        until_on = (window.until_at.astimezone(zone) - timedelta.resolution).date() + timedelta(days=1)
        spaces = there[key].least(since_on, until_on) if key in there else 0
        load = (window.from_at, window.until_at, window.quota)
        if fits(load, [one for one in loads[key] if one[1] > window.from_at], spaces):
            loads[key].append(load)
        else:
            yield window
