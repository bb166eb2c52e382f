"""A city's feed in a format of its own is read without code: from the text of a mapping to a public count."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result

from integrations.http import HardenedFetcher
from parking.entrypoints.cli.sources import sources as commands
from parking.guidance.errors import MappingDoubtful, MappingInvalid
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.vocabulary import SpaceClass
from parking.lots import queries as lots
from parking.occupancy.queries import counter_views
from tests.adapters.fault_server import LOOPBACK, FaultServer
from tests.factories.city import a_city
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
    yield SimpleNamespace(sessions=sessions, clock=HandClock(), fetcher=fetcher)
    fetcher.close()


def run(surroundings: SimpleNamespace, *words: object) -> Result:
    return CliRunner().invoke(commands, [str(word) for word in words], obj=surroundings)


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
        pulled = run(surroundings, "pull", "Town")
    assert pulled.exit_code == 0, pulled.output
    assert "static: 2 records taken" in pulled.output
    assert "8 missing_field (纬度) no place is told" in pulled.output
    assert "live: 1 records taken" in pulled.output
    with surroundings.sessions() as session:
        [lot_id] = lots.ids_by_code(session, ["Town:7"]).values()
        [view] = counter_views(session, [lot_id])
    assert (view.space_class, view.basis, view.value) == (SpaceClass.GENERAL, "occupied", 37)

    assert run(surroundings, "map", "save", "town", file, "--note", "again").output == "town: version 1\n"
    file.write_text(MAPPING + "# the vendor's second format\n", "utf-8")
    assert run(surroundings, "map", "save", "town", file, "--note", "wider").output == "town: version 2\n"
    assert "wider" in run(surroundings, "map", "history", "town").output
    assert run(surroundings, "map", "show", "town", "--version", 1).output == MAPPING
    assert "town: version 2, cli:console, read by Town" in run(surroundings, "map", "list").output
    assert run(surroundings, "map", "restore", "town", 1).output == "town: version 3, as 1 was\n"
    assert run(surroundings, "map", "use", "Town", "town").exit_code == 0
