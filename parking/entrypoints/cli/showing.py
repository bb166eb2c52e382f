"""How does the command line show a table, an instant, and how far it is?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from parking.lots.service import StoppedLane


def table(*titles: str, figures: bool = False) -> Table:
    """An empty table, of `figures` behind the first column or of words.

    Cells are wrapped and never cut: the next command wants the whole name.
    """
    made = Table(box=None, header_style="bold", pad_edge=False)
    for place, title in enumerate(titles):
        made.add_column(title, overflow="fold", justify="right" if figures and place else "left")
    return made


def show(told: Table, width: int | None = None) -> None:
    """Write a table, as wide as the terminal or as `width`."""
    Console(soft_wrap=True, width=width).print(told)


def time_of(at: datetime | None, zone: ZoneInfo | None = None) -> str:
    """An instant in a zone that the reader is told, else in this machine's time; a dash for none."""
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S") if at else "-"


def stopped_lanes(stopped: Iterable[StoppedLane]) -> None:
    """Name the lanes in which nobody counts any more, each on a line."""
    for lane in stopped:
        click.echo(f"no counting source any more: {lane.lot_code} {lane.name}")


def progress() -> Progress:
    """How far it is, on standard error, gone when it is done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)
