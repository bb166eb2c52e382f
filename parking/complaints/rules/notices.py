"""Of what are operators and officers told?"""

from __future__ import annotations

from parking.boundary.notices import NoticeText
from parking.kernel.errors import N_

RECEIVED = NoticeText(
    "complaint_received",
    N_("收到市民反映"),
    N_("收到反映 %(number)s，请在 %(due_on)s 前处理。"),
)
FORWARDED = NoticeText(
    "complaint_forwarded",
    N_("您的停车场有一件市民反映"),
    N_("反映 %(number)s 已转给您，请登录查看并在 %(due_on)s 前答复。"),
)
ANSWERED = NoticeText(
    "complaint_answered",
    N_("停车场已答复市民反映"),
    N_("反映 %(number)s 已由停车场答复，请核实后办结。"),
)
REOPENED = NoticeText(
    "complaint_reopened",
    N_("市民对答复不满意"),
    N_("反映 %(number)s 的市民认为问题没有解决，请在 %(due_on)s 前再次处理。"),
)
DUE_SOON = NoticeText(
    "complaint_due_soon",
    N_("市民反映快到期限"),
    N_("反映 %(number)s 应在 %(due_on)s 前答复，请尽快处理。"),
)
