"""Who works for the bureau? `parking officers ...`: the first administrator, and who lost everything."""

from __future__ import annotations

import click
from sqlalchemy.orm import Session

from parking.accounts import queries, service
from parking.accounts.errors import AccountNotFound
from parking.accounts.queries import OfficerView
from parking.accounts.rules import OfficerRole
from parking.accounts.rules.identity import fold_login
from parking.entrypoints.cli import showing
from parking.entrypoints.cli.context import Context
from parking.kernel.actors import CLI
from parking.kernel.db.unit_of_work import unit_of_work

_ROLES = click.Choice([role.value for role in OfficerRole])


@click.group()
def officers() -> None:
    """The officers of the bureau: appoint the first administrator, list, recover, close."""


@officers.command()
@click.argument("login")
@click.option("--name", required=True, help="As colleagues call them.")
@click.option("--role", "roles", multiple=True, type=_ROLES, default=["administrator"], show_default=True)
@click.option("--district", "districts", multiple=True, help="Code of a district; none: the whole city.")
@click.option("--phone", help="For reset codes and notices.")
@click.option("--email", help="For reset codes and notices.")
@click.pass_obj
def add(
    context: Context,
    login: str,
    name: str,
    roles: tuple[str, ...],
    districts: tuple[str, ...],
    phone: str | None,
    email: str | None,
) -> None:
    """Appoint an officer; the one-time password is shown here and nowhere else."""
    with unit_of_work(context.sessions) as uow:
        appointed = service.appoint_officer(
            uow.session,
            CLI,
            login=login,
            name=name,
            roles=[OfficerRole(role) for role in roles],
            districts=districts,
            phone=phone,
            email=email,
            now=context.clock.now(),
        )
    _tell(login, appointed)


@officers.command("list")
@click.pass_obj
def list_(context: Context) -> None:
    """Every officer with duties and state; no name and no number."""
    with context.sessions() as session:
        found = queries.officers(session)
    table = showing.table("login", "roles", "districts", "state", "second factor", "last log-in")
    for each in found:
        table.add_row(
            each.login,
            ", ".join(sorted(each.roles)),
            ", ".join(sorted(each.districts)) or "whole city",
            each.state,
            "yes" if each.has_second_factor else "no",
            each.last_login_at.isoformat(timespec="minutes") if each.last_login_at else "never",
        )
    showing.show(table, width=120)
    click.echo(f"{len(found)} officers")


@officers.command()
@click.argument("login")
@click.pass_obj
def reset(context: Context, login: str) -> None:
    """Give a new one-time password, forget the second factor and end all sessions."""
    with unit_of_work(context.sessions) as uow:
        officer = _named(uow.session, login)
        appointed = service.reset_officer(uow.session, CLI, officer.id, context.clock.now())
    _tell(login, appointed)


@officers.command()
@click.argument("login")
@click.pass_obj
def disable(context: Context, login: str) -> None:
    """Close an account and end all its sessions."""
    with unit_of_work(context.sessions) as uow:
        service.disable_officer(uow.session, CLI, _named(uow.session, login).id, context.clock.now())
    click.echo(f"{login}: disabled")


@officers.command()
@click.argument("login")
@click.pass_obj
def enable(context: Context, login: str) -> None:
    """Open a closed account again, with its duties as they were."""
    with unit_of_work(context.sessions) as uow:
        service.enable_officer(uow.session, CLI, _named(uow.session, login).id, context.clock.now())
    click.echo(f"{login}: enabled")


@officers.command("link")
@click.argument("login")
@click.argument("issuer")
@click.argument("subject")
@click.pass_obj
def link(context: Context, login: str, issuer: str, subject: str) -> None:
    """Let an officer come in as SUBJECT of the single sign-on ISSUER."""
    with unit_of_work(context.sessions) as uow:
        officer = _named(uow.session, login)
        service.link_single_sign_on(uow.session, CLI, officer.id, f"{issuer} {subject}", context.clock.now())
    click.echo(f"{login}: linked")


def _named(session: Session, login: str) -> OfficerView:
    found = next((each for each in queries.officers(session) if each.login == fold_login(login)), None)
    if found is None:
        raise AccountNotFound
    return found


def _tell(login: str, appointed: service.Appointed) -> None:
    click.echo(f"{login}: one-time password {appointed.password} (shown only now; must be changed)")
