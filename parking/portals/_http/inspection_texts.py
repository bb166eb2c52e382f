"""How is an inspection told to people: kinds, outcomes, grades, states, steps? Chinese here."""

from __future__ import annotations

from datetime import date
from typing import Any

from parking.inspections.rules import FindingState, FindingStep, Grade, InspectionKind, Outcome
from parking.kernel.errors import N_
from parking.portals._http import formats
from parking.portals._http.complaint_texts import KINDS as COMPLAINT_KINDS

KINDS = {
    InspectionKind.SAFETY: N_("安全"),
    InspectionKind.HYGIENE: N_("卫生"),
    InspectionKind.FACILITIES: N_("设施"),
}
OUTCOMES = {
    Outcome.PASSED: N_("合格"),
    Outcome.FAILED: N_("不合格"),
    Outcome.NOT_APPLICABLE: N_("不适用"),
}
GRADES = {Grade.MINOR: N_("一般"), Grade.SERIOUS: N_("较重"), Grade.URGENT: N_("紧急")}
GRADE_TAGS = {Grade.MINOR: "", Grade.SERIOUS: "act", Grade.URGENT: "bad"}
FINDING_STATES = {
    FindingState.FOUND: N_("待交办"),
    FindingState.ORDERED: N_("整改中"),
    FindingState.PUT_RIGHT: N_("待复核"),
    FindingState.RECHECKED: N_("复核通过，待销号"),
    FindingState.HANDED_OVER: N_("已移交交警"),
    FindingState.HANDOVER_ANSWERED: N_("交警已答复，待销号"),
    FindingState.CLOSED: N_("已销号"),
    FindingState.WITHDRAWN: N_("已撤回"),
}
FINDING_TAGS = {
    FindingState.FOUND: "act",
    FindingState.ORDERED: "busy",
    FindingState.PUT_RIGHT: "act",
    FindingState.RECHECKED: "act",
    FindingState.HANDED_OVER: "busy",
    FindingState.HANDOVER_ANSWERED: "act",
    FindingState.CLOSED: "good",
    FindingState.WITHDRAWN: "",
}
FINDING_STEPS = {
    FindingStep.FOUND: N_("发现问题"),
    FindingStep.PHOTOGRAPHED: N_("添加照片"),
    FindingStep.ORDERED: N_("交办整改"),
    FindingStep.EVIDENCED: N_("提交整改材料"),
    FindingStep.PUT_RIGHT: N_("回复整改"),
    FindingStep.SENT_BACK: N_("复核未通过，继续整改"),
    FindingStep.RECHECKED: N_("复核通过"),
    FindingStep.HANDED_OVER: N_("移交交警"),
    FindingStep.HANDOVER_ANSWERED: N_("交警答复"),
    FindingStep.CLOSED: N_("销号"),
    FindingStep.WITHDRAWN: N_("撤回"),
    FindingStep.ESCALATED: N_("逾期督办"),
}
VISIT_STATES = {
    "planned": N_("待巡查"),
    "started": N_("已暂存"),
    "finished": N_("已完成"),
    "dropped": N_("不再巡查"),
}
VISIT_TAGS = {"planned": "act", "started": "busy", "finished": "good", "dropped": ""}
LEFT_OUT = {
    "not_connected": N_("这个停车场没有接入动态数据，不计分"),
    "nothing_due": N_("本月没有到期的整改，不计分"),
    "rule_unknown": N_("暂时没有这一项的数据，不计分"),
}


def words() -> dict[str, Any]:
    """The names for templates."""
    return {
        "inspection_kinds": KINDS,
        "complaint_kinds": COMPLAINT_KINDS,
        "outcome_names": OUTCOMES,
        "grade_names": GRADES,
        "grade_tags": GRADE_TAGS,
        "finding_states": FINDING_STATES,
        "finding_tags": FINDING_TAGS,
        "finding_steps": FINDING_STEPS,
        "visit_states": VISIT_STATES,
        "visit_tags": VISIT_TAGS,
        "left_out": LEFT_OUT,
        "due_text": formats.due_text,
        "as_day": date.fromisoformat,
    }
