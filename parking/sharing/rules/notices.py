"""Of what are the three parties of an agreement told, and at which address?"""

from __future__ import annotations

import re
from dataclasses import dataclass

from parking.boundary.notices import NoticeText
from parking.kernel.errors import N_

TO_CONFIRM = NoticeText(
    "agreement_to_confirm",
    N_("错时共享协议待确认"),
    N_("%(lot)s的共享协议已由产权单位和运行主体确认，请监管人员在协议页面确认后生效。"),
)
UNUSED = NoticeText(
    "agreement_unused",
    N_("共享车位一个月没人用"),
    N_(
        "%(lot)s的共享协议 %(number)s 在 %(month)s 提供了 %(hours)s 车位小时，没有人用过。"
        "请三方说明原因，或者提议终止。"
    ),
)
ANSWERED = NoticeText(
    "agreement_answered",
    N_("共享协议的询问有答复"),
    N_("关于%(lot)s的共享协议 %(number)s 在 %(month)s 没人用过，%(name)s答复继续履行：%(reason)s"),
)
END_PROPOSED = NoticeText(
    "agreement_end_proposed",
    N_("有一方提议终止共享"),
    N_("关于%(lot)s的共享协议 %(number)s 在 %(month)s 没人用过，%(name)s提议终止：%(reason)s"),
)
SUSPENDED = NoticeText(
    "agreement_suspended",
    N_("错时共享已暂停"),
    N_(
        "%(lot)s的共享协议 %(number)s 自 %(at)s 起暂停：%(reason)s。"
        "新的时段不再开放，已进场的车停到时段结束；%(moved)s 个预约改到附近，%(cancelled)s 个取消，"
        "%(untold)s 个没有留电话、没有通知到。"
    ),
)
RESUMED = NoticeText(
    "agreement_resumed",
    N_("错时共享已恢复"),
    N_("%(lot)s的共享协议 %(number)s 已恢复，%(windows)s 个时段重新开放。"),
)
ENDING = NoticeText(
    "agreement_ending",
    N_("错时共享将终止"),
    N_(
        "%(lot)s的共享协议 %(number)s 将终止，最后一天是 %(last_on)s：%(reason)s。"
        "最后一天开始的时段照常停到结束；%(moved)s 个预约改到附近，%(cancelled)s 个取消，"
        "%(untold)s 个没有留电话、没有通知到。"
    ),
)
ENDED = NoticeText(
    "agreement_ended",
    N_("错时共享已终止"),
    N_("%(lot)s的共享协议 %(number)s 已终止，最后一个时段已结束。"),
)
CALENDAR_CHANGED = NoticeText(
    "agreement_calendar_changed",
    N_("日历有变，错时共享时段有调整"),
    N_(
        "日历有变：%(lot)s的共享协议 %(number)s 有 %(windows)s 个时段不再开放，最早的一个在 %(first)s。"
        "已进场的车停到时段结束；%(moved)s 个预约改到附近，%(cancelled)s 个取消，"
        "%(untold)s 个没有留电话、没有通知到。"
    ),
)
SPACES_LOST = NoticeText(
    "agreement_spaces_lost",
    N_("车位减少，错时共享时段有调整"),
    N_(
        "%(lot)s登记的车位不够共享协议 %(number)s 出借：%(windows)s 个时段不再开放，最早的一个在 %(first)s。"
        "已进场的车停到时段结束；%(moved)s 个预约改到附近，%(cancelled)s 个取消，"
        "%(untold)s 个没有留电话、没有通知到。"
    ),
)
LEFTOVERS = NoticeText(
    "agreement_leftovers",
    N_("明早预计留车"),
    N_(
        "%(lot)s的共享时段到 %(until)s 结束，预计还有 %(expected)s 辆车没有离场"
        "（以前的时段至今未离场 %(overdue)s 辆），请提前安排。"
    ),
)

_MAIL = re.compile(r"[^\s@<>,;，；]+@[^\s@<>,;，；]+\.[^\s@<>,;，；]+")
_PHONE = re.compile(r"\+?\d[\d ()-]{5,}\d", re.ASCII)
_DIGITS = range(7, 16)


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a notice reaches a party's duty desk; neither: a person has to."""

    phone: str | None = None
    email: str | None = None

    @property
    def is_reachable(self) -> bool:
        return bool(self.phone or self.email)


def desk_of(contact: str) -> Desk:
    """The first telephone number and mail address that an agreement's contact names, among other words."""
    mail = _MAIL.search(contact)
    for found in _PHONE.finditer(_MAIL.sub(" ", contact)):
        number = re.sub(r"[ ()-]", "", found[0])
        if len(number.lstrip("+")) in _DIGITS:
            return Desk(number, mail[0] if mail else None)
    return Desk(None, mail[0] if mail else None)
