"""Which machines may call us? `parking clients ...`."""

from __future__ import annotations

from datetime import timedelta

import click
from sqlalchemy.orm import Session

from parking.accounts import queries, service
from parking.accounts.errors import ClientNotFound
from parking.accounts.rules import Scope
from parking.entrypoints.cli import showing
from parking.entrypoints.cli.context import Context
from parking.entrypoints.cli.register import lot_ids
from parking.kernel.actors import CLI
from parking.kernel.db.unit_of_work import unit_of_work
from parking.lots import service as lots_service


@click.group()
def clients() -> None:
    """Machine clients and their keys: add, list, rotate, disable."""


@clients.command()
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([each.value for each in Scope]),
    help="What it may do; more than once for several.",
)
@click.option("--lot", "codes", multiple=True, help="Code of a lot that it may speak for; more than once.")
@click.option("--sandbox", is_flag=True, help="For trying out: nothing of it counts.")
@click.pass_obj
def add(context: Context, name: str, scopes: tuple[str, ...], codes: tuple[str, ...], sandbox: bool) -> None:
    """Add a client; its key is shown here and nowhere else."""
    now = context.clock.now()
    with unit_of_work(context.sessions) as uow:
        made = service.register_client(
            uow.session, CLI, name=name, scopes=scopes, sealer=context.sealer, now=now, sandbox=sandbox
        )
        lots_service.grant_lots(uow.session, CLI, made.client_id, lot_ids(uow.session, codes), now)
    click.echo(f"{name}: id {made.client_id} key {made.key} (shown only now)")


@clients.command()
@click.argument("name")
@click.argument("codes", nargs=-1)
@click.pass_obj
def lots(context: Context, name: str, codes: tuple[str, ...]) -> None:
    """The lots (by their codes) that a client may speak for from now on, and no others."""
    with unit_of_work(context.sessions) as uow:
        client_id = _id_of(uow.session, name)
        wanted = lot_ids(uow.session, codes)
        stopped = lots_service.grant_lots(uow.session, CLI, client_id, wanted, context.clock.now())
    click.echo(f"{name}: {len(codes)} lots")
    showing.stopped_lanes(stopped)


@clients.command("list")
@click.pass_obj
def list_(context: Context) -> None:
    """Every client and its keys by their first characters."""
    with context.sessions() as session:
        found = queries.clients(session)
    table = showing.table("name", "scopes", "state", "key", "made", "until", "last used")
    for each in found:
        for key in each.keys:
            table.add_row(
                each.name,
                ", ".join(sorted(each.scopes)),
                "disabled" if each.disabled_at else "sandbox" if each.sandbox else "active",
                f"{key.hint}…",
                key.made_at.isoformat(timespec="minutes"),
                key.expires_at.isoformat(timespec="minutes") if key.expires_at else "",
                key.last_used_at.isoformat(timespec="minutes") if key.last_used_at else "never",
            )
    showing.show(table, width=120)
    click.echo(f"{len(found)} clients")


@clients.command()
@click.argument("name")
@click.option(
    "--overlap", "hours", default=24.0, show_default=True, help="Hours for which the old key stays good."
)
@click.pass_obj
def rotate(context: Context, name: str, hours: float) -> None:
    """Make a new key; 0 hours take the old one back at once."""
    with unit_of_work(context.sessions) as uow:
        made = service.rotate_client_key(
            uow.session,
            CLI,
            _id_of(uow.session, name),
            overlap=timedelta(hours=hours),
            sealer=context.sealer,
            now=context.clock.now(),
        )
    click.echo(f"{name}: key {made.key} (shown only now)")


@clients.command()
@click.argument("name")
@click.pass_obj
def disable(context: Context, name: str) -> None:
    """No key of this client is good any more."""
    with unit_of_work(context.sessions) as uow:
        client_id = _id_of(uow.session, name)
        stopped = lots_service.disable_client(uow.session, CLI, client_id, context.clock.now())
    click.echo(f"{name}: disabled")
    showing.stopped_lanes(stopped)


def _id_of(session: Session, name: str) -> str:
    found = next((each.id for each in queries.clients(session) if each.name == name), None)
    if found is None:
        raise ClientNotFound
    return found
