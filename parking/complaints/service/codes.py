"""Who may read what became of a complaint? Whoever holds its receipt code, which is kept as a hash."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.complaints.errors import AttemptsExceeded, CodeWrong
from parking.complaints.models import Complaint, ComplaintAttempts
from parking.complaints.rules.limits import CODE_LENGTH, WRONG_BY_NETWORK
from parking.kernel import codes
from parking.kernel.db import attempts


def new_code() -> tuple[str, bytes]:
    """A fresh receipt code as it is written, "K7M4-9QXT-2B6C", and what is kept of it."""
    code = codes.new_code(CODE_LENGTH)
    return codes.written(code), _hash(code)


def find_by_code(session: Session, code: str, network: str, now: datetime) -> str:
    """The id of the complaint whose receipt code this is, however it was typed.

    Wrong ones are counted for the caller's `network` (a hash of it), and beyond the limit not even right ones
    are looked at: the caller commits although this raises. Raises CodeWrong, AttemptsExceeded.
    """
    limits = {f"code:{network}": WRONG_BY_NETWORK}
    attempts.refuse_beyond(session, ComplaintAttempts, limits, now, AttemptsExceeded)
    found = session.scalar(select(Complaint.id).where(Complaint.code_hash == _hash(codes.typed(code))))
    if found is None:
        attempts.count(session, ComplaintAttempts, limits, now)
        raise CodeWrong
    return found


def _hash(code: str) -> bytes:
    return codes.hashed("complaint", code)
