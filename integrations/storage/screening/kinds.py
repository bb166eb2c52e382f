"""What is in a file, whatever its name says? By its first bytes, never by what the sender declares."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import PurePosixPath

import puremagic

from parking.boundary.files import (
    FileEncrypted,
    FileHoldsAnother,
    FileIsSvg,
    FileNotWhatItSays,
    FileTypeUnknown,
    FileUnreadable,
    MediaType,
    WorkbookHasMacros,
)

ENDINGS: Mapping[str, MediaType] = {
    "pdf": MediaType.PDF,
    "jpg": MediaType.JPEG,
    "jpeg": MediaType.JPEG,
    "png": MediaType.PNG,
    "xlsx": MediaType.XLSX,
}
_FOUND: Mapping[str, MediaType] = {
    ".pdf": MediaType.PDF,
    ".jpg": MediaType.JPEG,
    ".png": MediaType.PNG,
    ".xlsx": MediaType.XLSX,
}
_WITH_MACROS = ("xlsm", "xlsb", "xltm", "xlam")
_DRAWINGS = ("svg", "svgz")
_COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
# What a browser or a server would run, were it to take the file for something else; long enough each not to
# stand in a picture's pixels by chance.
_FOREIGN = re.compile(
    rb"<(?:script|iframe|html|body|!doctype)[\s>/]|<svg\s+xmlns|<\?php\s|javascript:", re.IGNORECASE
)


def ending_of(name: str) -> str:
    """The ending in small letters without its dot; empty where there is none."""
    return PurePosixPath(name).suffix.removeprefix(".").lower()


def refuse_ending(ending: str) -> None:
    """Raises FileIsSvg, WorkbookHasMacros or FileTypeUnknown for an ending that we do not take."""
    if ending in ENDINGS:
        return
    if ending in _DRAWINGS:
        raise FileIsSvg
    if ending in _WITH_MACROS:
        raise WorkbookHasMacros
    raise FileTypeUnknown


def type_of(content: bytes, ending: str) -> MediaType:
    """One of our types, by the first bytes. Raises FileRefused where it is none of them."""
    if content.startswith(_COMPOUND) and _ENCRYPTED_PACKAGE in content:
        # A workbook with a password is an old compound file around the encrypted one.
        raise FileEncrypted
    try:
        guesses = [guess.extension for guess in puremagic.magic_string(content)]
    except (puremagic.PureError, ValueError):
        raise FileUnreadable from None
    found = next((_FOUND[guess] for guess in guesses if guess in _FOUND), None)
    if found is None:
        if ".svg" in guesses:
            raise FileIsSvg
        raise FileNotWhatItSays(found=(guesses[0] if guesses else "?").removeprefix("."), ending=ending)
    return found


def refuse_foreign(content: bytes) -> None:
    """Raises FileHoldsAnother where a page, a script or an archive hides in what is something else."""
    if _FOREIGN.search(content) or zipfile.is_zipfile(io.BytesIO(content)):
        raise FileHoldsAnother
