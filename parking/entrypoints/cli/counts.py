"""What do a lot's counters say, and what does a person on the spot say? `parking counts ...`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import click

from parking.city import queries as city
from parking.entrypoints.cli import showing
from parking.entrypoints.cli.context import Context
from parking.kernel.actors import CLI
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.vocabulary import SpaceClass
from parking.lots import queries as lots
from parking.occupancy import queries, service
from parking.occupancy.rules import CounterView, PublicCount, no_count, public_count

_CLASSES = click.Choice([space_class.value for space_class in SpaceClass])


@click.group()
def counts() -> None:
    """The counts of lots: what the public is told, and counts set by hand."""


def _lot_id(context: Context, code: str) -> str:
    with context.sessions() as session:
        found = lots.ids_by_code(session, [code]).get(code)
    if found is None:
        raise click.ClickException(f"the register has no lot {code}")
    return found


@counts.command()
@click.argument("lot_code")
@click.pass_obj
def show(context: Context, lot_code: str) -> None:
    """What the public is told of LOT_CODE now, class by class."""
    lot_id = _lot_id(context, lot_code)
    now = context.clock.now()
    with context.sessions() as session:
        capacities = lots.capacity_at(session, city.today(session, now), [lot_id])
        views = queries.counter_views(session, [lot_id])
    table = showing.table("class", "capacity", "free", "age s", "quality", "marks", "source")
    for told in _told(views, {space_class: n for (_, space_class), n in capacities.items()}, now):
        age = "" if told.as_of is None else f"{(now - told.as_of).total_seconds():.0f}"
        free = "unknown" if told.free is None else str(told.free)
        row = (told.space_class, told.capacity, free, age, told.quality, ", ".join(told.marks), told.source)
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    showing.show(table)


def _told(views: list[CounterView], capacities: Mapping[SpaceClass, int], now: datetime) -> list[PublicCount]:
    """The classes that are counted or have spaces, in the order of the vocabulary."""
    counted = {view.space_class: view for view in views}
    return [
        public_count(counted[space_class], capacities.get(space_class), now)
        if space_class in counted
        else no_count(space_class, capacities[space_class])
        for space_class in SpaceClass
        if space_class in counted or capacities.get(space_class)
    ]


@counts.command("set")
@click.argument("lot_code")
@click.argument("space_class", type=_CLASSES)
@click.option("--free", type=int, help="Free spaces that you see.")
@click.option("--occupied", type=int, help="Occupied spaces that you see.")
@click.option("--reason", required=True, help="Why by hand; it goes into the audit trail.")
@click.pass_obj
def set_(
    context: Context, lot_code: str, space_class: str, free: int | None, occupied: int | None, reason: str
) -> None:
    """Set the count of a class as a person sees it now; it is marked as set by hand."""
    lot_id = _lot_id(context, lot_code)
    with unit_of_work(context.sessions) as uow:
        service.set_count_by_hand(
            uow.session,
            CLI,
            lot_id,
            SpaceClass(space_class),
            context.clock.now(),
            reason=reason,
            free=free,
            occupied=occupied,
        )
