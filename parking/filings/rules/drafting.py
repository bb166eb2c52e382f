"""What do answers say of a lot, and what of it contradicts itself, the map or the register?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from parking.city.rules import CityView
from parking.filings.rules.fields import Field, FieldType
from parking.filings.rules.questions import FIELDS, REASON_LABELS, space_key
from parking.kernel.errors import N_, FieldProblem
from parking.kernel.geo import distance_m, from_wgs84, to_wgs84
from parking.kernel.vocabulary import Access, Datum, LotKind, LotType, SpaceClass
from parking.lots.errors import ReasonRefused
from parking.lots.rules import (
    EntranceDraft,
    LedgerReason,
    LotDraft,
    SpaceChange,
    check_change,
    check_draft,
)

ENTRANCE_NAME = "主出入口"
_SAME_PLACE_M = 1.0
_TEXTS = (
    "name_en",
    "district_code",
    "address",
    "operator_name",
    "opening_hours",
    "hours_note",
    "max_height_cm",
)
# How the register names what the task list asks under another name.
_ASKED_AS = {
    "lat": "position",
    "source_lat": "position",
    "source_lon": "position",
    "entrances": "entrance",
    **{str(each): space_key(each) for each in SpaceClass},
}


def place_of(told: Mapping[str, Any] | None) -> tuple[float, float] | None:
    """The WGS-84 point of a PLACE answer."""
    return to_wgs84(told["lat"], told["lon"], Datum(told["datum"])) if told else None


def same_value(field: Field, a: Any, b: Any) -> bool:
    """Whether two answers say the same; a place within a metre is the same place."""
    if field.type is FieldType.PLACE and a and b:
        here, there = place_of(a), place_of(b)
        return here is not None and there is not None and distance_m(here, there) <= _SAME_PLACE_M
    if field.type is FieldType.INT:
        return (a or 0) == (b or 0)
    return a == b or (a in (None, "") and b in (None, ""))


def space_targets(answers: Mapping[str, Any]) -> dict[SpaceClass, int]:
    """How many spaces of each class there are to be; a class that was not answered has none."""
    return {each: int(answers.get(space_key(each)) or 0) for each in SpaceClass}


def draft_of(answers: Mapping[str, Any], code: str) -> LotDraft:
    """The lot that the answers describe; they must be complete."""
    texts: dict[str, Any] = {name: answers.get(name) for name in _TEXTS}
    position = answers["position"]
    datum = Datum(position["datum"])
    entrance = place_of(answers.get("entrance"))
    ways: tuple[EntranceDraft, ...] = ()
    if entrance is not None:
        ways = (EntranceDraft(ENTRANCE_NAME, *from_wgs84(*entrance, datum)),)
    return LotDraft(
        code=code,
        name=answers["name"],
        source_lat=position["lat"],
        source_lon=position["lon"],
        source_datum=datum,
        kind=LotKind(answers["kind"]),
        type=LotType(answers["type"]),
        access=Access(answers["access"]),
        entrances=ways,
        spaces={each: count for each, count in space_targets(answers).items() if count},
        bay_length_m=answers.get("bay_length_m"),
        **texts,
    )


def lot_changes(answers: Mapping[str, Any], keys: set[str]) -> dict[str, Any]:
    """The fields of the register (as `lots.service.change_lot` takes them) that these answers set."""
    changes: dict[str, Any] = {name: answers.get(name) for name in _TEXTS if name in keys}
    for name, vocabulary in (("name", str), ("kind", LotKind), ("type", LotType), ("access", Access)):
        if name in keys:
            changes[name] = vocabulary(answers[name])
    if "position" in keys:
        told = answers["position"]
        changes |= {
            "source_lat": told["lat"],
            "source_lon": told["lon"],
            "source_datum": Datum(told["datum"]),
        }
    return changes


def check_together(
    answers: Mapping[str, Any], city: CityView, register: Mapping[SpaceClass, int] | None = None
) -> list[FieldProblem]:
    """What is wrong between complete answers, the map and the register; fields by their keys.

    `register` has the spaces of the lot that these answers change or join, None for a new lot.
    """
    draft = draft_of(answers, "0")
    found = [
        FieldProblem(_ASKED_AS.get(told.field, told.field), told.code, told.text, told.params)
        for told in check_draft(draft, city)
    ]
    found += outside_district(answers, city)
    found += _without_equipment(answers)
    if not any(space_targets(answers).values()) and not answers.get("bay_length_m"):
        found.append(FieldProblem(space_key(SpaceClass.GENERAL), "no_spaces", N_("没有填写任何车位")))
    found += _reason_problems(answers, register)
    return found


def outside_district(answers: Mapping[str, Any], city: CityView) -> list[FieldProblem]:
    """A place outside the outline of the district that was named, with the district where it lies."""
    place, code = place_of(answers.get("position")), answers.get("district_code")
    district = city.district(code)
    if place is None or district is None or not city.contains(*place):
        return []
    lies_in = city.district_at(*place)
    if lies_in is None and district.outline:
        text = N_("位置不在%(district)s范围内，请核对地图上的位置或所选镇街")
        return [FieldProblem("position", "outside_district", text, {"district": district.name_zh})]
    if lies_in is not None and lies_in.code != code:
        text = N_("位置在%(found)s，不在所选的%(district)s")
        params = {"found": lies_in.name_zh, "district": district.name_zh}
        return [FieldProblem("position", "outside_district", text, params)]
    return []


def _without_equipment(answers: Mapping[str, Any]) -> Iterator[FieldProblem]:
    for each, field in ((SpaceClass.MECHANICAL, "mechanical"), (SpaceClass.CIVIL_DEFENCE, "civil_defence")):
        if answers.get(space_key(each)) and answers.get(field) is False:
            text = N_("填写了这类车位，“%(label)s”却选了“否”")
            yield FieldProblem(space_key(each), "contradicts", text, {"label": FIELDS[field].label})


def space_changes(answers: Mapping[str, Any], register: Mapping[SpaceClass, int]) -> dict[SpaceClass, int]:
    """What the ledger must gain or lose by class, so that the register says what the answers say."""
    return {
        each: target - register.get(each, 0)
        for each, target in space_targets(answers).items()
        if target != register.get(each, 0)
    }


def reason_of(answers: Mapping[str, Any], joins: bool) -> LedgerReason | None:
    """The ledger's reason: of a new lot's spaces, or of the difference to the register; None if not told.

    A lot that is already registered is corrected unless the filing says what happened.
    """
    if joins:
        return LedgerReason(answers.get("difference_reason") or LedgerReason.CORRECTION)
    told = answers.get("spaces_reason")
    return LedgerReason(told) if told else None


def _reason_problems(
    answers: Mapping[str, Any], register: Mapping[SpaceClass, int] | None
) -> Iterator[FieldProblem]:
    joins = register is not None
    reason = reason_of(answers, joins)
    if reason is None:
        text = N_("请填写“%(label)s”")
        yield FieldProblem("spaces_reason", "missing", text, {"label": FIELDS["spaces_reason"].label})
        return
    for each, change in space_changes(answers, register or {}).items():
        try:
            check_change(SpaceChange(each, change), reason)
        except ReasonRefused:
            text = N_("原因“%(reason)s”与这类车位的增减（%(change)s）不符")
            params = {"reason": REASON_LABELS[reason], "change": f"{change:+d}"}
            field = "difference_reason" if joins else "spaces_reason"
            yield FieldProblem(field, "reason_contradicts", text, params)
