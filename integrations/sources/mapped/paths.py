"""Where in a document does a value stand? The short language of a mapping's paths.

`a.b` is a member of a member, `"a.b"` a name with a dot, `0` a position in a list, `[type=TOTAL]` the first
entry of a list whose `type` is that. `*` is each entry of a list or each member of an object. Of a record,
`^` is what it lies in, `$` the whole document, `#key` its name or position, `#value` itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

_TOKEN = re.compile(r'\s*("[^"]*"|\[[^\[\]=]+=[^\[\]]*\]|[^."\[\]]+?)\s*(\.|$)')
_LONGEST = 300


class PathWrong(ValueError):
    """A path that cannot be read; the text is the part that is wrong."""


class Element(dict[str, Any]):
    """An XML element: its children by local name (several of one name as a list), `@name`, `#text`."""


class Scope(NamedTuple):
    """A record, its name or position, and what it lies in (None for the document)."""

    value: Any
    key: str | int | None
    outer: Scope | None


@dataclass(frozen=True, slots=True)
class Chosen:
    """The first entry of a list whose value at `names` is `value`."""

    names: tuple[str, ...]
    value: str


Step = str | Chosen
_EACH = "*"


@dataclass(frozen=True, slots=True)
class Path:
    """A path as it was written, and how it is walked: from how far outside, and along which steps."""

    text: str
    steps: tuple[Step, ...] = ()
    outward: int = 0
    from_document: bool = False
    asks_key: bool = False

    @property
    def stars(self) -> int:
        return self.steps.count(_EACH)


def read_path(text: str) -> Path:
    """The path of a text. Raises PathWrong."""
    parts = _parts(text)
    outward = 0
    while parts and parts[0] == "^":
        outward += 1
        parts = parts[1:]
    from_document = bool(parts) and parts[0] == "$"
    if from_document:
        parts = parts[1:]
    asks_key = bool(parts) and parts[-1] == "#key"
    if asks_key or (parts and parts[-1] == "#value"):
        parts = parts[:-1]
    for part in parts:
        if part in ("^", "$") or (part.startswith("#") and part != "#text"):
            raise PathWrong(part)
    if (asks_key and (parts or from_document)) or (from_document and outward):
        raise PathWrong(text)
    return Path(text, tuple(_step(part) for part in parts), outward, from_document, asks_key)


def _parts(text: str) -> list[str]:
    if not text.strip() or len(text) > _LONGEST:
        raise PathWrong(text[:_LONGEST])
    parts = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or (match[2] == "." and match.end() == len(text)):
            raise PathWrong(text[at:])
        parts.append(match[1])
        at = match.end()
    return parts


def _step(part: str) -> Step:
    if part.startswith('"'):
        return part[1:-1]
    if not part.startswith("["):
        return part
    names, _, value = part[1:-1].partition("=")
    return Chosen(tuple(name.strip() for name in names.split(".")), value.strip())


def getter(path: Path) -> Callable[[Scope], Any]:
    """What gives the value at a path, seen from a record; None where there is none."""
    if path.asks_key:
        return _key_getter(path.outward)
    walk = _walker(path.steps)
    if path.from_document:
        return lambda scope: walk(_document(scope))
    if path.outward:
        outward = path.outward
        return lambda scope: walk(_outside(scope, outward))
    if len(path.steps) == 1 and isinstance(path.steps[0], str) and not path.steps[0].isdigit():
        name = path.steps[0]
        return lambda scope: scope[0].get(name) if isinstance(scope[0], dict) else None
    return lambda scope: walk(scope[0])


def each(path: Path, document: Any) -> Iterator[Scope]:
    """The records at a path, in the document's order."""
    scopes: Iterable[Scope] = (Scope(document, None, None),)
    steps: list[Step] = []
    for step in path.steps:
        if step == _EACH:
            scopes = _entries(scopes, _walker(tuple(steps)))
            steps = []
        else:
            steps.append(step)
    if steps:
        scopes = _moved(scopes, _walker(tuple(steps)))
    yield from scopes


def _entries(scopes: Iterable[Scope], walk: Callable[[Any], Any]) -> Iterator[Scope]:
    for scope in scopes:
        value = walk(scope.value)
        if isinstance(value, Element):
            # An element that stands alone is not told apart from one of several in XML.
            yield Scope(value, 0, scope)
        elif isinstance(value, dict):
            for key, entry in value.items():
                yield Scope(entry, key, scope)
        elif value is not None and not isinstance(value, str | int | float):
            for position, entry in enumerate(value):
                yield Scope(entry, position, scope)


def _moved(scopes: Iterable[Scope], walk: Callable[[Any], Any]) -> Iterator[Scope]:
    for value, key, outer in scopes:
        if (moved := walk(value)) is not None:
            yield Scope(moved, key, outer)


def _document(scope: Scope) -> Any:
    while scope.outer is not None:
        scope = scope.outer
    return scope.value


def _outside(scope: Scope, steps: int) -> Any:
    for _ in range(steps):
        if scope.outer is None:
            return None
        scope = scope.outer
    return scope.value


def _key_getter(outward: int) -> Callable[[Scope], Any]:
    def key(scope: Scope) -> Any:
        for _ in range(outward):
            if scope.outer is None:
                return None
            scope = scope.outer
        return scope.key

    return key


def _walker(steps: tuple[Step, ...]) -> Callable[[Any], Any]:
    """What follows the steps from a value; each kind of step is decided once, here."""
    moves = [_move(step) for step in steps]

    def walk(value: Any) -> Any:
        for move in moves:
            if value is None:
                return None
            value = move(value)
        return value

    return walk


def _move(step: Step) -> Callable[[Any], Any]:
    if isinstance(step, Chosen):
        return lambda value: _chosen(step, value)
    if step.isdigit():
        position = int(step)
        return lambda value: _at(value, position, step)
    return lambda value: value.get(step) if isinstance(value, dict) else None


def _at(value: Any, position: int, name: str) -> Any:
    if isinstance(value, list):
        return value[position] if position < len(value) else None
    return value.get(name) if isinstance(value, dict) else None


def _chosen(step: Chosen, value: Any) -> Any:
    for entry in value if isinstance(value, list) else [value]:
        found = entry
        for name in step.names:
            found = found.get(name) if isinstance(found, dict) else None
        if found is not None and not isinstance(found, dict | list) and str(found) == step.value:
            return entry
    return None
