"""Which windows are there, and how full is each?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.kernel.vocabulary import SpaceClass
from parking.sharing.models.windows import Window
from parking.sharing.rules.windows import ClosedFor, WindowState


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
        select(Window)
        .where(Window.agreement_id == agreement_id, Window.until_at > since_at, Window.from_at < until_at)
        .order_by(Window.from_at, Window.space_class)
    )
    return [window_view(row) for row in session.scalars(asked)]


def open_windows(
    session: Session, lot_ids: Collection[str] | None, since_at: datetime, until_at: datetime
) -> list[WindowView]:
    """The windows of lots (None: of all) that take bookings and overlap [since_at, until_at)."""
    asked = select(Window).where(
        Window.state == WindowState.OPEN, Window.until_at > since_at, Window.from_at < until_at
    )
    if lot_ids is not None:
        asked = asked.where(Window.lot_id.in_(list(lot_ids)))
    return [window_view(row) for row in session.scalars(asked.order_by(Window.from_at, Window.id))]


def window_view(row: Window) -> WindowView:
    """A row as others see it."""
    return WindowView(
        id=row.id,
        agreement_id=row.agreement_id,
        lot_id=row.lot_id,
        space_class=SpaceClass(row.space_class),
        from_at=row.from_at,
        until_at=row.until_at,
        quota=row.quota,
        taken=row.taken,
        state=WindowState(row.state),
        closed_for=None if row.closed_for is None else ClosedFor(row.closed_for),
        closed_why=row.closed_why,
    )
