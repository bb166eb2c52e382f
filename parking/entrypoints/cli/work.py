"""How does the command line start the worker?"""

from __future__ import annotations

from dataclasses import replace

import click

from parking.bootstrap import create_worker
from parking.entrypoints import worker as worker_process
from parking.entrypoints.cli.context import Context
from parking.entrypoints.cli.run import stopping, with_parent
from parking.entrypoints.database import database_url


@click.command()
@with_parent
@click.pass_obj
def worker(context: Context, with_parent: bool) -> None:
    """Run what happens by itself: pulls, history, upkeep."""
    stop = stopping(with_parent)
    with database_url(context.settings) as url:
        worker_process.work(create_worker(replace(context.settings, database_url=url)), stop)
