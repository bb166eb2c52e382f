"""延续备案: until when does a certificate hold anew?"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from parking.city.queries import Ground
from parking.filings.errors import TooEarlyToRenew
from parking.filings.kinds.kind import Carried, standing_certificate
from parking.filings.kinds.writing import told_changes
from parking.filings.models import Certificate, Filing
from parking.filings.queries.comparing import changed_keys, standing_answers
from parking.filings.rules import (
    CertificateState,
    FilingKind,
    NoticeKind,
    certificate_until,
    groups_for,
    renewable_from,
)
from parking.kernel.actors import Actor
from parking.kernel.errors import FieldProblem

_ASKED = frozenset(each.key for group in groups_for(FilingKind.RENEWAL) for each in group.fields)


class Renewal:
    """The same lot, said to be unchanged, for another term."""

    notice = NoticeKind.CERTIFICATE
    checks_from = frozenset[str]()

    def first_answers(
        self, session: Session, organisation_id: str, lot_id: str | None, here: Ground
    ) -> dict[str, Any]:
        certificate = standing_certificate(session, lot_id, organisation_id)
        _check_time(certificate, here)
        return standing_answers(session, certificate.lot_id, here.today)

    def check(
        self, session: Session, filing: Filing, here: Ground, *, lock: bool = True
    ) -> list[FieldProblem]:
        _check_time(standing_certificate(session, filing.lot_id, filing.organisation_id, lock=lock), here)
        return []

    def carry_out(self, session: Session, actor: Actor, filing: Filing, number: str, here: Ground) -> Carried:
        certificate = standing_certificate(session, filing.lot_id, filing.organisation_id)
        keys = [key for key in changed_keys(filing.answers, filing.base) if key in _ASKED]
        before = certificate.answers
        certificate.answers = {**before, **{key: filing.answers.get(key) for key in keys}}
        # A term that has not run out is prolonged; one that has begins anew.
        certificate.until_on = certificate_until(max(certificate.until_on, here.today), here.city)
        certificate.state = CertificateState.VALID
        return Carried(certificate, told_changes(before, certificate.answers, keys))


def _check_time(certificate: Certificate, here: Ground) -> None:
    from_on = renewable_from(certificate.until_on, here.city)
    if here.today < from_on:
        raise TooEarlyToRenew(from_on=from_on.isoformat())
