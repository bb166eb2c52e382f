"""Which devices may tell us what passes? `parking devices ...`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TextIO

import click
from sqlalchemy.orm import Session

from integrations.registry import GATE_DIALECTS
from parking.entrypoints.cli import showing
from parking.entrypoints.cli.context import Context
from parking.entrypoints.cli.register import lot_ids
from parking.kernel.actors import CLI
from parking.kernel.db.unit_of_work import unit_of_work
from parking.lots import queries, service
from parking.lots.errors import LaneNotFound
from parking.lots.rules import DeviceDraft, DeviceKind, DeviceRole, LaneDirection, LaneDraft
from parking.visits.service.pulls import pause_those_of


@click.group()
def devices() -> None:
    """Lanes and the cameras, sensors and clouds that watch them: add, list, rotate, disable, map."""


@devices.command()
@click.argument("code")
@click.argument("name")
@click.argument("direction", type=click.Choice([each.value for each in LaneDirection]))
@click.pass_obj
def lane(context: Context, code: str, name: str, direction: str) -> None:
    """Enter a lane of the lot with this code."""
    with unit_of_work(context.sessions) as uow:
        [lot_id] = lot_ids(uow.session, [code])
        draft = LaneDraft(name, LaneDirection(direction))
        service.register_lane(uow.session, CLI, lot_id, draft, context.clock.now())
    click.echo(f"{code} {name}: registered")


@devices.command()
@click.argument("name")
@click.argument("dialect", type=click.Choice(sorted(GATE_DIALECTS)))
@click.option("--kind", type=click.Choice([each.value for each in DeviceKind]), default="camera")
@click.option("--serial", help="As the device names itself.")
@click.option("--lot", "code", help="Code of its lot; a cloud needs none.")
@click.option("--lane", "lane_name", help="Name of its lane.")
@click.option("--evidence", is_flag=True, help="Keep what it tells, count nothing.")
@click.option(
    "--silence", "minutes", default=15, show_default=True, help="Minutes until its silence is told."
)
@click.option(
    "--signing-secret", "secret_file", type=click.File(), help="File with what its vendor signs with."
)
@click.option(
    "--profile",
    "profile_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="TOML file.",
)
@click.pass_obj
def add(
    context: Context,
    name: str,
    dialect: str,
    kind: str,
    serial: str | None,
    code: str | None,
    lane_name: str | None,
    evidence: bool,
    minutes: int,
    secret_file: TextIO | None,
    profile_file: Path | None,
) -> None:
    """Register a device; its address is shown here and nowhere else."""
    profile = profile_file.read_text("utf-8") if profile_file else None
    if wrong := GATE_DIALECTS[dialect].profile_problems(profile):
        raise click.BadParameter(
            "; ".join(f"{key}: {reason}" for key, reason in wrong), param_hint="--profile"
        )
    with unit_of_work(context.sessions) as uow:
        lot_id = lot_ids(uow.session, [code])[0] if code else None
        draft = DeviceDraft(
            name=name,
            kind=DeviceKind(kind),
            dialect=dialect,
            role=DeviceRole.EVIDENCE if evidence else DeviceRole.COUNTING,
            serial=serial,
            lot_id=lot_id,
            lane_id=_lane_id(uow.session, lot_id, lane_name) if lane_name else None,
            silence_after_s=minutes * 60,
            signing_secret=secret_file.read().strip() if secret_file else None,
            profile=profile,
        )
        made = service.register_device(
            uow.session,
            CLI,
            draft,
            dialects=GATE_DIALECTS,
            sealer=context.sealer,
            now=context.clock.now(),
        )
    for each in made.ended:
        place = " ".join(filter(None, (each.lot_code, each.lane_name)))
        click.echo(f"means nothing any more, map it again if it should: {each.vendor_key} ({place})")
    click.echo(f"{name}: id {made.device_id} address /compat/{dialect}/{made.url_secret}/ (shown only now)")


@devices.command("list")
@click.option("--unknown", is_flag=True, help="Those that nobody registered.")
@click.pass_obj
def list_(context: Context, unknown: bool) -> None:
    """Every device: where it stands, when it was heard, how far its clock is off."""
    with context.sessions() as session:
        found = queries.device_views(session, context.clock.now())
        others = queries.strangers(session)
    if unknown:
        table = showing.table("dialect", "serial", "from", "times", "last seen")
        for each in others:
            seen = each.last_seen_at.isoformat(timespec="minutes")
            table.add_row(each.dialect, each.serial, each.network, str(each.times), seen)
    else:
        table = showing.table("id", "name", "dialect", "lots", "lane", "role", "state", "last seen", "skew s")
        for view in found:
            table.add_row(
                view.id,
                view.name,
                view.dialect,
                ", ".join(lot.code for lot in view.lots),
                view.lane_name or "",
                view.role,
                "disabled" if view.disabled_at else "silent" if view.silent else "heard",
                view.last_seen_at.isoformat(timespec="minutes") if view.last_seen_at else "never",
                "" if view.skew_s is None else str(view.skew_s),
            )
    showing.show(table, width=140)
    click.echo(f"{len(others) if unknown else len(found)} devices")


@devices.command()
@click.argument("device_id")
@click.option("--overlap", "hours", default=24.0, show_default=True, help="Hours the old address stays good.")
@click.pass_obj
def rotate(context: Context, device_id: str, hours: float) -> None:
    """Make a new address; 0 hours take the old one back at once."""
    now, overlap = context.clock.now(), timedelta(hours=hours)
    with unit_of_work(context.sessions) as uow:
        view = queries.device_view(uow.session, device_id, now)
        made = service.rotate_device_secret(uow.session, CLI, device_id, overlap=overlap, now=now)
    click.echo(f"{view.name}: address /compat/{view.dialect}/{made.url_secret}/ (shown only now)")


@devices.command()
@click.argument("device_id")
@click.pass_obj
def disable(context: Context, device_id: str) -> None:
    """Its address is good for nothing any more, and nothing of it counts."""
    with unit_of_work(context.sessions) as uow:
        stopped = service.disable_device(uow.session, CLI, device_id, context.clock.now())
        keys = pause_those_of(uow.session, CLI, device_id, context.clock.now())
    click.echo(f"{device_id}: disabled")
    showing.stopped_lanes(stopped)
    for key in keys:
        click.echo(f"not asked any more: {key}")


@devices.command("map")
@click.argument("device_id")
@click.argument("lot_key")
@click.argument("code")
@click.option("--lane", "lane_key", help="The vendor's word for a lane of this lot...")
@click.option("--as", "lane_name", help="... and its name in the register.")
@click.pass_obj
def map_(
    context: Context, device_id: str, lot_key: str, code: str, lane_key: str | None, lane_name: str | None
) -> None:
    """Say which lot, and which lane of it, a vendor's words mean."""
    now = context.clock.now()
    with unit_of_work(context.sessions) as uow:
        [lot_id] = lot_ids(uow.session, [code])
        stopped = service.map_lot(uow.session, CLI, device_id, lot_key, lot_id, now)
        if lane_key and lane_name:
            lane_id = _lane_id(uow.session, lot_id, lane_name)
            service.map_lane(uow.session, CLI, device_id, lot_id, lane_key, lane_id, now)
    click.echo(f"{device_id}: {lot_key} is {code}")
    showing.stopped_lanes(stopped)


def _lane_id(session: Session, lot_id: str | None, name: str) -> str:
    lanes = queries.lanes_of_lot(session, lot_id) if lot_id else ()
    found = next((each.id for each in lanes if each.name == name), None)
    if found is None:
        raise LaneNotFound
    return found
