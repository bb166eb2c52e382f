"""What are the problems of a feed called in a terminal? In the words of the console, beside the code."""

from __future__ import annotations

from collections.abc import Mapping

from parking.entrypoints.cli.words import say
from parking.guidance.rules.pulls import PullKind
from parking.kernel.errors import N_
from parking.portals.bureau.feed_details import told_detail
from parking.portals.bureau.texts import PROBLEMS, WHY

_PROBLEMS: Mapping[str, str] = {str(kind): text for kind, text in PROBLEMS.items()}
# In English the words that the commands themselves take.
_PULLS = {PullKind.STATIC: N_("静态取数"), PullKind.LIVE: N_("实时取数")}


def pull_word(kind: PullKind) -> str:
    """Which of a source's two documents."""
    return say(_PULLS[kind])


def failure_words(reason: str, detail: str | None) -> str:
    """Why a pull failed: the code, which docs/sources.md and scripts know, its words, and the detail."""
    return say(N_("：")).join(each for each in (_coded(reason, WHY), told_detail(detail, say)) if each)


def problem_words(kind: str) -> str:
    """What is wrong with a record: the code and its words."""
    return _coded(kind, _PROBLEMS)


def problem_line(record: str, kind: str, field: str | None, detail: str | None) -> str:
    """A record that was not taken: which, by what fault, in which field and why."""
    return " ".join(each for each in (record, problem_words(kind), place_and_detail(field, detail)) if each)


def place_and_detail(field: str | None, detail: str | None) -> str:
    """In which field of a record, and why."""
    return " ".join(each for each in (field and f"({field})", told_detail(detail, say)) if each)


def _coded(code: str, names: Mapping[str, str]) -> str:
    return f"{code} {say(names[code])}" if code in names else code
