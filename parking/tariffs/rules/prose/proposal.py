"""What comes of a price in prose: a document to confirm, what it rests on, what is left over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from parking.tariffs.rules.prose import words


class Understanding(StrEnum):
    """How much of the text became rules: all, a part of it (a person has to see to the rest), or nothing.

    SILENT: every word is understood, but hours or days have no price, and so there is no document.
    """

    WHOLE = "whole"
    SILENT = "silent"
    PARTLY = "partly"
    NOT = "not"


@dataclass(frozen=True, slots=True)
class Phrase:
    """`words` stand at [start, end) of the text of that place; `text` is a msgid, `params` of it.

    Of what was understood the text says what it became, of all else why it did not. A remark on what the
    text leaves out has no words. Params that end in `_fen` are money.
    """

    place: str
    start: int
    end: int
    words: str
    text: str
    params: Mapping[str, int | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Proposal:
    """`document` reads without a problem, or is None; it holds the understood phrases and nothing else.

    `assumed` tells what the text leaves open and the document decides until a person says otherwise. While
    `not_understood` is not empty the document is not all that the text says. Nothing here is published.
    `currency` is what one hundred of the document's minor units are, as ISO 4217 says it.
    """

    document: dict[str, Any] | None
    currency: str
    understood: tuple[Phrase, ...]
    assumed: tuple[Phrase, ...]
    not_understood: tuple[Phrase, ...]

    @property
    def understanding(self) -> Understanding:
        if not self.not_understood and self.document is not None:
            return Understanding.WHOLE
        if self.understood and all(each.text in words.SILENT for each in self.not_understood):
            return Understanding.SILENT
        return Understanding.PARTLY if self.understood else Understanding.NOT
