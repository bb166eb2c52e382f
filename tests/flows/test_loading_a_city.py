"""An administrator loads a city's profile and mends its calendar."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from parking.city import queries
from parking.city.errors import ProfileRefused
from parking.entrypoints.cli.city import city
from parking.entrypoints.cli.context import Context
from parking.kernel.db.engine import Sessions
from parking.settings import Settings
from tests.databases import Database
from tests.factories.city import NOW
from tests.factories.lookup import SetClock

PROFILE = """
[city]
name_zh = "试城市"
name_en = "Test City"
code = "320999"
time_zone = "Asia/Shanghai"

[limits]
ageing_after_s = 300

[[bounds]]
name = "市域"
south = 31.9
west = 120.4
north = 32.2
east = 120.9

[[districts]]
code = "320999001"
name_zh = "城东街道"
name_en = "Chengdong"
lat = 32.06
lon = 120.64
"""


@pytest.fixture
def context(database: Database) -> Iterator[Context]:
    context = Context(replace(Settings(), database_url=database.url))
    context.clock = SetClock(NOW)
    yield context
    context.close()


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    file = tmp_path / "city.toml"
    file.write_text(PROFILE, "utf-8")
    return file


def run(context: Context, *words: object) -> Result:
    return CliRunner().invoke(city, [str(word) for word in words], obj=context)


def test_a_profile_is_loaded_once_and_its_changes_are_named(context: Context, profile: Path) -> None:
    first = run(context, "load", profile)
    assert first.exit_code == 0
    assert first.stdout.splitlines()[-1] == "7 changed"
    assert first.stderr.count("2027") == 1
    assert run(context, "load", profile).stdout == "0 changed\n"
    profile.write_text(PROFILE.replace("300", "240").replace("Chengdong", "East"), "utf-8")
    third = run(context, "load", profile)
    assert third.stdout.splitlines() == ["city_fact limits.ageing_after_s", "district 320999001", "2 changed"]


def test_a_wrong_profile_changes_nothing(context: Context, profile: Path, sessions: Sessions) -> None:
    profile.write_text(PROFILE.replace("32.2", "31.0"), "utf-8")
    refused = run(context, "load", profile)
    assert isinstance(refused.exception, ProfileRefused)
    assert [problem.field for problem in refused.exception.problems] == ["bounds[1]"]
    profile.write_text("[city", "utf-8")
    assert run(context, "load", profile).exit_code == 1
    with sessions() as session:
        assert queries.facts(session, date(2030, 1, 1)) == {}


def test_the_calendar_is_seeded_shown_and_mended(context: Context, sessions: Sessions) -> None:
    assert run(context, "calendar", "seed", "2026").exit_code == 0
    shown = run(context, "calendar", "show", "2026").stdout.splitlines()
    assert "2026-10-01 Thu  holiday  国庆节  National Day" in shown
    assert "2026-10-10 Sat  workday  国庆节调休上班  Make-up workday for National Day" in shown
    assert "2027 is not covered" in run(context, "calendar", "show", "2027").stderr
    names = ("--name-zh", "元旦", "--name-en", "New Year's Day")
    assert run(context, "calendar", "set", "2027-01-01", "holiday", *names).exit_code == 0
    assert run(context, "calendar", "cover", "2027").exit_code == 0
    assert run(context, "calendar", "set", "2026-10-10", "ordinary").exit_code == 0
    with sessions() as session:
        calendar = queries.calendar(session)
    assert calendar.is_holiday(date(2027, 1, 1)) and calendar.covers(2027)
    assert not calendar.is_workday(date(2026, 10, 10))


@pytest.mark.parametrize(
    "words", [("set", "2027-02-30", "holiday"), ("set", "2027-02-03", "rest"), ("seed", "26")]
)
def test_a_wrong_word_is_refused(context: Context, words: tuple[str, ...]) -> None:
    assert run(context, "calendar", *words).exit_code == 2
