"""Tidal bays, arranged as an officer arranges them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from parking.boundary.files import KeptFile, MediaType
from parking.kernel.actors import CLI
from parking.kernel.vocabulary import LotKind, SpaceClass
from parking.lots.queries import LotCard
from parking.sharing.rules.tidal_checks import TidalDraft
from parking.sharing.service.tidal import arrange_tidal
from tests.factories.city import DISTRICTS, NOW
from tests.factories.lots import a_lot

PAPER = KeptFile("0" * 64, MediaType.PDF, 1000, "同意函.pdf")
NIGHTS = "Mo-Su 19:00-07:00"


def a_section(session: Session, **fields: Any) -> LotCard:
    """A road section with 30 bays in the east."""
    told = {"kind": LotKind.ON_STREET, "district_code": DISTRICTS[0], "spaces": {SpaceClass.GENERAL: 30}}
    return a_lot(session, **(told | fields))


def a_draft(**fields: Any) -> TidalDraft:
    """All 30 bays at night, from 2026-11-01 on, with a consent that names no end."""
    told = {
        "space_class": SpaceClass.GENERAL,
        "spaces": 30,
        "hours": NIGHTS,
        "from_on": date(2026, 11, 1),
        "until_on": None,
        "police_body": "试城市公安局交通警察大队",
        "consent_number": "试公交〔2026〕12号",
        "consent_on": date(2026, 10, 20),
    }
    return TidalDraft(**(told | fields))


def a_tidal(
    session: Session,
    lot_id: str,
    *,
    paper: KeptFile | None = PAPER,
    now: datetime = NOW,
    replaces_id: str | None = None,
    **fields: Any,
) -> str:
    """An arrangement; its id."""
    return arrange_tidal(session, CLI, lot_id, a_draft(**fields), paper, now, replaces_id=replaces_id)
