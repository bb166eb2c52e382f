"""Which vendors' clouds are asked for what passed? `parking gateway pulls ...`."""

from __future__ import annotations

import click

from integrations.registry import PASSAGE_PULLS
from parking.entrypoints.cli import showing
from parking.entrypoints.cli.context import Context
from parking.kernel.actors import CLI
from parking.kernel.db.unit_of_work import unit_of_work
from parking.visits.queries.pulls import pull_views
from parking.visits.rules.pulls import PullDraft
from parking.visits.service import pulls as service


@click.group()
def pulls() -> None:
    """The clouds that we ask for what passed, instead of being told."""


@pulls.command("list")
@click.pass_obj
def list_(context: Context) -> None:
    """Every pull, how it is and up to when everything was told."""
    with context.sessions() as session:
        views = pull_views(session)
    table = showing.table(
        "id", "cloud", "lot", "state", "complete until", "last good", "due", "new", "reason"
    )
    for view in views:
        table.add_row(
            view.id,
            f"{view.device_name} ({view.adapter})",
            f"{view.lot_key} = {view.lot_name or 'not mapped'}",
            view.state + (", breaker open" if view.breaker_open else ""),
            showing.time_of(view.complete_until_at),
            showing.time_of(view.succeeded_at),
            showing.time_of(view.due_at),
            str(view.new),
            ": ".join(text for text in (view.reason, view.detail) if text),
        )
    showing.show(table)
    click.echo(f"{len(views)} pulls")


@pulls.command()
@click.argument("device_id")
@click.argument("lot_key")
@click.option("--base-url", required=True, help="Address of the cloud's interface.")
@click.option("--app-id", required=True, help="Our number there.")
@click.option(
    "--secret", prompt=True, hide_input=True, envvar="PULL_SECRET", help="Asked for where it is not told."
)
@click.option("--interval", "interval_s", default=60, show_default=True, help="Seconds between rounds.")
@click.option("--allow", "allowed_networks", multiple=True, help="A private range (CIDR) it may lie in.")
@click.pass_obj
def add(context: Context, **values: object) -> None:
    """Ask LOT_KEY (the vendor's word) of the cloud that is registered as DEVICE_ID; begins at once."""
    draft = PullDraft(**values)  # type: ignore[arg-type]
    with unit_of_work(context.sessions) as uow:
        pull_id = service.add_pull(
            uow.session, CLI, draft, PASSAGE_PULLS, context.sealer, context.clock.now()
        )
    click.echo(f"{pull_id}: added")


@pulls.command()
@click.argument("pull_id")
@click.pass_obj
def pause(context: Context, pull_id: str) -> None:
    """Ask no more for the time being."""
    with unit_of_work(context.sessions) as uow:
        service.pause(uow.session, CLI, pull_id, context.clock.now())
    click.echo(f"{pull_id}: paused")


@pulls.command()
@click.argument("pull_id")
@click.pass_obj
def resume(context: Context, pull_id: str) -> None:
    """Go on from where it stopped."""
    with unit_of_work(context.sessions) as uow:
        service.resume(uow.session, CLI, pull_id, context.clock.now())
    click.echo(f"{pull_id}: resumed")


@pulls.command("now")
@click.argument("pull_id")
@click.pass_obj
def now_(context: Context, pull_id: str) -> None:
    """Let the worker ask at its next look."""
    with unit_of_work(context.sessions) as uow:
        service.ask_soon(uow.session, CLI, pull_id, context.clock.now())
    click.echo(f"{pull_id}: due")
