"""Which machines may call us, and how do their keys change without a gap?"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from os import urandom

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from parking.accounts.errors import ClientDisabled, ClientNameTaken, ClientNotFound, RegistrationRefused
from parking.accounts.models import Client, ClientKey
from parking.accounts.rules.identity import is_name
from parking.accounts.rules.scopes import (
    KEY_BYTES,
    KEY_PREFIX,
    KNOWN_SCOPES,
    Scope,
    key_context,
    key_id,
    written_key,
)
from parking.accounts.service.counting import wait_for
from parking.audit import service as audit
from parking.kernel.actors import Actor
from parking.kernel.errors import N_, FieldProblem
from parking.kernel.sealing import Sealer

_SUBJECT = "client"
_HINT_LENGTH = len(KEY_PREFIX) + 4
_LONGEST_OVERLAP = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A client's signing key (`whsec_...`), told once: it is kept sealed and never shown again."""

    client_id: str
    key: str = field(repr=False)


def register_client(
    session: Session,
    actor: Actor,
    *,
    name: str,
    scopes: Collection[str],
    sealer: Sealer,
    now: datetime,
    sandbox: bool = False,
) -> NewKey:
    """Add a machine client with its first key; of a sandbox client nothing counts.

    Raises RegistrationRefused, ClientNameTaken.
    """
    problems = _scope_problems(scopes)
    if not is_name(name):
        problems.append(FieldProblem("name", "not_a_name", N_("请填写姓名或名称，最多 100 个字")))
    if problems:
        raise RegistrationRefused(problems=problems)
    wait_for(session, f"client:{name.strip()}")
    if session.scalar(select(Client.id).where(Client.name == name.strip())) is not None:
        raise ClientNameTaken(name=name.strip())
    client = Client(name=name.strip(), scopes=sorted(set(scopes)), sandbox=sandbox, created_at=now)
    session.add(client)
    session.flush()
    made = _add_key(session, client, sealer, now)
    told = {"name": client.name, "scopes": client.scopes, "sandbox": sandbox}
    audit.record(session, actor, "client:register", _SUBJECT, client.id, told, now)
    return made


def rotate_client_key(
    session: Session, actor: Actor, client_id: str, *, overlap: timedelta, sealer: Sealer, now: datetime
) -> NewKey:
    """A new key; the old ones stay good for `overlap` (0 to 90 days; 0 takes back a key that became known).

    Raises ClientNotFound, ClientDisabled.
    """
    client = _client(session, client_id)
    if client.disabled_at is not None:
        raise ClientDisabled(name=client.name)
    ends_at = now + min(max(overlap, timedelta(0)), _LONGEST_OVERLAP)
    session.execute(
        update(ClientKey)
        .where(
            ClientKey.client_id == client.id,
            ClientKey.expires_at.is_(None) | (ClientKey.expires_at > ends_at),
        )
        .values(expires_at=ends_at)
    )
    made = _add_key(session, client, sealer, now)
    told = {"old_keys_until": ends_at.isoformat()}
    audit.record(session, actor, "client:rotate_key", _SUBJECT, client.id, told, now)
    return made


def disable_client(session: Session, actor: Actor, client_id: str, now: datetime) -> None:
    """No key of this client is good any more; its lanes are told by `lots.service.disable_client`.

    Raises ClientNotFound.
    """
    client = _client(session, client_id)
    client.disabled_at = client.disabled_at or now
    session.flush()
    audit.record(session, actor, "client:disable", _SUBJECT, client.id, {}, now)


def set_client_scopes(
    session: Session, actor: Actor, client_id: str, scopes: Collection[str], now: datetime
) -> None:
    """What a client may do from now on, and nothing else. Raises ClientNotFound, RegistrationRefused."""
    if problems := _scope_problems(scopes):
        raise RegistrationRefused(problems=problems)
    client = _client(session, client_id)
    before, client.scopes = client.scopes, sorted(set(scopes))
    session.flush()
    told = {"before": before, "after": client.scopes}
    audit.record(session, actor, "client:set_scopes", _SUBJECT, client.id, told, now)


def keys_used(session: Session, used: Mapping[str, datetime]) -> None:
    """Write down when keys were last used, by their ids; for many messages at once, about once a minute."""
    if not used:
        return
    for row in session.scalars(
        select(ClientKey).where(func.encode(func.substring(ClientKey.key_hash, 1, 6), "hex").in_(used))
    ):
        at = used[key_id(row.key_hash)]
        row.last_used_at = max(row.last_used_at or at, at)
    session.flush()


def _client(session: Session, client_id: str) -> Client:
    client = session.get(Client, client_id, with_for_update=True, populate_existing=True)
    if client is None:
        raise ClientNotFound
    return client


def _scope_problems(scopes: Collection[str]) -> list[FieldProblem]:
    if set(scopes) <= KNOWN_SCOPES:
        return []
    text = N_("没有这种权限；可选的有：%(known)s")
    return [FieldProblem("scopes", "unknown_scope", text, {"known": ", ".join(Scope)})]


def _add_key(session: Session, client: Client, sealer: Sealer, now: datetime) -> NewKey:
    secret = urandom(KEY_BYTES)
    key = written_key(secret)
    session.add(
        ClientKey(
            key_hash=sha256(secret).digest(),
            client_id=client.id,
            sealed=sealer.seal(secret, key_context(client.id)),
            hint=key[:_HINT_LENGTH],
            made_at=now,
        )
    )
    session.flush()
    return NewKey(client.id, key)
