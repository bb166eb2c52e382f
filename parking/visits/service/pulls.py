"""Which clouds do we ask, who does it now, and how far did we come?

A claim runs out, so that a crash holds nothing up. The cursor is written after the passages that it covers
are durable, never before: what is asked twice is one fact all the same.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, or_, select, update
from sqlalchemy.orm import Session

from parking.audit import service as audit
from parking.boundary.gates import GateProblem
from parking.kernel.actors import Actor
from parking.kernel.addresses import shown_url
from parking.kernel.ids import new_id
from parking.kernel.sealing import Sealer
from parking.lots.models import Device
from parking.visits.errors import (
    CloudClaimLost,
    CloudPullBusy,
    CloudPullExists,
    CloudPullMissing,
    CloudPullRefused,
    PrivateNetworksClosed,
)
from parking.visits.models import CloudPull
from parking.visits.rules.pulls import (
    CLAIM_S,
    DuePull,
    Failure,
    PullChange,
    PullDraft,
    PullState,
    after,
    draft_problems,
)

_SUBJECT = "passage_pull"
_MOST_PROBLEMS_KEPT = 50
_NETWORKS_OPENED_BY = frozenset({"cli"})
_PULLS = CloudPull.__table__.c
_COLUMNS = tuple(
    _PULLS[name]
    for name in (
        "id", "device_id", "lot_key", "adapter", "base_url", "app_id", "secret_sealed", "allowed_networks",
        "interval_s", "claimed_by", "state", "failures", "cursor", "swept_at", "silent_since_at",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """What a run brought: passages told, those of them that were new, what could not be read."""

    told: int = 0
    new: int = 0
    problems: tuple[GateProblem, ...] = ()


def add_pull(
    session: Session,
    actor: Actor,
    draft: PullDraft,
    adapters: Collection[str],
    sealer: Sealer,
    now: datetime,
) -> str:
    """Ask a lot of a vendor's cloud from now on; its id. The cloud is a registered device.

    Raises CloudPullRefused with every wrong field, CloudPullExists, and PrivateNetworksClosed where ranges
    are opened anywhere but at the command line.
    """
    # Two at once: the second waits here and then finds the first one's row.
    device = session.scalar(
        select(Device).where(Device.id == draft.device_id, Device.disabled_at.is_(None)).with_for_update()
    )
    if problems := draft_problems(draft, adapters, device.dialect if device else None):
        raise CloudPullRefused(problems=problems)
    assert device is not None
    if draft.allowed_networks and actor.kind not in _NETWORKS_OPENED_BY:
        raise PrivateNetworksClosed
    taken = select(CloudPull.id).where(CloudPull.device_id == device.id, CloudPull.lot_key == draft.lot_key)
    if session.scalar(taken) is not None:
        raise CloudPullExists(lot_key=draft.lot_key)
    pull_id = new_id()
    session.add(
        CloudPull(
            id=pull_id,
            device_id=device.id,
            lot_key=draft.lot_key,
            adapter=device.dialect,
            base_url=draft.base_url,
            app_id=draft.app_id,
            secret_sealed=sealer.seal(draft.secret.encode(), seal_context(pull_id)),
            allowed_networks=list(dict.fromkeys(draft.allowed_networks)),
            interval_s=draft.interval_s,
            state=PullState.PROVISIONED,
            due_at=now,
            created_at=now,
        )
    )
    session.flush()
    details = {
        "device": device.id,
        "lot_key": draft.lot_key,
        "address": shown_url(draft.base_url),
        "interval_s": draft.interval_s,
        "allowed_networks": list(draft.allowed_networks),
    }
    audit.record(session, actor, "passage_pull:add", _SUBJECT, pull_id, details, now)
    return pull_id


def pause(session: Session, actor: Actor, pull_id: str, now: datetime) -> None:
    """Ask no more; a round under way ends without its progress being kept. Raises CloudPullMissing."""
    _change(
        session,
        pull_id,
        state=PullState.DISABLED,
        claimed_by=None,
        claimed_until_at=None,
        silent_since_at=None,
    )
    audit.record(session, actor, "passage_pull:pause", _SUBJECT, pull_id, {}, now)


def resume(session: Session, actor: Actor, pull_id: str, now: datetime) -> None:
    """Ask again, at once and from the cursor, what was paused. Raises CloudPullMissing."""
    pull = _pull(session, pull_id)
    if pull.state != PullState.DISABLED:
        return
    _change(session, pull_id, state=PullState.PROVISIONED, due_at=now, failures=0, reason=None, detail=None)
    audit.record(session, actor, "passage_pull:resume", _SUBJECT, pull_id, {}, now)


def ask_soon(session: Session, actor: Actor, pull_id: str, now: datetime) -> None:
    """Let the worker ask at its next look, due or not. Raises CloudPullMissing, CloudPullBusy when paused."""
    if _pull(session, pull_id).state == PullState.DISABLED:
        raise CloudPullBusy
    _change(session, pull_id, due_at=now)
    audit.record(session, actor, "passage_pull:ask", _SUBJECT, pull_id, {}, now)


def change_secret(
    session: Session, actor: Actor, pull_id: str, secret: str, sealer: Sealer, now: datetime
) -> None:
    """Sign with another secret from the next round on. Raises CloudPullMissing, CloudPullRefused."""
    pull = _pull(session, pull_id)
    draft = PullDraft(pull.device_id, pull.lot_key, pull.base_url, pull.app_id, secret, pull.interval_s)
    if problems := draft_problems(draft, {pull.adapter}, pull.adapter):
        raise CloudPullRefused(problems=problems)
    _change(session, pull_id, secret_sealed=sealer.seal(secret.encode(), seal_context(pull_id)), due_at=now)
    audit.record(session, actor, "passage_pull:change_secret", _SUBJECT, pull_id, {}, now)


def change_address(session: Session, actor: Actor, pull_id: str, base_url: str, now: datetime) -> None:
    """Ask at another address from the next round on. Raises CloudPullMissing, CloudPullRefused."""
    pull = _pull(session, pull_id)
    if pull.base_url == base_url:
        return
    draft = PullDraft(pull.device_id, pull.lot_key, base_url, pull.app_id, "unchanged", pull.interval_s)
    if problems := draft_problems(draft, {pull.adapter}, pull.adapter):
        raise CloudPullRefused(problems=problems)
    _change(session, pull_id, base_url=base_url, due_at=now)
    told = {"address": shown_url(base_url)}
    audit.record(session, actor, "passage_pull:change_address", _SUBJECT, pull_id, told, now)


def claim_due(session: Session, holder: str, now: datetime, limit: int) -> list[DuePull]:
    """Claim at most `limit` pulls that are due: those that answered last first, longest due first.

    One statement; rows that another worker is claiming at this moment are passed over.
    """
    chosen = (
        select(CloudPull.id)
        .where(
            CloudPull.state != PullState.DISABLED,
            CloudPull.due_at <= now,
            or_(CloudPull.claimed_until_at.is_(None), CloudPull.claimed_until_at <= now),
        )
        .order_by(CloudPull.failures > 0, CloudPull.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    claimed = session.execute(
        update(CloudPull)
        .where(CloudPull.id == chosen.c.id)
        .values(claimed_by=holder, claimed_until_at=_claim_end(now), attempted_at=now)
        .returning(*_COLUMNS)
        .execution_options(synchronize_session=False)
    )
    return [_due(row) for row in claimed]


def give_back(session: Session, holder: str) -> None:
    """Let go of every claim of this holder; the pulls are due as before."""
    session.execute(
        update(CloudPull)
        .where(CloudPull.claimed_by == holder)
        .values(claimed_by=None, claimed_until_at=None)
        .execution_options(synchronize_session=False)
    )


def keep_page(
    session: Session,
    due: DuePull,
    cursor: str,
    now: datetime,
    *,
    complete_until_at: datetime | None,
    sweeps: bool,
) -> None:
    """Move the cursor past a page whose passages are durable, and hold the claim on. Raises CloudClaimLost.

    `complete_until_at`: this page was the last of a round that was begun then. `sweeps`: it was the first of
    one that looks back a whole day.
    """
    values: dict[str, Any] = {"cursor": cursor, "claimed_until_at": _claim_end(now)}
    if complete_until_at is not None:
        values["complete_until_at"] = complete_until_at
    if sweeps:
        values["swept_at"] = now
    _keep(session, due, now, values)


def end_round(
    session: Session,
    due: DuePull,
    told: Told,
    failure: Failure | None,
    now: datetime,
    *,
    unfinished: bool = False,
) -> PullChange:
    """Write down how a run ended and let go of the claim. Raises CloudClaimLost."""
    change = after(due, failure, now, unfinished=unfinished)
    values: dict[str, Any] = {
        "state": change.state,
        "due_at": change.due_at,
        "failures": change.failures,
        "reason": change.reason,
        "detail": change.detail,
        "silent_since_at": change.silent_since_at,
        "claimed_by": None,
        "claimed_until_at": None,
        "told": told.told,
        "new": told.new,
        "problem_count": len(told.problems),
        "problems": _written(told.problems),
    }
    if failure is None:
        values["succeeded_at"] = now
    _keep(session, due, now, values)
    return change


def seal_context(pull_id: str) -> str:
    """Under which name a pull's secret is sealed: it opens for no other row."""
    return f"passage_pull:{pull_id}"


