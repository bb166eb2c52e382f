"""Which papers does the city ask for, given the answers, and what is still missing?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from parking.city.rules import CityView
from parking.filings.rules.fields import Field, Group
from parking.filings.rules.questions import BUILDING, groups_for
from parking.filings.rules.states import FilingKind
from parking.kernel.errors import N_, FieldProblem
from parking.kernel.vocabulary import LotKind

MOST_FILES_OF_A_DOCUMENT = 10


@dataclass(frozen=True, slots=True)
class DocumentNeed:
    """A paper that the checklist asks for. Names and hints are the city's, in both languages.

    `proves` is the key of the field or group beside which the console shows the paper.
    """

    key: str
    name_zh: str
    name_en: str
    hint_zh: str
    hint_en: str
    required: bool
    proves: str


@dataclass(frozen=True, slots=True)
class ReasonText:
    """A reason from the city's templates; `step` is correct, refuse, return or revoke."""

    key: str
    step: str
    text_zh: str
    text_en: str
    about: str


_WHEN: dict[str, Callable[[Mapping[str, Any]], bool]] = {
    "always": lambda answers: True,
    "mechanical": lambda answers: answers.get("mechanical") is True,
    "charges_fee": lambda answers: answers.get("charges_fee") is True,
    "civil_defence": lambda answers: answers.get("civil_defence") is True,
    "underground": lambda answers: answers.get("underground") is True,
    "not_owner": lambda answers: answers.get("operator_is_owner") is False,
}


def checklist(city: CityView, kind: FilingKind, answers: Mapping[str, Any]) -> list[DocumentNeed]:
    """The papers asked for, in the profile's order; a condition that is not known yet asks for nothing."""
    needs = []
    if answers.get("kind") == LotKind.ON_STREET:
        # What was answered of a building before the lot became a road section asks for nothing any more.
        answers = {key: value for key, value in answers.items() if BUILDING.field(key) is None}
    for told in city.told("documents", ()):
        lot_types = told.get("lot_types") or ()
        applies = _WHEN.get(told.get("when", "always"))
        if kind not in told.get("kinds", ()) or applies is None or not applies(answers):
            continue
        if lot_types and answers.get("type") not in lot_types:
            continue
        needs.append(
            DocumentNeed(
                key=told["key"],
                name_zh=told["name_zh"],
                name_en=told.get("name_en") or told["name_zh"],
                hint_zh=told.get("hint_zh", ""),
                hint_en=told.get("hint_en", ""),
                required=bool(told.get("required", True)),
                proves=told.get("proves", ""),
            )
        )
    return needs


def reason_texts(city: CityView, step: str) -> list[ReasonText]:
    """The city's templates for "correct", "refuse", "return" or "revoke"."""
    return [
        ReasonText(told["key"], told["step"], told["text_zh"], told.get("text_en", ""), told.get("about", ""))
        for told in city.told("reasons", ())
        if told.get("step") == step
    ]


def missing(
    city: CityView, kind: FilingKind, answers: Mapping[str, Any], papers: Collection[str]
) -> list[FieldProblem]:
    """Everything that is asked for and not there: fields by key, papers as "papers.<document key>"."""
    found = [
        FieldProblem(field.key, "missing", N_("请填写“%(label)s”"), {"label": field.label})
        for group in groups_for(kind, answers.get("kind"))
        for field in group.fields
        if is_missing(field, answers)
    ]
    found += [
        FieldProblem(f"papers.{need.key}", "paper_missing", N_("请上传“%(name)s”"), {"name": need.name_zh})
        for need in checklist(city, kind, answers)
        if need.required and need.key not in papers
    ]
    return found


def is_missing(field: Field, answers: Mapping[str, Any]) -> bool:
    return field.required and field.is_asked(answers) and answers.get(field.key) in (None, "")


def progress(
    city: CityView, kind: FilingKind, answers: Mapping[str, Any], papers: Collection[str]
) -> dict[str, str]:
    """The state of each group of the task list: "done", "begun", "empty" (papers: by what is required)."""
    return {
        group.key: _progress_of(city, kind, group, answers, papers)
        for group in groups_for(kind, answers.get("kind"))
        if group.key != "declaration"
    }


def _progress_of(
    city: CityView, kind: FilingKind, group: Group, answers: Mapping[str, Any], papers: Collection[str]
) -> str:
    if group.key == "papers":
        needed = [need.key for need in checklist(city, kind, answers) if need.required]
        begun, done = bool(papers), all(key in papers for key in needed)
    else:
        begun = any(answers.get(field.key) not in (None, "") for field in group.fields)
        done = begun and not any(is_missing(field, answers) for field in group.fields)
    return "done" if done else "begun" if begun else "empty"
