"""When do lent spaces open, and how may a window change?"""

from __future__ import annotations

from enum import StrEnum


class WindowState(StrEnum):
    """`open`: bookable and shown. `closing`: nobody new, whoever is inside stays to its end.

    `withdrawn`: it never opened, or nobody is in it any more. `ended`: it is over.
    """

    OPEN = "open"
    CLOSING = "closing"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


class ClosedFor(StrEnum):
    """Why a window closed before its end."""

    OWNER = "owner"
    SUSPENDED = "suspended"
    ENDED = "ended"
