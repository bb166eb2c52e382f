"""What are the values of the vocabulary called on a page? Chinese here, English in the catalogue."""

from __future__ import annotations

from enum import StrEnum

from parking.accounts.rules import AccountState, MemberRole, OfficerRole, OrganisationKind, OrganisationState
from parking.kernel.errors import N_
from parking.kernel.vocabulary import Access, LotKind, LotType, Mark, Quality
from parking.occupancy.rules import Connection, PublicCount


class LotState(StrEnum):
    """What a driver sees first: a shape, a word and a colour."""

    FREE = "free"
    FEW = "few"
    FULL = "full"
    UNKNOWN = "unknown"
    CLOSED = "closed"


STATES = {
    LotState.FREE: N_("有空位"),
    LotState.FEW: N_("紧张"),
    LotState.FULL: N_("已满"),
    LotState.UNKNOWN: N_("未知"),
    LotState.CLOSED: N_("不开放"),
}

ACCESSES = {
    Access.PUBLIC: N_("社会车辆可停"),
    Access.CUSTOMERS: N_("仅限顾客"),
    Access.RESIDENTS: N_("仅限住户"),
    Access.STAFF: N_("仅限员工"),
    Access.PERMIT: N_("凭证停放"),
}

KINDS = {LotKind.OFF_STREET: N_("停车场"), LotKind.ON_STREET: N_("路内停车路段")}

TYPES = {
    LotType.PUBLIC: N_("公共停车场"),
    LotType.ANCILLARY: N_("配建停车场"),
    LotType.DEDICATED: N_("专用停车场"),
    LotType.TEMPORARY: N_("临时停车场"),
}

QUALITIES = {
    Quality.LIVE: N_("实时"),
    Quality.AGEING: N_("数据稍旧"),
    Quality.SUSPECT: N_("数字可能不准"),
    Quality.UNKNOWN: N_("暂无数据"),
}

MARKS = {
    Mark.HAND_SET: N_("人工填报"),
    Mark.CLAMPED: N_("数字超出车位数，已修正"),
    Mark.DRIFT: N_("计数有偏差"),
    Mark.FROZEN: N_("数字长时间没有变化"),
    Mark.ABOVE_CAPACITY: N_("上报数超过车位数"),
    Mark.CAPACITY_DIFFERS: N_("上报的车位总数与登记不同"),
    Mark.NO_CAPACITY: N_("尚未登记车位数"),
    Mark.JUMP: N_("数字突然大幅变化"),
    Mark.REVERSED: N_("空余与占用可能颠倒"),
    Mark.SUM_ABOVE_TOTAL: N_("各类之和超过车位总数"),
    Mark.CLOCK_WRONG: N_("数据来源的时钟不准"),
    Mark.RECORD_VANISHED: N_("数据来源不再上报这里"),
    Mark.ID_REPEATED: N_("数据来源重复上报这里"),
}

_COUNTED_ON = N_("从人工填报的数起，按进出计数")

ENTRANCE_USES = {"entry": N_("入口"), "exit": N_("出口"), "both": N_("出入口")}

CONNECTIONS = {
    Connection.NOT_CONNECTED: N_("未接入"),
    Connection.CONNECTED: N_("已接入"),
    Connection.SILENT: N_("数据中断"),
}

MEMBER_ROLES = {MemberRole.OWNER: N_("负责人"), MemberRole.CLERK: N_("经办人")}

OFFICER_ROLES = {
    OfficerRole.REVIEWER: N_("备案审核"),
    OfficerRole.INSPECTOR: N_("检查"),
    OfficerRole.SHARING_SUPERVISOR: N_("错时共享监管"),
    OfficerRole.STATISTICIAN: N_("统计"),
    OfficerRole.ADMINISTRATOR: N_("系统管理员"),
    OfficerRole.AUDIT_ADMINISTRATOR: N_("审计管理员"),
}

ACCOUNT_STATES = {
    AccountState.ASKED: N_("申请加入"),
    AccountState.ACTIVE: N_("正常"),
    AccountState.REFUSED: N_("未同意加入"),
    AccountState.DISABLED: N_("已停用"),
}

ORGANISATION_KINDS = {OrganisationKind.ORGANISATION: N_("单位"), OrganisationKind.PERSON: N_("自然人")}

ORGANISATION_STATES = {
    OrganisationState.REGISTERED: N_("待核验"),
    OrganisationState.CHECKED: N_("已核验"),
    OrganisationState.REFUSED: N_("核验未通过"),
    OrganisationState.DISABLED: N_("已停用"),
}


def mark_text(mark: Mark, count: PublicCount) -> str:
    """What a mark of a count says, to be translated."""
    return _COUNTED_ON if mark is Mark.HAND_SET and not count.is_by_hand else MARKS[mark]
