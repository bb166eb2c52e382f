"""Is a lot connected (动态停车场): do its live counts reach us, and are they fresh?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from parking.occupancy.rules.public import CounterView


class Connection(StrEnum):
    """未接入 / 已接入 / 中断."""

    NOT_CONNECTED = "not_connected"
    CONNECTED = "connected"
    SILENT = "silent"


def connection_of(
    connected_since_at: datetime | None, views: Iterable[CounterView], now: datetime
) -> Connection:
    """Silent is a lot that was connected and of which no count is young enough to be told.

    A count set by hand keeps nobody connected; passages that are counted from it on do.
    """
    if connected_since_at is None:
        return Connection.NOT_CONNECTED
    fresh = any(
        now - view.as_of < timedelta(seconds=view.unknown_after_s) for view in views if not view.is_by_hand
    )
    return Connection.CONNECTED if fresh else Connection.SILENT
