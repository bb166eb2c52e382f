"""A lot of the small city, and what its counters say."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from parking.city.service import load_profile
from parking.kernel.actors import CLI
from parking.kernel.vocabulary import SpaceClass
from parking.lots.queries import LotCard
from parking.occupancy.models import CounterState
from tests.factories.city import NOW, SINCE, a_profile
from tests.factories.lots import a_lot


@pytest.fixture
def lot(session) -> LotCard:
    """A lot with 50 spaces and 8 for charging."""
    # Without its calendar, which counts do not ask for.
    load_profile(session, CLI, a_profile(), NOW, since=SINCE)
    return a_lot(session, spaces={SpaceClass.GENERAL: 50, SpaceClass.CHARGING: 8})


@pytest.fixture
def state(session, lot):
    """Ask for the row of one of the lot's counters, fresh from the database."""

    def ask(space_class: SpaceClass = SpaceClass.GENERAL) -> CounterState | None:
        mine = (CounterState.lot_id == lot.id, CounterState.space_class == space_class)
        return session.scalar(select(CounterState).where(*mine).execution_options(populate_existing=True))

    return ask
