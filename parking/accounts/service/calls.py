"""How is written down what clients sent, and that they live?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from parking.accounts.models import ClientCall, ClientHeartbeat
from parking.accounts.rules.calls import MOST_CALLS, MOST_UNSIGNED, NewCall
from parking.kernel.db.rows import rows_as_json

# One statement for all: a trip for each cost more than all the rest that is done for a call afterwards.
_RECORD = text("""
    insert into client_calls (
        client_id, at, is_signed, message_id, method, path, status, elapsed_us, body_length, body_digest,
        body, answer
    )
    select client_id, at, is_signed, message_id, method, path, status, elapsed_us, body_length,
        decode(body_digest, 'hex'), body, answer
    from json_to_recordset(cast(:calls as json)) as c(
        client_id text, at timestamptz, is_signed boolean, message_id text, method text, path text,
        status integer, elapsed_us integer, body_length integer, body_digest text, body text, answer text
    )
""")
_COLUMNS = tuple(each.name for each in fields(NewCall))


def record_calls(session: Session, calls: Sequence[NewCall]) -> None:
    """Write calls, and of each client forget those before its last 100 (20 that nobody signed)."""
    if not calls:
        return
    session.execute(_RECORD, {"calls": rows_as_json(_as_row(each) for each in calls)})
    clients = sorted({each.client_id for each in calls})
    place = func.row_number().over(
        partition_by=(ClientCall.client_id, ClientCall.is_signed),
        order_by=(ClientCall.at.desc(), ClientCall.id.desc()),
    )
    numbered = (
        select(ClientCall.id, ClientCall.is_signed, place.label("place"))
        .where(ClientCall.client_id.in_(clients))
        .subquery()
    )
    old = select(numbered.c.id).where(
        (numbered.c.place > MOST_CALLS)
        | (numbered.c.is_signed.is_(False) & (numbered.c.place > MOST_UNSIGNED))
    )
    # Another process may forget the same just now, in another order.
    free = select(ClientCall.id).where(ClientCall.id.in_(old)).with_for_update(skip_locked=True)
    forget = delete(ClientCall).where(ClientCall.id.in_(free))
    session.execute(forget.execution_options(synchronize_session=False))


def _as_row(call: NewCall) -> dict[str, Any]:
    return {name: getattr(call, name) for name in _COLUMNS} | {"body_digest": call.body_digest.hex()}


def hear(session: Session, client_id: str, lot_id: str, skew_s: int | None, now: datetime) -> None:
    """A client says that it lives at a lot; `skew_s` is how far its clock is ahead of ours."""
    row = {"client_id": client_id, "lot_id": lot_id, "seen_at": now, "skew_s": skew_s}
    changed = {"seen_at": now, "skew_s": skew_s}
    session.execute(
        upsert(ClientHeartbeat)
        .values(row)
        .on_conflict_do_update(index_elements=["client_id", "lot_id"], set_=changed)
    )
