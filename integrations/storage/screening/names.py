"""Under which name is a file shown? What its sender called it, without what could mislead."""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath

from parking.boundary.files import FileNameIsPath

_MOST_LETTERS = 100
_MOST_ENDING = 10
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn")


def clean_name(name: str) -> str:
    """The name in one line of at most 100 letters with its ending. Raises FileNameIsPath.

    Control and format characters go: one of them turns the reading order and disguises an ending.
    """
    letters = "".join(
        letter for letter in unicodedata.normalize("NFC", name) if unicodedata.category(letter) not in _UNSEEN
    )
    shown = " ".join(letters.split()).strip(". ")
    if any(sign in letters for sign in "/\\") or not shown:
        raise FileNameIsPath
    if len(shown) <= _MOST_LETTERS:
        return shown
    ending = PurePosixPath(shown).suffix[-_MOST_ENDING:]
    return shown[: _MOST_LETTERS - len(ending)].rstrip() + ending
