"""Tariffs in force at lots, drafted and published as the bureau does it."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from parking.kernel.actors import Actor
from parking.kernel.vocabulary import LotKind
from parking.tariffs import queries, service
from parking.tariffs.rules.document import read
from parking.tariffs.rules.examples import Example
from parking.tariffs.rules.quotes import Stay, quote
from tests.factories.city import NOW, SINCE

AUTHOR, APPROVER = Actor("officer", "author"), Actor("officer", "approver")
_numbers = itertools.count(1)


def hourly(hour_fen: int = 300, cap_fen: int = 2000, free_minutes: int = 30, **more: Any) -> dict[str, Any]:
    """Begun hours from entry on, some minutes free, and a most for each 24 hours from entry."""
    steps = [{"fen": hour_fen, "unit_minutes": 60}]
    plan: dict[str, Any] = {
        "cycle": {"kind": "entry", "hours": 24},
        "schedules": [{"bands": [{"from": "00:00", "until": "24:00", "steps": steps}], "cap_fen": cap_fen}],
    }
    if free_minutes:
        plan["free"] = {"minutes": free_minutes}
    return {"time_zone": "Asia/Shanghai", "plans": {"hourly": plan}, **more}


def a_draft(
    session: Session,
    document: Mapping[str, Any] | None = None,
    *,
    tariff_id: str | None = None,
    name: str = "试用收费标准",
    from_on: date = SINCE,
    now: datetime = NOW,
) -> str:
    """A version that nobody approved yet, with an example that comes out; its id."""
    document = hourly() if document is None else document
    if tariff_id is None:
        code = f"T-{next(_numbers)}"
        tariff_id = service.create_tariff(session, AUTHOR, code, name, LotKind.OFF_STREET, now)
    until_at = NOW + timedelta(hours=2)
    fee = quote(read(document), Stay(NOW, until_at), queries.tariff_book(session, now).calendar).fee_fen
    return service.save_draft(
        session, AUTHOR, tariff_id, document, from_on, [Example(NOW, until_at, fee)], now
    )


def a_tariff(
    session: Session,
    lots: Collection[str],
    document: Mapping[str, Any] | None = None,
    *,
    zone: str | None = None,
    now: datetime = NOW,
    **draft: Any,
) -> str:
    """A tariff in force at these lots since 2020; its id."""
    version_id = a_draft(session, document, now=now, **draft)
    service.publish(session, APPROVER, version_id, now)
    tariff_id = queries.version(session, version_id).tariff_id
    for lot_id in lots:
        service.assign(session, APPROVER, lot_id, tariff_id, zone, SINCE, now)
    session.flush()
    return tariff_id
