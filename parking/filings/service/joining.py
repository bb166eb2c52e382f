"""Is a registration about a lot that the register has? An officer may say so: then none is doubled."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from parking.city.queries import ground
from parking.filings.errors import StepRefused
from parking.filings.rules import FilingKind, Step
from parking.filings.service.drafting import put_claim
from parking.filings.service.steps import check_undecided, lock_filing, may_take
from parking.kernel.actors import Actor


def join_lot(
    session: Session, actor: Actor, filing_id: str, lot_id: str | None, version: int, now: datetime
) -> int:
    """Let the approval of a registration join this lot (None: make a new one); returns the version then.

    Raises FilingNotFound, AlreadyDecided, FilingClaimed, StepRefused where it cannot be approved now or is no
    registration, StepNotAllowed, LotNotFound, LotAlreadyFiled, FilingOpen.
    """
    here = ground(session, now)
    filing = lock_filing(session, filing_id)
    check_undecided(session, actor, filing, version, here)
    may_take(filing, Step.APPROVED, actor)
    if filing.kind != FilingKind.REGISTRATION:
        raise StepRefused
    if filing.claimed_lot_id == lot_id:
        return filing.version
    return put_claim(session, actor, filing, lot_id, "filing:lot_joined", here)
