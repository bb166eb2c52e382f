"""Whom is a lot to let in? What changed since it asked last: lots have no public address, so they ask."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64

from flask import Response, request

from parking.accounts.rules import Scope
from parking.kernel.errors import N_, FieldProblem, InvalidInput
from parking.portals._http import work
from parking.portals._http.services import services
from parking.portals.gateway.answers import AllowListSchema
from parking.portals.gateway.api import operation
from parking.portals.gateway.calling import answer, call, loaded
from parking.portals.gateway.rates import Bucket
from parking.portals.gateway.schemas import SinceSchema
from parking.sharing.queries.passes import allow_list

_SINCE = SinceSchema()
_LONGEST_NUMBER = 18
_ITEM = {
    "id": "k3v9m2q7x4t8",
    "plate": "苏F12345",
    "from_at": "2026-11-21T10:00:00Z",
    "until_at": "2026-11-22T00:00:00Z",
    "withdrawn": False,
}
_GONE = _ITEM | {"id": "p8w2d6n4z1c5", "plate": None, "withdrawn": True}
_ANSWER = {"items": [_ITEM, _GONE], "cursor": "bG90OjQy", "more": False}


@operation(
    "GET",
    "/allow-lists/<string:lot>",
    scope=Scope.ALLOW_LIST_READ,
    bucket=Bucket.READS,
    query=_SINCE,
    answers={200: (AllowListSchema, _ANSWER)},
)
def changes(lot: str) -> Response:
    """The passes of a lot of yours that changed since `since`, in order; without it, all that stand.

    A pass that was withdrawn or is over comes once more, without its plate: take it off your list. A
    sandbox's list is empty: it must not see whom a real lot lets in.
    """
    asked = call()
    page = loaded(_SINCE, request.args.to_dict())
    lot_id = asked.own_lot(lot)
    since = _number(page["since"], lot_id)
    keys = services().plate_keys
    if asked.client.sandbox or keys is None:
        return answer({"items": [], "cursor": _cursor(lot_id, since), "more": False})
    found = allow_list(work.session(), lot_id, since, page["limit"], asked.received_at)
    items = [
        {
            "id": each.pass_id,
            "plate": None if each.plate_sealed is None else keys.open(each.plate_sealed),
            "from_at": each.from_at,
            "until_at": each.until_at,
            "withdrawn": each.withdrawn or each.plate_sealed is None,
        }
        for each in found.entries
    ]
    return answer({"items": items, "cursor": _cursor(lot_id, found.seq), "more": found.more})


def _cursor(lot_id: str, seq: int) -> str:
    return urlsafe_b64encode(f"{lot_id}:{seq}".encode()).rstrip(b"=").decode()


def _number(cursor: str | None, lot_id: str) -> int:
    """The number behind a cursor that we gave out for this lot. Raises InvalidInput."""
    if cursor is None:
        return 0
    try:
        text = urlsafe_b64decode(cursor.encode("ascii") + b"==").decode("ascii")
    except (UnicodeError, NotBase64):
        text = ""
    of, _, number = text.partition(":")
    if of != lot_id or not number.isdecimal() or len(number) > _LONGEST_NUMBER:
        problem = FieldProblem("since", "bad_cursor", N_("不是我们给出的翻页位置，请从第一页开始"))
        raise InvalidInput(problems=[problem])
    return int(number)
