"""A city's feed in a format of its own is read without code: from the text of a mapping to a public count."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result

from integrations.http import HardenedFetcher
from parking.boundary.fetching import Fetched, FetchRequest
from parking.entrypoints.cli.sources import sources as commands
from parking.guidance.errors import (
    MappingDoubtful,
    MappingInvalid,
    SourceChanged,
    SourceDoubtful,
    SourceNotSwitchedOn,
)
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.sealing import Sealer
from parking.kernel.vocabulary import SpaceClass
from parking.lots import queries as lots
from parking.occupancy.queries import counter_views
from tests.adapters.fault_server import LOOPBACK, FaultServer
from tests.factories.city import NOW, a_city
from tests.factories.sources import HandClock

MAPPING = """version = 1
title = "A town: a register as CSV, counts as XML"
time_zone = "Asia/Shanghai"

[lots]
document = { format = "csv", delimiter = ";", encoding = "gb18030" }
id = "编号"
name = "名称"
lat = "纬度"
lon = "经度"
spaces = "车位"

[counts]
document = { format = "xml" }
records = "counts.lot.*"
id = "@no"
time = "$.counts.@at"
[[counts.counters]]
occupied = "taken"
capacity = "spaces"
"""
REGISTER = "编号;名称;纬度;经度;车位\n7;东门停车场;32.062;120.621;80\n8;无位置;;;20\n"
COUNTS = (
    b"""<counts at="2026-11-20T09:59:30"><lot no="7"><taken>37</taken><spaces>80</spaces></lot></counts>"""
)


@pytest.fixture
def surroundings(sessions: Sessions) -> Iterator[SimpleNamespace]:
    with unit_of_work(sessions) as uow:
        a_city(uow.session)
    fetcher = HardenedFetcher()
    sealer = Sealer.from_secret("a secret of the tests")
    yield SimpleNamespace(sessions=sessions, clock=HandClock(), fetcher=fetcher, sealer=sealer)
    fetcher.close()


def run(surroundings: SimpleNamespace, *words: object, lang: str = "C") -> Result:
    env = {"LC_ALL": lang, "PARKING_DEFAULT_LOCALE": None}
    return CliRunner(env=env).invoke(commands, [str(word) for word in words], obj=surroundings)


def test_a_mapping_is_checked_saved_used_and_pulled_in_two_documents(surroundings, tmp_path):
    file = tmp_path / "town.toml"
    file.write_text(MAPPING.replace("taken", "spaces"), "utf-8")
    assert isinstance(run(surroundings, "map", "save", "town", file).exception, MappingDoubtful)
    file.write_text(MAPPING.replace("occupied", "ocupied"), "utf-8")
    wrong = run(surroundings, "map", "check", file).exception
    assert isinstance(wrong, MappingInvalid)
    assert [problem.params["line"] for problem in wrong.problems] == [18, 19]
    file.write_text(MAPPING, "utf-8")
    assert run(surroundings, "map", "save", "town", file).output == "town: version 1\n"

    with FaultServer() as feeds:
        feeds.put("/lots", REGISTER.encode("gb18030"), "text/csv")
        feeds.put("/live", COUNTS, "text/xml")
        added = run(
            surroundings, "add", "Town", "--adapter", "mapped", "--mapping", "town", "--adopt",
            "--static-url", feeds.url("/lots"), "--live-url", feeds.url("/live"),
            *(word for network in LOOPBACK for word in ("--allow", network)),
        )  # fmt: skip
        assert added.exit_code == 0, added.output
        assert 'parking sources switch-on "Town"' in added.output
        assert isinstance(run(surroundings, "pull", "Town").exception, SourceNotSwitchedOn)
        checked = run(surroundings, "check", "--source", "Town")
        assert checked.exit_code == 0, checked.output
        assert "Town: 1 lots (1 new), 0 told otherwise, 1 without a place, 1 counts" in checked.output
        assert run(surroundings, "switch-on", "Town").output.endswith("Town: switched on\n")
        pulled = run(surroundings, "pull", "Town")
    assert pulled.exit_code == 0, pulled.output
    assert "static: 2 records taken" in pulled.output
    assert "8 no_place No place (纬度) no place is told" in pulled.output
    assert "live: 1 records taken" in pulled.output
    with surroundings.sessions() as session:
        [lot_id] = lots.ids_by_code(session, ["Town:7"]).values()
        [view] = counter_views(session, [lot_id])
    assert (view.space_class, view.basis, view.value) == (SpaceClass.GENERAL, "occupied", 37)

    assert run(surroundings, "map", "save", "town", file, "--note", "again").output == "town: version 1\n"
    file.write_text(MAPPING + "# the vendor's second format\n", "utf-8")
    waits = 'look at it and let it be asked: parking sources switch-on "Town"\n'
    wider = run(surroundings, "map", "save", "town", file, "--note", "wider")
    assert wider.output == "town: version 2\n" + waits
    assert isinstance(run(surroundings, "pull", "Town").exception, SourceNotSwitchedOn)
    assert "wider" in run(surroundings, "map", "history", "town").output
    assert run(surroundings, "map", "show", "town", "--version", 1).output == MAPPING
    assert "town: version 2, cli:console, read by Town" in run(surroundings, "map", "list").output
    assert run(surroundings, "map", "restore", "town", 1).output == "town: version 3, as 1 was\n" + waits
    assert run(surroundings, "map", "use", "Town", "town").exit_code == 0


def test_a_document_is_checked_before_there_is_a_source_and_the_exit_code_tells(surroundings, tmp_path):
    """A file or an address, a mapping that nobody saved, and counts in another document."""
    mapping, file, live = tmp_path / "town.toml", tmp_path / "lots.csv", tmp_path / "counts.xml"
    mapping.write_text(MAPPING, "utf-8")
    live.write_bytes(COUNTS)
    file.write_bytes(REGISTER.encode("gb18030"))
    told = run(surroundings, "check", file, "--mapping", mapping, "--live", live)
    assert told.exit_code == 0, told.output
    assert "东门停车场" in told.output
    assert "live: 0 of 1 records faulty (0.0%)" in told.output
    # Its clock is that of the city, and says so.
    for each in ("Asia/Shanghai", "09:59:30"):
        assert each in told.output
    alone = run(surroundings, "check", file, "--mapping", mapping)
    assert (alone.exit_code, "--live" in alone.output) == (0, True), alone.output
    mapping.write_text(MAPPING.replace("occupied", "ocupied"), "utf-8")
    wrong = run(surroundings, "check", file, "--mapping", mapping, "--live", live).exception
    assert isinstance(wrong, MappingInvalid)
    mapping.write_text(MAPPING, "utf-8")

    file.write_bytes((REGISTER + "9;\x1b[2J坏;100;120.62;5\n").encode("gb18030"))
    faulty = run(surroundings, "check", file, "--mapping", mapping)
    assert faulty.exit_code == 1
    assert "static: 1 of 3 records faulty (33.3%)" in faulty.output
    assert "bad_value" in faulty.output
    assert "\x1b" not in faulty.output
    file.write_bytes((REGISTER + "9;坏;32.06;120.62;六十\n").encode("gb18030"))
    chinese = run(surroundings, "check", file, "--mapping", mapping, lang="zh_CN.UTF-8").output
    for line in ("静态取数：3 条记录，1 条有误（33.3%）", "bad_value 值无法识别", "9 (车位) “六十”不是数字"):
        assert line in chinese
    assert "is no number" not in chinese and "only for a reason" not in chinese
    elsewhere = run(surroundings, "check", file, "--mapping", mapping, "--bounds", "0,0,1,1")
    assert (elsewhere.exit_code, "outside_city" in elsewhere.output) == (1, True)

    for hostile, reason in (
        (
            b";".join(b"c%d" % n for n in range(100_000)),
            "too_large The answer is too large: row 1: 100000 columns",
        ),
        (b"x" * 5_000_001, "too_large The answer is too large: more than 5000000 bytes"),
    ):
        file.write_bytes(hostile)
        refused = run(surroundings, "check", file, "--mapping", mapping)
        assert (refused.exit_code, f"static: {reason}" in refused.output) == (1, True), refused.output

    with FaultServer() as feeds:
        feeds.put("/lots", REGISTER.encode("gb18030"), "text/csv")
        url = feeds.url("/lots")
        refused = run(surroundings, "check", url, "--mapping", mapping)
        assert (refused.exit_code, "static: address_refused" in refused.output) == (1, True)
        words = [word for network in LOOPBACK for word in ("--allow", network)]
        assert run(surroundings, "check", url, "--mapping", mapping, *words).exit_code == 0
    with surroundings.sessions() as session:
        assert lots.lot_cards(session, NOW.date()) == []


def test_a_doubtful_source_is_switched_on_by_hand_for_a_reason_alone(surroundings, tmp_path):
    file = tmp_path / "town.toml"
    file.write_text(MAPPING, "utf-8")
    run(surroundings, "map", "save", "town", file)
    run(
        surroundings, "add", "Town", "--adapter", "mapped", "--mapping", "town",
        "--static-url", "http://127.0.0.1:9/lots",
    )  # fmt: skip
    assert isinstance(run(surroundings, "switch-on", "Town").exception, SourceDoubtful)
    assert "not on" in run(surroundings, "list").output

    def fetched_late(request: FetchRequest) -> Fetched:
        file.write_text(MAPPING + "# another\n", "utf-8")
        run(surroundings, "map", "save", "town", file)
        return real.fetch(request)

    real, surroundings.fetcher = surroundings.fetcher, SimpleNamespace(fetch=fetched_late)
    changed = run(surroundings, "switch-on", "Town", "--reason", "it opens on Monday")
    assert isinstance(changed.exception, SourceChanged), "what was saved meanwhile is not switched on"
    surroundings.fetcher = real
    assert "not on" in run(surroundings, "list").output
    assert run(surroundings, "switch-on", "Town", "--reason", "it opens on Monday").exit_code == 0
    assert "it opens on Monday" in run(surroundings, "problems", "Town").output
