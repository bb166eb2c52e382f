"""How are sources asked: how often each host, by which credential, and what was said when it went wrong?"""

from __future__ import annotations

import sys

import click

from parking.boundary.credentials import Credential, CredentialKind
from parking.entrypoints.cli import showing
from parking.entrypoints.cli.context import Context
from parking.guidance import queries, service
from parking.guidance.queries import outgoing
from parking.kernel.actors import CLI
from parking.kernel.db.unit_of_work import unit_of_work


@click.command()
@click.pass_obj
def hosts(context: Context) -> None:
    """Every host that is asked, what it gets, and how often its sources want to be asked."""
    with context.sessions() as session:
        views = outgoing.hosts(session, context.host_limits)
    table = showing.table("host", "pulls", "wanted/min", "at once", "a minute", "open again")
    now = context.clock.now()
    for view in views:
        told = [str(limit) if limit is not None else "unlimited" for limit in (view.at_once, view.per_minute)]
        rests = view.open_at is not None and view.open_at > now
        table.add_row(
            view.host,
            str(view.pulls),
            f"{view.wanted:.1f}" + (" (too many)" if view.too_tight else ""),
            told[0] + (" (own)" if view.own else ""),
            told[1],
            showing.time_of(view.open_at) if rests else "",
        )
    showing.show(table)
    click.echo(f"{len(views)} hosts")


@click.command()
@click.argument("host")
@click.option("--at-once", type=int, help="Requests at a time; left out: the deployment's.")
@click.option("--per-minute", type=int, help="Requests a minute; left out: the deployment's.")
@click.pass_obj
def limit(context: Context, host: str, at_once: int | None, per_minute: int | None) -> None:
    """Give a HOST limits of its own; without any, the deployment's hold again."""
    with unit_of_work(context.sessions) as uow:
        service.limit_host(uow.session, CLI, host, at_once, per_minute, context.clock.now())
    click.echo(f"{host}: {at_once or 'usual'} at once, {per_minute or 'usual'} a minute")


@click.command()
@click.argument("name")
@click.pass_obj
def exchanges(context: Context, name: str) -> None:
    """What was said in the last pulls of a source that went wrong, without secrets; a day back."""
    with context.sessions() as session:
        found = outgoing.exchanges(session, queries.by_name(session, name).id)
    for each in found:
        status = f", status {each.status}" if each.status is not None else ""
        click.echo(f"{showing.time_of(each.at)} {each.kind}: {each.reason}{status}, {each.elapsed_ms} ms")
        for mark, text in ((">", each.request), ("<", each.answer), ("|", each.body)):
            for line in text.splitlines():
                click.echo(f"  {mark} {line}")
    click.echo(f"{len(found)} exchanges")


@click.group()
def credential() -> None:
    """By what a source knows us; no command tells it."""


@credential.command("set")
@click.argument("name")
@click.argument("kind", type=click.Choice([kind.value for kind in CredentialKind]))
@click.option("--name", "of", default="", help="The user, or the name of the header or the parameter.")
@click.option("--origin", help="Scheme, host and port that it goes to, where the addresses lie at several.")
@click.pass_obj
def set_(context: Context, name: str, kind: str, of: str, origin: str | None) -> None:
    """Show the source NAME this from now on. The secret is asked for, or read from standard input."""
    shown = Credential(CredentialKind(kind), _secret(), of)
    with unit_of_work(context.sessions) as uow:
        source = queries.by_name(uow.session, name)
        goes_to = service.set_credential(
            uow.session, CLI, source.id, shown, context.sealer, context.clock.now(), origin=origin
        )
    click.echo(f"{name}: {kind} set, goes to {goes_to} alone")
    if goes_to.startswith("http:"):
        click.echo("plain http: anybody on the way can read it", err=True)


@credential.command()
@click.argument("name")
@click.pass_obj
def show(context: Context, name: str) -> None:
    """What kind it is, where it goes, and since when; never the secret."""
    with context.sessions() as session:
        view = outgoing.credential_view(session, queries.by_name(session, name).id)
    if view is None:
        click.echo(f"{name}: none")
        return
    of = f" {view.name}" if view.name else ""
    until = f", good until {showing.time_of(view.expires_at)}" if view.expires_at else ""
    unused = "" if view.used else ", NOT USED: no address of the source lies there"
    click.echo(
        f"{name}: {view.kind}{of} for {view.origin}, set {showing.time_of(view.set_at)} by {view.set_by}"
        f"{until}{unused}"
    )


@credential.command()
@click.argument("name")
@click.pass_obj
def remove(context: Context, name: str) -> None:
    """Show the source nothing any more."""
    with unit_of_work(context.sessions) as uow:
        source = queries.by_name(uow.session, name)
        service.remove_credential(uow.session, CLI, source.id, context.clock.now())
    click.echo(f"{name}: no credential")


def _secret() -> str:
    """From the keyboard unseen, or from standard input; an argument would stand in the list of processes."""
    if sys.stdin.isatty():
        return str(click.prompt("secret", hide_input=True))
    return sys.stdin.read().strip()
