"""At which line of a TOML text does each key stand? For a text that the library has read already."""

from __future__ import annotations

import re
import tomllib

Place = tuple[str | int, ...]
"""The way to a value: names of keys, and positions in arrays from 0."""

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}'
    r'|"(?:\\.|[^"\\])*"|\'[^\']*\''
    r"|\#[^\n]*|\n|[\[\]{}=,.]|[^\s\[\]{}=,.\"'#]+",
    re.DOTALL,
)
_ENDS = frozenset({",", "]", "}", "\n", ""})


def lines_of(text: str) -> dict[Place, int]:
    """The line, from 1, of every key, table and array's entry. `text` must be sound TOML."""
    scanner = _Scanner(text)
    scanner.document()
    return scanner.lines


def shown_place(place: Place) -> str:
    """A place as a person reads it: counts.counters[0].free."""
    told = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return told.removeprefix(".")


class _Scanner:
    def __init__(self, text: str) -> None:
        self.lines: dict[Place, int] = {}
        self._arrays: dict[Place, int] = {}
        self._tokens: list[tuple[str, int]] = []
        line = 1
        for match in _TOKEN.finditer(text):
            if not match[0].startswith("#"):
                self._tokens.append((match[0], line))
            line += match[0].count("\n")
        self._at = 0

    def document(self) -> None:
        table: Place = ()
        while self._peek():
            if self._peek() == "\n":
                self._next()
            elif self._peek() == "[":
                table = self._header()
            else:
                self._pair(table)

    def _peek(self) -> str:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else ""

    def _next(self) -> tuple[str, int]:
        self._at += 1
        return self._tokens[self._at - 1]

    def _skip_lines(self) -> None:
        while self._peek() == "\n":
            self._next()

    def _header(self) -> Place:
        line = self._next()[1]
        is_array = self._peek() == "["
        if is_array:
            self._next()
        parts = self._key()
        place: Place = ()
        for position, part in enumerate(parts):
            place += (part,)
            if is_array and position == len(parts) - 1:
                self._arrays[place] = self._arrays.get(place, -1) + 1
            if place in self._arrays:
                place += (self._arrays[place],)
            self.lines.setdefault(place, line)
        while self._peek() == "]":
            self._next()
        return place

    def _key(self) -> list[str]:
        parts = []
        while self._peek() not in ("=", "]", ""):
            told = self._next()[0]
            if told.startswith(('"', "'")):
                parts.append(str(tomllib.loads(f"key = {told}")["key"]))
            elif told != ".":
                parts.append(told)
        return parts

    def _pair(self, table: Place) -> None:
        line = self._tokens[self._at][1]
        place = table
        for part in self._key():
            place += (part,)
            self.lines.setdefault(place, line)
        self._next()
        self._value(place)

    def _value(self, place: Place) -> None:
        opening = self._peek()
        if opening == "[":
            self._array(place)
        elif opening == "{":
            self._inline(place)
        else:
            while self._peek() not in _ENDS:
                self._next()

    def _array(self, place: Place) -> None:
        self._next()
        position = 0
        self._skip_lines()
        while self._peek() != "]":
            self.lines.setdefault((*place, position), self._tokens[self._at][1])
            self._value((*place, position))
            position += 1
            self._skip_lines()
            if self._peek() == ",":
                self._next()
                self._skip_lines()
        self._next()

    def _inline(self, place: Place) -> None:
        self._next()
        while self._peek() != "}":
            if self._peek() in (",", "\n"):
                self._next()
            else:
                self._pair(place)
        self._next()
