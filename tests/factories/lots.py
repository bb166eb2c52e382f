"""Lots, registered as a clerk registers them."""

from __future__ import annotations

from datetime import datetime
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from parking.city import queries as city
from parking.kernel.actors import CLI
from parking.kernel.vocabulary import SpaceClass
from parking.lots import queries, service
from parking.lots.queries import LotCard
from parking.lots.rules import LedgerReason, LotDraft
from tests.factories.city import NOW

_numbers = count(1)


def a_draft(**fields: Any) -> LotDraft:
    """A draft that the small city takes, with a code of its own; `lat` and `lon` stand for the pair given."""
    number = next(_numbers)
    told = {
        "code": f"T-{number:05d}",
        "name": f"第{number}停车场",
        "source_lat": fields.pop("lat", 32.06),
        "source_lon": fields.pop("lon", 120.62),
        "spaces": {SpaceClass.GENERAL: 100},
    }
    return LotDraft(**(told | fields))


def a_lot(
    session: Session,
    *,
    now: datetime = NOW,
    reason: LedgerReason = LedgerReason.OPENING_BALANCE,
    **fields: Any,
) -> LotCard:
    """A registered lot as its card; a city must be loaded (`a_city`)."""
    lot_id = service.register_lot(session, CLI, a_draft(**fields), now, reason)
    return queries.lot_cards(session, city.today(session, now), [lot_id])[0]
