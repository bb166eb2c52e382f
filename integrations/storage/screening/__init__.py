"""May this file be kept, and in which form? Its type by its content, then the checks of that type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from integrations.storage.screening.images import clean_jpeg, clean_png
from integrations.storage.screening.kinds import ENDINGS, ending_of, refuse_ending, type_of
from integrations.storage.screening.names import clean_name
from integrations.storage.screening.pdfs import clean_pdf
from integrations.storage.screening.workbooks import checked_workbook
from parking.boundary.files import (
    MOST_BYTES,
    MOST_MEGABYTES,
    FileEmpty,
    FileNotWhatItSays,
    FileTooLarge,
    MediaType,
)

_CLEAN: Mapping[MediaType, Callable[[bytes], bytes]] = {
    MediaType.PDF: clean_pdf,
    MediaType.JPEG: clean_jpeg,
    MediaType.PNG: clean_png,
    MediaType.XLSX: checked_workbook,
}


@dataclass(frozen=True, slots=True)
class Screened:
    """A file that may be kept: what to keep, its type, and its name for display."""

    name: str
    media_type: MediaType
    content: bytes


def screen(name: str, content: bytes) -> Screened:
    """Check a file and make it harmless. Raises FileRefused, one subclass for each reason."""
    shown = clean_name(name)
    if not content:
        raise FileEmpty
    if len(content) > MOST_BYTES:
        raise FileTooLarge(megabytes=MOST_MEGABYTES)
    ending = ending_of(shown)
    refuse_ending(ending)
    found = type_of(content, ending)
    if ENDINGS[ending] is not found:
        raise FileNotWhatItSays(found=found.name.lower(), ending=ending)
    cleaned = _CLEAN[found](content)
    if len(cleaned) > MOST_BYTES:
        # Writing a picture anew may make it larger than it came.
        raise FileTooLarge(megabytes=MOST_MEGABYTES)
    return Screened(shown, found, cleaned)
