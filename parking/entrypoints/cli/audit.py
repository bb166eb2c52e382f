"""Does the audit trail still say what was recorded? `parking audit verify`."""

from __future__ import annotations

import click

from parking.audit import queries
from parking.entrypoints.cli.context import Context


@click.group()
def audit() -> None:
    """The trail of who did what: verify."""


@audit.command()
@click.pass_obj
def verify(context: Context) -> None:
    """Walk the chain from its first entry; name the first that was changed, or before which one is missing.

    Keep the last hash elsewhere: entries cut off at the end are found by comparing it. Ends with 1 when the
    chain is broken.
    """
    with context.sessions() as session:
        # One picture: an entry that is written meanwhile belongs to the next walk.
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        number, last = queries.entry_count(session), queries.last_hash(session)
        with click.progressbar(length=number, label=f"{number} entries") as bar:
            broken = queries.verify_chain(session, seen=bar.update)
    if broken is not None:
        raise click.ClickException(f"entry {broken} was changed, or one before it is missing")
    click.echo(f"{number} entries are whole; the last hash is {last}")
