"""Is a workbook only cells? No macros, no links to elsewhere, nothing hidden around it, and of sane size."""

from __future__ import annotations

import io
import re
import struct
import warnings
import zipfile
import zlib
from collections.abc import Sequence
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from parking.boundary.files import (
    FileEncrypted,
    FileHasAttachments,
    FileHoldsAnother,
    FileTooLong,
    FileTypeUnknown,
    FileUnreadable,
    WorkbookHasLinks,
    WorkbookHasMacros,
    WorkbookIsBomb,
)

MOST_RATIO = 100
_MOST_UNPACKED_BYTES = 100_000_000
_MOST_PARTS = 2_000
# The register of 8,000 lots with its ledger, taken out to be edited, has some 500,000.
_MOST_CELLS = 1_000_000
_LOCAL_HEADER = b"PK\x03\x04"
_END_RECORD = b"PK\x05\x06"
_END_RECORD_BYTES = 22
_ENCRYPTED = 0x1
_WORKBOOK = "xl/workbook.xml"
_MACROS = re.compile(r"vbaproject|/macrosheets/|/dialogsheets/|/activex/|/ctrlprops/|vbadata|/customui", re.I)
_LINKS = re.compile(r"/externallinks/|/querytables/|(^|/)connections\.xml$|/datamodel|/model/", re.I)
_PACKAGES = re.compile(r"/embeddings/|/oleobjects?/", re.I)
_HYPERLINK = "/hyperlink"
_BROKEN = (
    zipfile.BadZipFile,
    InvalidFileException,
    ParseError,
    DefusedXmlException,
    zlib.error,
    struct.error,
    KeyError,
    IndexError,
    ValueError,
    TypeError,
    AttributeError,
    NotImplementedError,
    EOFError,
    OSError,
)


def checked_workbook(content: bytes) -> bytes:
    """The workbook as it came, once it is known to hold nothing but cells. Raises FileRefused."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            _refuse_size(parts, len(content))
            _refuse_company(content, parts)
            _refuse_parts([part.filename for part in parts])
            for part in parts:
                if part.filename.endswith(".rels"):
                    _refuse_links(archive.read(part))
            if b"macroenabled" in archive.read("[Content_Types].xml").lower():
                raise WorkbookHasMacros
        _read_through(content)
    except _BROKEN as problem:
        raise FileUnreadable from problem
    return content


def _refuse_size(parts: Sequence[zipfile.ZipInfo], packed_bytes: int) -> None:
    """Before anything is unpacked. A size that a part only pretends to have breaks off its reading later."""
    unpacked = sum(part.file_size for part in parts)
    if unpacked > packed_bytes * MOST_RATIO or unpacked > _MOST_UNPACKED_BYTES or len(parts) > _MOST_PARTS:
        raise WorkbookIsBomb(ratio=MOST_RATIO)
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        raise FileEncrypted


def _refuse_company(content: bytes, parts: Sequence[zipfile.ZipInfo]) -> None:
    """Nothing before the first part, nothing behind the end record."""
    ends_at = content.rfind(_END_RECORD) + _END_RECORD_BYTES
    begins = content.startswith(_LOCAL_HEADER) and min(part.header_offset for part in parts) == 0
    if not begins or ends_at != len(content):
        raise FileHoldsAnother


def _refuse_parts(names: Sequence[str]) -> None:
    if _WORKBOOK not in names:
        raise FileTypeUnknown
    for name in names:
        if name.startswith("/") or ".." in name.split("/"):
            raise FileHoldsAnother
        if _MACROS.search(name):
            raise WorkbookHasMacros
        if _LINKS.search(name):
            raise WorkbookHasLinks
        if _PACKAGES.search(name):
            raise FileHasAttachments


def _refuse_links(relations: bytes) -> None:
    """A cell may show an address that people click; anything else outside would be fetched by the program."""
    for relation in fromstring(relations, forbid_dtd=True):
        outside = relation.get("TargetMode", "").lower() == "external"
        if outside and not relation.get("Type", "").lower().endswith(_HYPERLINK):
            raise WorkbookHasLinks


def _read_through(content: bytes) -> None:
    """Read every cell once: what breaks off or never ends is not kept."""
    left = _MOST_CELLS
    with warnings.catch_warnings():
        # It warns of styles and validations that it leaves out; we only look at values.
        warnings.simplefilter("ignore", UserWarning)
        book = load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
    for sheet in book.worksheets:
        sheet.reset_dimensions()
        for line in sheet.iter_rows(values_only=True):
            left -= max(1, len(line))
            if left < 0:
                raise FileTooLong(most=_MOST_CELLS)
    book.close()
