"""A clerk imports the register from a file, again and again, and takes it out."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from threading import Thread
from time import sleep
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result
from openpyxl import load_workbook
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from parking.audit import queries as audit
from parking.audit.models import AuditEntry
from parking.city import queries as city
from parking.entrypoints.cli.context import Context
from parking.entrypoints.cli.lots import lots
from parking.kernel.actors import CLI
from parking.kernel.db.changes import ChangeListener
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.vocabulary import SpaceClass
from parking.lots import queries, service
from parking.lots.errors import LotCodeTaken
from parking.lots.models import LedgerEntry, Lot
from parking.lots.queries import LotCard
from parking.lots.rules import read_rows, read_table
from parking.settings import Settings
from tests.databases import Database
from tests.factories.city import DISTRICTS, NOW, a_city
from tests.factories.lookup import SetClock
from tests.factories.lots import a_draft

TODAY = date(2026, 11, 20)
HEADER = (
    "编号",
    "名称",
    "区划代码",
    "纬度",
    "经度",
    "坐标系",
    "权限",
    "开放时间",
    "备案编号",
    "普通",
    "充电",
    "出入口",
)
NORTH = "北门 32.0612,120.6231 entry; 东门 32.061,120.625 both"


@pytest.fixture(autouse=True)
def _city(sessions: Sessions) -> None:
    with unit_of_work(sessions) as uow:
        a_city(uow.session)


@pytest.fixture
def context(database: Database) -> Iterator[Context]:
    context = Context(replace(Settings(), database_url=database.url))
    context.clock = SetClock(NOW)
    yield context
    context.close()


def row(code: str, **cells: object) -> dict[str, object]:
    usual = {
        "名称": f"停车场{code}",
        "区划代码": DISTRICTS[0],
        "纬度": 32.06,
        "经度": 120.62,
        "权限": "公众",
        "开放时间": "Mo-Fr 07:00-22:00; PH off",
        "普通": 100,
    }
    return {"编号": code} | usual | cells


def write(path: Path, rows: Sequence[dict[str, object]]) -> Path:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, HEADER)
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(out.getvalue().encode("utf-8-sig"))
    return path


def run(context: Context, *words: object, code: int = 0) -> Result:
    env = {"LC_ALL": "zh_CN.UTF-8"}
    result = CliRunner().invoke(lots, [str(word) for word in words], obj=context, env=env)
    assert result.exit_code == code, (result.output, result.exception)
    return result


def cards(sessions: Sessions) -> dict[str, LotCard]:
    with sessions() as session:
        return {card.code: card for card in queries.lot_cards(session, TODAY)}


def everything(sessions: Sessions) -> dict[str, Any]:
    """What must not differ when nothing was to be done."""
    with sessions() as session:
        return {
            "lots": {card.code: card for card in queries.lot_cards(session, TODAY)},
            "versions": {told.code: told.version for told in session.execute(select(Lot.code, Lot.version))},
            "ledger": session.scalar(select(func.count()).select_from(LedgerEntry)),
            "audit": session.scalar(select(func.count()).select_from(AuditEntry)),
        }


def test_good_rows_go_in_and_bad_ones_are_told_one_a_line(context, sessions, tmp_path):
    file = write(
        tmp_path / "lots.csv",
        [
            row("A", 出入口=NORTH, 充电=8),
            row("B", 纬度=120.62, 经度=32.06),
            row("C", 普通=-1, 充电="x"),
            row("D", 开放时间="全天"),
            row("A"),
            row("E"),
        ],
    )
    result = run(context, "import", file, code=1)
    assert result.stdout.splitlines()[-1] == "2 added, 0 changed, 0 unchanged, 4 refused"
    told = [line for line in result.stderr.splitlines() if line[:2] in ("3:", "4:", "5:", "6:")]
    assert told == [
        "3: B: lat: 经度与纬度写反了：纬度 120.62，经度 32.06",
        "4: C: charging: “x”不是数字; general: 不能为负数：-1",
        "5: D: opening_hours: 开放时间“全天”无法识别，"
        "请按 OSM opening_hours 书写，例如 Mo-Fr 07:00-22:00; PH off",
        "6: A: code: 编号 A 在文件中重复",
    ]
    register = cards(sessions)
    assert set(register) == {"A", "E"}
    assert [(group.space_class, group.capacity) for group in register["A"].spaces] == [
        ("general", 100),
        ("charging", 8),
    ]
    assert [way.name for way in register["A"].entrances] == ["北门", "东门"]


def test_a_second_import_changes_nothing(context, sessions, tmp_path):
    file = write(tmp_path / "lots.csv", [row("A", 出入口=NORTH, 坐标系="gcj02"), row("B", 充电=0)])
    run(context, "import", file)
    before = everything(sessions)
    result = run(context, "import", file)
    assert result.stdout.splitlines()[-1] == "0 added, 0 changed, 2 unchanged, 0 refused"
    assert everything(sessions) == before


def test_changed_spaces_are_a_correction_and_changed_fields_are_audited(context, sessions, tmp_path):
    run(context, "import", write(tmp_path / "1.csv", [row("A", 充电=8), row("B")]))
    result = run(context, "import", write(tmp_path / "2.csv", [row("A", 普通=90, 名称="新名"), row("B")]))
    assert result.stdout.splitlines()[-1] == "0 added, 1 changed, 1 unchanged, 0 refused"
    lot = cards(sessions)["A"]
    assert [(group.space_class, group.capacity) for group in lot.spaces] == [("general", 90), ("charging", 8)]
    with sessions() as session:
        entries = [(entry.reason, entry.change) for entry in queries.ledger_of(session, lot.id)]
        assert entries == [("opening_balance", 100), ("opening_balance", 8), ("correction", -10)]
        told = audit.entries_of(session, "lot", lot.id)[-1]
        assert told.details == {
            "before": {"name": "停车场A"},
            "after": {"name": "新名"},
            "spaces": {"general": [-10, 0]},
        }
        assert audit.verify_chain(session) is None
        by_type = queries.totals(session, queries.TotalBy.TYPE)
        assert [(total.standing, total.gained, total.lost) for total in by_type] == [(198, 0, 0)]


def test_peer_fault_3_an_empty_import_deletes_nothing(context, sessions, tmp_path):
    """A peer deleted every lot of a source whose answer was empty."""
    run(context, "import", write(tmp_path / "full.csv", [row("A"), row("B")]))
    before = everything(sessions)
    result = run(context, "import", write(tmp_path / "empty.csv", []))
    assert result.stdout.splitlines()[-1] == "0 added, 0 changed, 0 unchanged, 0 refused"
    (tmp_path / "empty.geojson").write_bytes(b'{"type": "FeatureCollection", "features": []}')
    run(context, "import", tmp_path / "empty.geojson")
    assert everything(sessions) == before


def test_peer_fault_1_lots_that_a_file_leaves_out_or_tells_wrongly_stay(context, sessions, tmp_path):
    run(context, "import", write(tmp_path / "full.csv", [row("A"), row("B")]))
    before = everything(sessions)
    run(context, "import", write(tmp_path / "part.csv", [row("A", 纬度="")]), code=1)
    assert everything(sessions) == before


def test_a_dry_run_says_what_would_happen_and_writes_nothing(context, sessions, tmp_path):
    run(context, "import", write(tmp_path / "1.csv", [row("A"), row("B")]))
    before = everything(sessions)
    file = write(tmp_path / "2.csv", [row("A", 普通=1), row("B"), row("C"), row("D", 纬度=0, 经度=0)])
    result = run(context, "import", "--dry-run", file, code=1)
    last = result.stdout.splitlines()[-1]
    assert last == "1 added, 1 changed, 1 unchanged, 1 refused (dry run: nothing was written)"
    assert everything(sessions) == before


def test_a_filing_number_that_another_lot_has_is_refused(context, sessions, tmp_path):
    run(context, "import", write(tmp_path / "1.csv", [row("A", 备案编号="F-1")]))
    result = run(context, "import", write(tmp_path / "2.csv", [row("B", 备案编号="F-1"), row("C")]), code=1)
    assert "2: B: filing_no: 备案编号 F-1 已属于停车场 A" in result.stderr.splitlines()
    assert set(cards(sessions)) == {"A", "C"}


def test_a_blank_cell_clears_a_text_and_leaves_spaces(context, sessions, tmp_path):
    run(context, "import", write(tmp_path / "1.csv", [row("A", 充电=8, 备案编号="F-1", 出入口=NORTH)]))
    run(context, "import", write(tmp_path / "2.csv", [row("A", 普通="", 开放时间="")]))
    lot = cards(sessions)["A"]
    assert [group.capacity for group in lot.spaces] == [100, 8]
    assert (lot.opening_hours, lot.filing_no, lot.entrances) == (None, None, ())


def test_a_datum_can_be_named_for_rows_that_name_none(context, sessions, tmp_path):
    run(context, "import", "--datum", "gcj02", write(tmp_path / "1.csv", [row("A")]))
    lot = cards(sessions)["A"]
    assert (lot.source_lat, lot.source_lon, lot.source_datum) == (32.06, 120.62, "gcj02")
    assert abs(lot.lon - 120.62) > 0.003


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "geojson"])
def test_an_exported_register_comes_in_again_without_a_change(context, sessions, tmp_path, suffix):
    file = write(
        tmp_path / "lots.csv",
        [
            row("A", 出入口=NORTH, 坐标系="bd09", 充电=8),
            row("=1+1", 名称="@广场", 开放时间="", 普通=""),
            row("C", 名称="'-引号", 权限="住户"),
        ],
    )
    run(context, "import", file)
    with unit_of_work(sessions) as uow:
        lot_id = queries.ids_by_code(uow.session, ["A"])["A"]
        access = {"class_access": {SpaceClass.CHARGING: "permit"}}
        service.change_lot(uow.session, CLI, lot_id, access, NOW)
    out = tmp_path / f"out.{suffix}"
    assert run(context, "export", out).stdout == f"3 lots written to {out}\n"
    before = everything(sessions)
    assert run(context, "import", out).stdout.splitlines()[-1].startswith("0 added, 0 changed, 3 unchanged")
    assert everything(sessions) == before


def test_an_export_runs_no_formula_and_is_a_map(context, tmp_path):
    run(
        context,
        "import",
        write(tmp_path / "lots.csv", [row("A", 名称='=HYPERLINK("http://x")', 坐标系="gcj02")]),
    )
    for suffix in ("csv", "xlsx", "geojson"):
        run(context, "export", tmp_path / f"out.{suffix}")
    told = list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text("utf-8-sig"))))
    assert told[0]["名称"] == '\'=HYPERLINK("http://x")'
    cell = load_workbook(tmp_path / "out.xlsx").active["B2"]
    assert (cell.data_type, cell.value) == ("s", '=HYPERLINK("http://x")')
    feature = orjson.loads((tmp_path / "out.geojson").read_bytes())["features"][0]
    lon, lat = feature["geometry"]["coordinates"]
    # The map's point is WGS-84; the pair as it was given stands in the properties.
    assert abs(lat - 32.06) > 0.001 and abs(lon - 120.62) > 0.003
    assert (feature["properties"]["lat"], feature["properties"]["datum"]) == (32.06, "gcj02")


def test_totals_are_shown_by_what_is_asked(context, tmp_path):
    rows = [row("A"), row("B", 区划代码=DISTRICTS[1], 普通=11)]
    run(context, "import", write(tmp_path / "lots.csv", rows))
    lines = run(context, "totals", "--by", "district", "--from", "2026-11-01").stdout.splitlines()
    assert [line.split() for line in lines[1:]] == [
        [DISTRICTS[0], "100", "0", "0", "0", "100", "0", "0", "0"],
        [DISTRICTS[1], "11", "0", "0", "0", "11", "0", "0", "0"],
        ["all", "111", "0", "0", "0", "111", "0", "0", "0"],
    ]


def test_peer_fault_11_lots_go_in_by_batches_of_five_hundred(context, sessions, database, tmp_path):
    """A peer committed once per lot: 3,000 took 17 s. `make bench` times 8,000."""
    rows = [row(f"N-{number:05d}", 纬度=31.92 + number * 0.0001) for number in range(2_000)]
    listener = ChangeListener(database.url)
    try:
        result = run(context, "import", write(tmp_path / "lots.csv", rows))
        announced = list(listener.changes(timeout_s=0.2))
    finally:
        listener.close()
    assert result.stdout.splitlines()[-1] == "2000 added, 0 changed, 0 unchanged, 0 refused"
    assert [(topic, len(ids)) for topic, ids in announced] == [("lots", 500)] * 4
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(LedgerEntry)) == 2_000
        assert session.scalar(select(func.sum(LedgerEntry.change))) == 200_000
        assert audit.verify_chain(session) is None


class _Stopped:
    """A clerk who presses Ctrl-C when the third batch is about to begin."""

    def __init__(self, import_lots) -> None:
        self.import_lots = import_lots
        self.calls = 0

    def __call__(self, *told):
        self.calls += 1
        report = self.import_lots(*told)
        if self.calls == 3:
            raise KeyboardInterrupt
        return report


def test_a_stopped_import_keeps_whole_batches_and_goes_on_when_run_again(
    context, sessions, tmp_path, monkeypatch
):
    file = write(tmp_path / "lots.csv", [row(f"N-{number:05d}") for number in range(170)])
    with monkeypatch.context() as patch:
        patch.setattr(service, "import_lots", _Stopped(service.import_lots))
        run(context, "import", "--batch", 50, file, code=1)
    assert len(cards(sessions)) == 100
    result = run(context, "import", file)
    assert result.stdout.splitlines()[-1] == "70 added, 0 changed, 100 unchanged, 0 refused"
    assert len(cards(sessions)) == 170


def test_two_registrations_of_one_code_at_once_leave_one(context, sessions):
    draft = a_draft(code="A")
    told: list[str] = []

    def register() -> None:
        try:
            with unit_of_work(sessions) as second:
                service.register_lot(second.session, CLI, draft, NOW)
        except LotCodeTaken as taken:
            told.append(taken.sentence)

    with unit_of_work(sessions) as first:
        service.register_lot(first.session, CLI, draft, NOW)
        # Looked while the first was not committed: nothing was there yet.
        thread = Thread(target=register)
        thread.start()
        _wait_until_somebody_waits(first.session)
    thread.join()
    assert told == ["停车场编号或备案编号已被使用：A"]
    assert set(cards(sessions)) == {"A"}


def _wait_until_somebody_waits(session: Session) -> None:
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    for _ in range(500):
        if session.scalar(waiting):
            return
        sleep(0.01)
        session.execute(text("SELECT pg_stat_clear_snapshot()"))
    raise AssertionError("the second registration did not wait for the first")


def test_two_imports_at_once_make_one_register(context, sessions, tmp_path):
    table = read_table(
        write(tmp_path / "lots.csv", [row(f"N-{n:03d}") for n in range(200)]).read_bytes(), ".csv"
    )
    again = write(tmp_path / "again.csv", [row(f"N-{n:03d}", 普通=n) for n in range(200)])
    with sessions() as session:
        view = city.city_view(session, TODAY)
    with unit_of_work(sessions) as uow:
        service.import_lots(uow.session, CLI, read_rows(table, view).drafts, NOW)
    drafts = read_rows(read_table(again.read_bytes(), ".csv"), view).drafts

    def work(order: int) -> None:
        with unit_of_work(sessions) as uow:
            service.import_lots(uow.session, CLI, drafts[::order], NOW)

    threads = [Thread(target=work, args=(order,)) for order in (1, -1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with sessions() as session:
        corrections = select(func.count()).where(LedgerEntry.reason == "correction")
        # N-100 had 100 spaces already; all others were corrected, and once.
        assert session.scalar(corrections) == 199
        sums = {code: card.spaces[0].capacity for code, card in cards(sessions).items()}
    assert sums == {f"N-{n:03d}": n for n in range(200)}


def test_a_problem_is_one_line_whatever_the_file_holds(context, tmp_path):
    file = write(tmp_path / "lots.csv", [row("A\nB\x1b[2J" + "长" * 300), row("C", 普通="一\n\x1b百")])
    told = [line for line in run(context, "import", file, code=1).stderr.split("\n") if line.strip()]
    assert told
    assert all(line.startswith(("2: A", "3: C")) and line.isprintable() for line in told)
    assert max(map(len, told)) < 200
