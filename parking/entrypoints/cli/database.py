"""How are the database and the deployment kept? `parking database ...`, `doctor`, `backup`, `restore`."""

from __future__ import annotations

import os
from pathlib import Path

import click
from sqlalchemy import make_url

from parking.bootstrap import reseal_all
from parking.entrypoints import doctor as examination
from parking.entrypoints.cli import showing
from parking.entrypoints.cli.context import Context
from parking.entrypoints.cli.words import told
from parking.entrypoints.database import embedded_folder
from parking.kernel.actors import CLI
from parking.kernel.db import dumps, moving, revision
from parking.kernel.db.engine import make_engine
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.sealing import Sealer

_COLOURS = {"ok": "green", "warning": "yellow", "wrong": "red"}


@click.group()
def database() -> None:
    """The database: its schema, its address, its version."""


@database.command()
@click.pass_obj
def upgrade(context: Context) -> None:
    """Bring the schema to what this version of the program needs."""
    engine = make_engine(context.database_url)
    try:
        before = revision.current(engine)
        revision.upgrade(engine)
    finally:
        engine.dispose()
    after = revision.head()
    click.echo(
        f"schema {after}: nothing to do" if before == after else f"schema {before or 'empty'} -> {after}"
    )


@database.command()
@click.option("--show-password", is_flag=True, help="Tell the password too.")
@click.pass_obj
def url(context: Context, show_password: bool) -> None:
    """Tell the address of the database, for psql and the like.

    The embedded one answers only while a process of ours runs.
    """
    address = make_url(context.database_url).set(drivername="postgresql")
    click.echo(address.render_as_string(hide_password=not show_password))


@database.command()
@click.pass_obj
def move(context: Context) -> None:
    """Move the embedded database's data to the PostgreSQL that this version uses."""
    if context.settings.database_url:
        raise click.ClickException(
            "PARKING_DATABASE_URL names the database: move it with its server's own tools"
        )
    kept = moving.move(embedded_folder(context.settings))
    click.echo(f"moved; the old data are kept in {kept} and may be deleted")


@database.command()
@click.pass_obj
def reseal(context: Context) -> None:
    """Bring everything sealed from the secret before, PARKING_OLD_SECRET_KEY, under the deployment's.

    Keys of plates and clients, second factors, secrets of gates, clouds and sources, plates and numbers: all
    in one transaction. Stop the web and the worker first. It may be run again; exit code 1 where something
    could not be opened.
    """
    if (old := context.settings.old_secret_key) is None:
        raise click.UsageError("set PARKING_OLD_SECRET_KEY to the secret under which everything was sealed")
    with unit_of_work(context.sessions) as uow:
        found = reseal_all(uow.session, CLI, Sealer.from_secret(old), context.sealer, context.clock.now())
    table = showing.table("where", "re-sealed", "under the secret already", "not opened")
    for place, each in found.items():
        table.add_row(place, str(each.done), str(each.already), str(len(each.broken)))
    showing.show(table)
    for place, each in found.items():
        for key in each.broken:
            click.echo(f"not opened: {place} {key}", err=True)
    click.echo(f"{sum(each.done for each in found.values())} re-sealed")
    raise SystemExit(1 if any(each.broken for each in found.values()) else 0)


@database.command("new-revision", hidden=True)
@click.argument("words")
@click.pass_obj
def new_revision(context: Context, words: str) -> None:
    """Write a migration from the schema to the models, to be read and mended by hand."""
    engine = make_engine(context.database_url)
    try:
        revision.write_revision(engine, words)
    finally:
        engine.dispose()


@click.command()
@click.pass_obj
def doctor(context: Context) -> None:
    """Say what is wrong and which command mends it; exit code 1 if anything is."""
    wrong = 0
    findings = examination.examine(
        context.settings, context.clock, lambda: context.database_url, lambda error: told(error, os.environ)
    )
    for finding in findings:
        mark = click.style(f"{finding.verdict:8}", fg=_COLOURS[finding.verdict])
        click.echo(mark + finding.what)
        if finding.mend:
            click.echo(f"{'':8}-> {finding.mend}")
        wrong += finding.verdict == examination.Verdict.BAD
    raise SystemExit(1 if wrong else 0)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
def backup(context: Context, file: Path) -> None:
    """Write everything to FILE, while the platform goes on working."""
    if not file.absolute().parent.is_dir():
        raise click.ClickException(f"{file.absolute().parent} is no folder")
    dumps.dump(context.database_url, file)
    click.echo(f"{file}: {file.stat().st_size / 1e6:.1f} MB; restore it with: parking restore {file}")
    # What else a restore needs lies outside the database.
    settings = context.settings
    papers, key = settings.files_dir or settings.data_dir / "files", settings.data_dir / "secret.key"
    others = [str(papers)] if settings.secret_key else [str(papers), str(key)]
    click.echo(f"copy these with it: {', '.join(others)}")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace everything that the database holds.")
@click.pass_obj
def restore(context: Context, file: Path, force: bool) -> None:
    """Put a backup back, all or nothing. Stop the web and the worker first."""
    dumps.restore(context.database_url, file, force=force)
    rows = dumps.count_rows(context.database_url)
    click.echo(f"restored {sum(rows.values())} rows of {len(rows)} tables")
    engine = make_engine(context.database_url)
    try:
        revision.check_revision(engine)
    finally:
        engine.dispose()
