"""Which vehicles crossed which lanes? One by one, or many after an outage; durable when answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from flask import Response

from parking.accounts.rules import Scope
from parking.kernel.errors import N_, FieldProblem, InvalidInput
from parking.portals._http import problems
from parking.portals.gateway import reading
from parking.portals.gateway.answers import ItemsSchema, OutcomeSchema
from parking.portals.gateway.api import operation
from parking.portals.gateway.calling import answer, call, document, loaded
from parking.portals.gateway.doors import door
from parking.portals.gateway.errors import UnknownLot
from parking.portals.gateway.rates import Bucket
from parking.portals.gateway.repeats import DURABLE, LIGHT
from parking.visits.rules.outcomes import Outcome, OutcomeKind
from parking.visits.rules.windows import is_late

_Told = TypeVar("_Told")
STATUS = {
    OutcomeKind.NEW: 200,
    OutcomeKind.REPEATED: 200,
    OutcomeKind.QUARANTINED: 202,
    OutcomeKind.REFUSED: 422,
}
_UNKNOWN = "unknown_lot"
_REFUSED: Mapping[str, str] = {
    _UNKNOWN: UnknownLot.text,
    "direction_missing": N_("没有写明进出方向"),
    "bad_event_id": N_("编号应有 1 到 64 个可显示的字符，不能含车牌"),
    "event_id_reused": N_("这个编号已用于另一条记录：停车场、方向、车位类型或数字不同，或相差 15 分钟以上"),
    "holds_plate": N_("编号不能含车牌"),
    "unknown_lane": N_("这个停车场没有这条车道"),
}
_ELSE = N_("这条记录不能收下")
_NO_OBJECT = N_("应是一个 JSON 对象")

EXAMPLE = {
    "event_id": "e-20261121-000123",
    "at": "2026-11-21T18:30:00+08:00",
    "lot": "320999-0001",
    "lane": "入口1",
    "direction": "entry",
    "plate": "苏F12345",
    "colour": "blue",
}
_TAKEN = {"outcome": "new", "event_id": "e-20261121-000123", "counted": True, "late": False}
_ASIDE = _TAKEN | {"outcome": "quarantined", "counted": False, "late": True, "code": "too_old"}
_ITEM = {"index": 0, "status": 200, "outcome": "new", "event_id": "e-20261121-000123", "counted": True}
_NUMBERS = {"items": [_ITEM], "new": 1, "repeated": 0, "quarantined": 0, "refused": 0}
_BAD_ITEM = {"index": 0, "status": 404, "outcome": "refused", "event_id": None, "counted": False}
_MIXED = {"items": [_BAD_ITEM | {"code": _UNKNOWN}], "new": 0, "repeated": 0, "quarantined": 0, "refused": 1}


@operation(
    "POST",
    "/passages",
    scope=Scope.PASSAGES_WRITE,
    bucket=Bucket.LIVE,
    repeats=LIGHT,
    body=reading.PASSAGE,
    example=EXAMPLE,
    answers={200: (OutcomeSchema, _TAKEN), 202: (OutcomeSchema, _ASIDE)},
)
def tell_passage() -> Response:
    """Tell one passage.

    A success means that it is durable and counted once, however often it is told. 202: it is more than seven
    days old or more than two minutes ahead, so it is kept aside and never counts.
    """
    asked = call()
    told = reading.passage(document())
    (outcome,) = door().take(asked.client, (told,), asked.received_at)
    return answer(*taken(outcome, is_late(told.at, asked.received_at, resent=told.resent)))


@operation(
    "POST",
    "/passages/batches",
    scope=Scope.PASSAGES_WRITE,
    bucket=Bucket.BATCHES,
    repeats=DURABLE,
    body=reading.BATCH,
    example={"passages": [EXAMPLE]},
    answers={200: (ItemsSchema, _NUMBERS), 207: (ItemsSchema, _MIXED)},
)
def tell_passages() -> Response:
    """Tell up to 500 passages, as after an outage.

    Each is judged by itself: 200 when all were taken, 207 when some were not; `items` says which and why.
    503 is said of the whole batch, also where one of its lots alone cannot be stored just now: send all of it
    again, or each lot's passages by themselves.
    """
    asked = call()
    items = loaded(reading.BATCH)["passages"]
    return judged(
        items,
        reading.passage,
        lambda told: door().take(asked.client, told, asked.received_at),
        lambda told: {"late": is_late(told.at, asked.received_at, resent=told.resent)},
    )


def judged(
    items: Sequence[Any],
    read: Callable[[Mapping[str, Any]], _Told],
    take: Callable[[Sequence[_Told]], Sequence[Outcome]],
    more: Callable[[_Told], Mapping[str, Any]] = lambda _: {},
) -> Response:
    """Read each item, take those that could be read together, and say of each what became of it."""
    answers: list[dict[str, Any]] = []
    told: list[tuple[int, _Told]] = []
    for index, item in enumerate(items):
        try:
            if not isinstance(item, dict):
                raise InvalidInput(problems=[FieldProblem("", "not_an_object", _NO_OBJECT)])
            told.append((index, read(item)))
        except InvalidInput as error:
            answers.append(_unreadable(index, item, error))
    outcomes = take([each for _, each in told]) if told else ()
    for (index, each), outcome in zip(told, outcomes, strict=True):
        answers.append({**_item(index, outcome), **more(each)})
    answers.sort(key=lambda each: each["index"])
    numbers = Counter(each["outcome"] for each in answers)
    whole = all(each["status"] == 200 for each in answers)
    return answer(
        {"items": answers, **{str(kind): numbers[kind] for kind in OutcomeKind}}, 200 if whole else 207
    )


def taken(outcome: Outcome, late: bool = False, within: str = "") -> tuple[dict[str, Any], int]:
    """What a client is told of one thing, and the status. Raises UnknownLot, InvalidInput for a refusal.

    `within` is where it stood in what was told: "" or "passage.".
    """
    if outcome.kind is OutcomeKind.REFUSED:
        if outcome.code == _UNKNOWN:
            raise UnknownLot(f"{within}lot")
        raise InvalidInput(problems=[problem(outcome, within)])
    told: dict[str, Any] = {
        "outcome": outcome.kind,
        "event_id": outcome.event_id,
        "counted": outcome.counted,
        "late": late,
    }
    if outcome.code is not None:
        told["code"] = outcome.code
    return told, STATUS[outcome.kind]


def problem(outcome: Outcome, within: str = "") -> FieldProblem:
    """What is wrong with a thing that was refused, of the field in which it is."""
    code = outcome.code or "refused"
    return FieldProblem(within + (outcome.field or "event_id"), code, _REFUSED.get(code, _ELSE))


def _item(index: int, outcome: Outcome) -> dict[str, Any]:
    told: dict[str, Any] = {
        "index": index,
        "status": 404 if outcome.code == _UNKNOWN else STATUS[outcome.kind],
        "outcome": outcome.kind,
        "event_id": outcome.event_id,
        "counted": outcome.counted,
    }
    if outcome.code is not None:
        told["code"] = outcome.code
    if outcome.kind is OutcomeKind.REFUSED:
        told["errors"] = problems.field_errors([problem(outcome)])
    return told


def _unreadable(index: int, item: object, error: InvalidInput) -> dict[str, Any]:
    event_id = item.get("event_id") if isinstance(item, dict) else None
    return {
        "index": index,
        "status": 422,
        "outcome": OutcomeKind.REFUSED,
        "event_id": _shown(event_id) if isinstance(event_id, str) else None,
        "counted": False,
        "code": error.code,
        "errors": problems.field_errors(error.problems),
    }


def _shown(text: str) -> str:
    """The beginning of an id that may hold what is no character."""
    return text[:64].encode("utf-8", "replace").decode()
