"""Which agreements' parties are to be told this evening what will still stand there in the morning?"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.city import queries as city
from parking.sharing.models.questions import LeftoversTold
from parking.sharing.queries.bookings import Leftovers, leftovers
from parking.sharing.rules.evenings import WITHIN, evening_hour, is_evening


@dataclass(frozen=True, slots=True)
class Evening:
    """What an agreement's windows leave behind: vehicles `expected` at their ends, the first at `until_at`.

    `overdue` ones of earlier windows are inside the lot.
    """

    agreement_id: str
    evening_on: date
    until_at: datetime
    expected: int
    overdue: int


def evenings_to_tell(session: Session, now: datetime) -> list[Evening]:
    """The agreements of which something is expected and nothing was told this evening; none before it.

    Raises ProfileMissing before the city's profile was loaded.
    """
    local = now.astimezone(city.time_zone(session, now))
    if not is_evening(local, evening_hour(city.facts(session, local.date()))):
        return []
    told = select(LeftoversTold.agreement_id).where(LeftoversTold.evening_on == local.date())
    known = set(session.scalars(told))
    ends: dict[str, list[Leftovers]] = defaultdict(list)
    for each in leftovers(session, now, WITHIN):
        if each.agreement_id not in known:
            ends[each.agreement_id].append(each)
    found = [
        Evening(
            agreement_id,
            local.date(),
            min(each.until_at for each in windows),
            sum(each.expected for each in windows),
            max(each.overdue for each in windows),
        )
        for agreement_id, windows in ends.items()
    ]
    return [each for each in found if each.expected or each.overdue]
