"""Does the demo city have nights enough behind it to say where sharing would help?"""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, timedelta

from sqlalchemy.orm import Session, sessionmaker

from parking.city import queries as city_queries
from parking.city import service as city
from parking.entrypoints import demo_city
from parking.entrypoints.demo_weeks import record_nights
from parking.kernel.actors import CLI
from parking.kernel.vocabulary import Datum
from parking.lots import service as lots
from parking.lots.rules import read_rows, read_table
from parking.sharing.queries.proposals import found_proposals
from tests.factories.lookup import SetClock

NOW = datetime(2026, 11, 20, 2, 30, tzinfo=UTC)


def test_four_weeks_of_nights_are_told_once_and_propose_where_sharing_would_help(session: Session) -> None:
    began = NOW - timedelta(days=62)
    city.load_profile(
        session, CLI, tomllib.loads(demo_city.PROFILE.read_text("utf-8")), began, date(2025, 1, 1)
    )
    measured = tomllib.loads(demo_city.SHARING.read_text("utf-8"))["measured"]["lots"]
    view = city_queries.city_view(session, city_queries.today(session, NOW))
    read = read_rows(read_table(demo_city.LOTS.read_bytes(), ".csv"), view, Datum.WGS84)
    drafts = [each for each in read.drafts if each[1].code in measured]
    lots.import_lots(session, CLI, drafts, began)
    sessions = sessionmaker(bind=session.connection(), join_transaction_mode="create_savepoint")
    clock = SetClock(NOW)

    assert record_nights(sessions, clock) > 0
    found = found_proposals(session, NOW)
    assert (found.known, found.unknown) == (len(measured), 0)
    named = {found.cards[each.nights.lot_id].code for each in found.proposals}
    assert {"BH-028", "BH-040", "CZ-043"} <= named
    assert {each.nights.known for each in found.proposals} == {28 * 36}
    # Started once more it tells nothing, and the morning after the one night that was added.
    assert record_nights(sessions, clock) == 0
    clock.at += timedelta(days=1)
    assert record_nights(sessions, clock) == 9 * 9
