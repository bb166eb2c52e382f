"""What is said against a filing: the items of a correction notice, the reasons of a refusal or return."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from parking.city.rules import CityView
from parking.filings.errors import ReasonMissing
from parking.filings.rules.checklist import checklist, reason_texts
from parking.filings.rules.questions import FIELDS
from parking.filings.rules.states import FilingKind
from parking.kernel.errors import FieldProblem

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
    items: Sequence[Item], step: str, city: CityView, kind: FilingKind, answers: dict[str, Any]
) -> list[dict[str, str]]:
    """The items as a notice prints them: {about, label, text_zh, text_en}. Raises ReasonMissing.

    A template that the city does not have, and an item without words, say nothing and are left out; words
    beyond 1,000 characters are cut.
    """
    texts = {reason.key: reason for reason in reason_texts(city, step)}
    names = {need.key: need.name_zh for need in checklist(city, kind, answers)}
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
    if not told:
        raise ReasonMissing
    return told


def with_missing(told: list[dict[str, str]], problems: Iterable[FieldProblem]) -> list[dict[str, str]]:
    """The items and everything that the checklist misses: one notice names all that is missing."""
    named = {item["about"] for item in told}
    added = []
    for problem in problems:
        if problem.field in named:
            continue
        sentence = problem.text % problem.params if problem.params else problem.text
        label = str(problem.params.get("label") or problem.params.get("name") or "")
        added.append({"about": problem.field, "label": label, "text_zh": sentence, "text_en": ""})
    return told + added


def _label(about: str, names: dict[str, str]) -> str:
    document = about.removeprefix("papers.")
    if document != about:
        return names.get(document, document)
    return FIELDS[about].label if about in FIELDS else names.get(about, "")
