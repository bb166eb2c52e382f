"""Who may read what became of a complaint? Whoever holds its receipt code, which is kept as a hash."""

from __future__ import annotations

import secrets
from datetime import datetime
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.complaints.errors import CodeWrong
from parking.complaints.models import Complaint
from parking.complaints.rules.limits import CODE_LENGTH, WRONG_BY_NETWORK
from parking.complaints.service.limits import count, refuse_beyond
from parking.kernel import codes


def new_code() -> tuple[str, bytes]:
    """A fresh receipt code as it is written, "K7M4-9QXT-2B6C", and what is kept of it."""
    code = codes.new_code(secrets.randbits(5 * CODE_LENGTH), CODE_LENGTH)
    return codes.written(code), _hash(code)


def find_by_code(session: Session, code: str, network: str, now: datetime) -> str:
    """The id of the complaint whose receipt code this is, however it was typed.

    Wrong ones are counted for the caller's `network` (a hash of it), and beyond the limit not even right ones
    are looked at: the caller commits although this raises. Raises CodeWrong, AttemptsExceeded.
    """
    keys = {f"code:{network}": WRONG_BY_NETWORK}
    refuse_beyond(session, keys, now)
    found = session.scalar(select(Complaint.id).where(Complaint.code_hash == _hash(codes.typed(code))))
    if found is None:
        count(session, keys, now)
        raise CodeWrong
    return found


def _hash(code: str) -> bytes:
    return sha256(f"complaint\x00{code}".encode()).digest()
