"""Which city is this, and which of its days are special? `parking city ...`."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import click

from parking.city import queries, service
from parking.city.rules import SpecialDay
from parking.entrypoints.cli.context import Context
from parking.entrypoints.cli.words import sentence
from parking.kernel.actors import CLI
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.errors import N_


class _Day(click.ParamType):
    """A date as 2026-10-10."""

    name = "date"

    def convert(
        self, value: str | date, param: click.Parameter | None, context: click.Context | None
    ) -> date:
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a date such as 2026-10-10", param, context)


@click.group()
def city() -> None:
    """The city's profile and calendar."""


@city.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--since", type=_Day(), help="The date from which it holds (default: the city's today).")
@click.pass_obj
def load(context: Context, file: Path, since: date | None) -> None:
    """Take the profile from a TOML FILE: bounds, districts, landmarks, limits. A second time does nothing.

    The calendar of last, this and next year is filled in as far as it is known.
    """
    try:
        profile = tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise click.ClickException(f"{file}: {problem}") from None
    now = context.clock.now()
    with unit_of_work(context.sessions) as uow:
        loaded = service.load_profile(uow.session, CLI, profile, now, since)
        unknown = service.seed_calendar(uow.session, CLI, _years(now.year), now)
    for line in loaded.changed:
        click.echo(line)
    _warn(unknown)
    click.echo(f"{len(loaded.changed)} changed")


@city.group()
def calendar() -> None:
    """Public holidays and make-up workdays."""


@calendar.command()
@click.argument("years", nargs=-1, type=click.IntRange(2000, 2100))
@click.pass_obj
def seed(context: Context, years: tuple[int, ...]) -> None:
    """Fill in YEARS (default: last, this and next) as the State Council announced them.

    Days that were set by hand stay as they are.
    """
    now = context.clock.now()
    with unit_of_work(context.sessions) as uow:
        unknown = service.seed_calendar(uow.session, CLI, years or _years(now.year), now)
    _warn(unknown)


@calendar.command()
@click.argument("year", type=int)
@click.pass_obj
def show(context: Context, year: int) -> None:
    """The special days of YEAR."""
    with context.sessions() as session:
        known = queries.calendar(session)
    for on in sorted(on for on in known.days if on.year == year):
        click.echo(_told(known.days[on]))
    if not known.covers(year):
        click.echo(f"{year} is not covered: its other days are read by weekday", err=True)


@calendar.command("set")
@click.argument("day", type=_Day())
@click.argument("what", type=click.Choice(["holiday", "workday", "ordinary"]))
@click.option("--name-zh", default="", help="Its name in Chinese.")
@click.option("--name-en", default="", help="Its name in English.")
@click.pass_obj
def set_(context: Context, day: date, what: str, name_zh: str, name_en: str) -> None:
    """Make DAY a holiday, a workday, or what its weekday says (ordinary)."""
    now = context.clock.now()
    with unit_of_work(context.sessions) as uow:
        if what == "ordinary":
            service.clear_day(uow.session, CLI, day, now)
            return
        service.set_day(
            uow.session, CLI, day, is_workday=what == "workday", name_zh=name_zh, name_en=name_en, now=now
        )


@calendar.command()
@click.argument("year", type=click.IntRange(2000, 2100))
@click.pass_obj
def cover(context: Context, year: int) -> None:
    """Say that all special days of YEAR are entered, so that no page warns of it."""
    with unit_of_work(context.sessions) as uow:
        service.cover_year(uow.session, CLI, year, context.clock.now())


def _years(this_year: int) -> tuple[int, ...]:
    return (this_year - 1, this_year, this_year + 1)


def _warn(unknown: Iterable[int]) -> None:
    for year in unknown:
        click.echo(
            sentence(N_("日历中没有 %(year)s 年：按星期计算，直至人工录入"), {"year": year}, os.environ),
            err=True,
        )


def _told(day: SpecialDay) -> str:
    what = "workday" if day.is_workday else "holiday"
    return f"{day.on.isoformat()} {day.on:%a}  {what}  {day.name_zh}  {day.name_en}"
