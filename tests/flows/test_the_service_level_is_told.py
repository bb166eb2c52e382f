"""A month's service level: the bureau sorts it and takes it away, an operator sees that of its own lots."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import timedelta

import pytest
from openpyxl import load_workbook
from sqlalchemy import update

from parking.accounts.rules import OfficerRole
from parking.guidance.jobs import level_jobs
from parking.guidance.models import Anomaly
from parking.kernel.actors import SYSTEM
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.vocabulary import SpaceClass
from parking.lots.models import Lot
from parking.occupancy.rules import CountInput
from parking.occupancy.service import fold_history, record_counts
from tests.factories.accounts import PASSWORD, an_officer, an_owner, logged_in
from tests.factories.city import DISTRICTS, NOW, a_city
from tests.factories.console import Console, a_console
from tests.factories.lookup import SetClock
from tests.factories.lots import a_lot
from tests.factories.sources import a_source
from tests.plain_browser import Window

HOUR = timedelta(hours=1)
FORMULA = "=cmd|' /C calc'!A0"


@pytest.fixture
def console(sessions: Sessions) -> Iterator[Console]:
    with a_console(sessions) as console:
        yield console


def told(session, lots, source, minutes):
    """A source tells ten free spaces in each lot at these minutes after NOW."""
    for minute in minutes:
        at = NOW + timedelta(minutes=minute)
        counts = [CountInput(lot_id, SpaceClass.GENERAL, at, free=10) for lot_id in lots]
        record_counts(session, SYSTEM, source, counts, at)


def test_a_month_of_levels_is_read_sorted_and_taken_away(console: Console, sessions: Sessions) -> None:
    with unit_of_work(sessions) as uow:
        session = uow.session
        a_city(session)
        here = an_officer(session, "here", (OfficerRole.REVIEWER,), districts=DISTRICTS[:1])
        owner = an_owner(session, 1)
        good = a_lot(session, name=FORMULA, district_code=DISTRICTS[0], opening_hours=None)
        bad = a_lot(session, name="城东停车场", district_code=DISTRICTS[0], opening_hours=None)
        far = a_lot(session, name="别处停车场", district_code=DISTRICTS[1], opening_hours=None)
        a_source(session, name="feed", live_url="http://127.0.0.1:9/live")
        told(session, [bad.id, far.id], "feed", range(0, 125, 5))
        told(session, [good.id], "bays", range(0, 60, 5))
        told(session, [good.id], "feed", range(60, 125, 5))
        session.execute(update(Lot).where(Lot.id == bad.id).values(organisation_id=owner.organisation_id))
        anomaly = {"kind": "jump", "source": "feed", "lot_id": bad.id, "space_class": "general"}
        evidence = {"before": 2, "after": 40, "capacity": 50, "own_step": 9, "limit": 12}
        opened = {"began_at": NOW + HOUR, "opened_at": NOW + HOUR, "seen_at": NOW + 2 * HOUR}
        session.add(Anomaly(**anomaly, **opened, closed_at=None, evidence=evidence))
        fold_history(session, NOW + 2 * HOUR + timedelta(minutes=2))
        token = logged_in(session, here.id, NOW + 2 * HOUR).token
    console.begin(NOW + 2 * HOUR)
    for job in level_jobs(sessions, SetClock(console.clock.at)):
        job.run()
    officer = console.officer(token)
    page = officer.open("/bureau/levels?sort=level")
    assert [row.split()[-6:] for row in page.rows if "停车场" in row or FORMULA in row] == [
        ["120", "60", "60", "0", "0", "50.0%"],
        ["120", "120", "0", "0", "0", "100.0%"],
    ]
    assert "别处" not in page.text and "75.0%" in page.text
    # By source, the head, the days and the sources are of the same minutes; what is no feed is left out.
    page = officer.open("/bureau/levels?by=source")
    assert page.rows == [
        "2026年11月20日（周五） 180 120 60 0 0 66.6%",
        "feed 2 180 120 60 0 0 66.6%",
    ]
    assert page.text.count("66.6%") == 4
    assert "由 2 变为 40" in officer.open("/bureau/anomalies").text
    # A source is told as a whole, wherever its lots lie.
    assert "80.0%" in officer.open("/bureau/sources?sort=-level").text
    assert "2026年11月20日（周五） 300 240 60 0 0 80.0%" in officer.open("/bureau/sources/feed").rows
    for by, first in (("lot", "停车场编号"), ("source", "数据源")):
        path = f"/bureau/levels.csv?by={by}"
        lines = list(csv.reader(io.StringIO(officer.download(path).decode("utf-8-sig"))))
        assert lines[0][1] == first and len(lines) == 3
        assert {line[-1] for line in lines[1:]} == {"0.5", "1.0"}
        assert any(f"'{FORMULA}" in line for line in lines)
        sheet = load_workbook(io.BytesIO(officer.download(path.replace("csv", "xlsx")))).active
        assert [cell.data_type for row in sheet.iter_rows() for cell in row if cell.value == FORMULA] == ["s"]
    mine = Window(console.address).open("/operator/login").press("登录", login="owner1", password=PASSWORD)
    assert "2026年11月异常 601206050.0%" in mine.open(f"/operator/lots/{bad.id}").main
    assert mine.open(f"/operator/lots/{good.id}").status == 404
