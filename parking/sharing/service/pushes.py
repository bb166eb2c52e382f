"""Which clouds are told who may enter a lot, where, with which secret, and who said so?"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from parking.audit import service as audit
from parking.kernel.actors import Actor
from parking.kernel.addresses import refuse_networks, shown_url
from parking.kernel.errors import N_, FieldProblem
from parking.kernel.ids import new_id
from parking.kernel.sealing import Sealer
from parking.lots.models import Lot
from parking.sharing.errors.pushes import PushExists, PushMissing, PushRefused
from parking.sharing.models.pushes import AllowListEntry, AllowListPush
from parking.sharing.rules.pushes import PushDraft, draft_problems, secret_problems, url_problems

_SUBJECT = "allow_list_push"


def add_push(
    session: Session,
    actor: Actor,
    draft: PushDraft,
    adapters: Collection[str],
    sealer: Sealer,
    now: datetime,
) -> str:
    """Tell a lot's vendor from now on who may enter, beginning with every pass that stands; its id.

    Raises PushRefused with every wrong field, PushExists, and PrivateNetworksClosed where ranges are opened
    anywhere but at the command line.
    """
    # Two at once: the second waits here and then finds the first one's row.
    lot = session.scalar(select(Lot.id).where(Lot.id == draft.lot_id).with_for_update())
    problems = draft_problems(draft, adapters)
    if lot is None:
        problems.append(FieldProblem("lot_id", "no_such_lot", N_("请选择停车场")))
    if problems:
        raise PushRefused(problems=problems)
    refuse_networks(actor, draft.allowed_networks)
    if session.scalar(select(AllowListPush.id).where(AllowListPush.lot_id == draft.lot_id)) is not None:
        raise PushExists
    push = _due_at_once(draft, sealer, now)
    session.add(push)
    session.flush()
    details = {
        "lot": draft.lot_id,
        "adapter": draft.adapter,
        "lot_key": draft.lot_key,
        "address": shown_url(draft.base_url),
        "allowed_networks": list(draft.allowed_networks),
    }
    audit.record(session, actor, "allow_list_push:add", _SUBJECT, push.id, details, now)
    return push.id


def _due_at_once(draft: PushDraft, sealer: Sealer, now: datetime) -> AllowListPush:
    push_id = new_id()
    return AllowListPush(
        id=push_id,
        lot_id=draft.lot_id,
        adapter=draft.adapter,
        lot_key=draft.lot_key,
        base_url=draft.base_url,
        app_id=draft.app_id,
        secret_sealed=sealer.seal(draft.secret.encode(), seal_context(push_id)),
        allowed_networks=list(dict.fromkeys(draft.allowed_networks)),
        desk_name=draft.desk_name,
        desk_phone=draft.desk_phone,
        due_at=now,
        created_at=now,
    )


def pause(session: Session, actor: Actor, push_id: str, now: datetime) -> None:
    """Tell nothing more; what changes meanwhile waits. Raises PushMissing."""
    push = _push(session, push_id)
    push.paused_at = push.paused_at or now
    _record(session, actor, "pause", push, now)


def resume(session: Session, actor: Actor, push_id: str, now: datetime) -> None:
    """Tell what changed meanwhile, at once. Raises PushMissing."""
    push = _push(session, push_id)
    push.paused_at, push.reason, push.detail = None, None, None
    push.failures, push.due_at = 0, now
    _record(session, actor, "resume", push, now)


def tell_now(session: Session, actor: Actor, push_id: str, now: datetime) -> None:
    """Try again at once what the cloud did not take. Raises PushMissing."""
    push = _push(session, push_id)
    push.due_at = now
    waiting = (AllowListEntry.push_id == push_id, AllowListEntry.due_at > now)
    session.execute(update(AllowListEntry).where(*waiting).values(due_at=now))
    _record(session, actor, "tell", push, now)


def tell_all(session: Session, actor: Actor, push_id: str, now: datetime) -> None:
    """Begin anew with a cloud that lost its list: all that stands is told again. Raises PushMissing."""
    push = _push(session, push_id)
    session.execute(delete(AllowListEntry).where(AllowListEntry.push_id == push_id))
    push.cursor, push.due_at = 0, now
    _record(session, actor, "tell_all", push, now)


def change_secret(
    session: Session, actor: Actor, push_id: str, secret: str, sealer: Sealer, now: datetime
) -> None:
    """Sign with another secret from the next round on. Raises PushMissing, PushRefused."""
    push = _push(session, push_id)
    if problems := secret_problems(secret):
        raise PushRefused(problems=problems)
    push.secret_sealed, push.due_at = sealer.seal(secret.encode(), seal_context(push_id)), now
    _record(session, actor, "change_secret", push, now)


def change_address(session: Session, actor: Actor, push_id: str, base_url: str, now: datetime) -> None:
    """Tell at another address from the next round on. Raises PushMissing, PushRefused."""
    push = _push(session, push_id)
    if problems := list(url_problems(base_url, push.allowed_networks)):
        raise PushRefused(problems=problems)
    push.base_url, push.due_at = base_url, now
    _record(session, actor, "change_address", push, now)


def seal_context(push_id: str) -> str:
    """Under which name a cloud's secret is sealed: it opens for no other row."""
    return f"allow_list_push:{push_id}"


def _push(session: Session, push_id: str) -> AllowListPush:
    push = session.get(AllowListPush, push_id, with_for_update=True)
    if push is None:
        raise PushMissing
    return push


def _record(session: Session, actor: Actor, act: str, push: AllowListPush, now: datetime) -> None:
    session.flush()
    audit.record(session, actor, f"allow_list_push:{act}", _SUBJECT, push.id, {"lot": push.lot_id}, now)
