"""How does a client that tries again get the same answer?"""

from __future__ import annotations

import zlib
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from parking.accounts.models import ReceivedMessage
from parking.accounts.rules.calls import MESSAGES_KEPT, KeptMessage


def keep_message(session: Session, message: KeptMessage, now: datetime) -> None:
    """Keep what a message was answered; of two requests at once the first that is kept stands."""
    row = {
        "client_id": message.client_id,
        "message_id": message.message_id,
        "idempotency_key": message.idempotency_key,
        "digest": message.digest,
        "status": message.status,
        "answer": zlib.compress(message.answer, 1),
        "received_at": now,
    }
    session.execute(insert(ReceivedMessage).values(row).on_conflict_do_nothing())


def forget_messages(session: Session, now: datetime) -> None:
    """Delete what is older than 48 hours."""
    session.execute(delete(ReceivedMessage).where(ReceivedMessage.received_at <= now - MESSAGES_KEPT))
