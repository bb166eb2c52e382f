"""A city that inspects, operators with lots on file, and findings there."""

from __future__ import annotations

from datetime import date, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy.orm import Session

from parking.boundary.files import KeptFile, MediaType
from parking.city.rules import CityView
from parking.inspections import service
from parking.inspections.rules import Grade, InspectionKind
from parking.inspections.service import FindingDraft
from parking.kernel.actors import CLI, Actor
from parking.kernel.vocabulary import LotType
from parking.lots.queries import LotCard, lot_cards
from parking.lots.service import put_certificate
from tests.factories.city import DISTRICTS, NOW, a_city
from tests.factories.lots import a_lot

TODAY = date(2026, 11, 20)
"""The city's day at NOW: a Friday."""
INSPECTOR = Actor("officer", "inspector-1")
COLLEAGUE = Actor("officer", "inspector-2")
CLERK = Actor("member", "clerk-1")
ITEMS = [
    {
        "key": "fire_lane",
        "plan": "safety",
        "lot_types": [],
        "name_zh": "消防通道畅通",
        "name_en": "Fire lanes are clear",
        "grade_default": "urgent",
    },
    {
        "key": "extinguishers",
        "plan": "safety",
        "lot_types": ["public"],
        "name_zh": "灭火器在有效期内",
        "name_en": "Extinguishers are in date",
        "grade_default": "serious",
    },
    {
        "key": "litter",
        "plan": "hygiene",
        "lot_types": [],
        "name_zh": "地面清洁",
        "name_en": "Ground is clean",
        "grade_default": "minor",
    },
]
CRITERIA = [
    {"key": "live", "name_zh": "在线", "name_en": "On line", "points": 40, "rule": "service_level"},
    {"key": "findings", "name_zh": "问题", "name_en": "Findings", "points": 40, "rule": "findings"},
    {"key": "in_time", "name_zh": "按期", "name_en": "In time", "points": 20, "rule": "put_right_in_time"},
]


def an_inspected_city(session: Session, **parts: Any) -> CityView:
    """The small city with checklists and criteria."""
    return a_city(session, **({"inspection_items": ITEMS, "score_criteria": CRITERIA} | parts))


def a_filed_lot(session: Session, organisation_id: str, now: datetime = NOW, **fields: Any) -> LotCard:
    """A public lot of the first district with a valid certificate."""
    lot = a_lot(session, now=now, **({"district_code": DISTRICTS[0], "type": LotType.PUBLIC} | fields))
    until_on = now.date().replace(year=now.year + 3)
    put_certificate(session, CLI, lot.id, f"备-{lot.code}", "valid", until_on, organisation_id, now)
    return lot_cards(session, now.date(), [lot.id])[0]


def a_photo(content: bytes = b"photo") -> KeptFile:
    """A photo as the store would have kept it."""
    return KeptFile(sha256(content).hexdigest(), MediaType.JPEG, len(content), "现场.jpg")


def a_finding(session: Session, lot_id: str | None = None, now: datetime = NOW, **fields: Any) -> str:
    """A finding on a lot, or without one on a road point of the first district; returns its id."""
    on_road = {"place": "滨河路 12 号路口", "reference": "R-12", "district_code": DISTRICTS[0]}
    told = {"kind": InspectionKind.SAFETY, "grade": Grade.MINOR, "text": "标线不清"}
    draft = FindingDraft(**(told | ({"lot_id": lot_id} if lot_id else on_road) | fields))
    return service.record_finding(session, INSPECTOR, draft, now)
