"""Which tariffs are there, is a file of them sound, and how does it get in? `parking tariffs ...`."""

from __future__ import annotations

import json
import os
import tomllib
from dataclasses import astuple
from pathlib import Path
from typing import Any

import click

from parking.city import queries as city
from parking.entrypoints.cli import showing
from parking.entrypoints.cli.context import Context
from parking.entrypoints.cli.tariff_comparing import compare
from parking.entrypoints.cli.tariff_proposing import propose
from parking.entrypoints.cli.words import sentence, told
from parking.kernel.actors import CLI
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.errors import FieldProblem, ParkingError
from parking.tariffs import queries, service
from parking.tariffs.queries import VersionView
from parking.tariffs.rules.written import WrittenTariff, read_written

_MOST_BYTES = 10_000_000
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def tariffs() -> None:
    """What parking costs, in dated versions."""


tariffs.add_command(compare)
tariffs.add_command(propose)


@tariffs.command()
@click.argument("file", type=_FILE)
@click.pass_obj
def check(context: Context, file: Path) -> None:
    """Say whether the tariffs of FILE (toml or json; docs/tariffs.md) are sound and their examples come out.

    Writes nothing. What is wrong is told one a line with its place, and the exit code is 1.
    """
    listed = _read(file)
    with context.sessions() as session:
        calendar = city.calendar(session)
    wrong = [
        problem
        for tariff in listed
        for version in tariff.versions
        for problem in _placed(service.check(version.document, version.examples, calendar), version.place)
    ]
    _tell(wrong)
    examples = sum(len(version.examples) for tariff in listed for version in tariff.versions)
    click.echo(f"{len(listed)} tariffs, {examples} examples, {len(wrong)} problems")
    if wrong:
        raise SystemExit(1)


@tariffs.command("import")
@click.argument("file", type=_FILE)
@click.option(
    "--publish", is_flag=True, help="Where the city lets an author approve (setting tariffs.four_eyes)."
)
@click.pass_obj
def import_(context: Context, file: Path, publish: bool) -> None:
    """Take the tariffs of FILE (toml or json; docs/tariffs.md) in as drafts, and give them to their lots.

    May be run again: what is there already stays. Each tariff goes in whole or not at all; with one that is
    refused the exit code is 1.
    """
    listed, now = _read(file), context.clock.now()
    done, refused = [0, 0, 0, 0], 0
    with showing.progress() as progress:
        for tariff in progress.track(listed, description="tariffs"):
            try:
                with unit_of_work(context.sessions) as uow:
                    approver = CLI if publish else None
                    found = service.import_tariff(uow.session, CLI, tariff, now, approver=approver)
            except ParkingError as error:
                refused += 1
                click.echo(f"{tariff.code}: {told(error, os.environ)}", err=True)
            else:
                done = [a + b for a, b in zip(done, astuple(found), strict=True)]
    names = ("created", "drafted", "published", "lots assigned")
    counted = ", ".join(f"{number} {name}" for number, name in zip(done, names, strict=True))
    click.echo(f"{counted}, {refused} refused")
    if refused:
        raise SystemExit(1)


@tariffs.command("list")
@click.pass_obj
def list_(context: Context) -> None:
    """All tariffs by code: what is in force today, what comes, and how many lots have it."""
    with context.sessions() as session:
        found = queries.tariffs(session, city.today(session, context.clock.now()))
    table = showing.table("code", "lots", "in force", "coming", "drafts", "name")
    for view in found:
        days = _day(view.in_force), _day(view.coming)
        table.add_row(view.code, str(view.lots), *days, str(view.drafts), view.name)
    showing.show(table, width=140)


def _day(version: VersionView | None) -> str:
    return f"{version.number} {version.from_on}" if version else "-"


def _read(file: Path) -> list[WrittenTariff]:
    """Raises TariffInvalid; click.ClickException for a file that is neither TOML nor JSON."""
    readers: dict[str, Any] = {".toml": tomllib.loads, ".json": json.loads}
    reader = readers.get(file.suffix.lower())
    if reader is None:
        raise click.ClickException(f"{file}: .toml or .json is wanted")
    if file.stat().st_size > _MOST_BYTES:
        raise click.ClickException(f"{file}: more than {_MOST_BYTES // 1_000_000} MB are no tariffs")
    try:
        read = reader(file.read_text("utf-8-sig"))
    except ValueError as error:
        raise click.ClickException(f"{file}: {error}") from None
    except RecursionError:
        raise click.ClickException(f"{file}: too many tables within tables") from None
    return read_written(read)


def _placed(problems: list[FieldProblem], place: str) -> list[FieldProblem]:
    return [FieldProblem(f"{place}.{each.field}", each.code, each.text, each.params) for each in problems]


def _tell(problems: list[FieldProblem]) -> None:
    for each in problems:
        click.echo(f"{each.field}: {sentence(each.text, each.params, os.environ)}", err=True)
