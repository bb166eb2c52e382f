"""Which processes does the command line start? Here the web; `work` has the worker."""

from __future__ import annotations

import os
from threading import Event

import click

from parking.entrypoints.cli.context import Context
from parking.entrypoints.database import database_url
from parking.entrypoints.handover import take_port
from parking.entrypoints.meters import meters_folder
from parking.entrypoints.processes import end_with_parent, stop_on_signals, uncollected

with_parent = click.option(
    "--with-parent", is_flag=True, hidden=True, help="End when the parent process ends."
)


def stopping(ends_with_parent: bool) -> Event:
    """An event that a signal sets, and the end of the parent where that is asked for."""
    stop = stop_on_signals()
    if ends_with_parent:
        end_with_parent(stop.set)
    return stop


@click.command()
@with_parent
@click.pass_obj
def web(context: Context, with_parent: bool) -> None:
    """Serve the pages and the interfaces (PARKING_HOST, PARKING_PORT)."""
    stop = stopping(with_parent)
    place = take_port(context.settings)
    with meters_folder() as meters:
        # Its counters ask for this when they are imported.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(meters)
        with uncollected():
            from parking.entrypoints.web import serve  # noqa: PLC0415 - the whole platform: others need none
        with database_url(context.settings) as url:
            # With its parent all of it ends: there is nobody who would start it again.
            serve(context.settings, url, stop, None if with_parent else place)
