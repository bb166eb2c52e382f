"""What does a stay at a lot cost by its tariff, and how long may its vehicle take to leave after paying?"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from sqlalchemy.orm import Session

from parking.city import queries as city
from parking.tariffs import queries as tariffs
from parking.tariffs.queries import LotTariff
from parking.tariffs.rules.errors import StayTooLong
from parking.tariffs.rules.quotes import LONGEST_DAYS, Quote, Stay
from parking.tariffs.rules.tariff import Days
from parking.tariffs.rules.versions import quote_across, told_grace
from parking.visits.errors import StayUnpriced, TariffMissing
from parking.visits.rules.charges import GRACE_MINUTES


@dataclass(frozen=True)
class PricedStay:
    """A stay's quote, and the tariff that holds at its entry with the versions that follow."""

    session: Session = field(repr=False)
    stay: Stay
    quote: Quote
    tariff: LotTariff

    @cached_property
    def _calendar(self) -> Days:
        # Read only for a stay that was paid for before its end: few are.
        return city.calendar(self.session)

    def until(self, at: datetime) -> Quote:
        """What the same stay costs when it ends at another time. Raises StayUnpriced."""
        try:
            return quote_across(self.tariff.versions, replace(self.stay, until_at=at), self._calendar)
        except StayTooLong as refused:
            raise StayUnpriced(days=LONGEST_DAYS) from refused


def price_stay(session: Session, lot_id: str, stay: Stay, tariff_id: str | None = None) -> PricedStay:
    """What a stay at a lot costs, from the tariff as it is stored now: the lot's, unless another is told.

    Raises TariffMissing where none held at entry, StayUnpriced for a stay of more than 366 days.
    """
    try:
        priced = tariffs.quote_for(session, lot_id, stay, tariff_id)
    except StayTooLong as refused:
        raise StayUnpriced(days=LONGEST_DAYS) from refused
    if priced.quote is None or priced.tariff is None:
        raise TariffMissing
    return PricedStay(session, stay, priced.quote, priced.tariff)


def grace_minutes(session: Session, tariff: LotTariff, paid_at: datetime) -> int:
    """How long after paying a vehicle may leave: as the tariff's sign says, else as the city does."""
    if told := told_grace(tariff.versions, paid_at):
        return told
    facts = city.facts(session, city.today(session, paid_at))
    return int(facts.get("charges.grace_minutes", GRACE_MINUTES))
