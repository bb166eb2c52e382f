"""How does a file of passages get in? `parking gateway replay FILE`, through the door of the machines."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from parking.accounts.errors import ClientNotFound
from parking.boundary.gates import PassageTold
from parking.entrypoints.cli import showing
from parking.entrypoints.cli.allow_list_pushes import pushes
from parking.entrypoints.cli.context import Context
from parking.entrypoints.cli.passage_files import PassageRow, count_rows, read_passages
from parking.entrypoints.cli.passage_pulls import pulls
from parking.entrypoints.cli.words import sentence
from parking.entrypoints.processes import stop_on_signals
from parking.kernel.errors import InvalidInput
from parking.lots.queries import ClientFacts, GateBooks
from parking.plates.service import PlateKeys
from parking.visits.rules.outcomes import OutcomeKind
from parking.visits.service.intake import Intake

# What one call tells must have arrived within the intake's window of seven days.
_SPREAD = timedelta(days=6)
_IMPERFECT = (OutcomeKind.QUARANTINED, OutcomeKind.REFUSED)


@click.group()
def gateway() -> None:
    """What gates and vendors tell."""


gateway.add_command(pulls)
gateway.add_command(pushes)


@gateway.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--client", required=True, help="The client (name or id) in whose name it is told.")
@click.option("--lot", help="Code of the lot, for rows that name none.")
@click.option(
    "--time-zone", default="Asia/Shanghai", show_default=True, help="Of times that come without an offset."
)
@click.option("--from-row", type=click.IntRange(1), default=1, show_default=True, help="Go on from this row.")
@click.option("--batch", type=click.IntRange(1, 500), default=500, show_default=True, help="Rows in a call.")
@click.option("--dry-run", is_flag=True, help="Judge every row and keep nothing.")
@click.option(
    "--as-it-was",
    is_flag=True,
    help="Take each passage as if it had arrived when it happened: for records older than seven days.",
)
@click.pass_obj
def replay(
    context: Context,
    file: Path,
    client: str,
    lot: str | None,
    time_zone: str,
    from_row: int,
    batch: int,
    dry_run: bool,
    as_it_was: bool,
) -> None:
    """Tell the passages of FILE (jsonl or csv; docs/replay.md) through the machines' door.

    Each is judged, counted once and paired as if its lot had told it. What was told before is a repetition
    and changes nothing, so that a replay may be stopped (Ctrl-C) and run again. One line for each row that
    was not taken; with any the exit code is 1.
    """
    books = GateBooks(context.sessions, context.sealer, context.clock)
    teller = _client(books, client)
    keys = PlateKeys(context.sessions, context.sealer, context.clock)
    intake = Intake(context.sessions, context.clock, books, keys)
    telling = _Telling(context, intake, replace(teller, sandbox=teller.sandbox or dry_run), as_it_was)
    rows = read_passages(file, lot, _zone(time_zone))
    reached = _run(telling, rows, count_rows(file), from_row, batch, dry_run)
    done = ", ".join(f"{telling.kinds[kind]} {kind.value}" for kind in OutcomeKind)
    click.echo(f"{done}, {telling.unread} unreadable" + (" (dry run: nothing was kept)" if dry_run else ""))
    if reached is not None:
        click.echo(f"stopped; go on with --from-row {reached + 1}", err=True)
    if reached is not None or telling.unread or any(telling.kinds[kind] for kind in _IMPERFECT):
        raise SystemExit(1)


def _run(
    telling: _Telling, rows: Iterator[PassageRow], total: int, from_row: int, size: int, dry_run: bool
) -> int | None:
    """Tell batch after batch; the last row that was told when it was stopped, None at the end."""
    stop = stop_on_signals()
    with showing.progress() as progress:
        task = progress.add_task("rows", total=total, completed=from_row - 1)
        for batch in _batches((row for row in rows if row.number >= from_row), size):
            telling.tell(batch, without_plates=dry_run)
            progress.update(task, completed=batch[-1].number)
            if stop.is_set():
                return batch[-1].number
    return None


def _batches(rows: Iterator[PassageRow], size: int) -> Iterator[list[PassageRow]]:
    batch: list[PassageRow] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


@dataclass(slots=True)
class _Telling:
    """What is told in a client's name, and what became of it."""

    context: Context
    intake: Intake
    teller: ClientFacts
    as_it_was: bool
    kinds: Counter[OutcomeKind] = field(default_factory=Counter)
    unread: int = 0

    def tell(self, rows: Sequence[PassageRow], *, without_plates: bool) -> None:
        """Tell what the rows say; a line for each that was not taken. No plate is ever shown."""
        crossings = []
        for row in rows:
            if row.problem is not None:
                self.unread += 1
                _say(row.number, row.problem.code, _words(row.problem))
            crossings += [(row.number, each) for each in row.told]
        if without_plates:
            # A plate that is judged makes the key of its month.
            crossings = [(number, replace(each, plate=None)) for number, each in crossings]
        for call, received_at in self._calls(crossings):
            outcomes = self.intake.take(self.teller, [each for _, each in call], received_at)
            for (number, _), outcome in zip(call, outcomes, strict=True):
                self.kinds[outcome.kind] += 1
                if outcome.kind in _IMPERFECT:
                    _say(number, outcome.kind.value, f"{outcome.code} {outcome.field or ''}".strip())

    def _calls(
        self, crossings: Sequence[tuple[int, PassageTold]]
    ) -> Iterator[tuple[list[tuple[int, PassageTold]], datetime]]:
        """What is told in one call, and when it arrives."""
        if not self.as_it_was:
            if crossings:
                yield list(crossings), self.context.clock.now()
            return
        call: list[tuple[int, PassageTold]] = []
        first = last = datetime.max.replace(tzinfo=UTC)
        for one in crossings:
            at = one[1].at
            if call and max(last, at) - min(first, at) > _SPREAD:
                yield call, last
                call = []
            first, last = (min(first, at), max(last, at)) if call else (at, at)
            call.append(one)
        if call:
            yield call, last


def _words(problem: InvalidInput) -> str:
    told = [f"{each.field} {sentence(each.text, each.params, os.environ)}" for each in problem.problems]
    return "; ".join(told) or sentence(problem.text, problem.params, os.environ)


def _say(number: int, code: str, words: str) -> None:
    click.echo(f"{number}: {code}: {words}", err=True)


def _client(books: GateBooks, name: str) -> ClientFacts:
    for client in books.now().clients.values():
        if name in (client.id, client.name) and not client.disabled:
            return client
    raise ClientNotFound


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as problem:
        raise click.BadParameter(f"no time zone {name}", param_hint="--time-zone") from problem
