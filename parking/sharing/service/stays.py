"""What is told of a vehicle's stay, and which windows may it have used?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.kernel.vocabulary import StayKind
from parking.sharing.models.bookings import Booking, WindowUse
from parking.sharing.models.windows import Window
from parking.sharing.queries.windows import open_to_strangers
from parking.sharing.rules.bookings import BookingState
from parking.tariffs.rules.quotes import Stay

AWAITED = (BookingState.BOOKED, BookingState.NO_SHOW)
"""Bookings by which an entry may be meant: those that stand, and those that were given up too early."""


@dataclass(frozen=True, slots=True)
class StayTold:
    """A visit with an entry, as it is known now: under all its hashes, and as tariffs price it.

    `is_over` without `left_at`: it ended without being seen.
    """

    visit_id: str
    lot_id: str
    hashes: frozenset[bytes]
    priced: Stay
    entered_at: datetime
    left_at: datetime | None
    is_over: bool


def concerned(session: Session, told: Iterable[tuple[str, str, datetime]]) -> frozenset[str]:
    """Which of these visits (id, lot, entered at) may have used a window; two statements for all of them."""
    stays = list(told)
    if not stays:
        return frozenset()
    known = set(
        session.scalars(select(WindowUse.visit_id).where(WindowUse.visit_id.in_([each[0] for each in stays])))
    )
    first, last = min(each[2] for each in stays), max(each[2] for each in stays)
    spans: dict[str, list[tuple[datetime, datetime]]] = {}
    asked = select(Window.lot_id, Window.from_at, Window.until_at).where(
        Window.lot_id.in_({each[1] for each in stays}), Window.from_at <= last, Window.until_at > first
    )
    for row in session.execute(asked):
        spans.setdefault(row.lot_id, []).append((row.from_at, row.until_at))
    return frozenset(
        visit_id
        for visit_id, lot_id, at in stays
        if visit_id in known or any(begins <= at < ends for begins, ends in spans.get(lot_id, ()))
    )


def windows_of(session: Session, told: Sequence[StayTold], gone: Collection[str]) -> set[str]:
    """Whatever windows these visits used, or may turn out to use."""
    visits = {*gone, *(stay.visit_id for stay in told)}
    if not visits:
        return set()
    used = select(WindowUse.window_id, Booking.window_id).outerjoin(
        Booking, Booking.id == WindowUse.booking_id
    )
    found = {each for row in session.execute(used.where(WindowUse.visit_id.in_(visits))) for each in row}
    lots = {stay.lot_id for stay in told}
    booked = select(Booking.window_id).where(
        Booking.lot_id.in_(lots),
        Booking.plate_hash.in_({value for stay in told for value in stay.hashes}),
        Booking.state.in_(AWAITED),
    )
    found.update(session.scalars(booked))
    ahead = select(Booking.window_id).where(
        Booking.visit_id.in_(visits), Booking.state == BookingState.BOOKED
    )
    found.update(session.scalars(ahead))
    # Whoever had a booking may turn out to have come without one.
    strangers = [stay for stay in told if stay.priced.kind is not StayKind.MONTHLY]
    if strangers:
        entered = [stay.entered_at for stay in strangers]
        for window in session.scalars(open_to_strangers(lots, min(entered), max(entered))):
            if any(_is_within(stay, window) for stay in strangers):
                found.add(window.id)
    return {each for each in found if each is not None}


def _is_within(stay: StayTold, window: Window) -> bool:
    return stay.lot_id == window.lot_id and window.from_at <= stay.entered_at < window.until_at
