"""Which sources do we pull, how are they, and what did they tell? `parking sources ...`."""

from __future__ import annotations

from pathlib import Path

import click

from integrations.registry import MAPPING_RULES, SOURCE_ADAPTERS
from parking.city import queries as city
from parking.entrypoints.cli import showing
from parking.entrypoints.cli.context import Context
from parking.entrypoints.cli.mappings import map_
from parking.entrypoints.cli.source_checking import check, switch_on, tell_waiting
from parking.entrypoints.cli.source_files import drafts_from as drafts_from
from parking.entrypoints.cli.source_outgoing import credential, exchanges, hosts, limit
from parking.entrypoints.cli.source_words import failure_words, problem_line, pull_word
from parking.entrypoints.cli.words import say
from parking.guidance import queries, service
from parking.guidance.jobs import pull_now
from parking.guidance.queries import PullView, SourceView
from parking.guidance.rules.pulls import Failed, NotModified, Outcome, PullKind, PullState
from parking.guidance.rules.sources import SourceDraft
from parking.kernel.actors import CLI
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.errors import N_
from parking.lots import queries as lots

# In English the codes themselves, which docs and scripts know.
_STATES = {
    PullState.PROVISIONED: N_("还没有成功过"),
    PullState.ACTIVE: N_("在读取"),
    PullState.FAILED: N_("在失败"),
    PullState.DISABLED: N_("已停止读取"),
}
_KINDS = click.Choice([kind.value for kind in PullKind])


@click.group()
def sources() -> None:
    """The feeds of connected lots: add, link, watch and pull them."""


sources.add_command(map_)
sources.add_command(credential)
sources.add_command(exchanges)
sources.add_command(hosts)
sources.add_command(limit)
sources.add_command(check)
sources.add_command(switch_on)


@sources.command("list")
@click.pass_obj
def list_(context: Context) -> None:
    """Every source, how it is and when it is asked again."""
    with context.sessions() as session:
        views = queries.source_views(session)
    table = showing.table(
        "source", "pull", "state", "lane", "last good", "due", "taken", "problems", "reason"
    )
    for view in views:
        for pull in view.pulls:
            table.add_row(
                view.name,
                pull.kind,
                _state(view, pull),
                pull.lane,
                showing.time_of(pull.succeeded_at),
                "" if pull.state is PullState.DISABLED else showing.time_of(pull.due_at),
                str(pull.records),
                str(pull.problem_count),
                _reason(pull),
            )
    showing.show(table)
    click.echo(f"{len(views)} sources, {sum(view.differences for view in views)} differences with filed lots")


@sources.command()
@click.argument("name")
@click.option("--adapter", required=True, type=click.Choice(sorted(SOURCE_ADAPTERS)), help="What it speaks.")
@click.option("--mapping", help='Of a mapped source: one of ours, or "preset:NAME".')
@click.option("--live-url", help="Address of the counts.")
@click.option("--static-url", help="Address of the lots.")
@click.option("--interval", "interval_s", default=60, show_default=True, help="Seconds between live pulls.")
@click.option("--static-interval", "static_interval_s", default=86_400, show_default=True, help="Seconds.")
@click.option("--owner", help="Who answers for it.")
@click.option("--time-zone", default="Asia/Shanghai", show_default=True, help="Of times without a zone.")
@click.option("--crs", default="wgs84", show_default=True, help="wgs84, gcj02, bd09 or an EPSG code.")
@click.option(
    "--adopt", "adopts_lots", is_flag=True, help="Unknown lots become unfiled lots of the register."
)
@click.option("--allow", "allowed_networks", multiple=True, help="A private range (CIDR) it may lie in.")
@click.pass_obj
def add(context: Context, **values: object) -> None:
    """Add one source; it is asked at once, a mapped one once it is switched on."""
    draft = SourceDraft(**values)  # type: ignore[arg-type]
    with unit_of_work(context.sessions) as uow:
        now = context.clock.now()
        service.add_source(uow.session, CLI, draft, SOURCE_ADAPTERS, now, presets=MAPPING_RULES.presets)
    click.echo(f"{draft.name}: added")
    tell_waiting(context, (draft.name,))


