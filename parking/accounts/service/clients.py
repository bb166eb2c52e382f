"""Which machines may call us, and how do their keys change without a gap?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from parking.accounts.errors import ClientNameTaken, ClientNotFound, RegistrationRefused
from parking.accounts.models import Client, ClientKey
from parking.accounts.queries.callers import token_hash
from parking.accounts.queries.clients import ClientView
from parking.accounts.queries.clients import client_of as found_by_key
from parking.accounts.rules.identity import is_name
from parking.accounts.rules.limits import TOUCHED_EVERY
from parking.accounts.service.counting import wait_for
from parking.audit import service as audit
from parking.kernel.actors import Actor
from parking.kernel.errors import N_, FieldProblem

_SUBJECT = "client"
# Known by its beginning, so that scanners find it where it should not be.
_PREFIX = "parking_"
_HINT_LENGTH = len(_PREFIX) + 6
_LONGEST_OVERLAP = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A client's key, told once: only its hash is kept."""

    client_id: str
    key: str


def register_client(
    session: Session, actor: Actor, *, name: str, scopes: Collection[str], now: datetime
) -> NewKey:
    """Add a machine client with its first key. Raises RegistrationRefused, ClientNameTaken."""
    if not is_name(name):
        problem = FieldProblem("name", "not_a_name", N_("请填写姓名或名称，最多 100 个字"))
        raise RegistrationRefused(problems=[problem])
    wait_for(session, f"client:{name.strip()}")
    if session.scalar(select(Client.id).where(Client.name == name.strip())) is not None:
        raise ClientNameTaken(name=name.strip())
    client = Client(name=name.strip(), scopes=sorted(set(scopes)), created_at=now)
    session.add(client)
    session.flush()
    made = _add_key(session, client, now)
    told = {"name": client.name, "scopes": client.scopes}
    audit.record(session, actor, "client:register", _SUBJECT, client.id, told, now)
    return made


def rotate_client_key(
    session: Session, actor: Actor, client_id: str, *, overlap: timedelta, now: datetime
) -> NewKey:
    """A new key; the old ones stay good for `overlap` (0 to 90 days; 0 takes back a key that became known).

    Raises ClientNotFound.
    """
    client = _client(session, client_id)
    ends_at = now + min(max(overlap, timedelta(0)), _LONGEST_OVERLAP)
    session.execute(
        update(ClientKey)
        .where(
            ClientKey.client_id == client.id,
            ClientKey.expires_at.is_(None) | (ClientKey.expires_at > ends_at),
        )
        .values(expires_at=ends_at)
    )
    made = _add_key(session, client, now)
    told = {"old_keys_until": ends_at.isoformat()}
    audit.record(session, actor, "client:rotate_key", _SUBJECT, client.id, told, now)
    return made


def disable_client(session: Session, actor: Actor, client_id: str, now: datetime) -> None:
    """No key of this client is good any more. Raises ClientNotFound."""
    client = _client(session, client_id)
    client.disabled_at = client.disabled_at or now
    session.flush()
    audit.record(session, actor, "client:disable", _SUBJECT, client.id, {}, now)


def client_of(session: Session, key: str, now: datetime) -> ClientView | None:
    """The client whose key this is, None for nobody's; being used is written down once a minute."""
    found = found_by_key(session, key, now)
    if found is not None:
        seldom = ClientKey.last_used_at.is_(None) | (ClientKey.last_used_at <= now - TOUCHED_EVERY)
        session.execute(
            update(ClientKey).where(ClientKey.key_hash == token_hash(key), seldom).values(last_used_at=now)
        )
    return found


def _client(session: Session, client_id: str) -> Client:
    client = session.get(Client, client_id, with_for_update=True, populate_existing=True)
    if client is None:
        raise ClientNotFound
    return client


def _add_key(session: Session, client: Client, now: datetime) -> NewKey:
    key = _PREFIX + token_urlsafe(32)
    session.add(
        ClientKey(
            key_hash=token_hash(key),
            client_id=client.id,
            hint=key[:_HINT_LENGTH],
            made_at=now,
        )
    )
    session.flush()
    return NewKey(client.id, key)
