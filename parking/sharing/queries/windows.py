"""Which windows are there, and how full is each?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from parking.kernel.vocabulary import Access, SpaceClass
from parking.lots.models import Lot, SpaceGroup
from parking.sharing.models.windows import Window
from parking.sharing.rules.windows import ClosedFor, WindowState

# Columns, not objects of the session: a list may hold fifty thousand.
_COLUMNS = (
    Window.id,
    Window.agreement_id,
    Window.lot_id,
    Window.space_class,
    Window.from_at,
    Window.until_at,
    Window.quota,
    Window.taken,
    Window.state,
    Window.closed_for,
    Window.closed_why,
)
# Customers of such lots come anyway: they are no strangers who use what its owner lends.
_OPEN_TO_ALL = (Access.PUBLIC, Access.CUSTOMERS)
_CLASSES = {str(each): each for each in SpaceClass}
_STATES = {str(each): each for each in WindowState}


@dataclass(frozen=True, slots=True)
class WindowView:
    """A window: spaces lent in [from_at, until_at), `taken` of `quota` given away."""

    id: str
    agreement_id: str
    lot_id: str
    space_class: SpaceClass
    from_at: datetime
    until_at: datetime
    quota: int
    taken: int
    state: WindowState
    closed_for: ClosedFor | None
    closed_why: str | None

    @property
    def left(self) -> int:
        """Spaces that may still be given away; none where it takes nobody new."""
        return self.quota - self.taken if self.state is WindowState.OPEN else 0


def window(session: Session, window_id: str) -> WindowView | None:
    """One window as it stands; None where there is none of this id."""
    row = session.get(Window, window_id, populate_existing=True)
    return None if row is None else window_view(row)


def windows_of(
    session: Session, agreement_id: str, since_at: datetime, until_at: datetime
) -> list[WindowView]:
    """The windows of an agreement that overlap [since_at, until_at), in their order."""
    asked = (
        select(*_COLUMNS)
        .where(Window.agreement_id == agreement_id, Window.until_at > since_at, Window.from_at < until_at)
        .order_by(Window.from_at, Window.space_class)
    )
    return [_told(*row) for row in session.execute(asked)]


def open_windows(
    session: Session, lot_ids: Collection[str] | None, since_at: datetime, until_at: datetime
) -> list[WindowView]:
    """The windows of lots (None: of all) that take bookings and overlap [since_at, until_at)."""
    asked = select(*_COLUMNS).where(
        Window.state == WindowState.OPEN, Window.until_at > since_at, Window.from_at < until_at
    )
    if lot_ids is not None:
        asked = asked.where(Window.lot_id.in_(list(lot_ids)))
    return [_told(*row) for row in session.execute(asked.order_by(Window.from_at, Window.id))]


def window_view(row: Window) -> WindowView:
    """A row as others see it."""
    return _told(*(getattr(row, column.key) for column in _COLUMNS))


def open_to_strangers(lots: Collection[str], first: datetime, last: datetime) -> Select[Window]:
    """The windows of lots that are used by who entered from `first` to `last` without a booking."""
    group = select(SpaceGroup.access).where(
        SpaceGroup.lot_id == Window.lot_id, SpaceGroup.space_class == Window.space_class
    )
    return (
        select(Window)
        .join(Lot, Lot.id == Window.lot_id)
        .where(
            Window.lot_id.in_(lots),
            Window.from_at <= last,
            Window.until_at > first,
            Window.state != WindowState.WITHDRAWN,
            func.coalesce(group.scalar_subquery(), Lot.access).not_in(_OPEN_TO_ALL),
        )
    )


def _told(*told: Any) -> WindowView:
    window_id, agreement_id, lot_id, space_class, from_at, until_at, quota, taken, state, closed_for, why = (
        told
    )
    return WindowView(
        window_id,
        agreement_id,
        lot_id,
        _CLASSES[space_class],
        from_at,
        until_at,
        quota,
        taken,
        _STATES[state],
        None if closed_for is None else ClosedFor(closed_for),
        why,
    )
