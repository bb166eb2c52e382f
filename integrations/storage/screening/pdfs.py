"""What remains of a pdf? Its pages, without anything that starts, sends or carries something else."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pikepdf

from integrations.storage.screening.kinds import refuse_foreign
from parking.boundary.files import (
    FileEncrypted,
    FileHasActiveContent,
    FileHasAttachments,
    FileHoldsAnother,
    FileTooLong,
    FileUnreadable,
)

_MOST_PAGES = 1_000
_MOST_OBJECTS = 200_000
_HEAD = b"%PDF-"
_END = b"%%EOF"
_HEAD_BYTES = 1024
# Actions that run, open or send something (ISO 32000-1, 12.6.4); a link to a page or an address is none.
_ACTIONS = frozenset(
    {
        "/JavaScript",
        "/Launch",
        "/SubmitForm",
        "/ImportData",
        "/GoToR",
        "/GoToE",
        "/Rendition",
        "/Movie",
        "/Sound",
        "/RichMediaExecute",
    }
)
_ACTIVE_KEYS = frozenset({"/JS", "/XFA", "/RichMediaContent", "/RichMediaSettings"})
_ACTIVE_KINDS = frozenset({"/RichMedia", "/3D", "/Movie", "/Sound", "/Screen"})
_CARRYING_KEYS = frozenset({"/EmbeddedFiles", "/EF"})
_CARRYING_KINDS = frozenset({"/FileAttachment", "/EmbeddedFile"})
# Most documents name none of these. qpdf writes names without their escapes.
_WORTH_A_LOOK = re.compile(
    rb"/(?:JavaScript|Launch|SubmitForm|ImportData|GoTo[RE]|Rendition|Movie|Sound|RichMedia\w*|JS|XFA|3D|Screen"
    rb"|EmbeddedFiles?|EF|FileAttachment)\b"
)


def clean_pdf(content: bytes) -> bytes:
    """A pdf written anew without hidden leftovers and descriptions. Raises FileRefused.

    A signed one is kept as it came, byte for byte, because writing it anew would break the signature that an
    electronic licence lives by; it has to pass the same checks.
    """
    _refuse_company(content)
    try:
        with pikepdf.open(io.BytesIO(content)) as document:
            if document.is_encrypted:
                raise FileEncrypted
            if not len(document.pages):
                raise FileUnreadable
            if len(document.pages) > _MOST_PAGES:
                raise FileTooLong(most=_MOST_PAGES)
            _refuse_active(document)
            return content if _is_signed(document) else _written(document)
    except pikepdf.PasswordError:
        raise FileEncrypted from None
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, RecursionError) as problem:
        raise FileUnreadable from problem


def _refuse_company(content: bytes) -> None:
    """Raises FileHoldsAnother for a page or script at the head, an archive, or anything behind the end."""
    if not content.startswith(_HEAD):
        raise FileHoldsAnother
    refuse_foreign(content[:_HEAD_BYTES])
    _, end, tail = content.rpartition(_END)
    if not end:
        raise FileUnreadable
    if tail.strip(b"\r\n\t \x00"):
        raise FileHoldsAnother


def _refuse_active(document: pikepdf.Pdf) -> None:
    """Look for the names in all that a reader can reach, then take apart only a document that has one."""
    if int(document.trailer.get("/Size", 0)) > _MOST_OBJECTS:
        raise FileTooLong(most=_MOST_OBJECTS)
    spread = io.BytesIO()
    document.save(
        spread,
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
        stream_decode_level=pikepdf.StreamDecodeLevel.none,
        compress_streams=False,
    )
    if not _WORTH_A_LOOK.search(spread.getbuffer()):
        return
    for part in document.objects:
        # A broken reference reads as null.
        if part is not None and _WORTH_A_LOOK.search(_told(part)):
            for entry in _dictionaries(part):
                _refuse_entry(entry)


def _told(part: Any) -> bytes:
    """One object as it stands in a file; those that it refers to appear as their numbers."""
    shown = part.stream_dict if isinstance(part, pikepdf.Stream) else part
    return bytes(shown.unparse(resolved=True)) if isinstance(shown, pikepdf.Object) else b""


def _dictionaries(part: Any) -> Iterator[Any]:
    """The dictionaries of one object; those that it refers to are objects of their own."""
    waiting = [part]
    while waiting:
        each = waiting.pop()
        if isinstance(each, pikepdf.Stream):
            each = each.stream_dict
        if isinstance(each, pikepdf.Dictionary):
            yield each
            inner = [value for _, value in each.items()]
        elif isinstance(each, pikepdf.Array):
            inner = list(each)
        else:
            continue
        waiting += [value for value in inner if isinstance(value, pikepdf.Object) and not value.is_indirect]


def _refuse_entry(entry: Any) -> None:
    keys = set(entry.keys())
    kinds = {str(entry[key]) for key in ("/S", "/Subtype", "/Type") if key in keys and _is_name(entry[key])}
    if keys & _CARRYING_KEYS or kinds & _CARRYING_KINDS:
        raise FileHasAttachments
    is_action = "/S" in keys and _is_name(entry["/S"]) and str(entry["/S"]) in _ACTIONS
    if is_action or keys & _ACTIVE_KEYS or kinds & _ACTIVE_KINDS or "/JavaScript" in keys:
        raise FileHasActiveContent


def _is_name(value: Any) -> bool:
    return isinstance(value, pikepdf.Name)


def _is_signed(document: pikepdf.Pdf) -> bool:
    form = document.Root.get("/AcroForm")
    return isinstance(form, pikepdf.Dictionary) and int(form.get("/SigFlags", 0)) & 1 == 1


def _written(document: pikepdf.Pdf) -> bytes:
    """The pages alone: who made them with which program, when and from what, stays behind."""
    for key in ("/Metadata", "/PieceInfo", "/OpenAction", "/AA"):
        if key in document.Root:
            del document.Root[key]
    if "/Info" in document.trailer:
        del document.trailer["/Info"]
    for page in document.pages:
        for key in ("/Metadata", "/PieceInfo", "/Thumb", "/AA"):
            if key in page.obj:
                del page.obj[key]
    out = io.BytesIO()
    document.save(out, deterministic_id=True, compress_streams=True)
    return out.getvalue()