def _written(problems: Sequence[GateProblem]) -> list[dict[str, Any]]:
    return [
        {"record": each.record, "code": each.code, "field": each.field}
        for each in problems[:_MOST_PROBLEMS_KEPT]
    ]


def _keep(session: Session, due: DuePull, now: datetime, values: dict[str, Any]) -> None:
    kept = session.connection().execute(
        update(_PULLS.state.table)
        .where(
            _PULLS.id == due.id,
            _PULLS.claimed_by == due.holder,
            _PULLS.claimed_until_at > now,
            _PULLS.state != PullState.DISABLED,
        )
        .values(values)
    )
    if not kept.rowcount:
        raise CloudClaimLost


def _pull(session: Session, pull_id: str) -> CloudPull:
    pull = session.get(CloudPull, pull_id, with_for_update=True)
    if pull is None:
        raise CloudPullMissing
    return pull


def _change(session: Session, pull_id: str, **values: Any) -> None:
    pull = _pull(session, pull_id)
    for name, value in values.items():
        setattr(pull, name, value)
    session.flush()


def _claim_end(now: datetime) -> datetime:
    return now + timedelta(seconds=CLAIM_S)


def _due(row: Row[*tuple[Any, ...]]) -> DuePull:
    values = row._asdict()
    values["holder"] = values.pop("claimed_by")
    values["state"] = PullState(values["state"])
    values["allowed_networks"] = tuple(values["allowed_networks"])
    return DuePull(**values)
