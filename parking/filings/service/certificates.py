"""How does a certificate end, and how do its states reach its lot?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.accounts import service as accounts
from parking.audit import service as audit
from parking.city.queries import ground
from parking.filings.errors import (
    CertificateEnded,
    CertificateNotFound,
    FilingChanged,
    ReasonMissing,
    StepNotAllowed,
)
from parking.filings.models import Certificate, Filing
from parking.filings.rules import BUREAU, STANDING, CertificateState, NoticeKind, certificate_standing
from parking.filings.rules.texts import EXPIRED, EXPIRING, REVOKED
from parking.filings.service.numbering import certificate_content, issue, last_day, next_number
from parking.kernel.actors import Actor
from parking.lots import service as lots
from parking.sharing.service.closing import rest_with_lot

_REVOKED = "停车场被撤销备案"
_LONGEST = 2000
_LONGEST_EVIDENCE = 200


def revoke_certificate(
    session: Session,
    actor: Actor,
    certificate_number: str,
    reason: str,
    evidence: str | None,
    version: int,
    now: datetime,
) -> str:
    """撤销备案 after findings; returns the number of the decision.

    `evidence` names what it rests on (the numbers of findings or orders). The lot stays in the register with
    its spaces, unfiled. Raises CertificateNotFound, ReasonMissing, StepNotAllowed, CertificateEnded, and
    FilingChanged where the certificate changed since it was read.
    """
    if actor.kind not in BUREAU:
        raise StepNotAllowed
    reason = reason.strip()[:_LONGEST]
    if not reason:
        raise ReasonMissing
    evidence = evidence[:_LONGEST_EVIDENCE] if evidence else None
    certificate = _lock_standing(session, certificate_number, version)
    here = ground(session, now)
    filing = session.get_one(Filing, certificate.filing_id)
    numbered = next_number(session, NoticeKind.REVOCATION, here)
    content = {
        **certificate_content(certificate, here),
        "items": [{"about": "", "label": "", "text_zh": reason, "text_en": ""}],
        "evidence": evidence,
    }
    kind, named = NoticeKind.REVOCATION, certificate.number
    number = issue(session, actor, kind, numbered, filing, here, content, certificate_number=named)
    before = certificate.state
    _end_by_revocation(session, actor, certificate, reason, now)
    details = {"before": before, "after": certificate.state, "notice": number, "evidence": evidence}
    audit.record(
        session, actor, "certificate:revoked", "certificate", certificate.number, details, now, reason
    )
    return number


def _lock_standing(session: Session, number: str, version: int) -> Certificate:
    certificate = lock_certificate(session, number)
    if certificate.state not in STANDING:
        raise CertificateEnded
    if certificate.version != version:
        raise FilingChanged(certificate.version)
    return certificate


def _end_by_revocation(
    session: Session, actor: Actor, certificate: Certificate, reason: str, now: datetime
) -> None:
    """Write it on the certificate and the lot, and tell its holder."""
    certificate.state = CertificateState.REVOKED
    certificate.revoked_at = now
    certificate.revocation = reason
    certificate.version += 1
    session.flush()
    params = {"lot": certificate.lot_name, "number": certificate.number}
    accounts.notify_members(session, certificate.organisation_id, REVOKED, params, now)
    put_on_lot(session, actor, certificate, now)
    rest_with_lot(session, actor, certificate.lot_id, f"{_REVOKED}：{reason}", now)


def age_certificate(session: Session, actor: Actor, certificate_number: str, now: datetime) -> bool:
    """Let a certificate's state follow the day, and tell its holder; False where nothing changed.

    Raises CertificateNotFound.
    """
    certificate = lock_certificate(session, certificate_number)
    here = ground(session, now)
    before = CertificateState(certificate.state)
    after = certificate_standing(before, certificate.until_on, here.city, here.today)
    if after is before:
        return False
    certificate.state = after
    certificate.version += 1
    session.flush()
    text = {CertificateState.EXPIRING: EXPIRING, CertificateState.EXPIRED: EXPIRED}.get(after)
    if text is not None:
        params = {
            "lot": certificate.lot_name,
            "number": certificate.number,
            "due_on": last_day(certificate.until_on).isoformat(),
        }
        accounts.notify_members(session, certificate.organisation_id, text, params, now)
    put_on_lot(session, actor, certificate, now)
    details = {"before": str(before), "after": str(after)}
    audit.record(session, actor, f"certificate:{after}", "certificate", certificate.number, details, now)
    return True


def put_on_lot(session: Session, actor: Actor, certificate: Certificate, now: datetime) -> None:
    """Let the register say how the certificate stands."""
    lots.put_certificate(
        session,
        actor,
        certificate.lot_id,
        certificate.number,
        certificate.state,
        certificate.until_on,
        certificate.organisation_id,
        now,
    )


def lock_certificate(session: Session, number: str) -> Certificate:
    """A certificate, locked until the transaction ends. Raises CertificateNotFound."""
    which = select(Certificate).where(Certificate.number == number)
    found = session.scalar(which.with_for_update().execution_options(populate_existing=True))
    if found is None:
        raise CertificateNotFound
    return found
