"""How is a filing told to its operator? Answers as lines, steps as a course, due days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Any

from flask_babel import gettext

from parking.city.rules import Calendar, CityView
from parking.filings.queries import Change, StepView
from parking.filings.rules import EDITABLE, DueWhat, FilingState, Group, Step
from parking.kernel.errors import N_
from parking.portals._http import formats
from parking.portals._http.filing_texts import STEPS, answer_text

PROGRESS = {"done": N_("已填写"), "begun": N_("填写中"), "empty": N_("未开始")}
PROGRESS_TAGS = {"done": "good", "begun": "busy", "empty": ""}
# How a filing stands, in one sentence that says who is next.
STANDS = {
    FilingState.DRAFTED: N_("还没有提交。填写的内容随时保存，什么时候回来都可以接着填。"),
    FilingState.SUBMITTED: N_("已提交，等待%(authority)s答复是否受理，现在不能修改。"),
    FilingState.CORRECTION_REQUESTED: N_("需要补正。请按下面的内容修改后重新提交，只能补正一次。"),
    FilingState.ACCEPTED: N_("已受理，%(authority)s正在审核，现在不能修改。"),
    FilingState.APPROVED: N_("已予以备案，申请已办结，不能再修改。情况有变化时请办理变更。"),
    FilingState.REFUSED: N_("不予受理，申请已办结。可以按理由改正后重新申请。"),
    FilingState.RETURNED: N_("已退回，申请已办结。可以按理由改正后重新申请。"),
    FilingState.ABANDONED: N_("这份申请已放弃，只能查看。"),
}
# What is written by hand stays in its own language on an English page.
_GIVEN = frozenset({"text", "long_text", "hours"})


@dataclass(frozen=True, slots=True)
class Line:
    """A question and its answer as it is read; `before` what the register says, where a change differs."""

    key: str
    label: str
    text: str
    is_given: bool
    before: str | None = None


@dataclass(frozen=True, slots=True)
class CourseLine:
    """One step of the course of a filing."""

    text: str
    who: str | None
    when: str
    reason: str | None
    due: str | None
    notice_number: str | None


@dataclass(frozen=True, slots=True)
class DueLine:
    """By which day something is due, in a sentence."""

    text: str
    is_late: bool


def lines_of(
    group: Group, answers: Mapping[str, Any], city: CityView, changes: Iterable[Change] = ()
) -> list[Line]:
    """The questions of a group that are asked, with their answers; old beside new where a change tells it."""
    before = {each.field: each.before for each in changes}
    return [
        Line(
            field.key,
            gettext(field.label),
            answer_text(field, answers.get(field.key), city),
            field.type in _GIVEN,
            answer_text(field, before[field.key], city) if field.key in before else None,
        )
        for field in group.fields
        if field.is_asked(answers)
    ]


def course_of(
    steps: Iterable[StepView], names: Mapping[str, str], authority: str, zone: tzinfo
) -> list[CourseLine]:
    """The steps that concern the operator: who at the bureau has a filing on the desk does not."""
    return [
        CourseLine(
            gettext(STEPS[each.step]),
            _who(each.actor, names, authority),
            formats.day_and_time(each.at, zone),
            each.reason,
            due_sentence(each.due_what, each.due_on) if each.due_on else None,
            each.notice_number,
        )
        for each in steps
        if each.step not in (Step.CLAIMED, Step.RELEASED)
    ]


def _who(actor: str, names: Mapping[str, str], authority: str) -> str | None:
    kind, _, account_id = actor.partition(":")
    if kind == "member":
        return names.get(account_id)
    return authority if kind == "officer" else None


def due_sentence(what: DueWhat | None, on: date) -> str:
    """Who owes what by when."""
    day = formats.day(on)
    if what is DueWhat.CORRECT:
        return gettext("请在 %(day)s前（含当日）补正", day=day)
    if what is DueWhat.ACCEPT:
        return gettext("最迟 %(day)s答复是否受理", day=day)
    return gettext("最迟 %(day)s作出决定", day=day)


def due_of(filing: Any, today: date, calendar: Calendar) -> DueLine | None:
    """The due day of a filing (view or row) and the working days that are left; None: nothing is due."""
    if filing.due_on is None:
        return None
    text = due_sentence(filing.due_what, filing.due_on)
    left = calendar.workdays_between(today, filing.due_on)
    late = today > filing.due_on
    if late:
        text += gettext("（已超期）")
    elif filing.due_on == today:
        text += gettext("（就是今天）")
    else:
        text += gettext("（还有 %(days)s 个工作日）", days=left)
    return DueLine(text, late and filing.state in EDITABLE)
