"""Which machines may call, and with which keys?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.accounts.errors import ClientNotFound
from parking.accounts.models import Client, ClientKey


@dataclass(frozen=True, slots=True)
class KeyView:
    """A key by its first characters; `expires_at` None: good until it is rotated."""

    hint: str
    made_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class ClientView:
    """A machine client; scopes are what it may do at the gateway."""

    id: str
    name: str
    scopes: frozenset[str]
    created_at: datetime
    disabled_at: datetime | None
    sandbox: bool = False
    keys: tuple[KeyView, ...] = ()


def clients(session: Session) -> list[ClientView]:
    """All clients by name with their keys, newest first; two statements whatever their number."""
    keys: dict[str, list[KeyView]] = {}
    for key in session.scalars(select(ClientKey).order_by(ClientKey.made_at.desc())):
        shown = KeyView(key.hint, key.made_at, key.expires_at, key.last_used_at)
        keys.setdefault(key.client_id, []).append(shown)
    rows = session.scalars(select(Client).order_by(Client.name))
    return [_view(row, tuple(keys.get(row.id, ()))) for row in rows]


def client(session: Session, client_id: str) -> ClientView:
    """One client with its keys. Raises ClientNotFound."""
    found = next((each for each in clients(session) if each.id == client_id), None)
    if found is None:
        raise ClientNotFound
    return found


def _view(row: Client, keys: tuple[KeyView, ...]) -> ClientView:
    return ClientView(
        row.id, row.name, frozenset(row.scopes), row.created_at, row.disabled_at, row.sandbox, keys
    )
