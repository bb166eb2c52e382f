"""What stands booked, what really used a window, and what will still stand there in the morning?

No query takes a plate.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from parking.kernel.vocabulary import SpaceClass
from parking.sharing.models.bookings import Booking, PlateSuspension, WindowUse
from parking.sharing.models.windows import Window
from parking.sharing.rules.bookings import STANDING, BookingState, leftovers_expected
from parking.sharing.rules.windows import LIVE, ClosedFor

# A stay that is booked until shortly before the end counts as one until the end.
_NEAR_THE_END = timedelta(minutes=30)
_LOOKED_BACK = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class BookingView:
    """A booking as whoever holds its code sees it; the plate masked, and gone with its end. Money in fen.

    Of a vehicle that was inside before, when it came and what the whole stay cost are left out: whoever books
    a plate must not learn where it was.
    `closed_for`: why the window is closed that it lost; None where it lost none, or that one is open again.
    """

    id: str
    state: BookingState
    lot_id: str
    window_id: str
    from_at: datetime
    until_at: datetime
    let_in_at: datetime
    given_up_at: datetime
    grace_minutes: int
    plate_masked: str | None
    entered_at: datetime | None
    left_at: datetime | None
    overstay_minutes: int
    fee_fen: int | None
    overstay_fen: int | None
    moved_from: str | None
    closed_for: ClosedFor | None

    @property
    def may_cancel(self) -> bool:
        return self.state is BookingState.BOOKED


@dataclass(frozen=True, slots=True)
class Leftovers:
    """What is to be expected at the end of a window.

    `until_end` vehicles stay until then: `booked` ones, and `unannounced` ones without a booking that are
    inside. `overstays` of the last `uses` of the lot's windows were still there after end and grace;
    `expected` follows from them by the rule of succession. `overdue` vehicles of earlier windows are inside.
    """

    window_id: str
    agreement_id: str
    lot_id: str
    space_class: SpaceClass
    from_at: datetime
    until_at: datetime
    quota: int
    booked: int
    unannounced: int
    uses: int
    overstays: int
    overdue: int

    @property
    def until_end(self) -> int:
        return self.booked + self.unannounced

    @property
    def expected(self) -> int:
        return leftovers_expected(self.until_end, self.uses, self.overstays)


def view(row: Booking, lost: Window | None = None) -> BookingView:
    """A row as its holder sees it, with the window that was closed under it."""
    closed_for = lost.closed_for if lost else None
    since = max(row.let_in_at, row.booked_at)
    was_before = row.entered_at is not None and row.entered_at < since
    return BookingView(
        id=row.id,
        state=BookingState(row.state),
        lot_id=row.lot_id,
        window_id=row.window_id,
        from_at=row.from_at,
        until_at=row.until_at,
        let_in_at=row.let_in_at,
        given_up_at=row.given_up_at,
        grace_minutes=row.grace_minutes,
        plate_masked=row.plate_masked,
        entered_at=None if was_before else row.entered_at,
        left_at=row.left_at,
        overstay_minutes=row.overstay_minutes,
        fee_fen=None if was_before else row.fee_fen,
        overstay_fen=None if was_before else row.overstay_fen,
        moved_from=row.moved_from,
        closed_for=ClosedFor(closed_for) if closed_for else None,
    )


def leftovers(
    session: Session, now: datetime, within: timedelta, lot_ids: Collection[str] | None = None
) -> list[Leftovers]:
    """The windows that end within a time from now, the first to end first, with what will be left behind."""
    # Whoever is in a window that takes nobody new stays to its end as well.
    asked = select(Window).where(
        Window.state.in_(LIVE), Window.until_at > now, Window.until_at <= now + within
    )
    if lot_ids is not None:
        asked = asked.where(Window.lot_id.in_(list(lot_ids)))
    windows = session.scalars(asked.order_by(Window.until_at, Window.lot_id, Window.id)).all()
    ids, lots = [each.id for each in windows], {each.lot_id for each in windows}
    booked = _booked_to_the_end(session, ids)
    unannounced = _unannounced(session, ids)
    past = _past_uses(session, lots, now)
    overdue = _overdue(session, lots, now)
    return [
        Leftovers(
            window_id=each.id,
            agreement_id=each.agreement_id,
            lot_id=each.lot_id,
            space_class=SpaceClass(each.space_class),
            from_at=each.from_at,
            until_at=each.until_at,
            quota=each.quota,
            booked=booked.get(each.id, 0),
            unannounced=unannounced.get(each.id, 0),
            uses=past.get(each.lot_id, (0, 0))[0],
            overstays=past.get(each.lot_id, (0, 0))[1],
            overdue=overdue.get(each.lot_id, 0),
        )
        for each in windows
    ]


def months_needed(session: Session, now: datetime) -> frozenset[date]:
    """The months whose plate keys standing bookings and suspensions still need."""
    standing = select(Booking.plate_month).where(Booking.state.in_(STANDING)).distinct()
    suspended = select(PlateSuspension.plate_month).where(PlateSuspension.until_at > now).distinct()
    return frozenset(session.scalars(standing)) | frozenset(session.scalars(suspended))


def _booked_to_the_end(session: Session, window_ids: list[str]) -> dict[str, int]:
    asked = (
        select(Booking.window_id, func.count())
        .join(Window, Window.id == Booking.window_id)
        .where(
            Booking.window_id.in_(window_ids),
            Booking.state.in_(STANDING),
            Booking.until_at > Window.until_at - _NEAR_THE_END,
        )
    )
    return {row[0]: row[1] for row in session.execute(asked.group_by(Booking.window_id))}


def _unannounced(session: Session, window_ids: list[str]) -> dict[str, int]:
    asked = select(WindowUse.window_id, func.count()).where(
        WindowUse.window_id.in_(window_ids), WindowUse.booking_id.is_(None), ~WindowUse.is_over
    )
    return {row[0]: row[1] for row in session.execute(asked.group_by(WindowUse.window_id))}


def _past_uses(session: Session, lots: Collection[str], now: datetime) -> dict[str, tuple[int, int]]:
    asked = select(WindowUse.lot_id, func.count(), func.count().filter(WindowUse.overstay_minutes > 0)).where(
        WindowUse.lot_id.in_(list(lots)), WindowUse.entered_at > now - _LOOKED_BACK, WindowUse.is_over
    )
    return {row[0]: (row[1], row[2]) for row in session.execute(asked.group_by(WindowUse.lot_id))}


def _overdue(session: Session, lots: Collection[str], now: datetime) -> dict[str, int]:
    asked = (
        select(WindowUse.lot_id, func.count())
        .join(Window, Window.id == WindowUse.window_id)
        .where(WindowUse.lot_id.in_(list(lots)), ~WindowUse.is_over, Window.until_at <= now)
    )
    return {row[0]: row[1] for row in session.execute(asked.group_by(WindowUse.lot_id))}
