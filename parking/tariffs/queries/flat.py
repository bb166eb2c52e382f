"""What does a stay at a lot cost? The one door through which everybody asks for a fee."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from parking.city import queries as city
from parking.kernel.errors import N_
from parking.kernel.vocabulary import StayKind
from parking.tariffs.rules import Fee, FlatTariff, flat_fee, free_fee

FREE_MINUTES = 30
HOUR_FEN = 300
DAY_CAP_FEN = 2000


def fee_for(
    session: Session,
    lot_id: str,
    entered_at: datetime,
    until_at: datetime,
    *,
    stay: StayKind = StayKind.CASUAL,
) -> Fee:
    """The fee of a stay at a lot. Every lot has the city's flat tariff of the day of entry.

    A monthly stay costs nothing here: it was paid for elsewhere. Raises ProfileMissing; ValueError where
    the stay ends before it begins.
    """
    if stay is StayKind.MONTHLY:
        return free_fee(N_("月租车辆，不另收费"))
    facts = city.facts(session, city.today(session, entered_at))
    tariff = FlatTariff(
        free_minutes=int(facts.get("tariffs.free_minutes", FREE_MINUTES)),
        hour_fen=int(facts.get("tariffs.hour_fen", HOUR_FEN)),
        day_cap_fen=int(facts.get("tariffs.day_cap_fen", DAY_CAP_FEN)),
    )
    return flat_fee(tariff, entered_at, until_at)
