"""Do both sides hold the same passages of a day? Numbers first, then the ids, to find what is missing."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

from flask import Response, request

from parking.accounts.queries.sandbox import sandbox_ids, sandbox_numbers
from parking.accounts.rules import Scope
from parking.city import queries as city
from parking.kernel.days import day_span
from parking.kernel.errors import N_, FieldProblem, InvalidInput
from parking.portals._http import work
from parking.portals.gateway.answers import IdsSchema, NumbersSchema
from parking.portals.gateway.api import operation
from parking.portals.gateway.calling import answer, call, loaded
from parking.portals.gateway.rates import Bucket
from parking.portals.gateway.schemas import IdsAskedSchema
from parking.visits.queries.visits import passage_ids, passage_numbers

_IDS = IdsAskedSchema()
_DAY = {"lot": "320999-0001", "on": "2026-11-21"}
_NUMBERS = _DAY | {"entries": 812, "exits": 805, "voided": 3}
_FOUND = _DAY | {"ids": ["e-20261121-000123", "e-20261121-000124"], "next": None}


@operation(
    "GET",
    "/checks/<string:lot>/<string:on>",
    scope=Scope.CHECK_READ,
    bucket=Bucket.READS,
    answers={200: (NumbersSchema, _NUMBERS)},
)
def numbers(lot: str, on: str) -> Response:
    """How many passages of a lot's day (YYYY-MM-DD, the city's) we hold from you.

    Compare them with your own; where they differ, ask for the ids.
    """
    asked, session = call(), work.session()
    lot_id, day = asked.own_lot(lot), _day(on)
    zone = city.time_zone(session, asked.received_at)
    if asked.client.sandbox:
        found = sandbox_numbers(session, asked.client.id, lot_id, *day_span(day, zone))
    else:
        told = passage_numbers(session, asked.client.source, [lot_id], day, zone)
        found = next(((each.entries, each.exits, each.voided) for each in told), (0, 0, 0))
    entries, exits, voided = found
    return answer({"lot": lot, "on": day, "entries": entries, "exits": exits, "voided": voided})


@operation(
    "GET",
    "/checks/<string:lot>/<string:on>/ids",
    scope=Scope.CHECK_READ,
    bucket=Bucket.READS,
    query=_IDS,
    answers={200: (IdsSchema, _FOUND)},
)
def ids(lot: str, on: str) -> Response:
    """The event ids of a lot's day that we hold from you, sorted by their bytes, voided ones too.

    What you sent and do not find is missing: send it again, in a batch. `next` is the address of the rest.
    """
    asked, session = call(), work.session()
    page = loaded(_IDS, request.args.to_dict())
    lot_id, day = asked.own_lot(lot), _day(on)
    zone = city.time_zone(session, asked.received_at)
    if asked.client.sandbox:
        span = day_span(day, zone)
        found = sandbox_ids(session, asked.client.id, lot_id, *span, page["after"], page["limit"])
    else:
        found = passage_ids(
            session, asked.client.source, lot_id, day, zone, after=page["after"], limit=page["limit"]
        )
    following = None
    if len(found) == page["limit"]:
        following = f"{request.path}?{urlencode({'limit': page['limit'], 'after': found[-1]})}"
    return answer({"lot": lot, "on": day, "ids": found, "next": following})


def _day(text: str) -> date:
    """A city day. Raises InvalidInput."""
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        day = None
    if day is None or not 2000 <= day.year <= 2100:
        problem = FieldProblem("on", "not_a_day", N_("不是有效的日期，应如 2026-11-21"))
        raise InvalidInput(problems=[problem])
    return day
