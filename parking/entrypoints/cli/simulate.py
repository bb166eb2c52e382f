"""Who plays the connected lots? `parking simulate`: the demo city's feeds over real HTTP."""

from __future__ import annotations

from pathlib import Path

import click

from parking.entrypoints.processes import PortTaken, end_with_parent, refuse_taken_port, stop_on_signals
from parking.entrypoints.simulator.app import Simulator
from parking.entrypoints.simulator.barriers.street import Street
from parking.entrypoints.simulator.barriers.street_file import StreetFile, read_street
from parking.entrypoints.simulator.city import read_city, read_offers
from parking.entrypoints.simulator.course import DEFAULT_SEED
from parking.entrypoints.simulator.load import Load
from parking.entrypoints.simulator.networks import Networks
from parking.entrypoints.simulator.server import serve
from parking.entrypoints.simulator.stage import Stage
from parking.kernel.clock import SystemClock

_SHARE = click.FloatRange(0, 1)


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8100, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--seed", type=int, default=DEFAULT_SEED, show_default=True, help="Another seed, other days.")
@click.option(
    "--load", "sources", type=click.IntRange(min=0), default=0, help="So many one-lot sources at /load/N."
)
@click.option("--hang-share", type=_SHARE, default=0.0, help="The share of them that never answers.")
@click.option("--broken-share", type=_SHARE, default=0.0, help="The share of them that answers nonsense.")
@click.option(
    "--barriers",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Which barriers play, with their addresses and keys (the demo writes such a file).",
)
@click.option("--with-parent", is_flag=True, hidden=True, help="End when the parent process ends.")
def simulate(
    port: int,
    host: str,
    seed: int,
    sources: int,
    hang_share: float,
    broken_share: float,
    barriers: Path | None,
    with_parent: bool,
) -> None:
    """Play the demo city's feeds and barriers; some lie, stall or break. /control tells and changes who."""
    stop = stop_on_signals()
    if with_parent:
        end_with_parent(stop.set)
    try:
        refuse_taken_port(host, port)
    except PortTaken as taken:
        raise click.ClickException(f"port {port} is taken: choose another with --port") from taken
    played = (*read_city(), *read_offers())
    stage = Stage(played, SystemClock().now, seed=seed, load=Load(sources, hang_share, broken_share))
    told = StreetFile() if barriers is None else read_street(barriers, seed)
    clock = SystemClock().now
    street = Street(told.lots, clock, told.rows, told.clouds, told.told)
    networks = Networks(told.networks, f"http://{host}:{port}", clock)
    serve(
        Simulator(stage, street, networks),
        street,
        host,
        port,
        stop,
        lambda: click.echo(f"http://{host}:{port}/control", err=True),
    )
