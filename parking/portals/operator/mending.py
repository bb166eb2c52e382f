"""Where is it mended? Every fault of a filing leads to the page and the field that put it right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext

from parking.filings import queries as filings
from parking.filings.queries import FilingView
from parking.filings.rules import (
    EDITABLE,
    FIELDS,
    FilingState,
    Step,
    checklist,
    groups_for,
    missing,
    progress,
)
from parking.filings.service import problems_so_far
from parking.kernel.errors import FieldProblem
from parking.portals._http import work
from parking.portals._http.forms import wrong_at
from parking.portals._http.problems import sentence
from parking.portals.operator import desk
from parking.portals.operator.telling import Line, lines_of


@dataclass(frozen=True, slots=True)
class Mend:
    """What is to be put right, and the address where."""

    about: str
    text: str
    url: str

    @property
    def anchor(self) -> str:
        """The id of the field or paper on its page."""
        return self.url.partition("#")[2]


@dataclass(frozen=True, slots=True)
class Task:
    """A group of questions in the task list. `wrong` counts what a correction notice says of it."""

    key: str
    label: str
    progress: str
    wrong: int


@dataclass(frozen=True, slots=True)
class Part:
    """A group of questions with its answers."""

    key: str
    label: str
    lines: list[Line]


def parts_of(told: FilingView) -> list[Part]:
    """All answers, group by group, old beside new where the filing changes the register.

    What was left open is shown while it can be filled, but not each class of spaces that there is none of.
    """
    edited = told.state in EDITABLE
    changes = filings.changes(work.session(), told, desk.today())
    return [
        Part(
            group.key,
            gettext(group.label),
            [line for line in lines_of(group, told.answers, desk.city(), changes) if _is_shown(line, edited)],
        )
        for group in groups_for(told.kind, told.answers.get("kind"))
        if group.fields
    ]


def _is_shown(line: Line, edited: bool) -> bool:
    if line.text or line.before is not None or wrong_at(line.key):
        return True
    return edited and not line.key.startswith("spaces_") and line.key != "difference_reason"


def items_of(told: FilingView) -> list[Mend]:
    """The items of the correction notice while they wait to be answered."""
    if told.state is not FilingState.CORRECTION_REQUESTED:
        return []
    return [
        Mend(item.get("about") or "", _item(told, item), mend_url(told, item.get("about") or ""))
        for item in told.correction_items
    ]


def reasons_of(told: FilingView) -> list[str]:
    """Why it was refused or returned, as the notice says."""
    if told.state not in (FilingState.REFUSED, FilingState.RETURNED):
        return []
    decided = [step for step in told.steps if step.step in (Step.REFUSED, Step.RETURNED)]
    reasons: list[Mapping[str, Any]] = decided[-1].details.get("reasons", []) if decided else []
    return [_item(told, each) for each in reasons]


def _item(told: FilingView, item: Mapping[str, Any]) -> str:
    """停车场平面图：看不清，请重新上传, in the reader's language as far as the notice speaks it."""
    names = {f"papers.{need['key']}": need["name"] for need in desk.needs_of(told)}
    told_label = item.get("label")
    label = names.get(item.get("about") or "") or (gettext(told_label) if told_label else "")
    text = desk.in_language(item.get("text_zh"), item.get("text_en"))
    return gettext("%(label)s：%(text)s", label=label, text=text) if label else text


def missing_of(told: FilingView) -> list[Mend]:
    """Everything that is asked for and not there yet."""
    names = {f"papers.{need['key']}": need["name"] for need in desk.needs_of(told)}
    return [
        Mend(each.field, _missing_sentence(each, names), mend_url(told, each.field))
        for each in missing(desk.city(), told.kind, told.answers, told.documents)
    ]


def wrong_of(told: FilingView) -> list[Mend]:
    """What would be refused once nothing is missing."""
    found = problems_so_far(work.session(), desk.organisation_id(), told.id, desk.now())
    return [Mend(each.field, _wrong_sentence(each), mend_url(told, each.field)) for each in found]


def _wrong_sentence(problem: FieldProblem) -> str:
    """普通车位：登记的这类车位只有 100 个."""
    text, field = sentence(problem.text, problem.params), FIELDS.get(problem.field)
    return gettext("%(label)s：%(text)s", label=gettext(field.label), text=text) if field else text


def _missing_sentence(problem: FieldProblem, names: Mapping[str, str]) -> str:
    named = {"name": names[problem.field]} if problem.field in names else {}
    return sentence(problem.text, {**problem.params, **named})


def mend_url(told: FilingView, about: str) -> str:
    """The page of a field, a group or a paper ("papers.<document>"), at the very place."""
    group_key, anchor = place_of(told, about)
    return url_for("operator_forms.questions", filing_id=told.id, group_key=group_key, _anchor=anchor or None)


def place_of(told: FilingView, about: str) -> tuple[str, str]:
    """The group where something is mended and the id there; the first group for the filing as a whole."""
    groups = groups_for(told.kind, told.answers.get("kind"))
    by_field = {field.key: group.key for group in groups for field in group.fields}
    if about in by_field:
        return by_field[about], about
    keys = [group.key for group in groups]
    if about in keys:
        return about, ""
    document = about.removeprefix("papers.")
    needs = {need.key: need.proves for need in checklist(desk.city(), told.kind, told.answers)}
    if document not in needs:
        return keys[0], ""
    proves = needs[document]
    group_key = by_field.get(proves, proves if proves in keys else "papers")
    return group_key, f"papers.{document}"


def items_by_group(told: FilingView) -> dict[str, list[Mend]]:
    """The items of an open correction notice by the group where they are mended."""
    found: dict[str, list[Mend]] = {}
    for item in items_of(told):
        found.setdefault(place_of(told, item.about)[0], []).append(item)
    return found


def tasks_of(told: FilingView) -> list[Task]:
    """The task list: every group but the declaration, which is made when all are done."""
    begun = progress(desk.city(), told.kind, told.answers, told.documents)
    wrong = items_by_group(told)
    return [
        Task(group.key, gettext(group.label), begun[group.key], len(wrong.get(group.key, ())))
        for group in groups_for(told.kind, told.answers.get("kind"))
        if group.key in begun
    ]
