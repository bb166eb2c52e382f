"""Of what are operators and officers told?"""

from __future__ import annotations

from parking.boundary.notices import NoticeText
from parking.kernel.errors import N_

ORDERED = NoticeText(
    "inspection_ordered",
    N_("收到整改通知书"),
    N_("您的停车场收到整改通知书 %(number)s，请登录查看并在期限内整改、回复。"),
)
SENT_BACK = NoticeText(
    "finding_sent_back",
    N_("整改复核未通过"),
    N_("问题 %(number)s 复核未通过，请在 %(due_on)s 前继续整改并回复。"),
)
PUT_RIGHT = NoticeText(
    "finding_put_right",
    N_("问题已回复整改"),
    N_("问题 %(number)s 已由停车场回复整改，请在 %(due_on)s 前复核。"),
)
OVERDUE = NoticeText(
    "finding_overdue",
    N_("问题逾期未处理"),
    N_("问题 %(number)s 应在 %(due_on)s 前处理，现已逾期（第 %(level)s 级督办），请立即处理。"),
)
