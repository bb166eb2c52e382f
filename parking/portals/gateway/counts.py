"""How many spaces are free, counted by somebody who sees them all? A count beats the passages before it."""

from __future__ import annotations

from flask import Response

from parking.accounts.rules import Scope
from parking.portals.gateway import reading
from parking.portals.gateway.answers import ItemsSchema
from parking.portals.gateway.api import operation
from parking.portals.gateway.calling import call, loaded
from parking.portals.gateway.doors import door
from parking.portals.gateway.passages import judged
from parking.portals.gateway.rates import Bucket
from parking.portals.gateway.repeats import DURABLE

_EXAMPLE = {"lot": "320999-0001", "class": "general", "at": "2026-11-21T18:30:00+08:00", "free": 86}
_ITEM = {"index": 0, "status": 200, "outcome": "new", "event_id": "c-1", "counted": True}
_ANSWER = {"items": [_ITEM], "new": 1, "repeated": 0, "quarantined": 0, "refused": 0}


@operation(
    "POST",
    "/counts",
    scope=Scope.COUNTS_WRITE,
    bucket=Bucket.LIVE,
    repeats=DURABLE,
    body=reading.COUNTS,
    example={"counts": [_EXAMPLE]},
    answers={200: (ItemsSchema, _ANSWER), 207: (ItemsSchema, _ANSWER)},
)
def tell_counts() -> Response:
    """Tell absolute counts of up to 100 lots and classes.

    Each is judged by itself, as in a batch; 503 is said of all of them, also where one lot's alone cannot be
    stored just now: send all again, or each lot's by themselves.
    """
    asked = call()
    items = loaded(reading.COUNTS)["counts"]
    return judged(items, reading.count, lambda told: door().count(asked.client, told, asked.received_at))
