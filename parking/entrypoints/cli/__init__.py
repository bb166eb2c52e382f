"""The command line: `parking --help`."""

from __future__ import annotations

import os
import signal
import sys

from parking.entrypoints.processes import ENDING

if sys.argv[1:2] == ["web"]:
    # It has to end what a killed one left, also when it is told while all below is imported: it hears of that
    # as soon as it listens (`stop_on_signals`).
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)

import click

from parking.entrypoints.cli.context import Context
from parking.entrypoints.cli.words import told
from parking.kernel.errors import ParkingError
from parking.settings import Settings, SettingsWrong


class _Commands(click.Group):
    """`web` and `simulate` begin at once; what the other commands are made of takes seconds to import."""

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted({*_QUICK, *_others()})

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        return _QUICK[name]() if name in _QUICK else _others().get(name)


def _web() -> click.Command:
    from parking.entrypoints.cli.run import web  # noqa: PLC0415 - only for whoever asks for it

    return web


def _simulate() -> click.Command:
    from parking.entrypoints.cli.simulate import simulate  # noqa: PLC0415 - as above

    return simulate


def _others() -> dict[str, click.Command]:
    from parking.entrypoints.cli.others import OTHERS  # noqa: PLC0415 - as above

    return OTHERS


_QUICK = {"web": _web, "simulate": _simulate}
_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 110}


@click.group(cls=_Commands, context_settings=_SETTINGS)
@click.pass_context
def parking(context: click.Context) -> None:
    """One register, one platform, one operation: the parking of a city.

    Settings come from the environment (PARKING_*); docs/operations.md lists them.
    """
    context.obj = Context(Settings.from_env(os.environ))
    context.call_on_close(context.obj.close)


def main() -> None:
    """Run a command; what is wrong is said in a sentence, with exit code 2 for input and 1 for all else."""
    try:
        parking(prog_name="parking")
    except SettingsWrong as wrong:
        sys.exit("\n".join(wrong.problems))
    except ParkingError as error:
        click.echo(told(error, os.environ), err=True)
        sys.exit(1)
