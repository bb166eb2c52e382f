"""What the look-up reads of shared windows is what a driver may book."""

from __future__ import annotations

from sqlalchemy.orm import Session

from parking.kernel.vocabulary import SpaceClass
from parking.lookup.queries.loading import load_model
from parking.sharing.rules.bookings import Limits
from tests.factories.city import NOW, a_city
from tests.factories.lots import a_lot
from tests.factories.sharing import an_agreement


def test_whatever_may_be_booked_is_known_to_the_look_up(session: Session) -> None:
    a_city(session)
    lot = a_lot(session, spaces={SpaceClass.GENERAL: 8})
    an_agreement(session, lot.id)
    told = load_model(session, NOW).windows.by_lot[lot.id]
    days = {(each.from_at - NOW).days for each in told}
    last = Limits().ahead_days
    assert last in days and max(days) <= last + 2
