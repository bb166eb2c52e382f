"""Does the demo city open with operators, filings in different states and officers to log in as?"""

from __future__ import annotations

import tomllib
from datetime import date, timedelta

import pytest

from integrations.storage import LocalFolder
from parking.accounts import queries as accounts_told
from parking.accounts import service as accounts
from parking.accounts.rules import Audience
from parking.audit import queries as audit
from parking.city import queries as city_queries
from parking.city import service as city
from parking.entrypoints import demo_city, demo_people
from parking.filings import queries as filings
from parking.inspections import queries as inspections
from parking.kernel.actors import CLI
from parking.kernel.clock import SystemClock
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.vocabulary import Datum
from parking.lots import service as lots
from parking.lots.rules import read_rows, read_table

SINCE = date(2025, 1, 1)
SECRET = "a secret of this test alone, long enough"


@pytest.fixture
def demo(sessions: Sessions, tmp_path) -> Sessions:
    clock = SystemClock()
    now = clock.now()
    with unit_of_work(sessions) as uow:
        city.load_profile(uow.session, CLI, tomllib.loads(demo_city.PROFILE.read_text("utf-8")), now, SINCE)
        city.seed_calendar(uow.session, CLI, (now.year - 1, now.year), now)
        view = city_queries.city_view(uow.session, city_queries.today(uow.session, now))
        read = read_rows(read_table(demo_city.LOTS.read_bytes(), ".csv"), view, Datum.WGS84)
        lots.import_lots(uow.session, CLI, read.drafts, now - timedelta(days=60))
    for _ in range(2):
        demo_people.introduce(sessions, clock, LocalFolder(tmp_path), SECRET)
    return sessions


def test_the_demo_opens_with_filings_and_findings_and_everybody_can_log_in(demo: Sessions) -> None:
    with demo() as session:
        told = [
            row.state
            for organisation in accounts_told.organisations(session)
            for row in filings.filings_of(session, organisation.id)
        ]
        assert sorted(told) == [
            "accepted",
            "approved",
            "correction_requested",
            "drafted",
            "submitted",
        ]
        on = city_queries.today(session, SystemClock().now())
        assert len(filings.valid_certificates(session, city_queries.city_view(session, on), on)) == 1
        assert len(inspections.findings(session).rows) == 2
        assert audit.verify_chain(session) is None

    password = demo_people.password_of(SECRET)
    assert password != demo_people.password_of(SECRET + "x")
    for each in demo_people.LOGINS:
        audience = Audience.MEMBER if each.path == "/operator" else Audience.OFFICER
        with unit_of_work(demo) as uow:
            now = SystemClock().now()
            begun = accounts.log_in(uow.session, audience, each.login, password, "127.0.0.1", now)
            assert begun.needs is None, each.login
