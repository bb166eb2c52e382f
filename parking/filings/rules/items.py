"""What is said against a filing: the items of a correction notice, the reasons of a refusal or return."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from parking.city.rules import CityView
from parking.filings.errors import ReasonMissing
from parking.filings.rules.checklist import checklist, missing, reason_texts
from parking.filings.rules.questions import FIELDS, groups_for
from parking.filings.rules.states import FilingKind

_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Item:
    """One thing said: `about` is a field's key, "papers.<document key>" or "" (the whole filing).

    `reason_key` names a template of the city's; `text` is the officer's own words, alone or added to it.
    """

    about: str = ""
    reason_key: str | None = None
    text: str = ""


def told_items(
    items: Sequence[Item], step: str, city: CityView, kind: FilingKind, answers: Mapping[str, Any]
) -> list[dict[str, str]]:
    """The items as a notice prints them: {about, label, text_zh, text_en}. Raises ReasonMissing.

    A template that the city does not have, and an item without words, say nothing and are left out; words
    beyond 1,000 characters are cut.
    """
    return _some(_told(items, step, city, kind, answers))


def correction_items(
    items: Sequence[Item],
    city: CityView,
    kind: FilingKind,
    answers: Mapping[str, Any],
    documents: Collection[str],
) -> list[dict[str, str]]:
    """The items of a correction notice: what the officer says, and everything that the checklist misses.

    So one notice names all that is missing. Raises ReasonMissing where there is nothing to correct.
    """
    told = _told(items, "correct", city, kind, answers)
    named = {item["about"] for item in told}
    names_en = {f"papers.{need.key}": need.name_en for need in checklist(city, kind, answers)}
    for problem in missing(city, kind, answers, documents):
        if problem.field in named:
            continue
        sentence = problem.text % problem.params if problem.params else problem.text
        label = str(problem.params.get("label") or problem.params.get("name") or "")
        name_en = names_en.get(problem.field)
        text_en = f"Please upload: {name_en}" if name_en else ""
        told.append({"about": problem.field, "label": label, "text_zh": sentence, "text_en": text_en})
    return _some(told)


def _some(told: list[dict[str, str]]) -> list[dict[str, str]]:
    if not told:
        raise ReasonMissing
    return told


def _told(
    items: Sequence[Item], step: str, city: CityView, kind: FilingKind, answers: Mapping[str, Any]
) -> list[dict[str, str]]:
    texts = {reason.key: reason for reason in reason_texts(city, step)}
    names = {group.key: group.label for group in groups_for(kind, answers.get("kind"))}
    names |= {need.key: need.name_zh for need in checklist(city, kind, answers)}
    told = []
    for item in items:
        reason = texts.get(item.reason_key or "")
        own = item.text.strip()[:_LONGEST]
        text_zh = "；".join(part for part in (reason.text_zh if reason else "", own) if part)
        text_en = "; ".join(
            part for part in ((reason.text_en or reason.text_zh) if reason else "", own) if part
        )
        about = item.about or (reason.about if reason else "")
        if text_zh:
            told.append(
                {"about": about, "label": _label(about, names), "text_zh": text_zh, "text_en": text_en}
            )
    return told


def _label(about: str, names: dict[str, str]) -> str:
    document = about.removeprefix("papers.")
    if document != about:
        return names.get(document, document)
    return FIELDS[about].label if about in FIELDS else names.get(about, "")
