"""How is plain data (of TOML or JSON) taken apart so that whatever is wrong is told with its place?"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from parking.kernel.errors import FieldProblem
from parking.tariffs.rules import words

_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00")
_MONTH_DAY = re.compile(r"(\d\d)-(\d\d)")
_LEAP_YEAR = 2000
# No column takes a NUL, and no encoding half a character.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
# More would be a file of something else: reckoning, printing and the editor walk through all of them.
_MOST_ITEMS, _MOST_TOLD = 500, 200
# Far from the ends of the calendar, where a time zone's offset would lead out of it.
YEARS = (1970, 2199)
E = TypeVar("E", bound=StrEnum)


class Problems(list[FieldProblem]):
    """What was found wrong, in the order of the document; of very many the first two hundred."""

    def add(self, place: str, code: str, **params: object) -> None:
        if len(self) < _MOST_TOLD:
            self.append(FieldProblem(_shown(place), code, words.PROBLEMS[code], params))

    def is_wrong(self, place: str) -> bool:
        """Whether something at a place, or within it, is told that is read as its default."""
        at = _shown(place)
        within = (f"{at}.", f"{at}[")
        told = (each.field for each in self if each.code != "unknown_key")
        return any(field == at or field.startswith(within) for field in told)

    def add_unstorable(self, place: str, text: str) -> bool:
        """Whether a text cannot be kept, which is told."""
        if is_wrong := _UNSTORABLE.search(text) is not None:
            self.add(place, "unstorable")
        return is_wrong


def _shown(place: str) -> str:
    return place if place.isprintable() else place.encode("unicode_escape").decode("ascii")


class Node:
    """A table of the document and where it stands. A value that is wrong is told, and read as its default."""

    def __init__(self, value: object, place: str, keys: Collection[str], problems: Problems) -> None:
        self.place, self.problems = place, problems
        self.values: Mapping[str, Any] = {}
        if not isinstance(value, Mapping):
            problems.add(place, "wrong_type", wanted=words.A_TABLE)
            return
        self.values = value
        for key in value:
            if key not in keys:
                problems.add(self.at(str(key)), "unknown_key")

    def at(self, key: str) -> str:
        return f"{self.place}.{key}" if self.place else key

    def tell(self, key: str, code: str, **params: object) -> None:
        self.problems.add(self.at(key), code, **params)

    def has(self, key: str) -> bool:
        return self.values.get(key) is not None

    def _required(self, key: str) -> Any:
        value = self.values.get(key)
        if value is None:
            self.tell(key, "missing")
        return value

    def number(self, key: str, least: int, most: int) -> int | None:
        """A whole number in [least, most]; None where it is absent or wrong."""
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool):
            self.tell(key, "wrong_type", wanted=words.A_WHOLE_NUMBER)
            return None
        if not least <= value <= most:
            self.tell(key, "out_of_range", least=least, most=most)
            return None
        return value

    def needed_number(self, key: str, least: int, most: int) -> int:
        self._required(key)
        found = self.number(key, least, most)
        return least if found is None else found

    def yes(self, key: str, default: bool) -> bool:
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            self.tell(key, "wrong_type", wanted=words.A_YES_OR_NO)
            return default
        return value

    def text(self, key: str) -> str:
        value = self._required(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            self.tell(key, "wrong_type", wanted=words.A_TEXT)
            return ""
        if not value.strip():
            self.tell(key, "empty")
        self.problems.add_unstorable(self.at(key), value)
        return value

    def texts(self, key: str, most: int) -> tuple[str, ...]:
        """Distinct texts that say something; what is not is told and left out."""
        found: dict[str, None] = {}
        for number, value in enumerate(self.items(key, most)):
            place = f"{key}[{number}]"
            if not isinstance(value, str) or not value.strip():
                self.tell(place, "empty")
            elif value in found:
                self.tell(place, "twice")
            elif not self.problems.add_unstorable(self.at(place), value):
                found[value] = None
        return tuple(found)

    def one_of(self, key: str, kind: type[E], default: E) -> E:
        value = self.values.get(key, default)
        return next((each for each in kind if each == value), None) or self._no_choice(key, kind, default)

    def _no_choice(self, key: str, kind: type[E], default: E) -> E:
        self.tell(key, "not_a_choice", choices=", ".join(kind))
        return default

    def items(self, key: str, most: int = _MOST_ITEMS) -> Sequence[object]:
        """A list, empty where it is absent or too long."""
        value = self.values.get(key)
        if value is None:
            return ()
        if not isinstance(value, list | tuple):
            self.tell(key, "wrong_type", wanted=words.A_LIST)
            return ()
        if len(value) > most:
            self.tell(key, "too_many", most=most)
            return ()
        return value

    def each_of(self, key: str, kind: type[E]) -> tuple[E, ...]:
        """Distinct values of an enumeration."""
        found: list[E] = []
        for number, value in enumerate(self.items(key)):
            place = f"{key}[{number}]"
            each = next((each for each in kind if each == value), None)
            if each is None:
                self.tell(place, "not_a_choice", choices=", ".join(kind))
            elif each in found:
                self.tell(place, "twice")
            else:
                found.append(each)
        return tuple(found)

    def minute(self, key: str, default: str | None = None) -> int:
        """A time of day in minutes after midnight, 24:00 among them."""
        value = self._required(key) if default is None else self.values.get(key, default)
        if value is None:
            return 0
        if not isinstance(value, str) or not _TIME.fullmatch(value):
            self.tell(key, "no_time")
            return 0
        return int(value[:2]) * 60 + int(value[3:])

    def day(self, key: str) -> date | tuple[int, int] | None:
        """A date, or a month and day of every year."""
        value = self._required(key)
        if value is None:
            return None
        if type(value) is date:
            return self._near(key, value)
        if isinstance(value, str):
            every_year = _MONTH_DAY.fullmatch(value)
            try:
                if not every_year:
                    return self._near(key, date.fromisoformat(value))
                on = date(_LEAP_YEAR, int(every_year[1]), int(every_year[2]))
            except ValueError:
                pass
            else:
                return on.month, on.day
        self.tell(key, "no_date")
        return None

    def _near(self, key: str, on: date) -> date:
        if not is_near(on):
            self.tell(key, "far_date", least=YEARS[0], most=YEARS[1])
        return on


def is_near(on: date) -> bool:
    """Whether a day (or an instant, by its date) is one that tariffs are for."""
    return YEARS[0] <= on.year <= YEARS[1]


def far_date(field: str) -> FieldProblem:
    """What is wrong with a day that is not near."""
    years = {"least": YEARS[0], "most": YEARS[1]}
    return FieldProblem(field, "far_date", words.PROBLEMS["far_date"], years)


def written_day(on: date | tuple[int, int]) -> str:
    """As `Node.day` reads it."""
    return on.isoformat() if isinstance(on, date) else f"{on[0]:02}-{on[1]:02}"
