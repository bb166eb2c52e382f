"""Plates are told apart within a month, and forgotten with its key."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from parking.audit.models import AuditEntry
from parking.city import service as city
from parking.kernel.actors import CLI, SYSTEM
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.sealing import Sealer
from parking.plates import jobs, queries, service
from parking.plates.errors import PlateKeyBroken, PlateKeyDestroyed
from parking.plates.models import PlateKey
from parking.plates.rules import read_plate
from parking.plates.service import PlateKeys
from tests.factories.city import NOW, a_city
from tests.factories.devices import SEALER
from tests.factories.lookup import SetClock

PLATE, OTHER = read_plate("苏F12345"), read_plate("苏F12346")


@pytest.fixture
def clock() -> SetClock:
    clock = SetClock()
    clock.at = NOW
    return clock


@pytest.fixture
def town(sessions: Sessions) -> Sessions:
    with unit_of_work(sessions) as uow:
        a_city(uow.session)
    return sessions


def test_processes_agree_on_a_month_s_hash_which_no_other_month_and_no_other_plate_has(
    town: Sessions, clock: SetClock
) -> None:
    keys, elsewhere = PlateKeys(town, SEALER, clock), PlateKeys(town, SEALER, clock)
    made: list[object] = []
    asking = [
        threading.Thread(target=lambda who=who: made.append(who.hash(PLATE, NOW)))
        for who in (keys, elsewhere) * 4
    ]
    for each in asking:
        each.start()
    for each in asking:
        each.join()
    assert len(made) == 8 and len(set(made)) == 1
    assert keys.hash(OTHER, NOW) != made[0]
    # 2026-11-30 16:00 UTC is the first of December in the city.
    turn = datetime(2026, 11, 30, 16, tzinfo=UTC)
    assert keys.hash(PLATE, turn - timedelta(seconds=1)) == made[0]
    december = elsewhere.hash(PLATE, turn)
    assert december.month == date(2026, 12, 1) and december.value != made[0].value
    keys.hash(PLATE, turn)
    assert keys.hashes_since(PLATE, NOW, turn) == (december, made[0])
    assert keys.hashes_since(PLATE, turn, turn) == (december,)
    with town() as session:
        sealed = session.scalars(select(PlateKey.sealed)).all()
        assert session.execute(text("SELECT count(*) FROM plate_keys")).scalar() == 2
    assert all(len(each) == 12 + 32 + 16 for each in sealed)


def test_a_known_month_asks_the_database_nothing(town: Sessions, clock: SetClock) -> None:
    keys = PlateKeys(town, SEALER, clock)
    first = keys.hash(PLATE, NOW)
    keys._sessions = None  # type: ignore[assignment]
    assert keys.hash(PLATE, NOW) == first
    with pytest.raises(ValueError, match="no plate"):
        keys.hash(read_plate("_无_"), NOW)


def test_a_plate_is_read_again_only_with_the_deployment_s_secret(town: Sessions, clock: SetClock) -> None:
    keys = PlateKeys(town, SEALER, clock)
    sealed = keys.seal(PLATE.text)
    assert PLATE.text.encode() not in sealed and keys.seal(PLATE.text) != sealed
    assert keys.open(sealed) == PLATE.text
    keys.hash(PLATE, NOW)
    stranger = PlateKeys(town, Sealer.from_secret("another secret"), clock)
    with pytest.raises(PlateKeyBroken):
        stranger.open(sealed)
    with pytest.raises(PlateKeyBroken):
        stranger.hash(PLATE, NOW)


def test_keys_past_the_retention_are_destroyed_unless_somebody_needs_them(
    town: Sessions, clock: SetClock
) -> None:
    keys = PlateKeys(town, SEALER, clock)
    # 180 days before 20 November is 24 May: May stays, all before it may go.
    months = [datetime(2026, month, 15, tzinfo=UTC) for month in (1, 2, 5, 11)]
    for at in months:
        keys.hash(PLATE, at)
    [job] = jobs.jobs(town, clock, [lambda session: {date(2026, 2, 1)}])
    job.run()
    with town() as session:
        left = [month for month, sealed in queries.sealed_keys(session).items() if sealed]
        [entry] = session.scalars(select(AuditEntry).where(AuditEntry.action == "plate_key:destroy"))
    assert left == [date(2026, 11, 1), date(2026, 5, 1), date(2026, 2, 1)]
    assert (entry.subject_id, entry.actor) == ("2026-01-01", str(SYSTEM))
    fresh = PlateKeys(town, SEALER, clock)
    assert len(fresh.hashes_since(PLATE, months[0], NOW)) == 3
    with pytest.raises(PlateKeyDestroyed):
        fresh.hash(PLATE, months[0])


def test_the_city_says_how_long_keys_are_kept(session: Session) -> None:
    a_city(session)
    assert service.keys_end_before(session, NOW) == date(2026, 5, 1)
    city.set_fact(session, CLI, "limits.plate_key_days", 31, NOW.date(), NOW)
    assert service.keys_end_before(session, NOW) == date(2026, 10, 1)
