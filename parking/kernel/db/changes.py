"""Who must know that rows changed? Announced inside the transaction, heard after its commit.

PostgreSQL delivers a notification only when the announcing transaction commits, and in commit order:
no poll, no gap. A listener that was away loads everything anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import psycopg
from sqlalchemy import select
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session
from sqlalchemy.sql import func

from parking.kernel.db.engine import OF_A_NETWORK_THAT_DIED

CHANNEL = "parking_changes"
EVERYTHING = "*"
# A notification carries at most 8000 bytes: some 600 ids of 12 characters.
_MOST_IDS = 500


ANNOUNCE = f"""
    select pg_notify('{CHANNEL}', cast(:announcement as text)) where cast(:announcement as text) is not null
"""
"""Announces as the end of another statement; `announcement` makes its value."""


def announcement(topic: str, ids: Iterable[str]) -> str | None:
    """What tells all listeners that rows of `topic` changed; None where none did.

    More than 500 ids are told as "everything of this topic".
    """
    changed = sorted(set(ids))
    if not changed:
        return None
    return f"{topic}:{EVERYTHING if len(changed) > _MOST_IDS else ','.join(changed)}"


def announce(session: Session, topic: str, ids: Iterable[str]) -> None:
    """Tell all listeners, at commit, that rows of `topic` (lots, counts, tariffs, sharing, city) changed."""
    told = announcement(topic, ids)
    if told is not None:
        session.execute(select(func.pg_notify(CHANNEL, told)))


class ChangeListener:
    """One connection of its own that hears what `announce` told; not for use through a pooling proxy."""

    def __init__(self, url: str) -> None:
        parts = make_url(url).set(drivername="postgresql")
        self._connection = psycopg.connect(
            parts.render_as_string(hide_password=False),
            autocommit=True,
            application_name="parking-follower",
            **OF_A_NETWORK_THAT_DIED,
        )
        self._connection.execute(f"LISTEN {CHANNEL}")

    def changes(self, *, timeout_s: float) -> Iterator[tuple[str, frozenset[str] | None]]:
        """Yield (topic, ids) for what arrived within `timeout_s`; ids None means everything of the topic.

        Raises psycopg.OperationalError when the server went away: connect again and load everything.
        """
        for notice in self._connection.notifies(timeout=timeout_s, stop_after=None):
            topic, _, payload = notice.payload.partition(":")
            yield topic, None if payload == EVERYTHING else frozenset(payload.split(","))

    def close(self) -> None:
        self._connection.close()
