"""Which worked stays does a tariff's version come with, and do they come out?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from parking.kernel.errors import FieldProblem
from parking.kernel.vocabulary import StayKind
from parking.tariffs.rules import words
from parking.tariffs.rules.document import MOST_FEN
from parking.tariffs.rules.errors import StayRefused, TariffInvalid
from parking.tariffs.rules.quotes import Stay, quote
from parking.tariffs.rules.shape import YEARS, Node, Problems, is_near
from parking.tariffs.rules.tariff import Days, Exemption, TariffRules, VehicleClass

_KEYS = ("from", "until", "fen", "vehicle", "stay", "zone", "exemption", "note")
_MOST_FEN = 100 * MOST_FEN
_LONGEST_NOTE = 200


@dataclass(frozen=True, slots=True)
class Example:
    """A stay (aware instants) and the fee that must come out of it, in fen."""

    entered_at: datetime
    until_at: datetime
    expected_fen: int
    vehicle: VehicleClass = VehicleClass.SMALL
    kind: StayKind = StayKind.CASUAL
    zone: str | None = None
    exemption: Exemption | None = None
    note: str = ""

    @property
    def stay(self) -> Stay:
        return Stay(
            self.entered_at, self.until_at, self.vehicle, self.kind, self.zone, exemption=self.exemption
        )


def read_examples(values: Sequence[object], zone: str, place: str = "examples") -> tuple[Example, ...]:
    """The examples that plain data tells; a time without an offset is one of `zone`.

    Raises TariffInvalid with every problem and its place.
    """
    problems = Problems()
    read = tuple(
        _example(Node(value, f"{place}[{number}]", _KEYS, problems), ZoneInfo(zone))
        for number, value in enumerate(values)
    )
    if problems:
        raise TariffInvalid(problems=problems)
    return read


def _example(node: Node, zone: ZoneInfo) -> Example:
    return Example(
        entered_at=_instant(node, "from", zone),
        until_at=_instant(node, "until", zone),
        expected_fen=node.needed_number("fen", 0, _MOST_FEN),
        vehicle=node.one_of("vehicle", VehicleClass, VehicleClass.SMALL),
        kind=node.one_of("stay", StayKind, StayKind.CASUAL),
        zone=node.text("zone") if node.has("zone") else None,
        # Whatever is wrong is told; which exemption stands in for it does not matter.
        exemption=node.one_of("exemption", Exemption, Exemption.FIRE) if node.has("exemption") else None,
        note=node.text("note")[:_LONGEST_NOTE] if node.has("note") else "",
    )


def _instant(node: Node, key: str, zone: ZoneInfo) -> datetime:
    value = node.values.get(key)
    nothing = datetime.combine(date.min, datetime.min.time(), ZoneInfo("UTC"))
    if value is None:
        node.tell(key, "missing")
        return nothing
    at = None
    if isinstance(value, datetime):
        at = value
    elif isinstance(value, str):
        with suppress(ValueError):
            at = datetime.fromisoformat(value)
    if at is None:
        text = words.EXAMPLE_PROBLEMS["no_instant"]
        node.problems.append(FieldProblem(node.at(key), "no_instant", text))
        return nothing
    if not is_near(at):
        node.tell(key, "far_date", least=YEARS[0], most=YEARS[1])
        return nothing
    return at if at.tzinfo else at.replace(tzinfo=zone)


def write_example(example: Example) -> dict[str, Any]:
    """Plain data: `read_examples` makes the same of it. What is as ever is left out."""
    written: dict[str, Any] = {
        "from": example.entered_at.isoformat(sep=" "),
        "until": example.until_at.isoformat(sep=" "),
        "fen": example.expected_fen,
    }
    if example.vehicle is not VehicleClass.SMALL:
        written["vehicle"] = str(example.vehicle)
    if example.kind is not StayKind.CASUAL:
        written["stay"] = str(example.kind)
    for key, value in (("zone", example.zone), ("exemption", example.exemption), ("note", example.note)):
        if value:
            written[key] = str(value)
    return written


def examples_problems(
    rules: TariffRules, examples: Sequence[Example], calendar: Days, place: str = "examples"
) -> list[FieldProblem]:
    """Which examples do not come out, with what comes out instead."""
    problems = []
    for number, example in enumerate(examples):
        code: str
        params: Mapping[str, object]
        try:
            fee = quote(rules, example.stay, calendar).fee_fen
        except StayRefused as refused:
            code, params = "has_no_fee", {"reason": refused.sentence}
        else:
            if fee == example.expected_fen:
                continue
            code, params = "comes_out_differently", {"expected_fen": example.expected_fen, "fee_fen": fee}
        problems.append(FieldProblem(f"{place}[{number}]", code, words.EXAMPLE_PROBLEMS[code], params))
    return problems
