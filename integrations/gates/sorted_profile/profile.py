"""What does a profile say of a vendor that signs sorted parameters, and what is wrong with it?

A profile is a TOML text. Every mistake is told with the key and the reason, all at once, before anything is
read by it; a key that nobody knows is a mistake too, for it would be silently without effect.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from parking.kernel.vocabulary import Direction, PlateColour, StayKind

E = TypeVar("E", bound=StrEnum)
HASHES = ("md5", "sha256", "hmac_sha256")
BODIES = ("json", "form", "query")
KINDS = ("passage", "count", "heartbeat")
_LONGEST = 20_000
_MOST_MESSAGES = 20
_CLOCKS = ("epoch_s", "epoch_ms", "iso")


class ProfileWrong(ValueError):
    """A profile that cannot be used; `problems` are (key, reason) pairs, in English for its author."""

    def __init__(self, problems: Collection[tuple[str, str]]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{key}: {reason}" for key, reason in self.problems))


@dataclass(frozen=True, slots=True)
class MessageRule:
    """How one kind of message is known by what is signed, and which fields it is read from."""

    kind: str
    path: str | None = None
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    has: tuple[str, ...] = ()
    direction: Direction | None = None
    direction_field: str | None = None
    directions: Mapping[str, Direction] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Profile:
    """A sound profile."""

    name: str
    vendor: str
    body: str
    record: str | None
    sign_field: str
    hash: str
    texts: tuple[str, ...]
    leave_out: tuple[str, ...]
    empties: bool
    time_format: str
    no_plate: frozenset[str]
    colours: Mapping[str, PlateColour]
    stays: Mapping[str, StayKind]
    resent: frozenset[str]
    messages: tuple[MessageRule, ...]
    answers: Mapping[str, str]
    content_type: str


_TOP = {"name", "vendor", "request", "sign", "values", "messages", "answers"}
_FIELDS = {
    "passage": ("time", "event_id", "plate", "colour", "stay", "stay_id", "lot", "lane", "resent"),
    "count": ("time", "free", "occupied", "capacity", "lot", "event_id"),
    "heartbeat": ("time", "lot"),
}
_NEEDED = {"passage": ("time", "lot"), "count": ("time", "lot"), "heartbeat": ()}
_ANSWERS = ("taken", "put_aside", "signature_wrong", "busy")


def load_profile(text: str) -> Profile:
    """The profile that a text describes. Raises ProfileWrong with everything that is wrong."""
    if len(text) > _LONGEST:
        raise ProfileWrong([("", f"longer than {_LONGEST} characters")])
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as problem:
        raise ProfileWrong([("", f"not TOML: {problem}")]) from None
    return _Reader().profile(document)


class _Reader:
    """Reads a document and notes what is wrong on the way."""

    def __init__(self) -> None:
        self.problems: list[tuple[str, str]] = []

    def profile(self, document: Mapping[str, Any]) -> Profile:
        self._known(document, _TOP, "")
        request = self._table(document, "request", {"body", "record"})
        sign = self._table(document, "sign", {"field", "hash", "text", "leave_out", "empties"})
        values = self._table(document, "values", {"time_format", "no_plate", "colours", "stays", "resent"})
        answers = self._table(document, "answers", {*_ANSWERS, "content_type"})
        hash_name = self._choice(sign, "hash", "sign.hash", HASHES)
        made = Profile(
            name=self._text(document, "name", "name"),
            vendor=self._text(document, "vendor", "vendor"),
            body=self._choice(request, "body", "request.body", BODIES),
            record=self._text(request, "record", "request.record") if "record" in request else None,
            sign_field=self._text(sign, "field", "sign.field"),
            hash=hash_name,
            texts=self._sign_texts(sign, hash_name),
            leave_out=self._texts(sign, "leave_out", "sign.leave_out"),
            empties=self._flag(sign, "empties", "sign.empties"),
            time_format=self._time_format(values),
            no_plate=frozenset(
                word.casefold() for word in self._texts(values, "no_plate", "values.no_plate")
            ),
            colours=self._words(values, "colours", PlateColour),
            stays=self._words(values, "stays", StayKind),
            resent=frozenset(self._texts(values, "resent", "values.resent")),
            messages=self._messages(document.get("messages")),
            answers={name: self._text(answers, name, f"answers.{name}") for name in _ANSWERS},
            content_type=self._text(answers, "content_type", "answers.content_type")
            if "content_type" in answers
            else "application/json",
        )
        if made.record and made.body != "json":
            self._wrong("request.record", "only a JSON body has records inside")
        if self.problems:
            raise ProfileWrong(self.problems)
        return made

    def _wrong(self, key: str, reason: str) -> None:
        self.problems.append((key, reason))

    def _known(self, table: Mapping[str, Any], known: Collection[str], place: str) -> None:
        for name in table:
            if name not in known:
                self._wrong(f"{place}{name}", f"not known here; known are {', '.join(sorted(known))}")

    def _table(self, document: Mapping[str, Any], name: str, known: Collection[str]) -> Mapping[str, Any]:
        table = document.get(name, {})
        if not isinstance(table, dict):
            self._wrong(name, "must be a table")
            return {}
        self._known(table, known, f"{name}.")
        return table

    def _text(self, table: Mapping[str, Any], name: str, key: str) -> str:
        value = table.get(name)
        if not isinstance(value, str) or not value.strip():
            self._wrong(key, "is missing" if value is None else "must be a text that is not empty")
            return ""
        return value

    def _texts(self, table: Mapping[str, Any], name: str, key: str) -> tuple[str, ...]:
        value = table.get(name, [])
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            self._wrong(key, "must be a list of texts")
            return ()
        return tuple(value)

    def _choice(self, table: Mapping[str, Any], name: str, key: str, known: Collection[str]) -> str:
        value = table.get(name)
        if value not in known:
            self._wrong(key, f"must be one of {', '.join(known)}")
            return ""
        return str(value)

    def _flag(self, table: Mapping[str, Any], name: str, key: str) -> bool:
        value = table.get(name, False)
        if not isinstance(value, bool):
            self._wrong(key, "must be true or false")
        return value is True

    def _words(self, table: Mapping[str, Any], name: str, words: type[E]) -> Mapping[str, E]:
        told = table.get(name, {})
        if not isinstance(told, dict):
            self._wrong(f"values.{name}", "must be a table")
            return {}
        found = {}
        for code, word in told.items():
            try:
                found[str(code)] = words(word)
            except ValueError:
                self._wrong(f"values.{name}.{code}", f"must be one of {', '.join(words)}")
        return found

    def _sign_texts(self, sign: Mapping[str, Any], hash_name: str) -> tuple[str, ...]:
        texts = self._texts(sign, "text", "sign.text")
        if not texts:
            self._wrong("sign.text", "is missing: what is hashed, with {parameters} and {secret}")
        for text in texts:
            rest = text.replace("{parameters}", "", 1).replace("{secret}", "", 1)
            if "{parameters}" not in text or "{" in rest or "}" in rest:
                self._wrong("sign.text", "must hold {parameters} once and no other braces than {secret}")
            elif hash_name == "hmac_sha256":
                if "{secret}" in text:
                    self._wrong("sign.text", "hmac_sha256 has the secret as its key, not in the text")
            elif text.find("{secret}") < text.find("{parameters}"):
                self._wrong(
                    "sign.text", "the secret must stand behind the parameters, or anybody can append some"
                )
        return texts

    def _time_format(self, values: Mapping[str, Any]) -> str:
        told = self._text(values, "time_format", "values.time_format")
        if told and told not in _CLOCKS and not all(part in told for part in ("%Y", "%m", "%d", "%H", "%M")):
            self._wrong("values.time_format", f"must be {', '.join(_CLOCKS)} or a format with %Y %m %d %H %M")
        return told

    def _messages(self, told: object) -> tuple[MessageRule, ...]:
        if not isinstance(told, list) or not 0 < len(told) <= _MOST_MESSAGES:
            self._wrong("messages", f"must be 1 to {_MOST_MESSAGES} tables [[messages]]")
            return ()
        return tuple(
            self._message(each, f"messages[{number}].")
            for number, each in enumerate(told, 1)
            if self._is_table(each)
        )

    def _is_table(self, value: object) -> bool:
        if not isinstance(value, dict):
            self._wrong("messages", "must be tables")
        return isinstance(value, dict)

    def _message(self, table: Mapping[str, Any], place: str) -> MessageRule:
        kind = self._choice(table, "kind", f"{place}kind", KINDS)
        names = _FIELDS.get(kind, ())
        self._known(table, {"kind", "path", "when", "has", "direction", *names}, place)
        for name in _NEEDED.get(kind, ()):
            if name not in table:
                self._wrong(f"{place}{name}", "is missing")
        if kind == "count" and not {"free", "occupied"} & table.keys():
            self._wrong(f"{place}free", "a count needs free or occupied")
        if (
            "direction" in table
            and isinstance(table["direction"], str)
            and not table.keys() & {"has", "when"}
        ):
            self._wrong(f"{place}has", "the address is not signed: a direction needs has or when beside it")
        direction, direction_field, directions = self._direction(
            table.get("direction"), kind, f"{place}direction"
        )
        return MessageRule(
            kind=kind,
            path=self._text(table, "path", f"{place}path") if "path" in table else None,
            when=self._when(table.get("when", {}), f"{place}when"),
            has=self._texts(table, "has", f"{place}has"),
            direction=direction,
            direction_field=direction_field,
            directions=directions,
            fields={name: self._text(table, name, f"{place}{name}") for name in names if name in table},
        )

    def _when(self, told: object, place: str) -> Mapping[str, tuple[str, ...]]:
        if not isinstance(told, dict):
            self._wrong(place, "must be a table of fields and lists of values")
            return {}
        return {name: self._texts(told, name, f"{place}.{name}") for name in told}

    def _direction(
        self, told: object, kind: str, place: str
    ) -> tuple[Direction | None, str | None, Mapping[str, Direction]]:
        """A word, or a table: the field, and which of its values mean which."""
        if kind != "passage" and told is not None:
            self._wrong(place, "only a passage has one")
        if told is None or (isinstance(told, str) and told in tuple(Direction)):
            return (Direction(told) if isinstance(told, str) else None), None, {}
        if not isinstance(told, dict):
            self._wrong(place, 'must be "entry", "exit" or a table with field, entry and exit')
            return None, None, {}
        self._known(told, {"field", "entry", "exit"}, f"{place}.")
        ways = {
            value: way for way in Direction for value in self._texts(told, way.value, f"{place}.{way.value}")
        }
        return None, self._text(told, "field", f"{place}.field"), ways
