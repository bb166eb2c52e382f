"""Which operations does the gateway have? Named once, so that the composition root serves all of them."""

from __future__ import annotations

from flask import Flask

from parking.kernel.db.engine import Sessions
from parking.portals.gateway import (
    allow_list,
    charges,
    checks,
    corrections,
    counts,
    fees,
    heartbeats,
    history,
    passages,
    pay_codes,
)
from parking.portals.gateway.api import blueprint
from parking.portals.gateway.calling import gateway_of

__all__ = [
    "allow_list",
    "begin_writing",
    "blueprint",
    "charges",
    "checks",
    "corrections",
    "counts",
    "fees",
    "heartbeats",
    "history",
    "passages",
    "pay_codes",
]


def begin_writing(app: Flask, sessions: Sessions) -> None:
    """Start the thread that writes the log of calls; once in each web process."""
    gateway_of(app).calls.begin(sessions)
