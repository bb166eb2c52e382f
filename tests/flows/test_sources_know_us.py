"""From the command line to the server and back: a source knows us, and nobody else learns by what."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from integrations.http import HardenedFetcher
from migrations.tables import METADATA
from parking.entrypoints.cli.sources import sources as commands
from parking.guidance.rules.hosts import HostLimits
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.sealing import Sealer
from tests.adapters.fault_server import FaultServer
from tests.factories.city import a_city
from tests.factories.devices import SEALER
from tests.factories.lots import a_lot
from tests.factories.sources import HandClock, a_worker, counting, plain

SECRET = "s3cr3t-of-the-city"


@pytest.fixture
def feeds() -> Iterator[FaultServer]:
    with FaultServer() as feeds:
        yield feeds


@pytest.fixture
def surroundings(sessions: Sessions) -> Iterator[SimpleNamespace]:
    with unit_of_work(sessions) as uow:
        a_city(uow.session)
    fetcher = HardenedFetcher()
    yield SimpleNamespace(
        sessions=sessions, clock=HandClock(), fetcher=fetcher, sealer=SEALER, host_limits=HostLimits()
    )
    fetcher.close()


def run(surroundings: SimpleNamespace, *words: object, typed: str = "") -> Result:
    return CliRunner().invoke(commands, [str(word) for word in words], obj=surroundings, input=typed)


def everything_stored(sessions: Sessions) -> str:
    """Every row of every table as text, bytes in hex."""
    told = []
    with sessions() as session:
        for table in METADATA.sorted_tables:
            for (row,) in session.execute(text(f'SELECT t::text FROM "{table.name}" t')):
                told.append(row)
    return "\n".join(told)


def test_a_source_is_shown_its_credential_and_no_place_keeps_it_in_the_clear(
    surroundings: SimpleNamespace, feeds: FaultServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sessions, clock = surroundings.sessions, surroundings.clock
    with unit_of_work(sessions) as uow:
        lot = a_lot(uow.session)
    feeds.put("/live", plain(counting("A", 37)))
    added = ("add", "east", "--adapter", "plain", "--live-url", feeds.url("/live"), "--allow", "127.0.0.0/8")
    results = [run(surroundings, *added), run(surroundings, "link", "east", "A", lot.code)]
    setting = ("credential", "set", "east", "header", "--name", "X-Api-Key")
    results += [
        run(surroundings, *setting, typed=f"{SECRET}\n"),
        run(surroundings, "credential", "show", "east"),
    ]
    assert f"header X-Api-Key for http://127.0.0.1:{feeds.port}, set " in results[-1].output

    with a_worker(sessions, clock, sealer=SEALER) as worker:
        worker.pull_due()
        assert feeds.headers["/live"]["X-Api-Key"] == SECRET
        assert worker.free(lot.id) == 37
        results.append(run(surroundings, *setting, typed=f"{SECRET}-2"))
        worker.pull_due()
        assert feeds.headers["/live"]["X-Api-Key"] == f"{SECRET}-2"
        results.append(run(surroundings, "exchanges", "east"))
        assert results[-1].output == "0 exchanges\n"

        feeds.documents.clear()
        feeds.put("/live", f"denied: {SECRET}-2 is no key of 苏F12345".encode(), "text/plain")
        results += [run(surroundings, "pull", "east"), run(surroundings, "exchanges", "east")]
        assert "live: not_json, status 200" in results[-1].output
        assert "  > X-Api-Key: ***\n" in results[-1].output
        assert "  | denied: *** is no key of ***\n" in results[-1].output
        assert results[-2].exit_code == 1
        stored = everything_stored(sessions)
        clock.forward(hours=25)
        worker.puller.forget()
        assert run(surroundings, "exchanges", "east").output == "0 exchanges\n"

    results += [run(surroundings, "credential", "remove", "east"), run(surroundings, "list")]
    assert "source:set_credential" in stored
    assert "denied: *** is no key" in stored
    for told in (stored, caplog.text, *(each.output for each in results)):
        assert "s3cr3t" not in told
        assert SECRET.encode().hex() not in told
    assert [each.exit_code for each in results] == [0, 0, 0, 0, 0, 0, 1, 0, 0, 0]


def test_under_another_secret_of_the_deployment_the_pull_fails_and_says_so(
    surroundings: SimpleNamespace, feeds: FaultServer
) -> None:
    run(
        surroundings,
        "add",
        "east",
        "--adapter",
        "plain",
        "--live-url",
        feeds.url("/echo"),
        "--allow",
        "127.0.0.0/8",
    )
    run(surroundings, "credential", "set", "east", "bearer", typed=SECRET)
    with a_worker(surroundings.sessions, sealer=Sealer.from_secret("x" * 40)) as worker:
        worker.pull_due()
        assert (worker.live("east").reason, feeds.requests) == ("credential_unreadable", {})


def test_hosts_are_listed_and_limited_by_name(surroundings: SimpleNamespace) -> None:
    url = "https://feeds.example/live"
    run(surroundings, "add", "east", "--adapter", "plain", "--live-url", url, "--interval", "5")
    assert run(surroundings, "limit", "feeds.example", "--at-once", 2, "--per-minute", 6).exit_code == 0
    told = run(surroundings, "hosts").output
    assert [word in told for word in ("feeds.example", "12.0 (too many)", "2 (own)")] == [True] * 3
    assert run(surroundings, "limit", "nobody.example").exit_code == 1
