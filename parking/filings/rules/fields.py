"""What is a question of the task list, and what a page of them?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class FieldType(StrEnum):
    """How a field is typed: what the page draws, and what its value is in `answers`."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    INT = "int"
    CHOICE = "choice"
    DISTRICT = "district"
    DATE = "date"
    PLACE = "place"
    HOURS = "hours"
    PHONE = "phone"
    BOOL = "bool"


@dataclass(frozen=True, slots=True)
class Choice:
    """A value and its Chinese name."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Field:
    """One question. `label` and `hint` are msgids.

    `when` names the field and the value under which it is asked at all. `private` values stay out of audit,
    notices and exports. Values in `answers`: str, int, bool, ISO date, {"lat", "lon", "datum"} for a place;
    a field that was not answered is absent. A place is posted as `<key>_lat`, `<key>_lon`, `<key>_datum`;
    a bool as "yes" or "no".
    """

    key: str
    type: FieldType
    label: str
    required: bool = False
    hint: str = ""
    choices: tuple[Choice, ...] = ()
    when: tuple[str, Any] | None = None
    most: int = 240
    private: bool = False

    def is_asked(self, answers: Mapping[str, Any]) -> bool:
        return self.when is None or answers.get(self.when[0]) == self.when[1]


@dataclass(frozen=True, slots=True)
class Group:
    """One page of questions. `papers` and `declaration` have no fields."""

    key: str
    label: str
    fields: tuple[Field, ...] = ()

    def field(self, key: str) -> Field | None:
        return next((each for each in self.fields if each.key == key), None)
