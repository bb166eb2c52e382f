"""Of what are people told about their accounts?"""

from __future__ import annotations

from parking.boundary.notices import NoticeText
from parking.kernel.errors import N_

RESET_CODE = NoticeText(
    "reset_code",
    N_("重置密码"),
    N_("您的重置码是 %(code)s，%(minutes)s 分钟内有效。如非本人操作，请忽略。"),
)
PASSWORD_CHANGED = NoticeText(
    "password_changed",
    N_("密码已更改"),
    N_("您的密码已更改，其他设备已退出登录。如非本人操作，请立即联系主管部门。"),
)
ORGANISATION_CHECKED = NoticeText(
    "organisation_checked", N_("单位资料已通过核验"), N_("您单位的资料已通过核验，现在可以提交备案。")
)
ORGANISATION_REFUSED = NoticeText(
    "organisation_refused",
    N_("单位资料未通过核验"),
    N_("您单位的资料未通过核验：%(reason)s。请登录后重新上传。"),
)
JOIN_ASKED = NoticeText(
    "join_asked", N_("有人申请加入您的单位"), N_("有人申请加入您的单位，请登录后在“人员”中同意或拒绝。")
)
JOIN_ACCEPTED = NoticeText("join_accepted", N_("您已加入单位"), N_("单位负责人已同意您加入，现在可以登录。"))
