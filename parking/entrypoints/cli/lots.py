"""What is in the register, how does a file get into it and out again? `parking lots ...`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path

import click

from parking.city import queries as city
from parking.entrypoints.cli import showing
from parking.entrypoints.cli.context import Context
from parking.entrypoints.cli.words import sentence
from parking.kernel.actors import CLI
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.vocabulary import Datum
from parking.lots import queries, service
from parking.lots.queries import Total, TotalBy
from parking.lots.rules import RowProblem, RowsRead, read_rows, read_table, write_table
from parking.lots.rules import Table as FileTable
from parking.lots.service import ImportReport

# Spaces, and metres of bay line.
_FIGURES = ("standing", "gained", "lost", "corrected", "opened", "standing_m", "gained_m", "lost_m")
_DATE = click.DateTime(["%Y-%m-%d"])


@click.group()
def lots() -> None:
    """The register of lots."""


@lots.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would happen and write nothing.")
@click.option(
    "--datum",
    type=click.Choice([datum.value for datum in Datum]),
    default=Datum.WGS84.value,
    show_default=True,
    help="Of the rows that name none.",
)
@click.option(
    "--batch",
    type=click.IntRange(1, 5_000),
    default=500,
    show_default=True,
    help="Lots that one commit keeps.",
)
@click.pass_obj
def import_(context: Context, file: Path, dry_run: bool, datum: str, batch: int) -> None:
    """Take the lots of FILE (xlsx, csv or geojson; docs/register-file.md) into the register; removes none.

    May be run again. Good rows go in, bad ones are told one a line; with any the exit code is 1. One that is
    stopped keeps whole batches and goes on where it is run again.
    """
    table = read_table(file.read_bytes(), file.suffix)
    now = context.clock.now()
    with context.sessions() as session:
        view = city.city_view(session, city.today(session, now))
    read = read_rows(table, view, Datum(datum))
    _tell(read.problems)
    report = _write(context, read, now, dry_run, batch)
    _tell(report.problems)
    _conclude(table, read, report, dry_run)


def _write(context: Context, read: RowsRead, now: datetime, dry_run: bool, size: int) -> ImportReport:
    report = ImportReport()
    with showing.progress() as progress:
        task = progress.add_task("lots", total=len(read.drafts))
        for start in range(0, len(read.drafts), size):
            batch = read.drafts[start : start + size]
            with unit_of_work(context.sessions) as uow:
                report += service.import_lots(uow.session, CLI, batch, now, dry_run)
            progress.advance(task, len(batch))
    return report


def _tell(problems: Iterable[RowProblem]) -> None:
    """A line for each bad row, with all that is wrong with it."""
    for row, found in groupby(problems, key=lambda told: told.row):
        told = list(found)
        reasons = [
            f"{each.problem.field}: {sentence(each.problem.text, each.problem.params, os.environ)}"
            for each in told
        ]
        click.echo(_line(f"{row}: {(told[0].code or '-')[:64]}: {'; '.join(reasons)}"), err=True)


def _line(text: str) -> str:
    """One line whatever the file holds: a cell may have line breaks, or codes that a terminal obeys."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)


def _conclude(table: FileTable, read: RowsRead, report: ImportReport, dry_run: bool) -> None:
    if table.ignored:
        click.echo(f"columns ignored: {', '.join(table.ignored)}", err=True)
    refused = {problem.row for problem in (*read.problems, *report.problems)}
    done = f"{report.added} added, {report.changed} changed, {report.unchanged} unchanged"
    click.echo(f"{done}, {len(refused)} refused" + (" (dry run: nothing was written)" if dry_run else ""))
    if refused:
        raise SystemExit(1)


@lots.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
def export(context: Context, file: Path) -> None:
    """Write the register to FILE (xlsx, csv or geojson); importing it again changes nothing."""
    with context.sessions() as session:
        rows = queries.export_rows(session, city.today(session, context.clock.now()))
    file.write_bytes(write_table(rows, file.suffix))
    click.echo(f"{len(rows)} lots written to {file}")


@lots.command()
@click.option("--by", type=click.Choice([by.value for by in TotalBy]), default="type", show_default=True)
@click.option("--from", "from_at", type=_DATE, help="First day of the period.")
@click.option("--until", "until_at", type=_DATE, help="First day after the period.")
@click.pass_obj
def totals(context: Context, by: str, from_at: datetime | None, until_at: datetime | None) -> None:
    """Spaces by type, kind, district, reason or class: what stands, and what a period gained and lost.

    The opening balance and corrections are never counted as gained or lost.
    """
    with context.sessions() as session:
        found = queries.totals(
            session,
            TotalBy(by),
            from_on=from_at.date() if from_at else None,
            until_on=until_at.date() if until_at else None,
        )
    lines: list[tuple[str, ...]] = [(by, *_FIGURES)]
    lines += [(total.key or "-", *_figures([total])) for total in found]
    lines += [("all", *_figures(found))]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for key, *figures in lines:
        told = (text.rjust(width) for text, width in zip(figures, widths[1:], strict=True))
        click.echo("  ".join((key.ljust(widths[0]), *told)))


def _figures(found: Sequence[Total]) -> list[str]:
    return [f"{sum(getattr(total, name) for total in found):,}" for name in _FIGURES]
