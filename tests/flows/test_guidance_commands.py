"""A day of an administrator's work with sources at the command line."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result

from integrations.http import HardenedFetcher
from parking.entrypoints.cli.sources import sources as commands
from parking.guidance.errors import SourceUnknown
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from tests.adapters.fault_server import FaultServer
from tests.factories.city import a_city
from tests.factories.devices import SEALER
from tests.factories.lots import a_lot
from tests.factories.sources import HandClock, counting, described, plain

FILE = """
[[sources]]
name = "东门"
adapter = "plain"
live_path = "/live"
static_path = "/static"
[sources.lots]
"A" = "{code}"
"B" = "NONE"
"""


@pytest.fixture
def feeds() -> Iterator[FaultServer]:
    with FaultServer() as feeds:
        yield feeds


@pytest.fixture
def surroundings(sessions: Sessions) -> Iterator[SimpleNamespace]:
    """What a command finds in its context: the real database and the real fetcher, a clock of the test."""
    with unit_of_work(sessions) as uow:
        a_city(uow.session)
    fetcher = HardenedFetcher()
    yield SimpleNamespace(sessions=sessions, clock=HandClock(), fetcher=fetcher, sealer=SEALER)
    fetcher.close()


def run(surroundings: SimpleNamespace, *words: object) -> Result:
    return CliRunner().invoke(commands, [str(word) for word in words], obj=surroundings)


def test_sources_are_loaded_pulled_examined_and_disabled(surroundings, feeds, tmp_path):
    with unit_of_work(surroundings.sessions) as uow:
        lot = a_lot(uow.session, filing_no="备2026-001", name="东门停车场")
    file = tmp_path / "sources.toml"
    file.write_text(FILE.format(code=lot.code), "utf-8")
    load = ("load", file, "--base-url", feeds.url(""), "--allow", "127.0.0.0/8")
    first = run(surroundings, *load)
    assert first.output.splitlines() == [
        "1 added, 0 changed, 0 unchanged",
        "no lot NONE in the register: not linked",
    ]
    assert "0 added, 0 changed, 1 unchanged" in run(surroundings, *load).output

    feeds.put("/live", plain(counting("A", 37), counting("X", 3), counting("A", -2, space_class="truck")))
    feeds.put("/static", plain(described("A", name="East gate")))
    pulled = run(surroundings, "pull", "东门")
    assert pulled.exit_code == 0, pulled.output
    assert "live: 1 records taken" in pulled.output
    assert "X unknown_lot" in pulled.output
    assert "A negative" in pulled.output
    assert "static: 1 records taken" in pulled.output
    assert "X unknown_lot" in run(surroundings, "problems", "东门").output
    listed = run(surroundings, "differences").output
    assert f"{lot.code} 东门停车场 (东门: A): name: ours '东门停车场', theirs 'East gate'" in listed

    feeds.documents.clear()
    failed = run(surroundings, "pull", "东门", "--only", "live")
    assert failed.exit_code == 1
    assert "live: bad_status" in failed.output
    assert run(surroundings, "disable", "东门").exit_code == 0
    assert "disabled" in run(surroundings, "list").output
    assert run(surroundings, "enable", "东门").exit_code == 0


def test_a_source_is_added_linked_and_allowed_its_range_by_hand(surroundings, feeds):
    with unit_of_work(surroundings.sessions) as uow:
        lot = a_lot(uow.session)
    feeds.put("/live", plain(counting("A", 37)))
    add = run(surroundings, "add", "east", "--adapter", "plain", "--live-url", feeds.url("/live"))
    assert add.exit_code == 0, add.output
    assert "address_refused" in run(surroundings, "pull", "east").output
    assert run(surroundings, "allow", "east", "127.0.0.0/8").exit_code == 0
    assert run(surroundings, "link", "east", "A", lot.code).exit_code == 0
    assert "1 records taken" in run(surroundings, "pull", "east").output
    assert run(surroundings, "link", "east", "B", "NONE").exit_code == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[sources]]\nname = 'a'", "adapter is missing"),
        ("[[sources]]\nname = 'a'\nadapter = 'plain'\ncolour = 'red'", "unknown key colour"),
        ("[[sources]]\nname = 'a'\nadapter = 'plain'\ninterval_s = '60'", "interval_s is not a int"),
        ("[[sources]]\nname = 'a'\nadapter = 'plain'\nlive_path = '/l'", "live_path needs --base-url"),
        ("sources = 'a'", "each source is a table"),
        ("[[sources", "sources.toml"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_the_place(surroundings, tmp_path, text, said):
    file = tmp_path / "sources.toml"
    file.write_text(text, "utf-8")
    result = run(surroundings, "load", file)
    assert result.exit_code == 1
    assert said in result.output


def test_an_unknown_name_is_said_to_be_unknown(surroundings):
    assert isinstance(run(surroundings, "problems", "nobody").exception, SourceUnknown)


def test_a_list_on_a_narrow_screen_cuts_no_name_short(surroundings, feeds):
    name = "望川市芦荡生态园地下停车场"
    added = run(surroundings, "add", name, "--adapter", "plain", "--live-url", feeds.url("/live"))
    assert added.exit_code == 0
    listed = run(surroundings, "list").output
    assert "…" not in listed
    assert set(name) <= set(listed)
