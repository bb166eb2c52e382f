"""What is in the register, how does a file get into it and out again? `parking lots ...`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
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
from parking.lots.rules.workbook import BookRead, Language, read_book, write_book
from parking.lots.service import EntriesReport, ImportReport

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
    data, now = file.read_bytes(), context.clock.now()
    with context.sessions() as session:
        today = city.today(session, now)
        view = city.city_view(session, today)
    if file.suffix.lower() == ".xlsx":
        book = read_book(data, view, today, Datum(datum))
        table, read = book.register, book.rows
    else:
        book, table = None, read_table(data, file.suffix)
        read = read_rows(table, view, Datum(datum))
    _tell(table, read.problems)
    report = _write(context, table, read, now, dry_run, batch)
    _tell(table, report.problems)
    entries = _write_entries(context, book, report, now, dry_run) if book and book.ledger else None
    if dry_run:
        _tell_changes(report, entries)
    _conclude(table, read, report, entries, dry_run)


def _write(
    context: Context, table: FileTable, read: RowsRead, now: datetime, dry_run: bool, size: int
) -> ImportReport:
    report = ImportReport(unchanged=read.untouched)
    with showing.progress() as progress:
        task = progress.add_task("lots", total=len(read.drafts))
        for start in range(0, len(read.drafts), size):
            batch = read.drafts[start : start + size]
            with unit_of_work(context.sessions) as uow:
                if table.has_marks:
                    report += service.import_book_rows(
                        uow.session, CLI, batch, read.marks, now, dry_run=dry_run
                    )
                else:
                    report += service.import_lots(uow.session, CLI, batch, now, dry_run)
            progress.advance(task, len(batch))
    return report


def _write_entries(
    context: Context, book: BookRead, report: ImportReport, now: datetime, dry_run: bool
) -> EntriesReport:
    if book.ledger is None:
        return EntriesReport()
    _tell(book.ledger, book.entries.problems)
    coming = {change.code for change in report.changes if not change.fields} if dry_run else set()
    with showing.progress() as progress:
        progress.add_task("space ledger", total=None)
        with unit_of_work(context.sessions) as uow:
            entries = service.import_book_entries(
                uow.session,
                CLI,
                book.entries.entries,
                book.codes,
                now,
                dry_run=dry_run,
                coming={draft.code: draft for _, draft in book.rows.drafts if draft.code in coming},
            )
    _tell(book.ledger, entries.problems)
    return replace(entries, problems=(*book.entries.problems, *entries.problems))


def _tell_changes(report: ImportReport, entries: EntriesReport | None) -> None:
    """What would happen, a line for each row."""
    for change in report.changes:
        told = [f"{each.field}: {each.before or '-'} -> {each.after or '-'}" for each in change.fields]
        click.echo(_line(f"{change.row}: {change.code}: {'; '.join(told) or 'new'}"))
    for row, draft in entries.added if entries else ():
        entry = draft.entry
        what = f"{entry.told.space_class} {entry.told.change:+} ({entry.told.metres:+} m) {entry.reason}"
        click.echo(_line(f"space ledger {row}: {draft.code}: {entry.on} {what}"))


def _tell(table: FileTable, problems: Iterable[RowProblem]) -> None:
    """A line for each bad row, with all that is wrong with it; of a workbook, in which cell."""
    for row, found in groupby(problems, key=lambda told: told.row):
        told = list(found)
        reasons = []
        for each in told:
            name, cell = each.problem.field, table.cell(row, each.problem.field)
            where = f"{cell} {name}" if cell else name
            reasons.append(f"{where}: {sentence(each.problem.text, each.problem.params, os.environ)}")
        click.echo(_line(f"{row}: {(told[0].code or '-')[:64]}: {'; '.join(reasons)}"), err=True)


def _line(text: str) -> str:
    """One line whatever the file holds: a cell may have line breaks, or codes that a terminal obeys."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)


def _conclude(
    table: FileTable, read: RowsRead, report: ImportReport, entries: EntriesReport | None, dry_run: bool
) -> None:
    if table.ignored:
        click.echo(f"columns ignored: {', '.join(table.ignored)}", err=True)
    refused = {problem.row for problem in (*read.problems, *report.problems)}
    if entries is not None:
        bad = len({problem.row for problem in entries.problems})
        told = f"{len(entries.added)} added, {entries.repeated} entered before, {entries.standing} unchanged"
        click.echo(f"space ledger: {told}, {bad} refused, {entries.unlisted} not in the file and kept")
    done = f"{report.added} added, {report.changed} changed, {report.unchanged} unchanged"
    click.echo(f"{done}, {len(refused)} refused" + (" (dry run: nothing was written)" if dry_run else ""))
    if refused or (entries and entries.problems):
        raise SystemExit(1)


@lots.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--language",
    type=click.Choice([language.value for language in Language]),
    default=Language.ZH.value,
    show_default=True,
    help="Of a workbook; both are read.",
)
@click.pass_obj
def export(context: Context, file: Path, language: str) -> None:
    """Write the register to FILE (xlsx, csv or geojson); importing it again changes nothing.

    An xlsx has the space ledger as well and is made to be edited: lists to choose from, the rest is locked.
    """
    with context.sessions() as session:
        on = city.today(session, context.clock.now())
        if file.suffix.lower() == ".xlsx":
            view, told = city.city_view(session, on), Language(language)
            rows, entries = queries.book_lots(session, on, view, told), queries.book_entries(session, told)
            data = write_book(rows, entries, view, told)
        else:
            rows = queries.export_rows(session, on)
            data = write_table(rows, file.suffix)
    file.write_bytes(data)
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
