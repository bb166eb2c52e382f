"""Keys of plates over the test's own transaction."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session, sessionmaker

from parking.city.service import load_profile
from parking.kernel.actors import CLI
from parking.plates.service import PlateKeys
from tests.factories.city import NOW, SINCE, a_profile
from tests.factories.devices import SEALER
from tests.factories.lookup import SetClock


@pytest.fixture
def own_sessions(session: Session) -> sessionmaker[Session]:
    """Sessions whose commits end in the test's savepoint."""
    return sessionmaker(
        bind=session.connection(), join_transaction_mode="create_savepoint", expire_on_commit=False
    )


@pytest.fixture
def keys(session: Session, own_sessions) -> PlateKeys:
    load_profile(session, CLI, a_profile(), NOW, since=SINCE)
    return PlateKeys(own_sessions, SEALER, SetClock(NOW))
