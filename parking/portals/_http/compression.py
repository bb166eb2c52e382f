"""May this answer travel compressed? Pages and their parts may; the JSON interface is left to a proxy."""

from __future__ import annotations

import gzip

from flask import Flask, request
from flask.wrappers import Response

_WORTH_IT = 1_000
_TYPES = frozenset(
    {
        "text/html",
        "text/css",
        "text/javascript",
        "application/javascript",
        "image/svg+xml",
        "application/geo+json",
    }
)
_PLAIN = ("/api/", "/operator", "/bureau")
# A page of 40 kB takes well under a millisecond at this level, and is a tenth larger than at the highest.
_LEVEL = 5


def init_compression(app: Flask) -> None:
    """Compress what readers wait for, where the browser takes gzip.

    Pages behind a login are left alone: they hold a token beside what was typed, and the length of a
    compressed page would tell how alike the two are (BREACH).
    """
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    if response.mimetype not in _TYPES or request.path.startswith(_PLAIN):
        return response
    response.vary.add("Accept-Encoding")
    if (
        response.status_code != 200
        or "Content-Encoding" in response.headers
        or "gzip" not in request.accept_encodings
        or (response.content_length or 0) < _WORTH_IT
    ):
        return response
    response.direct_passthrough = False
    response.set_data(gzip.compress(response.get_data(), _LEVEL, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    tag, _ = response.get_etag()
    if tag is not None:
        response.set_etag(tag, weak=True)
    return response
