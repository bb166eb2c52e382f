"""What is looked at on a visit? The items of the city's profile for this plan and this type of lot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from parking.city.rules import CityView
from parking.inspections.rules.findings import Grade
from parking.kernel.errors import N_, FieldProblem
from parking.kernel.texts import text_problems
from parking.kernel.vocabulary import LotType

NOTE_MOST = 500


class InspectionKind(StrEnum):
    """What a plan or a visit looks at."""

    SAFETY = "safety"
    HYGIENE = "hygiene"
    FACILITIES = "facilities"


class Outcome(StrEnum):
    """How an item was found."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One thing to look at; `grade` is proposed for a finding."""

    key: str
    name_zh: str
    name_en: str
    grade: Grade


@dataclass(frozen=True, slots=True)
class ItemResult:
    """How one item was found; `note` and `grade` matter where it failed."""

    key: str
    outcome: Outcome | None
    note: str
    grade: Grade


def checklist(city: CityView, kind: InspectionKind, lot_type: LotType) -> tuple[ChecklistItem, ...]:
    """The items of `inspection_items` for this kind; one that names lot types is asked of those alone."""
    items: Sequence[Mapping[str, Any]] = city.told("inspection_items", [])
    return tuple(
        ChecklistItem(
            key=str(item["key"]),
            name_zh=str(item["name_zh"]),
            name_en=str(item["name_en"]),
            grade=grade_of(item.get("grade_default")),
        )
        for item in items
        if item.get("plan") == kind and (not item.get("lot_types") or str(lot_type) in item["lot_types"])
    )


def grade_of(told: object) -> Grade:
    """A grade by its name; what is not one is minor."""
    return Grade(str(told)) if told in set(Grade) else Grade.MINOR


def read_results(
    items: Sequence[ChecklistItem], told: Mapping[str, Mapping[str, str]], *, finish: bool
) -> tuple[list[ItemResult], list[FieldProblem]]:
    """What was ticked, by item in the checklist's order, and what is wrong with it.

    `told` gives outcome, note and grade by item key. An item may stay open while the visit goes on; at its
    end each needs an outcome, and a failed one a note of 1 to 500 characters. A problem's field is
    `item-<key>` or `item-<key>-note`.
    """
    results, problems = [], []
    for item in items:
        answer = told.get(item.key, {})
        raw = answer.get("outcome") or None
        note = (answer.get("note") or "").strip()
        outcome = Outcome(raw) if raw in set(Outcome) else None
        if outcome is None and (finish or raw):
            problems.append(
                FieldProblem(f"item-{item.key}", "item_unanswered", N_("请选择合格、不合格或不适用"))
            )
        if finish and outcome is Outcome.FAILED and not note:
            problems.append(FieldProblem(f"item-{item.key}-note", "note_missing", N_("请写明不合格的情况")))
        problems += text_problems(f"item-{item.key}-note", note, NOTE_MOST, None)
        grade = grade_of(answer["grade"]) if answer.get("grade") else item.grade
        results.append(ItemResult(item.key, outcome, note, grade))
    return results, problems
