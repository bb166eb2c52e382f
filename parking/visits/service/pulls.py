"""Which clouds do we ask, where, with which secret, and who said so?"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.audit import service as audit
from parking.kernel.actors import Actor
from parking.kernel.addresses import refuse_networks, shown_url
from parking.kernel.ids import new_id
from parking.kernel.sealing import Sealer
from parking.lots.models import Device
from parking.visits.errors import (
    CloudPullBusy,
    CloudPullExists,
    CloudPullMissing,
    CloudPullRefused,
)
from parking.visits.models import CloudPull
from parking.visits.rules.pulls import (
    PullDraft,
    PullState,
    draft_problems,
)

_SUBJECT = "passage_pull"


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
    refuse_networks(actor, draft.allowed_networks)
    taken = select(CloudPull.id).where(CloudPull.device_id == device.id, CloudPull.lot_key == draft.lot_key)
    if session.scalar(taken) is not None:
        raise CloudPullExists(lot_key=draft.lot_key)
    pull = _due_at_once(draft, device, sealer, now)
    session.add(pull)
    session.flush()
    details = {
        "device": device.id,
        "lot_key": draft.lot_key,
        "address": shown_url(draft.base_url),
        "interval_s": draft.interval_s,
        "allowed_networks": list(draft.allowed_networks),
    }
    audit.record(session, actor, "passage_pull:add", _SUBJECT, pull.id, details, now)
    return pull.id


def _due_at_once(draft: PullDraft, device: Device, sealer: Sealer, now: datetime) -> CloudPull:
    pull_id = new_id()
    return CloudPull(
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


def pause_those_of(session: Session, actor: Actor, device_id: str, now: datetime) -> list[str]:
    """Ask nothing of a cloud that is disabled: registered anew, it need not be the same. Returns the lots as
    the vendor names them."""
    working = select(CloudPull).where(CloudPull.device_id == device_id, CloudPull.state != PullState.DISABLED)
    pulls = session.scalars(working.order_by(CloudPull.lot_key)).all()
    for pull in pulls:
        pause(session, actor, pull.id, now)
    return [pull.lot_key for pull in pulls]


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


def seal_context(pull_id: str) -> str:
    """Under which name a pull's secret is sealed: it opens for no other row."""
    return f"passage_pull:{pull_id}"


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
