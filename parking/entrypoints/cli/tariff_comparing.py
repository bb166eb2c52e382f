"""What would a version of a tariff have brought last month? `parking tariffs compare CODE NUMBER`."""

from __future__ import annotations

from datetime import date, datetime

import click
from sqlalchemy.orm import Session

from parking.city import queries as city
from parking.entrypoints.cli import showing
from parking.entrypoints.cli.context import Context
from parking.kernel.days import month_before
from parking.lots import queries as lots
from parking.tariffs import queries as tariffs
from parking.tariffs.rules.shape import is_near
from parking.visits.queries.comparing import compare_version
from parking.visits.rules.comparing import LONGEST_HOURS, Comparison, Tally

_HEAD = ("", "stays", "now", "then", "change", "more", "less", "same", "unknown")


@click.command()
@click.argument("code")
@click.argument("number", type=int)
@click.option(
    "--month", type=click.DateTime(["%Y-%m"]), help="Whose stays, as 2026-10; the month before this one."
)
@click.option(
    "--most", type=click.IntRange(1), help="Read an even part of so many stays, where there are more."
)
@click.pass_obj
def compare(context: Context, code: str, number: int, month: datetime | None, most: int | None) -> None:
    """Version NUMBER of the tariff CODE against what is in force now, on a month's real stays.

    Of the lots that will have the version: what was due by the rules of today and what by the version, in
    yuan, and how many stays cost more, less and the same; in all, by begun hours and by lot. Writes nothing.
    """
    now = context.clock.now()
    with context.sessions() as session:
        version_id = _version(session, code, number)
        today = city.today(session, now)
        asked = month.date() if month else month_before(today)
        if not is_near(asked):
            raise click.BadParameter(f"{asked:%Y-%m}", param_hint="--month")
        with showing.progress() as progress:
            task = progress.add_task("stays", total=None)
            found = compare_version(
                session,
                version_id,
                asked,
                now,
                most=most,
                progress=lambda read, of: progress.update(task, completed=read, total=of),
            )
        names = {card.id: card.name for card in lots.lot_cards(session, today, list(found.by_lot))}
    _tell(found, names, asked)


def _version(session: Session, code: str, number: int) -> str:
    tariff_id = tariffs.tariff_by_code(session, code)
    for version in tariffs.versions(session, tariff_id) if tariff_id else ():
        if version.number == number:
            return version.id
    raise click.ClickException(f"there is no version {number} of a tariff {code}")


def _tell(found: Comparison, names: dict[str, str], month: date) -> None:
    part = "" if found.is_whole else f" (read {found.total.visits} of {found.of_visits})"
    click.echo(f"stays that began in {month:%Y-%m}{part}")
    rows = [_row("all", found.total)]
    rows += [
        _row(f"{hours}-{hours + 1} h" if hours < LONGEST_HOURS else f"{hours} h and more", tally)
        for hours, tally in enumerate(found.by_hours)
        if tally.visits
    ]
    by_change = sorted(found.by_lot.items(), key=lambda each: -abs(each[1].change_fen))
    rows += [_row(names.get(lot_id, lot_id), tally) for lot_id, tally in by_change]
    table = showing.table(*_HEAD, figures=True)
    for row in rows:
        table.add_row(*row)
    showing.show(table, width=140)


def _row(name: str, tally: Tally) -> tuple[str, ...]:
    money = (tally.now_fen, tally.then_fen, tally.change_fen)
    counts = (tally.more, tally.less, tally.same, tally.unknown)
    yuan = (f"{fen / 100:.2f}" for fen in money)
    return (name, str(tally.visits), *yuan, *(str(each) for each in counts))
