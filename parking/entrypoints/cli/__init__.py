"""The command line: `parking --help`."""

from __future__ import annotations

import os
import sys

import click

from parking.entrypoints.cli import (
    audit,
    city,
    clients,
    counts,
    database,
    devices,
    gateway,
    lots,
    officers,
    run,
    simulate,
    sources,
    tariffs,
)
from parking.entrypoints.cli.context import Context
from parking.entrypoints.cli.words import told
from parking.kernel.errors import ParkingError
from parking.settings import Settings, SettingsWrong


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.pass_context
def parking(context: click.Context) -> None:
    """One register, one platform, one operation: the parking of a city.

    Settings come from the environment (PARKING_*); docs/operations.md lists them.
    """
    context.obj = Context(Settings.from_env(os.environ))
    context.call_on_close(context.obj.close)


for command in (
    run.web,
    run.worker,
    simulate.simulate,
    city.city,
    lots.lots,
    counts.counts,
    sources.sources,
    officers.officers,
    clients.clients,
    devices.devices,
    gateway.gateway,
    tariffs.tariffs,
    audit.audit,
    database.database,
    database.doctor,
    database.backup,
    database.restore,
):
    parking.add_command(command)


def main() -> None:
    """Run a command; what is wrong is said in a sentence, with exit code 2 for input and 1 for all else."""
    try:
        parking(prog_name="parking")
    except SettingsWrong as wrong:
        sys.exit("\n".join(wrong.problems))
    except ParkingError as error:
        click.echo(told(error, os.environ), err=True)
        sys.exit(1)
