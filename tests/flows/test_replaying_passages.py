"""Does a file of passages get in as if its lot had told it, once, and is every bad row told by its number?"""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from parking.entrypoints.cli import parking
from parking.kernel.actors import CLI
from parking.kernel.clock import SystemClock
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.vocabulary import SpaceClass
from parking.lots import service as lots
from parking.occupancy import queries as occupancy_queries
from parking.occupancy import service as occupancy
from tests.databases import Database
from tests.factories.city import a_city
from tests.factories.devices import SECRET, a_client, a_gate_lot

HEADERS = "停车编号,入场时间,出场时间,车牌,入口,出口"


@pytest.fixture
def lot(sessions: Sessions) -> tuple[str, str, str]:
    """A lot found empty an hour ago, whose lanes a client counts: its id, its code, the client."""
    now = SystemClock().now()
    empty_at = now - timedelta(hours=1)
    with unit_of_work(sessions) as uow:
        a_city(uow.session, now=now)
        gated = a_gate_lot(uow.session, now=now)
        client = a_client(uow.session, [gated.id], now=now)
        for lane_id in (gated.entry_lane_id, gated.exit_lane_id):
            lots.set_counting_source(uow.session, CLI, lane_id, client.source, now)
        occupancy.set_count_by_hand(
            uow.session,
            CLI,
            gated.id,
            SpaceClass.GENERAL,
            empty_at,
            reason="empty",
            occupied=0,
        )
    return gated.id, gated.lot.code, client.id


def replay(database: Database, monkeypatch: pytest.MonkeyPatch, *words: str) -> Result:
    for name in [name for name in os.environ if name.startswith("PARKING_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PARKING_DATABASE_URL", database.url)
    monkeypatch.setenv("PARKING_SECRET_KEY", SECRET)
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    return CliRunner().invoke(parking, ["gateway", "replay", *words], catch_exceptions=False)


def occupied(sessions: Sessions, lot_id: str) -> int:
    with sessions() as session:
        [view] = occupancy_queries.counter_views(session, [lot_id])
        return view.value


def test_a_table_of_stays_counts_once_though_it_is_told_twice_and_bad_rows_are_named(
    lot: tuple[str, str, str],
    database: Database,
    sessions: Sessions,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    lot_id, code, client = lot
    now = SystemClock().now().replace(microsecond=0)
    at = [(now - timedelta(minutes=minutes)).isoformat() for minutes in (30, 20, 10)]
    file = tmp_path / "stays.csv"
    file.write_text(
        f"{HEADERS}\n1,{at[0]},{at[1]},苏Z00001,入口1,出口1\n2,{at[1]},,苏Z00002,入口1,\n"
        f"3,yesterday,,苏Z00003,入口1,\n4,2016-07-01 00:02:16,,苏Z00004,入口1,\n5,{at[2]},,,入口1,\n",
        "gb18030",
    )
    words = (str(file), "--client", client, "--lot", code)

    dry = replay(database, monkeypatch, *words, "--dry-run")
    assert "4 new, 0 repeated, 1 quarantined, 0 refused, 1 unreadable (dry run" in dry.stdout
    with sessions() as session:
        assert not session.execute(text("select 1 from passages union all select 1 from plate_keys")).all()

    first = replay(database, monkeypatch, *words)
    assert first.exit_code == 1
    assert "4 new, 0 repeated, 1 quarantined, 0 refused, 1 unreadable" in first.stdout
    told = first.stderr.splitlines()
    assert told[0].startswith("3: ") and "at" in told[0]
    assert told[1] == "4: quarantined: too_old at"
    assert "苏Z" not in first.output
    assert occupied(sessions, lot_id) == 2

    again = replay(database, monkeypatch, *words, "--from-row", "1")
    assert "0 new, 4 repeated" in again.stdout
    assert occupied(sessions, lot_id) == 2


def test_records_of_the_past_are_taken_as_they_were_and_leave_the_present_alone(
    lot: tuple[str, str, str],
    database: Database,
    sessions: Sessions,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    lot_id, code, client = lot
    file = tmp_path / "past.jsonl"
    rows = [
        {
            "event_id": f"e{month}",
            "at": f"2026-0{month}-03T08:00:00+08:00",
            "lane": "入口1",
            "plate": "苏Z00001",
        }
        for month in (3, 4, 5)
    ]
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    done = replay(database, monkeypatch, str(file), "--client", client, "--lot", code, "--as-it-was")
    assert (done.exit_code, done.stderr.strip()) == (0, "")
    assert "3 new" in done.stdout
    assert occupied(sessions, lot_id) == 0
    with sessions() as session:
        assert session.scalar(text("select count(*) from passages where lot_id = :lot"), {"lot": lot_id}) == 3
