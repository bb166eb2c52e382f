"""How does the detail of a problem or of a failed pull read? Kept as adapters tell it, in English; said here.

What no sentence is known for (a number, a value of the feed, a word of the other side) is shown as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from flask_babel import gettext

from parking.boundary.feeds import ProblemKind
from parking.guidance.rules.pulls import Failed, PullKind
from parking.kernel.errors import N_, FieldProblem
from parking.portals.bureau.feed_sentences import INNER, REFUSALS_OF_LOTS, SENTENCES, SHAPES
from parking.portals.bureau.texts import FIELDS, PROBLEMS, WHY

Say = Callable[..., str]
"""A msgid and its values by name, in somebody's language: of the page's reader, or of a terminal."""

_COUNTED = re.compile(r"([a-z_]+) x (\d+)")
_PLACED = re.compile(r"%\((\w+)\)s")
_WHY = N_("%(why)s：%(detail)s")


def told_detail(detail: str | None, say: Say = gettext) -> str:
    """The detail in the reader's language, "" for none."""
    if not detail:
        return ""
    if listed := _counted(detail, say) or _refused(detail, say):
        return listed
    if (found := sentence_of(detail)) is None:
        return detail
    text, params = found
    return say(
        text, **{name: told_detail(told, say) if name in INNER else told for name, told in params.items()}
    )


def _counted(detail: str, say: Say) -> str:
    """How many problems there were ("missing_field x 20, repeated x 3") as words, "" where it is none."""
    told = []
    for part in detail.split(", "):
        found = _COUNTED.fullmatch(part)
        if found is None or found[1] not in set(ProblemKind):
            return ""
        word = say(PROBLEMS[ProblemKind(found[1])])
        told.append(say(N_("%(what)s %(count)s 处"), what=word, count=found[2]))
    return say(N_("，")).join(told)


def _refused(detail: str, say: Say) -> str:
    """Why the register took no lot ("name too_long, lat zero") as words, "" where it is no such list."""
    told = []
    for part in detail.split(", "):
        field, _, code = part.partition(" ")
        if code not in REFUSALS_OF_LOTS:
            return ""
        told.append(say(FIELDS.get(field, field)) + say(N_("：")) + say(REFUSALS_OF_LOTS[code]))
    return say(N_("；")).join(told)


def told_failure(reason: str, detail: str | None, say: Say = gettext) -> str:
    """The reason of a failed pull with its detail, in the reader's language."""
    word = say(WHY.get(reason, reason))
    return say(_WHY, why=word, detail=told_detail(detail, say)) if detail else word


def told_doubt(doubt: FieldProblem, failed: Mapping[PullKind, Failed], say: Say = gettext) -> str:
    """A doubt of a preview; that nothing was read, with the failure in the reader's language."""
    failure = {f"{kind}_url": each for kind, each in failed.items()}.get(doubt.field)
    if doubt.code != "not_read" or failure is None:
        return say(doubt.text, **doubt.params)
    return say(doubt.text, why=told_failure(failure.reason, failure.detail, say))


@lru_cache(maxsize=2000)
def sentence_of(detail: str) -> tuple[str, dict[str, str]] | None:
    """The msgid of a detail and what it quotes, None where no sentence is known for it."""
    for pattern, text in _PATTERNS:
        if (found := pattern.fullmatch(detail)) is not None:
            return text, found.groupdict()
    return None


def _pattern(told: str) -> re.Pattern[str]:
    """What an adapter writes, its placeholders standing for what they quote."""
    parts = _PLACED.split(told)
    whole = [
        re.escape(part) if place % 2 == 0 else rf"(?P<{part}>{SHAPES.get(part, '.*')})"
        for place, part in enumerate(parts)
    ]
    return re.compile("".join(whole), re.DOTALL)


_PATTERNS = tuple((_pattern(told), text) for told, text in SENTENCES.items())
