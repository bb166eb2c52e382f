"""Where does a login lead? Only ever to an address of our own."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request


def local_path(told: str | None, default: str) -> str:
    """`told` where it is a path of this site, else `default`; no redirect can lead elsewhere.

    A path begins with exactly one slash; browsers read backslashes as slashes and drop control characters.
    """
    if (
        not told
        or not told.startswith("/")
        or told.startswith("//")
        or "\\" in told
        or not told.isprintable()
    ):
        return default
    parts = urlsplit(told)
    return default if parts.scheme or parts.netloc else told


def next_of_request() -> str | None:
    """The present address, to come back to: of a page that was asked for, None for a form that was sent."""
    if request.method != "GET":
        return None
    query = request.query_string.decode("ascii", "replace")
    return request.path + (f"?{query}" if query else "")
