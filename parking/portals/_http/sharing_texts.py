"""How do people speak of agreements, their parties and their windows?"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, Protocol

from flask_babel import gettext

from parking.kernel.errors import N_
from parking.kernel.vocabulary import SPACE_CLASS_NAMES
from parking.lots.rules import describe
from parking.portals._http import formats, work
from parking.portals._http.i18n import language
from parking.sharing.queries.waiting import years_waited_for
from parking.sharing.rules.agreements import AgreementState, Party
from parking.sharing.rules.windows import ClosedFor, WindowState
from parking.sharing.service.moves import Moved, moved_counts

STATES = {
    AgreementState.DRAFTED: N_("草稿"),
    AgreementState.PROPOSED: N_("待各方确认"),
    AgreementState.CONFIRMED: N_("各方已确认"),
    AgreementState.IN_FORCE: N_("履行中"),
    AgreementState.SUSPENDED: N_("已暂停"),
    AgreementState.ENDED: N_("已终止"),
}
STATE_TAGS = {
    AgreementState.IN_FORCE: "good",
    AgreementState.SUSPENDED: "bad",
    AgreementState.PROPOSED: "busy",
    AgreementState.CONFIRMED: "busy",
}
PARTIES = {
    Party.OWNER: N_("产权单位"),
    Party.OPERATOR: N_("运行主体"),
    Party.SUPERVISOR: N_("监管部门"),
}
WINDOW_STATES = {
    WindowState.OPEN: N_("开放"),
    WindowState.CLOSING: N_("不再接受，已进场的停到结束"),
    WindowState.WITHDRAWN: N_("已收回"),
    WindowState.ENDED: N_("已结束"),
}
WINDOW_TAGS = {WindowState.OPEN: "good", WindowState.CLOSING: "busy", WindowState.WITHDRAWN: "bad"}
CLOSED_FOR = {
    ClosedFor.OWNER: N_("产权单位收回"),
    ClosedFor.SUSPENDED: N_("协议暂停"),
    ClosedFor.ENDED: N_("协议终止"),
    ClosedFor.CALENDAR: N_("日历有变"),
    ClosedFor.SPACES: N_("车位减少"),
}


class Span(Protocol):
    """A window's time."""

    @property
    def from_at(self) -> datetime: ...

    @property
    def until_at(self) -> datetime: ...


def words(now: datetime, zone: tzinfo) -> Mapping[str, Any]:
    """What the pages of sharing need to speak."""
    return {
        "agreement_states": STATES,
        "agreement_tags": STATE_TAGS,
        "party_names": PARTIES,
        "window_states": WINDOW_STATES,
        "window_tags": WINDOW_TAGS,
        "closed_for": CLOSED_FOR,
        "classes": SPACE_CLASS_NAMES,
        "hours_of": lambda text: describe(text, language()),
        "last_day": last_day,
        "years_waited_for": lambda rows: years_waited_for(work.session(), rows, now),
        "span_with_day": lambda window: span_with_day(window, now, zone),
    }


def moved_in_words(moved: Collection[Moved]) -> str:
    """What became of the bookings of windows that were closed."""
    if not moved:
        return gettext("没有预约受影响")
    told = {name: formats.number(count) for name, count in moved_counts(moved).items()}
    return gettext(
        "%(moved)s 个预约改到附近，%(cancelled)s 个取消，%(untold)s 个没有留电话、没有通知到", **told
    )


def last_day(until_on: date) -> date:
    """The last day of [.., until_on)."""
    return until_on - timedelta(days=1)


def span_with_day(window: Span, now: datetime, zone: tzinfo) -> str:
    """今天 19:00–次日 07:30, 11月22日 周日 19:00–次日 07:30."""
    span = span_in_words(window, now, zone)
    is_today = window.from_at.astimezone(zone).date() == now.astimezone(zone).date()
    return gettext("今天 %(day)s", day=span) if is_today else span


def span_in_words(window: Span, now: datetime, zone: tzinfo) -> str:
    """19:00–次日 07:30, with the day where it does not begin today."""
    ends = formats.near_end(window.until_at, window.from_at, zone)
    return f"{begin_in_words(window.from_at, now, zone)}–{ends}"


def begin_in_words(at: datetime, now: datetime, zone: tzinfo) -> str:
    """19:00 of today, else with the day and its name."""
    on, time = at.astimezone(zone).date(), formats.clock_time(at, zone)
    return time if on == now.astimezone(zone).date() else f"{formats.near_day(on)} {time}"
