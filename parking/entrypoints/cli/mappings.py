"""By which mappings are sources read? `parking sources map ...`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from integrations.registry import MAPPING_RULES
from parking.boundary.feeds import PRESET
from parking.entrypoints.cli.context import Context
from parking.entrypoints.cli.source_checking import tell_waiting
from parking.entrypoints.cli.words import sentence
from parking.guidance import queries, service
from parking.guidance.errors import MappingInvalid, MappingUnknown
from parking.guidance.rules.mappings import preset_named
from parking.kernel.actors import CLI
from parking.kernel.db.unit_of_work import unit_of_work

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("map")
def map_() -> None:
    """The mappings that say how a source's document is read (docs/mapping.md)."""


@map_.command("list")
@click.pass_obj
def list_(context: Context) -> None:
    """Our mappings, and those that ship."""
    with context.sessions() as session:
        for view in queries.mapping_versions(session):
            read = ", ".join(view.sources) or "no source"
            click.echo(f"{view.name}: version {view.version}, {view.saved_by}, read by {read}")
    for name in MAPPING_RULES.presets:
        click.echo(f"{PRESET}{name}")


@map_.command()
@click.argument("mapping")
@click.option("--version", type=int, help="An older version than the newest.")
@click.pass_obj
def show(context: Context, mapping: str, version: int | None) -> None:
    """The text of a mapping, of ours or one that ships ("preset:NAME")."""
    name = preset_named(mapping, MAPPING_RULES.presets)
    if name is not None:
        click.echo(MAPPING_RULES.presets[name].rstrip())
        return
    with context.sessions() as session:
        found = queries.mapping_versions(session, mapping)
    told = next((view for view in found if version in (None, view.version)), None)
    if told is None:
        raise MappingUnknown(name=mapping)
    click.echo(told.text.rstrip())


@map_.command()
@click.argument("name")
@click.pass_obj
def history(context: Context, name: str) -> None:
    """Who saved which version of a mapping, when and why."""
    with context.sessions() as session:
        found = queries.mapping_versions(session, name)
    if not found:
        raise MappingUnknown(name=name)
    for view in found:
        when = view.saved_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        click.echo(f"{view.version}  {when}  {view.saved_by}  {view.note or ''}".rstrip())


@map_.command()
@click.argument("file", type=_FILE)
def check(file: Path) -> None:
    """Every fault of a mapping's FILE with its line; fails when there is one."""
    told = MAPPING_RULES.check(_text(file))
    for doubt in told.doubts:
        click.echo("? " + sentence(doubt.text, doubt.params, os.environ))
    if told.problems:
        raise MappingInvalid(name=file.name, problems=told.problems)
    click.echo(f"{file.name}: sound")


@map_.command()
@click.argument("name")
@click.argument("file", type=_FILE)
@click.option("--note", help="Why; needed where the mapping is odd.")
@click.pass_obj
def save(context: Context, name: str, file: Path, note: str | None) -> None:
    """Keep FILE as the newest version of the mapping NAME; its sources have to be switched on again."""
    with unit_of_work(context.sessions) as uow:
        now = context.clock.now()
        version = service.save_mapping(uow.session, CLI, name, _text(file), MAPPING_RULES, now, note)
    click.echo(f"{name}: version {version}")
    _tell_readers(context, name)


@map_.command()
@click.argument("name")
@click.argument("version", type=int)
@click.pass_obj
def restore(context: Context, name: str, version: int) -> None:
    """Save an older VERSION as the newest one again; its sources have to be switched on again."""
    with unit_of_work(context.sessions) as uow:
        now = context.clock.now()
        newest = service.restore_mapping(uow.session, CLI, name, version, MAPPING_RULES, now)
    click.echo(f"{name}: version {newest}, as {version} was")
    _tell_readers(context, name)


@map_.command()
@click.argument("source")
@click.argument("mapping")
@click.pass_obj
def use(context: Context, source: str, mapping: str) -> None:
    """Read SOURCE by another mapping: one of ours, or "preset:NAME"."""
    with unit_of_work(context.sessions) as uow:
        source_id = queries.by_name(uow.session, source).id
        now = context.clock.now()
        service.use_mapping(uow.session, CLI, source_id, mapping, MAPPING_RULES.presets, now)
    click.echo(f"{source}: read by {mapping}")
    tell_waiting(context, (source,))


def _tell_readers(context: Context, name: str) -> None:
    with context.sessions() as session:
        readers = queries.mapping_versions(session, name)[0].sources
    tell_waiting(context, readers)


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise click.ClickException(f"{file}: not UTF-8") from None
