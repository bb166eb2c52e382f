"""What did a client send lately, and does it live?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.accounts.models import ClientCall, ClientHeartbeat
from parking.accounts.rules.calls import MOST_CALLS, MOST_UNSIGNED, NewCall


def calls_of(session: Session, client_id: str) -> list[NewCall]:
    """The last calls of a client, newest first: 100 that it signed, 20 in its name that it did not."""
    found: list[NewCall] = []
    for is_signed, most in ((True, MOST_CALLS), (False, MOST_UNSIGNED)):
        rows = session.scalars(
            select(ClientCall)
            .where(ClientCall.client_id == client_id, ClientCall.is_signed.is_(is_signed))
            .order_by(ClientCall.at.desc(), ClientCall.id.desc())
            .limit(most)
        )
        found += [_view(row) for row in rows]
    return sorted(found, key=lambda each: each.at, reverse=True)


def bodies_received(session: Session, client_id: str, message_id: str) -> list[tuple[int, bytes]]:
    """Length and fingerprint of the bodies that came under a message's id, newest first, at most five."""
    rows = session.execute(
        select(ClientCall.body_length, ClientCall.body_digest)
        .where(ClientCall.client_id == client_id, ClientCall.message_id == message_id)
        .order_by(ClientCall.id.desc())
        .limit(5)
    )
    return [(length, bytes(digest)) for length, digest in rows]


def heartbeats_of(session: Session, client_id: str) -> list[tuple[str, datetime, int | None]]:
    """Lot, instant and the skew of its clock in seconds, of each lot that a client speaks for."""
    rows = session.execute(
        select(ClientHeartbeat.lot_id, ClientHeartbeat.seen_at, ClientHeartbeat.skew_s)
        .where(ClientHeartbeat.client_id == client_id)
        .order_by(ClientHeartbeat.lot_id)
    )
    return [(lot_id, at, skew) for lot_id, at, skew in rows]


def _view(row: ClientCall) -> NewCall:
    return NewCall(
        row.client_id,
        row.at,
        row.is_signed,
        row.message_id,
        row.method,
        row.path,
        row.status,
        row.elapsed_us,
        row.body_length,
        row.body_digest,
        row.body,
        row.answer,
    )
