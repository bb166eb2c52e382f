"""Which vendors' clouds are told who may enter? `parking gateway pushes ...`."""

from __future__ import annotations

import click

from integrations.registry import ALLOW_LIST_PUSHES
from parking.entrypoints.cli import showing
from parking.entrypoints.cli.context import Context
from parking.kernel.actors import CLI
from parking.kernel.db.unit_of_work import unit_of_work
from parking.lots import queries as lots
from parking.sharing.queries.pushes import push_views
from parking.sharing.rules.pushes import PushDraft
from parking.sharing.service import pushes as service


@click.group()
def pushes() -> None:
    """The clouds that we tell who may enter, instead of being asked."""


@pushes.command("list")
@click.pass_obj
def list_(context: Context) -> None:
    """Every lot whose vendor is told, how it is and what was not taken."""
    with context.sessions() as session:
        views = push_views(session, context.clock.now())
    table = showing.table(
        "id", "lot", "cloud", "state", "last taken", "listed", "waiting", "refused", "reason"
    )
    for view in views:
        taken = view.succeeded_at
        table.add_row(
            view.id,
            f"{view.lot_code} {view.lot_name}",
            f"{view.adapter} {view.lot_key}",
            view.state + (", breaker open" if view.breaker_open else ""),
            showing.time_of(taken),
            str(view.standing),
            str(view.waiting),
            str(view.refused),
            ": ".join(text for text in (view.reason, view.detail) if text),
        )
    showing.show(table)
    click.echo(f"{len(views)} clouds")


@pushes.command()
@click.argument("lot_code")
@click.argument("adapter", type=click.Choice(sorted(ALLOW_LIST_PUSHES)))
@click.argument("lot_key")
@click.option("--base-url", required=True, help="Address of the cloud's interface.")
@click.option("--app-id", required=True, help="Our number there.")
@click.option(
    "--secret", prompt=True, hide_input=True, envvar="PUSH_SECRET", help="Asked for where it is not told."
)
@click.option("--desk-name", required=True, help="The lot's duty desk, where a vendor wants a person.")
@click.option("--desk-phone", required=True, help="Its phone.")
@click.option("--allow", "allowed_networks", multiple=True, help="A private range (CIDR) it may lie in.")
@click.pass_obj
def add(context: Context, lot_code: str, **values: object) -> None:
    """Tell the cloud where the lot of LOT_CODE is LOT_KEY who may enter there; begins at once."""
    with unit_of_work(context.sessions) as uow:
        lot_id = lots.ids_by_code(uow.session, [lot_code]).get(lot_code, "")
        draft = PushDraft(lot_id=lot_id, **values)  # type: ignore[arg-type]
        push_id = service.add_push(
            uow.session, CLI, draft, ALLOW_LIST_PUSHES, context.sealer, context.clock.now()
        )
    click.echo(f"{push_id}: added")


@pushes.command()
@click.argument("push_id")
@click.pass_obj
def pause(context: Context, push_id: str) -> None:
    """Tell nothing for the time being."""
    with unit_of_work(context.sessions) as uow:
        service.pause(uow.session, CLI, push_id, context.clock.now())
    click.echo(f"{push_id}: paused")


@pushes.command()
@click.argument("push_id")
@click.pass_obj
def resume(context: Context, push_id: str) -> None:
    """Tell what changed meanwhile."""
    with unit_of_work(context.sessions) as uow:
        service.resume(uow.session, CLI, push_id, context.clock.now())
    click.echo(f"{push_id}: resumed")


@pushes.command()
@click.argument("push_id")
@click.pass_obj
def again(context: Context, push_id: str) -> None:
    """Tell a cloud that lost its list all that stands; one that did not may list it twice."""
    with unit_of_work(context.sessions) as uow:
        service.tell_all(uow.session, CLI, push_id, context.clock.now())
    click.echo(f"{push_id}: due")
