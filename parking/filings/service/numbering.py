"""How does a paper get its number, without a gap, and what does it say for ever?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from parking.city.queries import Ground
from parking.filings.models import Certificate, Filing, Notice, NumberSeries
from parking.filings.rules import NoticeKind, space_key
from parking.kernel.actors import Actor
from parking.kernel.db.numbering import draw
from parking.kernel.vocabulary import SPACE_CLASS_NAMES

FILING = "filing"
_WORDS: dict[str, str] = {
    FILING: "申",
    NoticeKind.ACCEPTANCE: "受",
    NoticeKind.CORRECTION: "补",
    NoticeKind.REFUSAL: "不受",
    NoticeKind.CERTIFICATE: "证",
    NoticeKind.RETURN: "退",
    NoticeKind.REVOCATION: "撤",
    NoticeKind.CLOSURE_RECEIPT: "销",
    NoticeKind.SHARING_RECORD: "享",
}


@dataclass(frozen=True, slots=True)
class Numbered:
    """A number and its place in the series of its kind and year."""

    number: str
    year: int
    serial: int
    edition: int = 1


def next_number(session: Session, kind: str, here: Ground) -> Numbered:
    """The next number of a series. Its row stays locked until the transaction ends: no gap, no repetition.

    Take it before anything is written to lots or to the audit, so that two decisions wait for each other in
    one order.
    """
    year = here.today.year
    serial = draw(session, NumberSeries, kind=kind, year=year)
    prefix = here.city.told("filings.number_prefix", here.city.code)
    return Numbered(f"{prefix}{_WORDS[kind]}-{year}-{serial:05d}", year, serial)


def issue(
    session: Session,
    actor: Actor,
    kind: NoticeKind,
    numbered: Numbered,
    filing: Filing,
    here: Ground,
    content: Mapping[str, Any],
    *,
    due_on: date | None = None,
    certificate_number: str | None = None,
) -> str:
    """Put a notice on record as it reads today; returns its number."""
    said = {
        "authority_zh": here.city.told("filings.authority_zh", here.city.name_zh),
        "authority_en": here.city.told("filings.authority_en", here.city.name_en),
        "addressed_to": filing.organisation_name,
        "lot_name": filing.lot_name,
        "filing_number": filing.number,
        "filing_kind": filing.kind,
        "issued_on": here.today.isoformat(),
        "submitted_on": here.city.today(filing.submitted_at).isoformat() if filing.submitted_at else None,
        "due_on": due_on.isoformat() if due_on else None,
        **content,
    }
    session.add(
        Notice(
            number=numbered.number,
            kind=kind,
            year=numbered.year,
            serial=numbered.serial,
            edition=numbered.edition,
            filing_id=filing.id,
            certificate_number=certificate_number,
            issued_at=here.now,
            issued_by=str(actor),
            due_on=due_on,
            content=said,
        )
    )
    session.flush()
    return numbered.number


def next_edition(session: Session, certificate: Certificate) -> Numbered:
    """The number under which a certificate is printed anew: its own, and how often it was printed."""
    first = session.get_one(Notice, certificate.number)
    edition = certificate.editions + 1
    return Numbered(f"{certificate.number}-{edition}", first.year, first.serial, edition)


def certificate_content(certificate: Certificate, here: Ground) -> dict[str, Any]:
    """What a certificate prints of the lot, from the answers that stand."""
    told = certificate.answers
    district = here.city.district(told.get("district_code"))
    counts = {each.value: told.get(space_key(each)) for each in SPACE_CLASS_NAMES}
    spaces = {name: count for name, count in counts.items() if count}
    return {
        "certificate_number": certificate.number,
        "code": certificate.code,
        "from_on": certificate.from_on.isoformat(),
        "until_on": certificate.until_on.isoformat(),
        "last_on": last_day(certificate.until_on).isoformat(),
        "lot": {
            "name": told.get("name"),
            "name_en": told.get("name_en"),
            "address": told.get("address"),
            "kind": told.get("kind"),
            "type": told.get("type"),
            "access": told.get("access"),
            "opening_hours": told.get("opening_hours"),
            "operator_name": told.get("operator_name"),
            "complaint_phone": told.get("complaint_phone"),
            "district_zh": district.name_zh if district else None,
            "district_en": district.name_en if district else None,
        },
        "spaces": spaces,
        "total_spaces": sum(spaces.values()),
        "bay_length_m": told.get("bay_length_m"),
    }


def last_day(until_on: date) -> date:
    return date.fromordinal(until_on.toordinal() - 1)
