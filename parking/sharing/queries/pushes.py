"""Which clouds are told who may enter, how are they, and what did they not take?"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from parking.kernel.addresses import shown_url
from parking.kernel.schedule import breaker_is_open
from parking.kernel.views import view_of
from parking.lots.models import Lot
from parking.sharing.models.passes import Pass
from parking.sharing.models.pushes import AllowListEntry, AllowListPush
from parking.sharing.rules.pushes import PushState, state_of

_MOST_REFUSED = 50


@dataclass(frozen=True, slots=True)
class PushView:
    """A lot whose vendor is told. `standing` passes the cloud knows, `waiting` it has yet to be told,
    `refused` of these it did not take.
    """

    id: str
    lot_id: str
    lot_name: str
    lot_code: str
    district_code: str | None
    adapter: str
    lot_key: str
    address: str
    app_id: str
    desk_name: str
    desk_phone: str
    allowed_networks: tuple[str, ...]
    state: PushState
    due_at: datetime
    attempted_at: datetime | None
    succeeded_at: datetime | None
    failures: int
    breaker_open: bool
    reason: str | None
    detail: str | None
    standing: int
    waiting: int
    refused: int


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A pass that a cloud did not take, the plate masked; `due_at` None: it is over and not told any more."""

    pass_id: str
    plate_masked: str
    from_at: datetime
    until_at: datetime
    is_withdrawn: bool
    code: str
    attempts: int
    due_at: datetime | None


def push_views(session: Session, now: datetime, push_id: str | None = None) -> list[PushView]:
    """Every cloud by its lot's code, or the one of an id; two statements."""
    asked = select(AllowListPush, Lot).join(Lot, Lot.id == AllowListPush.lot_id).order_by(Lot.code)
    if push_id is not None:
        asked = asked.where(AllowListPush.id == push_id)
    waits = AllowListEntry.due_at.is_not(None) & (
        (AllowListEntry.attempts > 0) | (AllowListEntry.due_at <= now)
    )
    stands = (
        AllowListEntry.told_at.is_not(None)
        & AllowListEntry.held.is_not(None)
        & Pass.withdrawn_at.is_(None)
        & (Pass.until_at > now)
    )
    refused = AllowListEntry.refused_for.is_not(None) & AllowListEntry.due_at.is_not(None)
    counted = (
        select(
            AllowListEntry.push_id,
            func.count().filter(stands),
            func.count().filter(waits),
            func.count().filter(refused),
        )
        .join(Pass, Pass.id == AllowListEntry.pass_id)
        .group_by(AllowListEntry.push_id)
    )
    counts: dict[str, tuple[int, int, int]] = defaultdict(lambda: (0, 0, 0))
    counts.update({row[0]: (row[1], row[2], row[3]) for row in session.execute(counted)})
    return [_view(push, lot, *counts[push.id]) for push, lot in session.execute(asked)]


def not_taken(session: Session, push_id: str) -> list[NotTaken]:
    """What a cloud did not take, that whose end is latest first; of the last 30 days, 50 at most."""
    asked = (
        select(AllowListEntry, Pass)
        .join(Pass, Pass.id == AllowListEntry.pass_id)
        .where(AllowListEntry.push_id == push_id, AllowListEntry.refused_for.is_not(None))
        .order_by(Pass.until_at.desc(), Pass.id)
        .limit(_MOST_REFUSED)
    )
    return [
        NotTaken(
            pass_id=row.id,
            plate_masked=row.plate_masked,
            from_at=row.from_at,
            until_at=row.until_at,
            is_withdrawn=row.withdrawn_at is not None,
            code=entry.refused_for or "",
            attempts=entry.attempts,
            due_at=entry.due_at,
        )
        for entry, row in session.execute(asked)
    ]


def _view(push: AllowListPush, lot: Lot, standing: int, waiting: int, refused: int) -> PushView:
    return view_of(
        PushView,
        push,
        lot_name=lot.name,
        lot_code=lot.code,
        district_code=lot.district_code,
        address=shown_url(push.base_url),
        allowed_networks=tuple(push.allowed_networks),
        state=state_of(push.paused_at, push.failures, push.succeeded_at),
        breaker_open=breaker_is_open(push.failures),
        standing=standing,
        waiting=waiting,
        refused=refused,
    )
