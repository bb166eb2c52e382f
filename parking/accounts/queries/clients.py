"""Which machines may call, and whose key is this?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.accounts.models import Client, ClientKey
from parking.accounts.queries.callers import token_hash


@dataclass(frozen=True, slots=True)
class KeyView:
    """A key by its first characters; `expires_at` None: good until it is rotated."""

    hint: str
    made_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class ClientView:
    """A machine client; scopes are permissions of the gateway."""

    id: str
    name: str
    scopes: frozenset[str]
    created_at: datetime
    disabled_at: datetime | None
    keys: tuple[KeyView, ...] = ()


def clients(session: Session) -> list[ClientView]:
    """All clients by name with their keys, newest first; two statements whatever their number."""
    keys: dict[str, list[KeyView]] = {}
    for key in session.scalars(select(ClientKey).order_by(ClientKey.made_at.desc())):
        shown = KeyView(key.hint, key.made_at, key.expires_at, key.last_used_at)
        keys.setdefault(key.client_id, []).append(shown)
    rows = session.scalars(select(Client).order_by(Client.name))
    return [_view(row, tuple(keys.get(row.id, ()))) for row in rows]


def client_of(session: Session, key: str, now: datetime) -> ClientView | None:
    """The client whose key this is; None for a key that is unknown, ran out or was taken back."""
    row = session.scalar(
        select(Client)
        .join(ClientKey, ClientKey.client_id == Client.id)
        .where(
            ClientKey.key_hash == token_hash(key),
            ClientKey.expires_at.is_(None) | (ClientKey.expires_at > now),
            Client.disabled_at.is_(None),
        )
    )
    return None if row is None else _view(row, ())


def _view(row: Client, keys: tuple[KeyView, ...]) -> ClientView:
    return ClientView(row.id, row.name, frozenset(row.scopes), row.created_at, row.disabled_at, keys)