@sources.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--base-url", help="What static_path and live_path are joined to.")
@click.option("--allow", "networks", multiple=True, help="A private range for sources that name none.")
@click.pass_obj
def load(context: Context, file: Path, base_url: str | None, networks: tuple[str, ...]) -> None:
    """Add and change sources as a TOML FILE describes them; may be run again, removes none.

    A mapped source that would be read otherwise than it was is not asked before it is switched on again.
    """
    drafts = drafts_from(file, base_url, networks)
    with unit_of_work(context.sessions) as uow:
        now = context.clock.now()
        loaded = service.load_sources(
            uow.session, CLI, drafts, SOURCE_ADAPTERS, now, presets=MAPPING_RULES.presets
        )
    click.echo(f"{len(loaded.added)} added, {len(loaded.changed)} changed, {len(loaded.unchanged)} unchanged")
    tell_waiting(context, (*loaded.added, *loaded.changed))
    for code in loaded.missing_lots:
        click.echo(f"no lot {code} in the register: not linked", err=True)


@sources.command()
@click.argument("name")
@click.option("--only", type=_KINDS, help="Only this of its two pulls.")
@click.pass_obj
def enable(context: Context, name: str, only: str | None) -> None:
    """Ask a disabled source again, from a clean state."""
    with unit_of_work(context.sessions) as uow:
        source = queries.by_name(uow.session, name)
        service.enable(uow.session, CLI, source.id, context.clock.now(), _kinds(only))
    click.echo(f"{name}: enabled")


@sources.command()
@click.argument("name")
@click.option("--only", type=_KINDS, help="Only this of its two pulls.")
@click.pass_obj
def disable(context: Context, name: str, only: str | None) -> None:
    """Ask a source no more; its lots and counts stay."""
    with unit_of_work(context.sessions) as uow:
        source = queries.by_name(uow.session, name)
        service.disable(uow.session, CLI, source.id, context.clock.now(), _kinds(only))
    click.echo(f"{name}: disabled")


@sources.command()
@click.argument("name")
@click.argument("networks", nargs=-1, metavar="[CIDR]...")
@click.pass_obj
def allow(context: Context, name: str, networks: tuple[str, ...]) -> None:
    """Let a source lie in these private ranges, in place of those before; without any, in none."""
    with unit_of_work(context.sessions) as uow:
        source = queries.by_name(uow.session, name)
        service.allow_networks(uow.session, CLI, source.id, networks, context.clock.now())
    click.echo(f"{name}: may lie in {', '.join(networks) or 'no private range'}")


@sources.command()
@click.argument("name")
@click.argument("external_id")
@click.argument("lot_code")
@click.pass_obj
def link(context: Context, name: str, external_id: str, lot_code: str) -> None:
    """Say that a source's lot EXTERNAL_ID is the register's LOT_CODE."""
    with unit_of_work(context.sessions) as uow:
        source = queries.by_name(uow.session, name)
        lot_id = lots.ids_by_code(uow.session, [lot_code]).get(lot_code)
        if lot_id is None:
            raise click.ClickException(f"no lot {lot_code} in the register")
        service.link_lot(uow.session, CLI, source.id, external_id, lot_id, context.clock.now())
    click.echo(f"{name}: {external_id} is {lot_code}")


@sources.command()
@click.argument("name")
@click.argument("external_id")
@click.option("--reason", required=True, help="What was wrong with it; it goes into the audit trail.")
@click.pass_obj
def unlink(context: Context, name: str, external_id: str, reason: str) -> None:
    """Take back a link: what the source told of the lot is believed no more; history stays."""
    with unit_of_work(context.sessions) as uow:
        source = queries.by_name(uow.session, name)
        service.unlink_lot(uow.session, CLI, source.id, external_id, reason, context.clock.now())
    click.echo(f"{name}: {external_id} is linked to no lot")


