"""Is a table of a mapping what it should be? Every fault is noted at its line, none ends the reading."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, TypeVar

from integrations.records import shown
from integrations.sources.mapped.toml_lines import Place, shown_place
from parking.kernel.errors import N_, FieldProblem

T = TypeVar("T")
_MOST = 100

BAD_KIND = N_("第 %(line)s 行：%(field)s 应为%(wanted)s，不是 %(told)s")
TEXT = N_("一段文字")
NUMBER = N_("一个数字")
YES_OR_NO = N_("true 或 false")
LIST = N_("一个列表 [ ]")
TABLE = N_("一个表 { }")


class Notes:
    """What is wrong in a text so far, each with its line."""

    def __init__(self, lines: Mapping[Place, int]) -> None:
        self._lines = lines
        self.problems: list[FieldProblem] = []
        self.doubts: list[FieldProblem] = []

    def line(self, place: Place) -> int:
        """The line of a key, or of the nearest table around it that stands in the text."""
        while place and place not in self._lines:
            place = place[:-1]
        return self._lines.get(place, 1)

    def refuse(self, place: Place, code: str, text: str, /, **params: object) -> None:
        """Note a fault. `text` may use %(line)s and %(field)s beside its own places."""
        if len(self.problems) < _MOST:
            self.problems.append(self._problem(place, code, text, params))

    def doubt(self, place: Place, code: str, text: str, /, **params: object) -> None:
        """Note what is allowed once a person has given a reason."""
        self.doubts.append(self._problem(place, code, text, params))

    def _problem(self, place: Place, code: str, text: str, params: Mapping[str, object]) -> FieldProblem:
        field = shown_place(place)
        return FieldProblem(field, code, text, {"line": self.line(place), "field": field, **params})


class Section:
    """A table of the mapping, key by key. `end` tells of the keys that nobody asked for."""

    def __init__(self, values: Mapping[str, Any], place: Place, notes: Notes) -> None:
        self.values = values
        self.place = place
        self.notes = notes
        self._known: list[str] = []

    def has(self, key: str) -> bool:
        self._known.append(key)
        return key in self.values

    def refuse(self, key: str | None, code: str, text: str, /, **params: object) -> None:
        self.notes.refuse(self.place if key is None else (*self.place, key), code, text, **params)

    def missing(self, *keys: str) -> None:
        """Note that one of these keys has to be there."""
        self.refuse(None, "missing_key", N_("第 %(line)s 行：缺少 %(key)s"), key=" / ".join(keys))

    def text(self, key: str, default: str | None = None) -> str | None:
        """A text that is not empty."""
        told = self._of_kind(key, str, TEXT)
        if told is not None and not told.strip():
            self.refuse(key, "empty_text", N_("第 %(line)s 行：%(field)s 是空的"))
            return default
        return default if told is None else told

    def any_text(self, key: str) -> str | None:
        """A text, which may be empty or of blanks."""
        return self._of_kind(key, str, TEXT)

    def flag(self, key: str) -> bool | None:
        return self._of_kind(key, bool, YES_OR_NO)

    def whole(self, key: str, default: int, lowest: int, highest: int) -> int:
        told = self._of_kind(key, int, NUMBER)
        if told is None:
            return default
        if not lowest <= told <= highest:
            text = N_("第 %(line)s 行：%(field)s 应在 %(lowest)s 至 %(highest)s 之间")
            self.refuse(key, "out_of_range", text, lowest=lowest, highest=highest)
            return default
        return told

    def items(self, key: str) -> list[Any]:
        told = self._of_kind(key, list, LIST)
        return [] if told is None else told

    def section(self, key: str) -> Section | None:
        told = self._of_kind(key, dict, TABLE)
        return None if told is None else Section(told, (*self.place, key), self.notes)

    def sections(self, key: str) -> list[Section]:
        """The tables of an array of tables."""
        found = []
        for position, entry in enumerate(self.items(key)):
            place = (*self.place, key, position)
            if isinstance(entry, dict):
                found.append(Section(entry, place, self.notes))
            else:
                self.notes.refuse(place, "bad_kind", BAD_KIND, wanted=TABLE, told=shown(entry))
        return found

    def choice(self, key: str, words: Collection[str]) -> str | None:
        """One of some words; the nearest one is offered where it is none."""
        told = self.text(key)
        if told is None or told in words:
            return told
        self.no_word(key, told, words)
        return None

    def no_word(self, key: str, told: str, words: Collection[str]) -> None:
        text = N_("第 %(line)s 行：%(field)s 不能是 %(told)s，可用：%(known)s")
        self.refuse(key, "unknown_word", text, told=shown(told), known=", ".join(words))

    def checked(self, key: str, read: Callable[[str], T], code: str, text: str) -> T | None:
        """A text that `read` understands; a ValueError of it is noted with `text`, which may use %(told)s."""
        told = self.text(key)
        if told is None:
            return None
        try:
            return read(told)
        except ValueError as problem:
            self.refuse(key, code, text, told=shown(told), why=shown(str(problem)))
            return None

    def end(self) -> None:
        for key in self.values.keys() - set(self._known):
            near = get_close_matches(key, self._known, 1)
            if near:
                text = N_("第 %(line)s 行：不认识 %(field)s，是不是 %(near)s？")
                self.refuse(key, "unknown_key", text, near=near[0])
            else:
                text = N_("第 %(line)s 行：不认识 %(field)s，可用：%(known)s")
                self.refuse(key, "unknown_key", text, known=", ".join(sorted(set(self._known))))

    def _of_kind(self, key: str, kind: type[T], wanted: str) -> T | None:
        self._known.append(key)
        told = self.values.get(key)
        if told is None:
            return None
        if not isinstance(told, kind) or (isinstance(told, bool) and kind is not bool):
            self.refuse(key, "bad_kind", BAD_KIND, wanted=wanted, told=shown(told))
            return None
        return told


def in_order(problems: Sequence[FieldProblem]) -> tuple[FieldProblem, ...]:
    """By line, as a person goes through the text."""
    return tuple(sorted(problems, key=lambda problem: int(str(problem.params["line"]))))
