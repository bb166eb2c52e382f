"""Which filed lots does a plan visit?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from parking.kernel.days import month_after

FILED_STATES = frozenset({"valid", "expiring", "expired"})


@dataclass(frozen=True, slots=True)
class PlanRule:
    """By what lots are chosen; an empty part asks nothing.

    `months_since` (1..60): the last finished visit of this kind lies that many months back, or there was
    none. `score_below` (0..100): the newest monthly score is less.
    """

    lot_types: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    months_since: int | None = None
    score_below: float | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()
        }

    @classmethod
    def of_json(cls, told: Mapping[str, Any]) -> PlanRule:
        return cls(
            lot_types=tuple(told.get("lot_types", ())),
            districts=tuple(told.get("districts", ())),
            months_since=told.get("months_since"),
            score_below=told.get("score_below"),
        )


@dataclass(frozen=True, slots=True)
class LotFacts:
    """What a rule asks of a lot."""

    lot_id: str
    type: str
    district_code: str | None
    is_filed: bool
    last_inspected_on: date | None
    score: float | None


def is_filed(certificate_state: str | None, filing_no: str | None) -> bool:
    """Whether a lot is on file: its certificate was neither revoked nor closed. One from an earlier register
    has a filing number alone."""
    return certificate_state in FILED_STATES if certificate_state else bool(filing_no)


def chosen(rule: PlanRule, lots: Iterable[LotFacts], today: date) -> list[str]:
    """The ids of the filed lots that meet every part of the rule."""
    return [lot.lot_id for lot in lots if lot.is_filed and _meets(rule, lot, today)]


def _meets(rule: PlanRule, lot: LotFacts, today: date) -> bool:
    if rule.lot_types and lot.type not in rule.lot_types:
        return False
    if rule.districts and lot.district_code not in rule.districts:
        return False
    last_on = lot.last_inspected_on
    if rule.months_since and last_on and last_on > months_before(today, rule.months_since):
        return False
    if rule.score_below is not None:
        return lot.score is not None and lot.score < rule.score_below
    return True


def months_before(on: date, months: int) -> date:
    """The same day that many months ago; the month's last where it has no such day."""
    years, month = divmod(on.year * 12 + on.month - 1 - months, 12)
    first = date(years, month + 1, 1)
    return first.replace(day=min(on.day, (month_after(first) - first).days))
