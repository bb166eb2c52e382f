"""What would a source store, and may it be pulled? `parking sources check` and `switch-on`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from integrations.registry import MAPPING_RULES, SOURCE_ADAPTERS
from parking.boundary.feeds import MAPPED, PRESET, MappingCheck
from parking.city import queries as city
from parking.entrypoints.cli.context import Context
from parking.entrypoints.cli.source_preview import show_preview
from parking.entrypoints.cli.source_words import pull_word
from parking.entrypoints.cli.words import say
from parking.guidance import queries, service
from parking.guidance.errors import MappingInvalid, MappingUnknown, SourceDoubtful
from parking.guidance.jobs import read_for_preview
from parking.guidance.queries.drafts import draft_of
from parking.guidance.rules.preview import Preview
from parking.guidance.rules.sources import SourceDraft
from parking.kernel.actors import CLI
from parking.kernel.addresses import address_problems
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.errors import N_
from parking.kernel.geo import Box

_ROWS = click.option(
    "--rows", type=click.IntRange(0), default=20, show_default=True, help="Lots and counts to write out."
)
_NOBODY = N_("（还没有添加）")


class _Bounds(click.ParamType):
    """Four numbers as SOUTH,WEST,NORTH,EAST."""

    name = "south,west,north,east"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Box:
        if isinstance(value, Box):
            return value
        try:
            south, west, north, east = (float(part) for part in str(value).split(","))
        except ValueError:
            self.fail(f"{value!r} is not four numbers with commas between them", param, ctx)
        if not (-90 <= south < north <= 90 and -180 <= west < east <= 180):
            self.fail(f"{value!r} holds no place", param, ctx)
        return Box("--bounds", south, west, north, east)


@click.command()
@click.argument("document", required=False, metavar="[URL|FILE]")
@click.option("--mapping", help='A FILE, one of ours, or "preset:NAME"; that of --source where none is told.')
@click.option("--adapter", type=click.Choice(sorted(SOURCE_ADAPTERS)), help="Where it is not mapped.")
@click.option("--live", metavar="URL|FILE", help="The counts, where they come in another document.")
@click.option("--source", "name", help="A source of ours: its settings, and its links to compare with.")
@click.option("--time-zone", help="Of times without a zone.")
@click.option("--crs", help="wgs84, gcj02, bd09 or an EPSG code.")
@click.option("--adopt", "adopts_lots", is_flag=True, help="As if unknown lots entered the register.")
@click.option("--bounds", type=_Bounds(), help="In place of the city's: for a feed of another place.")
@click.option("--allow", "networks", multiple=True, help="A private range (CIDR) where the URL may lie.")
@_ROWS
@click.pass_obj
def check(
    context: Context,
    document: str | None,
    mapping: str | None,
    adapter: str | None,
    live: str | None,
    name: str | None,
    bounds: Box | None,
    rows: int,
    **told: object,
) -> None:
    """What would be stored of a document, what is wrong with it and what would change. Stores nothing.

    The exit code is 0 where such a source may be switched on, and 1 where that needs a reason.
    """
    with context.sessions() as session:
        usual = draft_of(session, name) if name else SourceDraft(say(_NOBODY), MAPPED)
    settings = {"allowed_networks": told.pop("networks") or usual.allowed_networks}
    settings |= {key: value for key, value in told.items() if value}
    draft = replace(usual, **settings)  # type: ignore[arg-type]
    text = None
    if adapter is not None:
        draft = replace(draft, adapter=adapter, mapping=None)
    elif mapping is not None:
        draft, text = replace(draft, adapter=MAPPED, mapping=mapping), _text_in(mapping)
    if draft.adapter == MAPPED and draft.mapping is None:
        raise click.UsageError("which mapping? --mapping FILE, the name of one of ours, or preset:NAME")
    bodies: dict[str, bytes] = {}
    if document or live:
        draft = _addressed(context, draft, text, _address(document, bodies), _address(live, bodies))
    if not draft.pulls:
        raise click.UsageError("which document? a URL or a FILE, or --source with its own addresses")
    found, zone = _previewed(context, draft, text, bodies, bounds)
    show_preview(found, rows, zone)
    if found.doubts:
        raise SystemExit(1)


@click.command("switch-on")
@click.argument("name")
@click.option("--reason", help="Why, although something about it is doubtful; it is kept and shown.")
@_ROWS
@click.pass_obj
def switch_on(context: Context, name: str, reason: str | None, rows: int) -> None:
    """Ask a source's addresses, show what they give, and pull it from now on unless that is doubtful."""
    with context.sessions() as session:
        pulls = queries.pulls_of_source(session, name, context.clock.now())
    readings = read_for_preview(pulls, context.fetcher, SOURCE_ADAPTERS, context.clock, sealer=context.sealer)
    with unit_of_work(context.sessions) as uow:
        now = context.clock.now()
        found = service.preview(uow.session, readings, MAPPING_RULES, now)
        show_preview(found, rows, city.time_zone(uow.session, now))
        source_id = queries.by_name(uow.session, name).id
        try:
            service.switch_on(uow.session, CLI, source_id, found, now, reason)
        except SourceDoubtful:
            # The doubts stand above, in the reader's words.
            raise SourceDoubtful(name=name) from None
        [view] = queries.source_views(uow.session, name)
    click.echo(say(N_("%(name)s：已启用"), name=name))
    for pull in view.pulls:
        if pull.put_off_by:
            command = f'parking sources enable "{name}" --only {pull.kind}'
            told = {"document": pull_word(pull.kind), "by": pull.put_off_by, "command": command}
            click.echo(say(N_("%(document)s：%(by)s 单独停用了它，仍不读取；恢复：%(command)s"), **told))


