"""Who works on it? An officer claims a filing for half an hour, so that no colleague begins the same work."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from parking.city.queries import ground
from parking.filings.errors import FilingClaimed
from parking.filings.rules import Step
from parking.filings.rules.due import CLAIM_MINUTES
from parking.filings.service.steps import lock_filing, may_take, take_step
from parking.kernel.actors import Actor


def claim(session: Session, actor: Actor, filing_id: str, now: datetime) -> datetime:
    """Claim a filing, or prolong one's claim; returns until when (UTC).

    Raises FilingNotFound, StepRefused, StepNotAllowed, FilingClaimed while a colleague has it.
    """
    filing = lock_filing(session, filing_id)
    may_take(filing, Step.CLAIMED, actor)
    held_until = filing.claimed_until_at
    held = held_until is not None and held_until > now
    if held and filing.claimed_by != actor.name:
        raise FilingClaimed(filing.claimed_by or "", held_until)
    here = ground(session, now)
    minutes = int(here.city.told("filings.claim_minutes", CLAIM_MINUTES))
    filing.claimed_until_at = until_at = now + timedelta(minutes=minutes)
    if not held:
        filing.claimed_by = actor.name
        take_step(session, actor, filing, Step.CLAIMED, here)
    return until_at


def release(session: Session, actor: Actor, filing_id: str, now: datetime) -> None:
    """Give one's claim back; where one has none, nothing happens.

    Raises FilingNotFound, StepRefused, StepNotAllowed.
    """
    filing = lock_filing(session, filing_id)
    may_take(filing, Step.RELEASED, actor)
    if filing.claimed_by != actor.name:
        return
    filing.claimed_by = filing.claimed_until_at = None
    take_step(session, actor, filing, Step.RELEASED, ground(session, now))
