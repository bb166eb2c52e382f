"""A file of tariffs is checked and taken in, twice without a change, and what is wrong in it has a place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from parking.audit.models import AuditEntry
from parking.city import service as city
from parking.entrypoints import demo_tariffs
from parking.entrypoints.cli.context import Context
from parking.entrypoints.cli.tariffs import tariffs as command
from parking.kernel.actors import CLI
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.settings import Settings
from parking.tariffs import queries
from parking.tariffs.models import TariffVersion
from parking.tariffs.rules.errors import TariffInvalid
from parking.tariffs.rules.quotes import Stay
from parking.tariffs.rules.versions import Price
from tests.databases import Database
from tests.factories.city import NOW, SINCE, a_city
from tests.factories.lookup import SetClock
from tests.factories.lots import a_lot


@pytest.fixture
def context(database: Database) -> Iterator[Context]:
    context = Context(replace(Settings(), database_url=database.url))
    context.clock = SetClock(NOW)
    yield context
    context.close()


def run(context: Context, *words: object, code: int = 0) -> Result:
    env = {"LC_ALL": "zh_CN.UTF-8"}
    result = CliRunner().invoke(command, [str(word) for word in words], obj=context, env=env)
    assert result.exit_code == code, (result.output, result.exception)
    return result


def everything(sessions: Sessions) -> tuple[int, ...]:
    with sessions() as session:
        return tuple(
            session.scalar(select(func.count()).select_from(table)) or 0
            for table in (AuditEntry, TariffVersion)
        )


def test_a_file_is_checked_and_taken_in_twice_without_a_change(
    context: Context, sessions: Sessions, tmp_path: Path
) -> None:
    with unit_of_work(sessions) as uow:
        a_city(uow.session)
        lots = {
            f"{area}-{number}": a_lot(uow.session, code=f"{area}-{number}").id
            for area in ("CZ-L0", "GX-0", "CZ-F")
            for number in (1, 2)
        }
    file = demo_tariffs.file_of(NOW.date(), lots)
    told = tmp_path / "tariffs.json"
    told.write_text(json.dumps(file, default=str), "utf-8")
    assert run(context, "check", told).stdout.startswith("6 tariffs, 34 examples, 0 problems")
    run(context, "import", told)
    drafted = everything(sessions)
    assert run(context, "import", told).stdout.startswith("0 created, 0 drafted, 0 published, 0 lots")
    assert everything(sessions) == drafted
    assert "起草人不能批准" in run(context, "import", "--publish", told, code=1).output
    with unit_of_work(sessions) as uow:
        city.set_fact(uow.session, CLI, "tariffs.four_eyes", False, SINCE, NOW)
    run(context, "import", "--publish", told)
    listed = run(context, "list").output.splitlines()
    (street,) = (line for line in listed if line.startswith("WC-STREET"))
    assert street.split()[:6] == ["WC-STREET", "2", "1", "2025-01-01", "2", "2026-12-01"]
    with sessions() as session:
        book = queries.tariff_book(session, NOW)
    assert book.quote(lots["CZ-L0-1"], Stay(NOW, NOW + timedelta(hours=2))).quote.fee_fen == 1400
    assert book.price(lots["CZ-F-1"], NOW) is Price.UNKNOWN
    file["tariffs"][1]["versions"][0]["examples"][0]["fen"] = 1
    told.write_text(json.dumps(file, default=str), "utf-8")
    wrong = run(context, "check", told, code=1).stderr
    assert wrong.startswith("tariffs[1].versions[0].examples[0]: 应收 ¥0.01，按这个标准算出 ¥0.00")
    file["tariffs"][0]["versions"][0]["document"]["plans"]["all"]["schedules"][0]["bands"][0]["until"] = (
        "23:00"
    )
    told.write_text(json.dumps(file, default=str), "utf-8")
    refused = run(context, "import", told, code=1).exception
    assert isinstance(refused, TariffInvalid)
    assert refused.problems[0].field == (
        "tariffs[0].versions[0].document.plans.all.schedules[0].bands[0].until"
    )
    with_a_nul = json.dumps(file, default=str).replace("WC-HOUR", "WC\\u0000")
    for text in ("[" * 100_000, with_a_nul, '{"tariffs": NaN}'):
        told.write_text(text, "utf-8")
        wrong = run(context, "check", told, code=1)
        assert isinstance(wrong.exception, SystemExit | TariffInvalid), wrong.exception