@sources.command()
@click.argument("name")
@click.option("--only", type=_KINDS, help="Only this of its two pulls.")
@click.pass_obj
def pull(context: Context, name: str, only: str | None) -> None:
    """Pull a source now and show what was read and what was refused; fails when nothing was usable."""
    with context.sessions() as session:
        source_id = queries.by_name(session, name).id
        has = [pull.kind for pull in queries.source_views(session, name)[0].pulls]
    failed = False
    for kind in _kinds(only):
        if only is None and kind not in has:
            continue
        outcome, recorded = pull_now(
            context.sessions,
            context.clock,
            context.fetcher,
            SOURCE_ADAPTERS,
            source_id,
            kind,
            sealer=context.sealer,
        )
        change = recorded.change
        click.echo(f"{pull_word(kind)}{say(N_('：'))}{_came(outcome, recorded)}")
        for problem in recorded.problems:
            click.echo("  " + problem_line(problem.record, problem.kind, problem.field, problem.detail))
        failed = failed or not change.succeeded
    if failed:
        raise SystemExit(1)


@sources.command()
@click.argument("name")
@click.pass_obj
def problems(context: Context, name: str) -> None:
    """The records of a source's last answers that were not taken, and why."""
    with context.sessions() as session:
        queries.by_name(session, name)
        view = queries.source_views(session, name)[0]
    if view.switch_on_reason:
        when = showing.time_of(view.switched_on_at)
        by = N_("%(by)s 于 %(when)s 启用：%(reason)s")
        click.echo(say(by, by=view.switched_on_by, when=when, reason=view.switch_on_reason))
    if view.preset_changed_at:
        since = showing.time_of(view.preset_changed_at)
        changed = N_("随附的映射在软件升级时改了，自 %(since)s 起按新的内容读取：%(command)s")
        click.echo(say(changed, since=since, command=f'parking sources switch-on "{name}"'))
    for pull in view.pulls:
        text = N_("%(document)s：%(state)s，收下 %(records)s 条，%(problems)s 处问题")
        state, figures = _state(view, pull), {"records": pull.records, "problems": pull.problem_count}
        click.echo(say(text, document=pull_word(pull.kind), state=state, **figures))
        if pull.reason:
            click.echo(f"  {_reason(pull)}")
        for told in pull.problems:
            click.echo("  " + problem_line(told["record"], told["kind"], told["field"], told["detail"]))
        if (more := pull.problem_count - len(pull.problems)) > 0:
            click.echo("  " + say(N_("还有 %(count)s 条"), count=more))


@sources.command()
@click.option("--settled", is_flag=True, help="Those that were settled too.")
@click.pass_obj
def differences(context: Context, settled: bool) -> None:
    """Where feeds tell filed lots otherwise than the register."""
    with context.sessions() as session:
        found = queries.differences(session, settled=settled)
        today = city.today(session, context.clock.now())
        cards = lots.lot_cards(session, today, {told.lot_id for told in found})
    names = {card.id: f"{card.code} {card.name}" for card in cards}
    for told in found:
        click.echo(
            f"{names.get(told.lot_id, told.lot_id)} ({told.source}: {told.external_id}): {told.field}: "
            f"ours {told.ours!r}, theirs {told.theirs!r}, since {showing.time_of(told.first_seen_at)}"
            + (f", settled {showing.time_of(told.settled_at)}" if told.settled_at else "")
        )
    click.echo(f"{len(found)} differences")


def _kinds(only: str | None) -> tuple[PullKind, ...]:
    return tuple(PullKind) if only is None else (PullKind(only),)


def _came(outcome: Outcome, recorded: service.Recorded) -> str:
    """What came of a pull."""
    if isinstance(outcome, NotModified):
        return say(N_("没有变化"))
    change = recorded.change
    if isinstance(outcome, Failed) or not change.succeeded:
        return failure_words(change.reason or "", change.detail)
    return say(
        N_("%(elapsed)s 秒，收下 %(records)s 条"), records=recorded.used, elapsed=f"{outcome.elapsed_s:.1f}"
    )


def _state(source: SourceView, pull: PullView) -> str:
    if source.switched_on_at is None:
        return say(N_("未启用"))
    opened = say(N_("，连续失败暂缓读取")) if pull.breaker_open else ""
    alone = say(N_("，由 %(by)s 单独停用"), by=pull.put_off_by) if pull.put_off_by else ""
    changed = say(N_("，映射改了")) if source.preset_changed_at else ""
    return say(_STATES[pull.state]) + alone + opened + changed


def _reason(pull: PullView) -> str:
    return failure_words(pull.reason, pull.detail) if pull.reason else ""
