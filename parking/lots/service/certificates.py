"""How does the bureau's decision come to stand on a lot?"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.audit import service as audit
from parking.kernel.actors import Actor
from parking.kernel.db.changes import announce
from parking.lots.errors import LotNotFound
from parking.lots.models import Lot

# While one of these holds, the lot is filed and no feed changes what it says of itself.
_STANDING = frozenset({"valid", "expiring", "expired"})


def put_certificate(
    session: Session,
    actor: Actor,
    lot_id: str,
    number: str,
    state: str,
    until_on: date,
    organisation_id: str,
    now: datetime,
) -> bool:
    """Write a certificate's state onto its lot; False where it already says so.

    The certificate holds until the day before `until_on`. Raises LotNotFound.
    """
    which = select(Lot).where(Lot.id == lot_id).with_for_update(key_share=True)
    lot = session.scalar(which.execution_options(populate_existing=True))
    if lot is None:
        raise LotNotFound
    told: dict[str, Any] = {
        "organisation_id": organisation_id,
        "certificate_no": number,
        "certificate_state": str(state),
        "certificate_until_on": until_on,
        "filing_no": number if state in _STANDING else None,
    }
    before = {name: getattr(lot, name) for name in told}
    if before == told:
        return False
    for name, value in told.items():
        setattr(lot, name, value)
    lot.updated_at = now
    session.flush()
    details = {
        "before": {name: _plain(value) for name, value in before.items() if value != told[name]},
        "after": {name: _plain(value) for name, value in told.items() if value != before[name]},
    }
    audit.record(session, actor, "lot:certificate_put", "lot", lot_id, details, now)
    announce(session, "lots", [lot_id])
    return True


def _plain(value: str | date | None) -> str | None:
    return value.isoformat() if isinstance(value, date) else value
