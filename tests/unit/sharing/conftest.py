"""A window to book, and a barrier that tells who passes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker

from parking.kernel.vocabulary import Direction
from parking.plates.rules import read_plate
from parking.plates.service import PlateKeys
from parking.sharing.models import Window
from parking.visits.service.pairing import pair_passages
from tests.factories.bookings import a_window
from tests.factories.city import NOW, a_city
from tests.factories.devices import SEALER
from tests.factories.lookup import SetClock
from tests.factories.passages import a_passage

PLATE, OTHER = "苏F12345", "沪A98765"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def keys(session: Session) -> PlateKeys:
    a_city(session)
    own = sessionmaker(bind=session.connection(), join_transaction_mode="create_savepoint")
    return PlateKeys(own, SEALER, SetClock(NOW))


@pytest.fixture
def window(session: Session, keys: PlateKeys) -> Window:
    return a_window(session)


@pytest.fixture
def passes_by(session: Session, keys: PlateKeys, window: Window):
    """Let a vehicle cross the lot's barrier, and pair it."""

    def passes_by(at, direction=Direction.ENTRY, plate=PLATE, now=None, **more):
        known = keys.hash(read_plate(plate), at)
        told = {"plate_month": known.month, "plate_hash": known.value, "plate_sealed": keys.seal(plate)}
        row = a_passage(session, window.lot_id, at, direction, plate, **(told | more))
        pair_passages(session, [(row.source, row.event_id)], keys, now or at)
        return row

    return passes_by
