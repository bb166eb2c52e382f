"""Filings of the small city, brought to any state by the same steps as real ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy.orm import Session

from parking.accounts.rules import OfficerRole
from parking.boundary.files import KeptFile, MediaType
from parking.city.rules import CityView
from parking.filings import queries, service
from parking.filings.queries import FilingView
from parking.filings.rules import FilingKind, FilingState, checklist
from parking.kernel.actors import Actor
from tests.factories.accounts import Person, an_officer, an_owner
from tests.factories.city import DISTRICTS, NOW, a_city, a_profile

# A square around 32.06 N, 120.64 E; the district west of it has no outline.
EAST = [[[120.63, 32.05], [120.65, 32.05], [120.65, 32.07], [120.63, 32.07], [120.63, 32.05]]]
IN_THE_EAST = {"lat": 32.06, "lon": 120.64, "datum": "wgs84"}
TERMS = {
    "authority_zh": "试城市城市管理局",
    "authority_en": "Test City Management Bureau",
    "number_prefix": "试停备",
    "accept_days": 2,
    "correction_days": 15,
    "decide_days": 5,
    "deemed_acceptance": True,
    "certificate_years": 3,
    "renew_before_days": 60,
}


def _document(key: str, when: str = "always", **more: Any) -> dict[str, Any]:
    told = {
        "key": key,
        "name_zh": f"材料{key}",
        "name_en": f"Document {key}",
        "hint_zh": "",
        "hint_en": "",
        "kinds": ["registration"],
        "lot_types": [],
        "when": when,
        "required": True,
        "proves": "",
    }
    return told | more


DOCUMENTS = [
    _document("site_right", proves="site_right"),
    _document("fire", "underground"),
    _document("special_equipment", "mechanical", kinds=["registration", "renewal"]),
    _document("price_notice", "charges_fee", lot_types=["public"]),
    _document("contract", "not_owner", required=False),
    _document("owner_consent", kinds=["sharing"], proves="lend_owner"),
    _document("closure_notice", kinds=["closure"], required=False),
]
REASONS = [
    {"key": "unreadable", "step": "correct", "text_zh": "材料看不清", "text_en": "Unreadable", "about": ""},
    {"key": "not_a_lot", "step": "refuse", "text_zh": "不属备案范围", "text_en": "Out of scope", "about": ""},
    {"key": "false_papers", "step": "return", "text_zh": "材料不实", "text_en": "Untrue papers", "about": ""},
]


def a_filing_city(session: Session, **terms: Any) -> CityView:
    """The small city with a checklist, reasons, terms of filing, and an outline of its first district."""
    districts = a_profile()["districts"]
    districts[0]["outline"] = EAST
    return a_city(session, filings=TERMS | terms, documents=DOCUMENTS, reasons=REASONS, districts=districts)


@dataclass(frozen=True, slots=True)
class Office:
    """An owner whose organisation was checked, and two reviewers."""

    city: CityView
    owner: Person
    reviewer: Person
    colleague: Person

    @property
    def organisation_id(self) -> str:
        return self.owner.organisation_id

    @property
    def member(self) -> Actor:
        return self.owner.caller.actor

    @property
    def officer(self) -> Actor:
        return self.reviewer.caller.actor

    @property
    def second(self) -> Actor:
        return self.colleague.caller.actor


def an_office(session: Session, **terms: Any) -> Office:
    """The city with the people of both sides of the counter."""
    city = a_filing_city(session, **terms)
    roles = (OfficerRole.REVIEWER,)
    return Office(
        city, an_owner(session), an_officer(session, roles=roles), an_officer(session, "reviewer2", roles)
    )


def answers(**changed: Any) -> dict[str, Any]:
    """Complete answers of a registration."""
    told = {
        "name": "城东第一停车场",
        "kind": "off_street",
        "type": "public",
        "district_code": DISTRICTS[0],
        "address": "城东路 1 号",
        "position": IN_THE_EAST,
        "spaces_general": 100,
        "access": "public",
        "spaces_reason": "new_build",
        "opening_hours": "24/7",
        "charges_fee": False,
        "site_right": "owned",
        "operator_name": "试城物业1有限公司",
        "operator_is_owner": True,
        "underground": False,
        "mechanical": False,
        "civil_defence": False,
        "has_billing_system": False,
        "safety_person": "王一",
        "safety_phone": "13800000001",
        "complaint_phone": "0513-12345678",
    }
    told |= changed
    return {key: value for key, value in told.items() if value is not None}


def a_file(name: str = "paper.pdf") -> KeptFile:
    """A file as the store tells of it."""
    return KeptFile(sha256=sha256(name.encode()).hexdigest(), media_type=MediaType.PDF, size=9, name=name)


def a_draft(
    session: Session,
    office: Office,
    kind: FilingKind = FilingKind.REGISTRATION,
    *,
    lot_id: str | None = None,
    now: datetime = NOW,
    papers: bool = True,
    **changed: Any,
) -> FilingView:
    """A draft with everything that its checklist asks for."""
    told = answers(**changed) if kind is FilingKind.REGISTRATION else changed
    org = office.organisation_id
    filing_id = service.draft_filing(session, office.member, org, kind, now, lot_id=lot_id, answers=told)
    filing = queries.filing(session, filing_id)
    version = filing.version
    for need in checklist(office.city, kind, filing.answers) if papers else ():
        version = service.attach_paper(
            session, office.member, org, filing_id, need.key, a_file(f"{need.key}.pdf"), version, now
        )
    return queries.filing(session, filing_id)


def submitted(session: Session, office: Office, filing: FilingView, now: datetime = NOW) -> FilingView:
    """The draft handed in."""
    service.submit(session, office.member, filing.organisation_id, filing.id, filing.version, "王一", now)
    return queries.filing(session, filing.id)


def accepted(session: Session, office: Office, filing: FilingView, now: datetime = NOW) -> FilingView:
    """Handed in, if it was not, and taken on."""
    if filing.state is FilingState.DRAFTED:
        filing = submitted(session, office, filing, now)
    service.accept(session, office.officer, filing.id, filing.version, now)
    return queries.filing(session, filing.id)


def approved(session: Session, office: Office, filing: FilingView, now: datetime = NOW) -> FilingView:
    """Brought from wherever it stands to its approval."""
    if filing.state is not FilingState.ACCEPTED:
        filing = accepted(session, office, filing, now)
    service.approve(session, office.officer, filing.id, filing.version, now)
    return queries.filing(session, filing.id)


def a_filed_lot(
    session: Session, office: Office, *, now: datetime = NOW, **changed: Any
) -> tuple[str, FilingView]:
    """A lot with a certificate: its id and its registration."""
    filing = approved(session, office, a_draft(session, office, now=now, **changed), now)
    assert filing.lot_id
    return filing.lot_id, filing
