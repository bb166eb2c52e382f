"""What are people told about their filings and certificates?"""

from __future__ import annotations

from parking.boundary.notices import NoticeText
from parking.filings.rules.states import Step
from parking.kernel.errors import N_

TO_OPERATOR: dict[Step, NoticeText] = {
    Step.CORRECTION_REQUESTED: NoticeText(
        "filing_correction_requested",
        N_("备案申请需要补正"),
        N_("“%(lot)s”的申请 %(number)s 需要补正，请在 %(due_on)s 前登录平台办理。"),
    ),
    Step.REFUSED: NoticeText(
        "filing_refused",
        N_("备案申请不予受理"),
        N_("“%(lot)s”的申请 %(number)s 不予受理，理由见平台上的通知书。"),
    ),
    Step.ACCEPTED: NoticeText(
        "filing_accepted",
        N_("备案申请已受理"),
        N_("“%(lot)s”的申请 %(number)s 已受理，将在 %(due_on)s 前办结。"),
    ),
    Step.DEEMED_ACCEPTED: NoticeText(
        "filing_accepted",
        N_("备案申请已受理"),
        N_("“%(lot)s”的申请 %(number)s 已受理，将在 %(due_on)s 前办结。"),
    ),
    Step.APPROVED: NoticeText(
        "filing_approved",
        N_("备案申请已办结"),
        N_("“%(lot)s”的申请 %(number)s 已办结，文书可在平台上查看。"),
    ),
    Step.RETURNED: NoticeText(
        "filing_returned",
        N_("备案申请已退回"),
        N_("“%(lot)s”的申请 %(number)s 已退回，理由见平台上的通知书。"),
    ),
    Step.LAPSED: NoticeText(
        "filing_lapsed",
        N_("备案申请已终止"),
        N_("“%(lot)s”的申请 %(number)s 逾期未补正，已按放弃处理。"),
    ),
}
TO_OFFICERS: dict[Step, NoticeText] = {
    Step.SUBMITTED: NoticeText(
        "filing_submitted",
        N_("有新的备案申请"),
        N_("“%(lot)s”提交了申请 %(number)s，请在 %(due_on)s 前处理。"),
    ),
    Step.CORRECTED: NoticeText(
        "filing_corrected",
        N_("备案申请已补正"),
        N_("“%(lot)s”的申请 %(number)s 已补正，请在 %(due_on)s 前处理。"),
    ),
}
DUE_SOON = NoticeText(
    "filing_due_soon",
    N_("备案申请即将到期"),
    N_("“%(lot)s”的申请 %(number)s 应在 %(due_on)s 前办理。"),
)
EXPIRING = NoticeText(
    "certificate_expiring",
    N_("备案证明即将到期"),
    N_("“%(lot)s”的备案证明 %(number)s 将于 %(due_on)s 到期，请办理延续。"),
)
EXPIRED = NoticeText(
    "certificate_expired",
    N_("备案证明已到期"),
    N_("“%(lot)s”的备案证明 %(number)s 已到期，请尽快办理延续或注销。"),
)
REVOKED = NoticeText(
    "certificate_revoked",
    N_("备案已被撤销"),
    N_("“%(lot)s”的备案证明 %(number)s 已被撤销，理由见平台上的决定书。"),
)
