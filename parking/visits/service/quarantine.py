"""How is kept what was refused? Of each thing one row, of each origin a bounded number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something was not taken, without plate or secret; `origin` is a source or "dialect/serial"."""

    origin: str
    reason: str
    key: str = ""
    field: str | None = None
    dialect: str | None = None
    serial: str | None = None
    network: str | None = None
    device_id: str | None = None
    lot_id: str | None = None
    lane_id: str | None = None
    event_id: str | None = None
    at: datetime | None = None
    direction: str | None = None


def quarantine(session: Session, refusals: list[Refusal], now: datetime) -> None:
    """Keep refusals; a repeated one raises the number of its row, those beyond the bound become one row."""
    raise NotImplementedError
