"""How is a filing told to people: states, steps, notices, answers? Chinese here, English in the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext

from parking.city.rules import CityView
from parking.filings.rules import (
    KIND_LABELS,
    CertificateState,
    Field,
    FieldType,
    FilingState,
    NoticeKind,
    Step,
)
from parking.kernel.errors import N_
from parking.portals._http import formats
from parking.portals._http.i18n import language

KINDS = KIND_LABELS

STATES = {
    FilingState.DRAFTED: N_("草稿"),
    FilingState.SUBMITTED: N_("已提交，待受理"),
    FilingState.REFUSED: N_("不予受理"),
    FilingState.CORRECTION_REQUESTED: N_("待补正"),
    FilingState.ACCEPTED: N_("已受理，审核中"),
    FilingState.APPROVED: N_("已备案"),
    FilingState.RETURNED: N_("已退回"),
    FilingState.ABANDONED: N_("已放弃"),
}
# Which of the four tags of the style sheets a state wears.
STATE_TAGS = {
    FilingState.DRAFTED: "",
    FilingState.SUBMITTED: "busy",
    FilingState.REFUSED: "bad",
    FilingState.CORRECTION_REQUESTED: "act",
    FilingState.ACCEPTED: "busy",
    FilingState.APPROVED: "good",
    FilingState.RETURNED: "bad",
    FilingState.ABANDONED: "",
}

CERTIFICATE_STATES = {
    CertificateState.VALID: N_("有效"),
    CertificateState.EXPIRING: N_("即将到期"),
    CertificateState.EXPIRED: N_("已到期"),
    CertificateState.REVOKED: N_("已撤销"),
    CertificateState.CLOSED: N_("已注销"),
}
CERTIFICATE_TAGS = {
    CertificateState.VALID: "good",
    CertificateState.EXPIRING: "act",
    CertificateState.EXPIRED: "bad",
    CertificateState.REVOKED: "bad",
    CertificateState.CLOSED: "",
}

STEPS = {
    Step.DRAFTED: N_("建立草稿"),
    Step.SUBMITTED: N_("提交了申请"),
    Step.CORRECTED: N_("提交了补正"),
    Step.ABANDONED: N_("申请人放弃"),
    Step.CLAIMED: N_("领取办理"),
    Step.RELEASED: N_("退还待办"),
    Step.CORRECTION_REQUESTED: N_("发出补正通知"),
    Step.REFUSED: N_("决定不予受理"),
    Step.ACCEPTED: N_("决定受理"),
    Step.DEEMED_ACCEPTED: N_("逾期未答复，视为受理"),
    Step.APPROVED: N_("决定予以备案"),
    Step.RETURNED: N_("决定退回"),
    Step.LAPSED: N_("逾期未补正，视为放弃"),
}

NOTICES = {
    NoticeKind.ACCEPTANCE: N_("受理通知书"),
    NoticeKind.CORRECTION: N_("补正通知书"),
    NoticeKind.REFUSAL: N_("不予受理通知书"),
    NoticeKind.CERTIFICATE: N_("备案证明"),
    NoticeKind.RETURN: N_("退回通知书"),
    NoticeKind.REVOCATION: N_("撤销备案决定书"),
    NoticeKind.CLOSURE_RECEIPT: N_("注销备案回执"),
    NoticeKind.SHARING_RECORD: N_("错时共享备案书"),
}


def answer_text(field: Field, value: Any, city: CityView) -> str:
    """How people read the value of a field; an answer that was not given is an empty text."""
    if value is None or value == "":
        return ""
    if field.type is FieldType.BOOL:
        return gettext(N_("是")) if value else gettext(N_("否"))
    if field.type is FieldType.CHOICE:
        label = next((each.label for each in field.choices if each.value == value), None)
        return gettext(label) if label else str(value)
    if field.type is FieldType.DISTRICT:
        return district_text(city, str(value))
    if field.type is FieldType.PLACE:
        return place_text(value)
    if field.type is FieldType.DATE:
        return formats.day(date.fromisoformat(str(value)))
    if field.type is FieldType.INT:
        return formats.number(int(value))
    return str(value)


def district_text(city: CityView, code: str | None) -> str:
    """The name of a town or sub-district; its code where the city does not know it."""
    district = city.district(code)
    if district is None:
        return code or ""
    return district.name_zh if language() == "zh" else district.name_en or district.name_zh


def place_text(place: Mapping[str, Any]) -> str:
    """32.061000, 120.623000 (WGS-84)."""
    return (
        f"{float(place['lat']):.6f}, {float(place['lon']):.6f} ({DATUMS[str(place.get('datum', 'wgs84'))]})"
    )


DATUMS = {"wgs84": "WGS-84", "cgcs2000": "CGCS2000", "gcj02": "GCJ-02", "bd09": "BD-09"}
