"""By which tariff is a stay priced that used what is lent?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from parking.kernel.vocabulary import CAR_CLASSES, Access
from parking.lots.models import Lot, SpaceGroup
from parking.sharing.models.agreements import Agreement
from parking.sharing.models.bookings import WindowUse
from parking.sharing.models.windows import Window
from parking.sharing.queries.windows import open_to_strangers


@dataclass(frozen=True, slots=True)
class LentStay:
    """A stay that is there by a shared window; None where its agreement has no tariff of its own."""

    tariff_id: str | None


def lent_stay(session: Session, visit_id: str) -> LentStay | None:
    """How a visit is priced that a window lets be there: it has a booking, or nobody else may park there.

    Whoever comes without a booking to a lot where anybody may park pays what the lot asks, as its page says.
    """
    asked = (
        select(Agreement.tariff_id)
        .join(Window, Window.agreement_id == Agreement.id)
        .join(WindowUse, WindowUse.window_id == Window.id)
        .join(Lot, Lot.id == WindowUse.lot_id)
        .where(WindowUse.visit_id == visit_id, or_(WindowUse.booking_id.is_not(None), ~_is_open_anyway()))
    )
    found = session.execute(asked).one_or_none()
    return None if found is None else LentStay(found.tariff_id)


def lent_entry(session: Session, lot_id: str, entered_at: datetime) -> LentStay | None:
    """How a stay is priced that nobody keeps, as one without a booking that began then at a lot."""
    asked = open_to_strangers([lot_id], entered_at, entered_at).where(~_is_open_anyway())
    window = session.scalars(asked.order_by((Window.quota - Window.taken).desc(), Window.id.desc())).first()
    if window is None:
        return None
    return LentStay(session.get_one(Agreement, window.agreement_id).tariff_id)


def _is_open_anyway() -> ColumnElement[bool]:
    """Whether anybody may park at the lot that is asked for."""
    spaces = select(SpaceGroup.lot_id).where(
        SpaceGroup.lot_id == Lot.id,
        SpaceGroup.space_class.in_([str(each) for each in CAR_CLASSES]),
        func.coalesce(SpaceGroup.access, Lot.access) == Access.PUBLIC,
    )
    return spaces.correlate(Lot).exists()
