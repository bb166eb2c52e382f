"""What does parking cost in the demo city? Six kinds of tariffs; one changes next month, one is discussed."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from datetime import date
from fnmatch import fnmatchcase
from typing import Any

from sqlalchemy.orm import Session

from parking.accounts import queries as accounts
from parking.accounts.rules import Audience, OfficerRole
from parking.city import queries as city
from parking.entrypoints import demo_city
from parking.kernel.actors import Actor
from parking.kernel.clock import Clock
from parking.kernel.days import month_after
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.lots import queries as lots
from parking.tariffs import queries, service
from parking.tariffs.rules.written import read_written


def publish_tariffs(sessions: Sessions, clock: Clock) -> None:
    """Let the reviewer draft the city's tariffs and the administrator publish them; once."""
    now = clock.now()
    with unit_of_work(sessions) as uow:
        session = uow.session
        today = city.today(session, now)
        if queries.tariffs(session, today):
            return
        author, approver = (
            _officer(session, role) for role in (OfficerRole.REVIEWER, OfficerRole.ADMINISTRATOR)
        )
        codes = [card.code for card in lots.lot_cards(session, today)]
        for told in read_written(file_of(today, codes)):
            service.import_tariff(session, author, told, now, approver=approver)
        # Not decided yet: the console compares it with what is in force.
        for told in read_written(drafts_of(today)):
            service.import_tariff(session, author, told, now)


def _officer(session: Session, role: OfficerRole) -> Actor:
    found = next(each for each in accounts.officers(session) if role in each.roles)
    return Actor(Audience.OFFICER, found.id)


def file_of(today: date, codes: Iterable[str]) -> dict[str, Any]:
    """The demo's tariffs with their dates, and patterns of codes made codes; no lot twice."""
    tariffs = _dated(today)["tariffs"]
    left = list(codes)
    for tariff in tariffs:
        for lot in tariff["lots"]:
            lot["codes"] = [code for code in left if any(fnmatchcase(code, each) for each in lot["codes"])]
            left = [code for code in left if code not in lot["codes"]]
        tariff["lots"] = [lot for lot in tariff["lots"] if lot["codes"]]
    return {"tariffs": tariffs}


def drafts_of(today: date) -> dict[str, Any]:
    """What the demo's bureau discusses."""
    return {"tariffs": _dated(today)["drafts"]}


def _dated(today: date) -> dict[str, Any]:
    text = demo_city.TARIFFS.read_text("utf-8").replace("{since}", str(date(today.year - 1, 1, 1)))
    return tomllib.loads(text.replace("{next_month}", str(month_after(today))))
