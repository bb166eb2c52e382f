"""What is a lot's month worth? A sum of the profile's criteria, each with the rows it was reckoned from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Protocol

from parking.inspections.rules.findings import Grade

_FULL_AT = 0.98
_NONE_AT = 0.80
_MINUS = {Grade.MINOR: 2.0, Grade.SERIOUS: 5.0, Grade.URGENT: 15.0}


@dataclass(frozen=True, slots=True)
class MinutesTold:
    """The minutes of [from_at, until_at) in which a lot owed a count; in how many it was fresh and sane."""

    from_at: datetime
    until_at: datetime
    fresh: int
    due: int


@dataclass(frozen=True, slots=True)
class FindingTold:
    """A finding of the month, as far as a score asks."""

    finding_id: str
    number: str
    grade: Grade


@dataclass(frozen=True, slots=True)
class OrderTold:
    """An order that fell due in the month; `answered_on` None where nothing came yet."""

    finding_id: str
    number: str
    due_on: date
    answered_on: date | None

    @property
    def is_in_time(self) -> bool:
        return self.answered_on is not None and self.answered_on <= self.due_on


class ComplaintsOfKind(Protocol):
    """Complaints of one kind that were found to be so: how many, and the points that they cost together."""

    @property
    def kind(self) -> str: ...
    @property
    def confirmed(self) -> int: ...
    @property
    def points(self) -> int: ...


class ComplaintsTold(Protocol):
    """What a lot's month loses by complaints: `minus` in all, which may be less than the sum of the lines."""

    @property
    def lot_id(self) -> str: ...
    @property
    def lines(self) -> Sequence[ComplaintsOfKind]: ...
    @property
    def minus(self) -> int: ...


@dataclass(frozen=True, slots=True)
class MonthFacts:
    """Everything that the criteria ask of a lot's month; `minutes` is None for a lot without live counts.

    `complaints` is None for a lot without any; `knows_complaints`: whether anybody told of them at all.
    """

    minutes: MinutesTold | None = None
    findings: tuple[FindingTold, ...] = ()
    orders: tuple[OrderTold, ...] = ()
    complaints: ComplaintsTold | None = None
    knows_complaints: bool = False


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """One criterion: points of points possible, and which rows say so. `left_out` says why it counts not."""

    key: str
    name_zh: str
    name_en: str
    points: float
    out_of: float
    evidence: Mapping[str, Any]
    left_out: str | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """The sum over what counts; `percent` (0..100, one decimal) is None where nothing does."""

    points: float
    out_of: float
    percent: float | None
    lines: tuple[ScoreLine, ...]


# Points earned and the rows they rest on; a text in their place says why the criterion is left out.
_Earned = tuple[float, dict[str, Any]] | str


def _service_level(criterion: Mapping[str, Any], out_of: float, facts: MonthFacts) -> _Earned:
    """All points from a share of `full_at` fresh minutes on, none up to `none_at`, between by proportion."""
    minutes = facts.minutes
    if minutes is None or not minutes.due:
        return "not_connected"
    full_at, none_at = float(criterion.get("full_at", _FULL_AT)), float(criterion.get("none_at", _NONE_AT))
    share = minutes.fresh / minutes.due
    earned = (share - none_at) / (full_at - none_at) if full_at > none_at else float(share >= full_at)
    evidence = {
        "table": "level_days",
        "from_at": minutes.from_at.isoformat(),
        "until_at": minutes.until_at.isoformat(),
        "fresh": minutes.fresh,
        "due": minutes.due,
    }
    return out_of * min(max(earned, 0.0), 1.0), evidence


def _findings(criterion: Mapping[str, Any], out_of: float, facts: MonthFacts) -> _Earned:
    """Each finding takes its grade's points away (`minor`, `serious`, `urgent`), down to none."""
    rows: list[dict[str, Any]] = [
        {
            "id": finding.finding_id,
            "number": finding.number,
            "grade": str(finding.grade),
            "minus": float(criterion.get(str(finding.grade), _MINUS[finding.grade])),
        }
        for finding in facts.findings
    ]
    taken = sum(float(row["minus"]) for row in rows)
    return max(out_of - taken, 0.0), {"table": "findings", "rows": rows}


def _put_right_in_time(criterion: Mapping[str, Any], out_of: float, facts: MonthFacts) -> _Earned:
    """The share of the orders due in the month that were answered by their day."""
    if not facts.orders:
        return "nothing_due"
    rows = [
        {
            "id": order.finding_id,
            "number": order.number,
            "due_on": order.due_on.isoformat(),
            "answered_on": order.answered_on.isoformat() if order.answered_on else None,
            "in_time": order.is_in_time,
        }
        for order in facts.orders
    ]
    in_time = sum(order.is_in_time for order in facts.orders)
    return out_of * in_time / len(facts.orders), {"table": "finding_steps", "rows": rows}


def _complaints(criterion: Mapping[str, Any], out_of: float, facts: MonthFacts) -> _Earned:
    """Confirmed complaints take the points away that the city gave their kinds, down to none."""
    if not facts.knows_complaints:
        return "rule_unknown"
    told = facts.complaints
    rows: list[dict[str, Any]] = [
        {"kind": str(line.kind), "confirmed": line.confirmed, "minus": line.points}
        for line in (told.lines if told else ())
    ]
    minus = told.minus if told else 0
    return max(out_of - minus, 0.0), {"table": "complaints", "rows": rows, "minus": minus}


_Reckoner = Callable[[Mapping[str, Any], float, MonthFacts], _Earned]
RECKONERS: Mapping[str, _Reckoner] = MappingProxyType(
    {
        "service_level": _service_level,
        "findings": _findings,
        "put_right_in_time": _put_right_in_time,
        "complaints": _complaints,
    }
)


def reckon(criteria: Sequence[Mapping[str, Any]], facts: MonthFacts) -> Score:
    """The score by the profile's `score_criteria` (key, names, points, rule and the rule's own numbers).

    A criterion that cannot be asked of this lot (not_connected, nothing_due), or whose rule is not known here
    (rule_unknown), is left out
    of both sums and says so: nobody gains or loses by what was not measured.
    """
    lines = tuple(_line(criterion, facts) for criterion in criteria)
    counted = [line for line in lines if line.left_out is None]
    points, out_of = sum(line.points for line in counted), sum(line.out_of for line in counted)
    percent = round(100 * points / out_of, 1) if out_of else None
    return Score(round(points, 1), round(out_of, 1), percent, lines)


def _line(criterion: Mapping[str, Any], facts: MonthFacts) -> ScoreLine:
    out_of = float(criterion.get("points", 0))
    reckoner = RECKONERS.get(str(criterion.get("rule")))
    earned = reckoner(criterion, out_of, facts) if reckoner else "rule_unknown"
    points, evidence = (0.0, {}) if isinstance(earned, str) else earned
    return ScoreLine(
        key=str(criterion["key"]),
        name_zh=str(criterion["name_zh"]),
        name_en=str(criterion["name_en"]),
        points=round(points, 1),
        out_of=out_of,
        evidence=evidence,
        left_out=earned if isinstance(earned, str) else None,
    )
