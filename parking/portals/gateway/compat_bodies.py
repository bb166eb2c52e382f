"""How long a body do we take from a device? A plate comes with pictures; they are dropped while they come in.

A picture within JSON is a long run of base64, which is left out of each piece that is read. In a multipart
the event comes first: what is beyond the bound is read and thrown away, so that the device hears the answer.
"""

from __future__ import annotations

import re

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

MOST_BYTES = 4_000_000
"""Bytes that are kept of a body."""
MOST_READ = 64_000_000
"""Bytes that are read of one; no camera's pictures come near it."""
_CHUNK = 65_536
_PICTURE = re.compile(rb"[A-Za-z0-9+/=\\]{4096,}")


class BodyTooLarge(Exception):
    """More than we read, or more than we keep where all of it is needed."""


def received_body(*, exact: bool) -> bytes:
    """The present request's body without its pictures; `exact`: every byte, because they are signed.

    Never holds more than MOST_BYTES. Raises BodyTooLarge, after the body was read where that is bearable.
    """
    request.max_content_length = MOST_READ
    kept = bytearray()
    cut = False
    try:
        while chunk := request.stream.read(_CHUNK):
            told = chunk if exact else _PICTURE.sub(b"", chunk)
            if len(kept) + len(told) > MOST_BYTES:
                cut = True
            if not cut:
                kept += told
    except RequestEntityTooLarge:
        raise BodyTooLarge from None
    # Of a multipart the beginning is enough; half a JSON text is none.
    if cut and (exact or not kept.lstrip().startswith(b"--")):
        raise BodyTooLarge
    return bytes(kept)