def tell_waiting(context: Context, names: Collection[str]) -> None:
    """Say which of these sources are not asked before somebody looks at what they give."""
    with context.sessions() as session:
        views = queries.source_views(session)
    for view in views:
        if view.name in names and view.switched_on_at is None:
            command = f'parking sources switch-on "{view.name}"'
            click.echo(say(N_("请先看一看，再让平台读取：%(command)s"), command=command))


def _previewed(
    context: Context, draft: SourceDraft, text: str | None, bodies: dict[str, bytes], bounds: Box | None
) -> tuple[Preview, ZoneInfo]:
    with context.sessions() as session:
        pulls = queries.pulls_of_draft(session, draft, context.clock.now(), text)
    readings = read_for_preview(
        pulls, context.fetcher, SOURCE_ADAPTERS, context.clock, bodies, sealer=context.sealer
    )
    with context.sessions() as session:
        now = context.clock.now()
        return service.preview(session, readings, MAPPING_RULES, now, bounds), city.time_zone(session, now)


def _addressed(
    context: Context, draft: SourceDraft, text: str | None, document: str | None, live: str | None
) -> SourceDraft:
    """The draft with these addresses; one document is read for all that its mapping reads of it."""
    reads = _checked(context, draft, text) if draft.adapter == MAPPED else None
    if reads is None or document is None or live is not None:
        return replace(draft, static_url=document, live_url=live or document)
    draft = replace(draft, static_url=document if reads.reads_lots else None, live_url=None)
    if reads.reads_counts and (reads.is_one_document or not reads.reads_lots):
        return replace(draft, live_url=document)
    if reads.reads_counts:
        click.echo(say(N_("余位在另一份文件里：--live URL|FILE")), err=True)
    return draft


def _checked(context: Context, draft: SourceDraft, text: str | None) -> MappingCheck:
    """What the mapping reads. Raises MappingInvalid with every fault, MappingUnknown."""
    name = draft.mapping or ""
    if text is None and name.startswith(PRESET):
        text = MAPPING_RULES.presets.get(name.removeprefix(PRESET))
    elif text is None:
        with context.sessions() as session:
            versions = queries.mapping_versions(session, name)
        text = versions[0].text if versions else None
    if text is None:
        raise MappingUnknown(name=name)
    found = MAPPING_RULES.check(text)
    if found.problems:
        raise MappingInvalid(name=name, problems=found.problems)
    return found


def _text_in(mapping: str) -> str | None:
    """The text of a mapping that is a file, None where it is a name."""
    file = Path(mapping)
    if mapping.startswith(PRESET) or not file.is_file():
        return None
    try:
        return file.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise click.ClickException(f"{file}: not UTF-8") from None


def _address(told: str | None, bodies: dict[str, bytes]) -> str | None:
    """The address of a document; a file's bytes are laid under its own."""
    if told is None or "://" in told:
        if told is not None and address_problems("url", told):
            raise click.BadParameter(f"{told}: no address of the web")
        return told
    file = Path(told)
    if not file.is_file():
        raise click.BadParameter(f"{told}: neither an address nor a file")
    bodies[told] = file.read_bytes()
    return told
