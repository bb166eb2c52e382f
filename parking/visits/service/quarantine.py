"""How is kept what was refused? Of each thing one row, of each origin a bounded number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from parking.kernel.db.rows import rows_as_json
from parking.kernel.ids import new_id
from parking.visits.models import Quarantined

MOST_OF_ORIGIN = 500
MOST_OF_STRANGERS = 2_000
"""Rows of each dialect that name devices nobody registered."""

MORE = "…"
"""The key (or serial) of the row that stands for all beyond the bound."""

KEPT = timedelta(days=90)
LONGEST_KEPT = 200
"""Characters of a text in quarantine."""

_FIRST_YEAR, _LAST_YEAR = 1900, 2999

_STORE = text("""
    insert into quarantined (
        id, origin, reason, key, field, dialect, serial, network, device_id, lot_id, lane_id, event_id, at,
        direction, fee_fen, first_at, last_at, times
    )
    select id, origin, reason, key, field, dialect, serial, network, device_id, lot_id, lane_id, event_id, at,
        direction, fee_fen, :now, :now, times
    from json_to_recordset(cast(:rows as json)) as q(
        id text, origin text, reason text, key text, field text, dialect text, serial text, network text,
        device_id text, lot_id text, lane_id text, event_id text, at timestamptz, direction text,
        fee_fen integer, times integer
    )
    order by origin, reason, key
    on conflict (origin, reason, key) do update
        set times = quarantined.times + excluded.times, last_at = excluded.last_at,
            network = coalesce(excluded.network, quarantined.network)
""")
_PRUNE = text("delete from quarantined where last_at < :before")


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
    fee_fen: int | None = None


def quarantine(session: Session, refusals: Sequence[Refusal], now: datetime) -> None:
    """Keep refusals; a repeated one raises the number of its row, those beyond the bound become one row."""
    if not refusals:
        return
    told = Counter(_clean(refusal) for refusal in refusals)
    bounded = Counter[Refusal]()
    full = _full(session, told)
    for refusal, times in told.items():
        bounded[_beyond(refusal) if _bucket(refusal) in full else refusal] += times
    # Two that differ in less than what names a row are one row.
    rows: dict[tuple[str, str, str], dict[str, Any]] = {}
    for refusal, times in bounded.items():
        row = rows.setdefault(
            (refusal.origin, refusal.reason, refusal.key), {**asdict(refusal), "id": new_id(), "times": 0}
        )
        row["times"] += times
    session.execute(_STORE, {"rows": rows_as_json(rows.values()), "now": now})


def prune_quarantine(session: Session, now: datetime) -> int:
    """Delete what was not told again for 90 days; returns how many rows."""
    return int(session.execute(_PRUNE, {"before": now - KEPT}).rowcount)  # type: ignore[attr-defined]


def _bucket(refusal: Refusal) -> tuple[str, str]:
    """What is bounded together: all strangers of a dialect, else what one known source told."""
    if refusal.device_id is None and refusal.dialect is not None:
        return "dialect", refusal.dialect
    return "origin", refusal.origin


def _full(session: Session, refusals: Iterable[Refusal]) -> set[tuple[str, str]]:
    buckets = {_bucket(refusal) for refusal in refusals}
    full = set()
    for kind, column, most in (
        ("dialect", Quarantined.dialect, MOST_OF_STRANGERS),
        ("origin", Quarantined.origin, MOST_OF_ORIGIN),
    ):
        names = [name for bucket, name in buckets if bucket == kind]
        if not names:
            continue
        counted = select(column).where(column.in_(names)).group_by(column).having(func.count() >= most)
        if kind == "dialect":
            counted = counted.where(Quarantined.device_id.is_(None))
        full |= {(kind, name) for name in session.scalars(counted) if name is not None}
    return full


def _beyond(refusal: Refusal) -> Refusal:
    """The row of all that came after the bound was reached: what it is about is not told any more."""
    kind, name = _bucket(refusal)
    return Refusal(
        origin=f"{name}/{MORE}" if kind == "dialect" else name,
        reason=refusal.reason,
        key=MORE,
        dialect=refusal.dialect,
        device_id=refusal.device_id,
    )


def _clean(refusal: Refusal) -> Refusal:
    """What strangers send may hold anything: only what can be stored and shown is kept of it."""
    texts: dict[str, Any] = {
        name: _shown(value)
        for name in ("origin", "reason", "key", "field", "serial", "network", "event_id", "direction")
        if (value := getattr(refusal, name)) is not None
    }
    at = refusal.at
    # A clock may say any year; the first and the last are not to be had in every zone.
    shown_at = None if at is None or not _FIRST_YEAR <= at.year <= _LAST_YEAR else at
    return replace(refusal, **texts, at=shown_at)


def _shown(told: str) -> str:
    return "".join(each if each.isprintable() else "?" for each in told[:LONGEST_KEPT])
