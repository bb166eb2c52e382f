"""Who may see what a stay costs? Whoever has the lot's code and the visit's one-time code, both together.

The answer to a wrong code, an old one, an unknown lot and a stay that never was is one and the same.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from parking.city import queries as city
from parking.kernel import codes
from parking.kernel.db import attempts
from parking.lots.models import Lot
from parking.visits.errors import CodeAttemptsExceeded, CodeWrong, TicketOver, VisitNotFound
from parking.visits.models.charges import CodeAttempts, PayTicket, VisitCode
from parking.visits.models.visits import Visit
from parking.visits.rules import codes as rules
from parking.visits.rules.pairing import VisitState

# Anybody who has the ticket sees one fee; long enough to come back from the payment page.
_TICKET_FOR = timedelta(hours=2)
CODE_HOURS = 24


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """A code written "K7M4-9QXT", the lot's code that is typed with it, and until when they open a fee."""

    code: str = field(repr=False)
    lot_code: str
    expires_at: datetime


def issue_code(session: Session, visit_id: str, now: datetime, code: str | None = None) -> IssuedCode:
    """A new code of a visit, or this one that nobody can guess; an older one ends. Raises VisitNotFound."""
    visit = session.get(Visit, visit_id)
    if visit is None or visit.state == VisitState.VOIDED:
        raise VisitNotFound
    code = code or codes.new_code()
    issued = _issued(session, visit.lot_id, code, now)
    fresh = {
        "lot_id": visit.lot_id,
        "code_hash": codes.hashed(visit.lot_id, code),
        "issued_at": now,
        "expires_at": issued.expires_at,
    }
    row = insert(VisitCode).values(visit_id=visit_id, **fresh)
    session.execute(row.on_conflict_do_update(index_elements=[VisitCode.visit_id], set_=fresh))
    return issued


def code_for_nothing(session: Session, lot_id: str, now: datetime) -> IssuedCode:
    """A code as `issue_code` makes them, that is kept nowhere: a sandbox prints it, and it opens nothing."""
    return _issued(session, lot_id, codes.new_code(), now)


def _issued(session: Session, lot_id: str, code: str, now: datetime) -> IssuedCode:
    hours = city.facts(session, city.today(session, now)).get("charges.code_hours", CODE_HOURS)
    lot_code = session.scalars(select(Lot.code).where(Lot.id == lot_id)).one()
    return IssuedCode(codes.written(code), lot_code, now + timedelta(hours=int(hours)))


def enter_code(session: Session, lot_code: str, code: str, network_hash: str, now: datetime) -> str:
    """A ticket to the fee of the visit that lot and code name together.

    Wrong ones are counted for the lot, however its code is written, and for the caller's network, and beyond
    the limit not even right ones are looked at: the caller commits although this raises. Raises CodeWrong;
    CodeAttemptsExceeded with `minutes`.
    """
    # Typed by people: small letters will do, unless a lot's own code has them.
    typed = lot_code.strip()[:80]
    named = select(Lot.id).where(Lot.code.in_([typed, typed.upper()]))
    lot_id = session.scalar(named.order_by(Lot.code != typed).limit(1))
    limits = {
        f"network:{network_hash}": rules.WRONG_BY_NETWORK,
        f"lot:{codes.hashed('lot', lot_id or typed.upper()).hex()}": rules.WRONG_AT_LOT,
    }
    attempts.refuse_beyond(session, CodeAttempts, limits, now, CodeAttemptsExceeded)
    # Looked up for an unknown lot too: the answer takes as long.
    found = session.scalar(
        select(VisitCode)
        .join(Visit, Visit.id == VisitCode.visit_id)
        .where(
            VisitCode.lot_id == (lot_id or ""),
            VisitCode.code_hash == codes.hashed(lot_id or "", codes.typed(code)),
            VisitCode.expires_at > now,
            Visit.state != VisitState.VOIDED,
        )
    )
    if found is None:
        attempts.count(session, CodeAttempts, limits, now)
        raise CodeWrong
    ticket = secrets.token_urlsafe(20)
    session.add(
        PayTicket(
            ticket_hash=codes.hashed("ticket", ticket), visit_id=found.visit_id, expires_at=now + _TICKET_FOR
        )
    )
    session.flush()
    return ticket


def visit_of_ticket(session: Session, ticket: str, now: datetime) -> str:
    """The visit whose fee a ticket shows. Raises TicketOver."""
    found = session.get(PayTicket, codes.hashed("ticket", ticket))
    if found is None or found.expires_at <= now:
        raise TicketOver
    return found.visit_id


def prune_codes(session: Session, now: datetime) -> None:
    """Forget codes, tickets and counters that are over."""
    session.execute(delete(VisitCode).where(VisitCode.expires_at <= now))
    session.execute(delete(PayTicket).where(PayTicket.expires_at <= now))
    attempts.forget(session, CodeAttempts, rules.WINDOW, now)
