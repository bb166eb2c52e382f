"""What does a driver read of spaces that are lent: from when to when, how many are left, by which rules?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from flask_babel import gettext

from parking.kernel.vocabulary import SPACE_CLASS_NAMES, Access, SpaceClass
from parking.lookup.queries import LotView, PlannedStay, Window
from parking.lots.rules import OpenState
from parking.portals._http import formats
from parking.portals._http.i18n import language
from parking.portals._http.sharing_texts import begin_in_words, span_in_words, span_with_day
from parking.portals.citizen.views import Row, state_of
from parking.sharing.queries.agreements import AgreementView

Rules = tuple[tuple[str, str | None], ...]
"""Sentences, each with its language where that is not the page's."""

_FRESH = timedelta(minutes=5)
_SHOWN = 4


@dataclass(frozen=True, slots=True)
class WindowLine:
    """A window on the page of its lot; it `holds` the reader's stay or not. Texts in his language."""

    id: str
    span: str
    spaces: str
    left: int
    bookable: bool
    is_open: bool
    holds: bool
    rules: Rules


@dataclass(frozen=True, slots=True)
class SharedPart:
    """The section of a lot's page: what holds now or next in one sentence, the windows, the rest of them.

    `needs_booking`: without one nobody can tell a stranger from a customer, who pays what the lot asks.
    """

    lead: str
    needs_booking: bool
    lines: tuple[WindowLine, ...]
    later: tuple[WindowLine, ...]
    rules: Rules


def with_share(row: Row, view: LotView, zone: tzinfo, stay: PlannedStay) -> Row:
    """A lot's row as it is where a shared window holds the stay; when to leave is told beside the arrival."""
    share = view.share
    if share is None:
        return row
    window_id = share.window.id if share.bookable else None
    if not share.only:
        lent = (gettext("另有共享车位可预约"),) if share.bookable else ()
        return replace(row, facts=(*row.facts, *lent), window_id=window_id)
    counted_at, until_at = share.counted_at, share.window.until_at
    age_s = max(0, int((view.now - counted_at).total_seconds())) if counted_at else None
    facts = [gettext("错时共享 %(span)s", span=span_in_words(share.window, view.now, zone))]
    if view.card.max_height_cm:
        facts.append(gettext("限高 %(height)s", height=formats.height(view.card.max_height_cm)))
    return replace(
        row,
        state=state_of(True, share.left, share.window.spaces),
        free=share.left,
        capacity=share.window.spaces,
        ageing=counted_at is not None and view.now - counted_at > _FRESH,
        facts=tuple(facts),
        warning=gettext(
            "%(time)s 前驶离，之后车位归还业主", time=formats.near_end(until_at, stay.arrive_at, zone)
        ),
        age_s=age_s,
        age=gettext("按剩余名额计，届时现场空位未知") if age_s is None else formats.age(age_s),
        is_cut_off=False,
        source=None if age_s is None else gettext("停车场上报"),
        window_id=window_id,
    )


def shared_part(
    view: LotView,
    windows: Sequence[tuple[Window, int]],
    agreements: Mapping[str, AgreementView],
    zone: tzinfo,
    stay: PlannedStay,
) -> SharedPart | None:
    """What a lot's page says of its windows; None where it lends nothing in the coming days.

    Each window that holds the reader's stay is marked: a list of lots tells the one with most left, which is
    enough to go there; here he may choose another class, or another agreement's rules.
    """
    lines = tuple(_line(window, left, view, agreements, zone, stay) for window, left in windows)
    if not lines:
        return None
    only = view.card.access != Access.PUBLIC
    same = len({line.rules for line in lines}) == 1
    return SharedPart(
        lead=_lead(windows[0][0], view.now, zone, only=only),
        needs_booking=view.card.access == Access.CUSTOMERS and any(window.tariff_id for window, _ in windows),
        lines=lines[:_SHOWN],
        later=lines[_SHOWN:],
        rules=lines[0].rules if same else (),
    )


def _lead(first: Window, now: datetime, zone: tzinfo, *, only: bool) -> str:
    if first.is_open(now):
        text = gettext(
            "现在对社会车辆开放，%(time)s 前驶离。", time=formats.near_end(first.until_at, now, zone)
        )
    else:
        text = gettext("%(time)s 起对社会车辆开放。", time=begin_in_words(first.from_at, now, zone))
    alone = gettext("其他时间只供本单位或住户使用。")
    return f"{text}{'' if language() == 'zh' else ' '}{alone}" if only else text


def _line(
    window: Window,
    left: int,
    view: LotView,
    agreements: Mapping[str, AgreementView],
    zone: tzinfo,
    stay: PlannedStay,
) -> WindowLine:
    agreement = agreements.get(window.agreement_id)
    spaces = gettext("%(left)s / %(all)s 个", left=formats.number(left), all=formats.number(window.spaces))
    if window.space_class is not SpaceClass.GENERAL:
        spaces = f"{gettext(SPACE_CLASS_NAMES[window.space_class])} {spaces}"
    return WindowLine(
        id=window.id,
        span=span_with_day(window, view.now, zone),
        spaces=spaces,
        left=left,
        bookable=left > 0,
        is_open=window.is_open(view.now),
        holds=window.from_at <= stay.arrive_at and stay.leave_at <= window.until_at,
        rules=rules_of(agreement) if agreement else (),
    )


def rules_of(agreement: AgreementView) -> Rules:
    """What whoever parks by an agreement has to know, sentence by sentence."""
    told = [agreement.house_rules, agreement.on_overstay, agreement.insurance]
    grace = gettext("超过结束时间 %(num)s 分钟后算超时", num=agreement.grace_minutes)
    foreign = None if language() == "zh" else "zh-CN"
    return ((grace, None), *((text, foreign) for text in told if text))


def opening_of(window: Window, at: datetime) -> OpenState:
    """A window as hours: open within it, and closed before and after."""
    if at < window.from_at:
        return OpenState(False, window.from_at)
    return OpenState(True, window.until_at) if at < window.until_at else OpenState(False, None)
