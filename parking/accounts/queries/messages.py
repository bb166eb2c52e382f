"""Was this message of a client answered before?"""

from __future__ import annotations

import zlib

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from parking.accounts.models import ReceivedMessage
from parking.accounts.rules.calls import KeptMessage


def kept_messages(
    session: Session, client_id: str, message_id: str, idempotency_key: str | None
) -> tuple[KeptMessage, ...]:
    """What was kept under this id or under this key: none, one, or two that are not the same message."""
    same = ReceivedMessage.message_id == message_id
    if idempotency_key is not None:
        same = or_(same, ReceivedMessage.idempotency_key == idempotency_key)
    rows = session.scalars(select(ReceivedMessage).where(ReceivedMessage.client_id == client_id, same))
    return tuple(
        KeptMessage(
            row.client_id,
            row.message_id,
            row.idempotency_key,
            row.digest,
            row.status,
            zlib.decompress(row.answer),
        )
        for row in rows
    )
