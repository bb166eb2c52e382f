"""Has this reader got this answer already? A strong tag of all that is told but the ages."""

from __future__ import annotations

from flask import Response, request

# Long enough for a shared cache to take a rush upon itself, short beside the age of any count.
FRESH_S = 2
_CACHE = f"public, max-age={FRESH_S}"


def tagged(body: bytes, tag: str, content_type: str) -> Response:
    """A 200 with a tag, or a 304 without a body where the reader names the same tag.

    `tag` must differ where anything but an age differs, the content type included.
    """
    etag = f'"{tag}"'
    asked = request.environ.get("HTTP_IF_NONE_MATCH")
    if asked is not None and request.if_none_match.contains(tag):
        response = Response(status=304)
    else:
        response = Response(body, content_type=content_type)
    headers = response.headers
    headers["ETag"] = etag
    headers["Cache-Control"] = _CACHE
    headers["Vary"] = "Accept"
    return response
