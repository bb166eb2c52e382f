"""How do papers join a filing and leave it? By their digest; what was withdrawn stays as evidence."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.audit import service as audit
from parking.boundary.files import KeptFile
from parking.city.queries import ground
from parking.filings.errors import PaperRefused, StepRefused
from parking.filings.models import Filing, FilingPaper
from parking.filings.rules import EDITABLE, MOST_FILES_OF_A_DOCUMENT, FilingKind, checklist
from parking.filings.service.steps import check_unchanged, lock_filing
from parking.kernel.actors import Actor
from parking.kernel.ids import new_id


def attach_paper(
    session: Session,
    actor: Actor,
    organisation_id: str,
    filing_id: str,
    document_key: str,
    kept: KeptFile,
    version: int,
    now: datetime,
) -> int:
    """Attach a kept file for a document of the checklist; returns the filing's version.

    The same file for the same document a second time changes nothing. Raises FilingNotFound, StepRefused,
    FilingChanged, PaperRefused.
    """
    filing = lock_filing(session, filing_id, organisation_id)
    _check_editable(filing)
    standing = _standing(session, filing_id)
    same = [each for each in standing if each.document_key == document_key]
    if any(each.sha256 == kept.sha256 for each in same):
        return filing.version
    check_unchanged(filing, version)
    here = ground(session, now)
    asked = {need.key for need in checklist(here.city, FilingKind(filing.kind), filing.answers)}
    if document_key not in asked or len(same) >= MOST_FILES_OF_A_DOCUMENT:
        raise PaperRefused
    session.add(
        FilingPaper(
            id=new_id(),
            filing_id=filing_id,
            document_key=document_key,
            sha256=kept.sha256,
            media_type=str(kept.media_type),
            size=kept.size,
            name=kept.name,
            added_at=now,
            added_by=str(actor),
        )
    )
    return _touched(session, actor, filing, "filing:paper_attached", document_key, kept.sha256, now)


def withdraw_paper(
    session: Session,
    actor: Actor,
    organisation_id: str,
    filing_id: str,
    paper_id: str,
    version: int,
    now: datetime,
) -> int:
    """Withdraw a file; returns the filing's version. One that is not there, or gone already, changes nothing.

    Raises FilingNotFound, StepRefused, FilingChanged.
    """
    filing = lock_filing(session, filing_id, organisation_id)
    _check_editable(filing)
    found = next((each for each in _standing(session, filing_id) if each.id == paper_id), None)
    if found is None:
        return filing.version
    check_unchanged(filing, version)
    found.withdrawn_at = now
    return _touched(session, actor, filing, "filing:paper_withdrawn", found.document_key, found.sha256, now)


def _standing(session: Session, filing_id: str) -> list[FilingPaper]:
    standing = (FilingPaper.filing_id == filing_id) & FilingPaper.withdrawn_at.is_(None)
    return list(session.scalars(select(FilingPaper).where(standing)))


def _check_editable(filing: Filing) -> None:
    if filing.state not in EDITABLE:
        raise StepRefused


def _touched(
    session: Session, actor: Actor, filing: Filing, action: str, document_key: str, sha256: str, now: datetime
) -> int:
    filing.version += 1
    filing.updated_at = now
    session.flush()
    details = {"document": document_key, "sha256": sha256}
    audit.record(session, actor, action, "filing", filing.id, details, now)
    return filing.version
