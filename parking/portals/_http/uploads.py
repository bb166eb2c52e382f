"""How does a file come in through a form, and how does one go out?

In: one file of a form, kept by what it holds. Out: always as an attachment that no browser may take for
anything else than it says.
"""

from __future__ import annotations

from typing import Literal, overload
from urllib.parse import quote

from flask import Response, request

from parking.boundary.files import (
    MOST_BYTES,
    MOST_MEGABYTES,
    FileMissing,
    FileRefused,
    FileStore,
    FileTooLarge,
    KeptFile,
    MediaType,
    StoreUnavailable,
)
from parking.portals._http.services import services

_FIELDS_BYTES = 1_000_000
BODY_LIMIT = MOST_BYTES + _FIELDS_BYTES
"""Bytes of a form with one file, for the `body_limit` of a page; the other fields have what is over."""
ACCEPT = ".pdf,.jpg,.jpeg,.png,.xlsx"
"""What a field of a form offers to choose (`accept`); what is taken is decided by the content."""
# A file that is opened by itself may run nothing and load nothing.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"


def room_for(files: int) -> int:
    """Bytes of a form with so many files, for the `body_limit` of a page."""
    return files * MOST_BYTES + _FIELDS_BYTES


def allow(limit: int) -> None:
    """Let this request's body be so long, before anything reads it. Raises FileTooLarge for a longer one."""
    request.max_content_length = limit
    if (request.content_length or 0) > limit:
        raise FileTooLarge(megabytes=MOST_MEGABYTES)


def store() -> FileStore:
    """The store of papers. Raises StoreUnavailable where this deployment has none."""
    files = services().files
    if files is None:
        raise StoreUnavailable
    return files


def received(field: str) -> tuple[str, bytes] | None:
    """The name and content of the file sent under a field, None where none was chosen.

    Raises FileTooLarge before more than MOST_BYTES are read, with its problem at the field.
    """
    sent = request.files.get(field)
    if sent is None or not sent.filename:
        return None
    content = sent.stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise FileTooLarge(at=field, megabytes=MOST_MEGABYTES)
    return sent.filename, content


@overload
def kept(field: str, required: Literal[True] = True) -> KeptFile: ...


@overload
def kept(field: str, required: bool) -> KeptFile | None: ...


def kept(field: str, required: bool = True) -> KeptFile | None:
    """Keep the file sent under a field. Raises FileRefused (its problem at the field), StoreUnavailable."""
    sent = received(field)
    if sent is None:
        if required:
            raise FileMissing(at=field)
        return None
    return keep(*sent, field)


def keep(name: str, content: bytes, field: str) -> KeptFile:
    """Keep what was received. Raises FileRefused with its problem at the field, StoreUnavailable."""
    try:
        return store().keep(name, content)
    except FileRefused as refusal:
        raise refusal.moved_to(field) from refusal


def attachment(sha256: str, media_type: str, name: str) -> Response:
    """A kept file, to be saved under its name. Raises FileNotKept, StoreUnavailable.

    Whether the reader may have it is the caller's question: a digest is no permission.
    """
    return download(store().read(sha256), MediaType(media_type), name)


def download(body: bytes, media_type: str, name: str) -> Response:
    """A file of ours, to be saved under a name; never shown inside the browser, never kept by a cache."""
    response = Response(body, content_type=media_type)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["Cache-Control"] = "private, no-store"
    return response
