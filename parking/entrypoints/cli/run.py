"""Which processes does the command line start: the web and the worker?"""

from __future__ import annotations

from dataclasses import replace
from threading import Event

import click

from parking.bootstrap import create_worker
from parking.entrypoints import web as web_process
from parking.entrypoints import worker as worker_process
from parking.entrypoints.cli.context import Context
from parking.entrypoints.database import database_url
from parking.entrypoints.processes import end_with_parent, stop_on_signals

with_parent = click.option(
    "--with-parent", is_flag=True, hidden=True, help="End when the parent process ends."
)


def _stopping(ends_with_parent: bool) -> Event:
    stop = stop_on_signals()
    if ends_with_parent:
        end_with_parent(stop.set)
    return stop


@click.command()
@with_parent
@click.pass_obj
def web(context: Context, with_parent: bool) -> None:
    """Serve the pages and the interfaces (PARKING_HOST, PARKING_PORT)."""
    stop = _stopping(with_parent)
    with database_url(context.settings) as url:
        code = web_process.serve(context.settings, url, stop)
    raise SystemExit(code)


@click.command()
@with_parent
@click.pass_obj
def worker(context: Context, with_parent: bool) -> None:
    """Run what happens by itself: pulls, history, upkeep."""
    stop = _stopping(with_parent)
    with database_url(context.settings) as url:
        worker_process.work(create_worker(replace(context.settings, database_url=url)), stop)
