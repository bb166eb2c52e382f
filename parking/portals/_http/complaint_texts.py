"""How is a complaint told to people: kinds, sources, states, steps? Chinese here."""

from __future__ import annotations

from typing import Any

from parking.complaints.rules import ComplaintKind, ComplaintSource, ComplaintState, ComplaintStep
from parking.kernel.errors import N_
from parking.plates.rules import without_plates
from parking.portals._http import formats

KINDS = {
    ComplaintKind.COUNT_WRONG: N_("空位数不对"),
    ComplaintKind.CLOSED: N_("不开放或进不去"),
    ComplaintKind.FEE_WRONG: N_("收费不对"),
    ComplaintKind.OVERSTAY: N_("车辆长期占用"),
    ComplaintKind.BLOCKED: N_("车位或通道被堵占"),
}
SOURCES = {
    ComplaintSource.WEB: N_("网页"),
    ComplaintSource.HOTLINE: N_("12345 热线"),
    ComplaintSource.PHONE: N_("电话"),
    ComplaintSource.VISIT: N_("来访"),
}
STATES = {
    ComplaintState.RECEIVED: N_("待处理"),
    ComplaintState.FORWARDED: N_("已转停车场"),
    ComplaintState.TAKEN: N_("主管部门办理中"),
    ComplaintState.ANSWERED: N_("已答复，待办结"),
    ComplaintState.CLOSED: N_("已办结"),
    ComplaintState.REJECTED: N_("不予办理"),
    ComplaintState.DUPLICATE: N_("已并入他件"),
}
STATE_TAGS = {
    ComplaintState.RECEIVED: "act",
    ComplaintState.FORWARDED: "busy",
    ComplaintState.TAKEN: "act",
    ComplaintState.ANSWERED: "act",
    ComplaintState.CLOSED: "good",
    ComplaintState.REJECTED: "",
    ComplaintState.DUPLICATE: "",
}
STEPS = {
    ComplaintStep.RECEIVED: N_("收到反映"),
    ComplaintStep.FORWARDED: N_("转给停车场"),
    ComplaintStep.TAKEN: N_("转为自办"),
    ComplaintStep.ANSWERED: N_("作出答复"),
    ComplaintStep.CLOSED: N_("已办结"),
    ComplaintStep.REOPENED: N_("市民再次提出"),
    ComplaintStep.REJECTED: N_("不予办理"),
    ComplaintStep.JOINED: N_("并入另一件"),
    ComplaintStep.REMINDED: N_("到期提醒"),
}


def words() -> dict[str, Any]:
    """The names for templates. Lists show a text with what looks like a plate masked."""
    return {
        "complaint_kinds": KINDS,
        "complaint_sources": SOURCES,
        "complaint_states": STATES,
        "complaint_tags": STATE_TAGS,
        "complaint_steps": STEPS,
        "due_text": formats.due_text,
        "masked": without_plates,
    }
