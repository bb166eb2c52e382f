"""Does the doctor find what is wrong, name the command that mends it, and fall over nothing?"""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text, update

from integrations.registry import SOURCE_ADAPTERS
from parking.entrypoints.doctor import Finding, Verdict, examine
from parking.entrypoints.processes import free_port
from parking.guidance import service as guidance
from parking.guidance.models import Pull
from parking.guidance.rules.pulls import PullState
from parking.guidance.rules.sources import SourceDraft
from parking.kernel.actors import CLI
from parking.kernel.db.cluster import Cluster
from parking.kernel.db.embedded import EmbeddedServer, OtherMajor
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.errors import ParkingError
from parking.kernel.jobs import HEARTBEAT, Job, run_job
from parking.settings import Settings
from tests.databases import Database, Server
from tests.factories.city import NOW, a_city
from tests.factories.lookup import SetClock

CLOCK = SetClock(NOW)


def findings(settings: Settings, url: str) -> list[Finding]:
    def told(error: ParkingError) -> str:
        return error.sentence

    return list(examine(replace(settings, database_url=url), CLOCK, lambda: url, told))


def about(found: list[Finding], words: str) -> Finding:
    matching = [finding for finding in found if words in finding.what]
    assert len(matching) == 1, [finding.what for finding in found]
    return matching[0]


@pytest.fixture
def settings() -> Settings:
    return replace(Settings(), port=free_port())


def test_a_deployment_in_order_has_nothing_to_mend_but_what_is_not_started(
    database: Database, sessions: Sessions, settings: Settings
) -> None:
    with unit_of_work(sessions) as uow:
        a_city(uow.session)
    run_job(Job(HEARTBEAT, 10, lambda: None), sessions, CLOCK)
    found = findings(settings, database.url)
    assert not [finding for finding in found if finding.verdict is Verdict.BAD]
    assert about(found, "试城市").verdict is Verdict.GOOD
    assert about(found, "the worker is at work").mend is None
    assert about(found, "nothing listens").mend == "parking web"
    assert about(found, "calendar covers 2026").verdict is Verdict.GOOD
    assert "2027" in str(about(found, "calendar lacks 2027").mend)


def test_an_empty_deployment_is_told_what_to_load_and_start(database: Database, settings: Settings) -> None:
    found = findings(settings, database.url)
    assert about(found, "no city profile").mend == "parking city load FILE"
    assert about(found, "no worker has ever run").mend == "parking worker"


def test_a_worker_that_stopped_breathing_is_told(
    database: Database, sessions: Sessions, settings: Settings
) -> None:
    run_job(Job(HEARTBEAT, 10, lambda: None), sessions, SetClock(NOW - timedelta(minutes=5)))
    assert about(findings(settings, database.url), "the worker is silent").verdict is Verdict.BAD


def test_a_failing_source_is_named_with_the_command_that_tells_more(
    database: Database, sessions: Sessions, settings: Settings
) -> None:
    with unit_of_work(sessions) as uow:
        draft = SourceDraft(name="east", adapter="plain", live_url="http://feeds.example/live")
        guidance.add_source(uow.session, CLI, draft, SOURCE_ADAPTERS, NOW)
        uow.session.execute(update(Pull).values(state=PullState.FAILED, reason="timed_out"))
    finding = about(findings(settings, database.url), "source east")
    assert "timed_out" in finding.what
    assert finding.mend == "parking sources problems east"


def test_a_schema_that_is_behind_is_told_with_its_command(
    server: Server, database_prefix: str, settings: Settings
) -> None:
    name = f"{database_prefix}_doctor"
    found = findings(settings, server.empty(name))
    assert found[-1].verdict is Verdict.BAD
    assert "parking database upgrade" in found[-1].what + str(found[-1].mend)
    server.drop(name)


def test_a_schema_of_a_newer_program_is_told_with_what_helps(
    server: Server, database_prefix: str, settings: Settings
) -> None:
    name = f"{database_prefix}_ahead"
    url = server.empty(name)
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("create table alembic_version (version_num text primary key)"))
        connection.execute(text("insert into alembic_version values ('9999')"))
    engine.dispose()
    finding = about(findings(settings, url), "9999")
    assert finding.verdict is Verdict.BAD
    # To upgrade with this program would be refused just as well.
    assert str(finding.mend).startswith("install the version")
    server.drop(name)


def test_a_database_that_does_not_answer_is_told_without_its_password(settings: Settings) -> None:
    found = findings(settings, f"postgresql+psycopg://u:sesame@127.0.0.1:{free_port()}/none")
    assert about(found, "does not answer").verdict is Verdict.BAD
    assert "sesame" not in str(found)


def test_a_port_that_another_program_has_is_told_with_the_next_one(
    database: Database, settings: Settings
) -> None:
    with socket.socket() as other:
        other.bind((settings.host, settings.port))
        other.listen()
        # It takes connections and says nothing, as a wrong program may.
        finding = about(findings(settings, database.url), "another program")
    assert finding.mend == f"PARKING_PORT={settings.port + 1} parking web"


def test_data_of_another_version_are_told_with_the_command_that_moves_them(
    settings: Settings, tmp_path: Path
) -> None:
    data = tmp_path / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("16\n")
    settings = replace(settings, data_dir=tmp_path)

    def open_database() -> str:
        return EmbeddedServer.open(tmp_path / "postgres").url

    found = list(examine(settings, CLOCK, open_database, lambda error: type(error).__name__))
    assert about(found, OtherMajor.__name__).verdict is Verdict.BAD
    assert not Cluster(tmp_path / "postgres").is_alive()
