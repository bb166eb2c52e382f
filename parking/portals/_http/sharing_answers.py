"""What does a party answer in a form when nobody used an agreement for a month?"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from flask import request
from flask_babel import gettext

from parking.kernel.errors import N_, FieldProblem
from parking.portals._http.sharing_texts import PARTIES
from parking.sharing.errors.questions import AnswerRefused, QuestionUnknown
from parking.sharing.rules.agreements import Party

_GOES_ON, _PROPOSES_END = "continue", "end"
_OPINIONS = {_GOES_ON: N_("继续履行"), _PROPOSES_END: N_("提议终止")}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a form answers to the question about a month."""

    month_on: date
    party: Party
    reason: str
    proposes_end: bool


def answer_sent(speaks_for: Collection[Party]) -> Answer:
    """The answer in the form that was sent, by one of these. Raises AnswerRefused, QuestionUnknown."""
    party, opinion = request.form.get("party", ""), request.form.get("opinion", "")
    problems = []
    if party not in speaks_for:
        problems.append(FieldProblem("party", "missing", N_("请选择是谁的答复")))
    if opinion not in _OPINIONS:
        problems.append(FieldProblem("opinion", "missing", N_("请选择继续履行还是提议终止")))
    if problems:
        raise AnswerRefused(problems=problems, count=len(problems))
    try:
        month_on = date.fromisoformat(request.form.get("month", ""))
    except ValueError:
        raise QuestionUnknown from None
    return Answer(month_on, Party(party), request.form.get("reason", ""), opinion == _PROPOSES_END)


def speakers(parties: Iterable[Party]) -> list[tuple[str, str]]:
    """Parties to choose from."""
    return [(str(party), gettext(PARTIES[party])) for party in parties]


def opinions() -> list[tuple[str, str]]:
    """What there is to choose from."""
    return [(key, gettext(name)) for key, name in _OPINIONS.items()]


def opinion(proposes_end: bool) -> str:
    """What a party answered, in two words."""
    return gettext(_OPINIONS[_PROPOSES_END if proposes_end else _GOES_ON])
