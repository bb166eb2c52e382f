"""What stands at a path? Each path becomes one function, made once, and records come one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from integrations.documents import Element
from integrations.sources.mapped.paths import EACH, Chosen, Path, Step
from integrations.sources.mapped.sheets import Misshapen, Sheet


class NoRecords(Exception):
    """The document has nothing where its records should be."""


class Scope(NamedTuple):
    """A record, its name or position, and what it lies in (None for the document)."""

    value: Any
    key: str | int | None
    outer: Scope | None


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
        return _member_getter(path.steps[0])
    return lambda scope: walk(scope[0])


def _member_getter(name: str) -> Callable[[Scope], Any]:
    """The most common path of all, asked millions of times."""

    def member(scope: Scope) -> Any:
        holder = scope[0]
        if type(holder) is dict or isinstance(holder, dict):
            return holder.get(name)
        return None

    return member


def each(path: Path, document: Any) -> Iterator[Scope]:
    """The records at a path, in the document's order. Raises NoRecords where there is no place for any."""
    root = Scope(document, None, None)
    if EACH not in path.steps:
        return iter([Scope(_the_one(path, document), 0, root)])
    first = path.steps.index(EACH)
    scopes: Iterable[Scope] = _entries(root, _first_place(path.steps[:first], document))
    steps: list[Step] = []
    for step in path.steps[first + 1 :]:
        if step == EACH:
            scopes = _all_entries(scopes, _walker(tuple(steps)))
            steps = []
        else:
            steps.append(step)
    return iter(_moved(scopes, _walker(tuple(steps))) if steps else scopes)


def _the_one(path: Path, document: Any) -> Any:
    found = _walker(path.steps)(document)
    if not isinstance(found, dict):
        raise NoRecords(path.text)
    return found


def row_of(scope: Scope) -> int | None:
    """The row that a person sees, where the record is of a sheet."""
    while scope.outer is not None and scope.outer.outer is not None:
        scope = scope.outer
    if scope.outer is None or not isinstance(scope.outer.value, Sheet):
        return None
    return scope.key if isinstance(scope.key, int) else None


def _first_place(steps: tuple[Step, ...], document: Any) -> Any:
    place = _walker(steps)(document)
    if isinstance(document, Element):
        if isinstance(place, str):
            return [place]
        # An XML list without entries does not stand there at all; what it would stand in does.
        if place is None and len(steps) > 1 and _walker(steps[:-1])(document) is not None:
            return []
    if not isinstance(place, dict | list | Sheet):
        raise NoRecords(".".join(str(step) for step in steps))
    return place


def _entries(scope: Scope, place: Any) -> Iterator[Scope]:
    if isinstance(place, Element):
        # An element that stands alone is not told apart from one of several in XML.
        yield Scope(place, 0, scope)
    elif isinstance(place, dict | Sheet):
        for key, entry in place.items():
            yield Scope(entry, key, scope)
    elif isinstance(place, list):
        for position, entry in enumerate(place):
            yield Scope(entry, position, scope)
    elif isinstance(place, Misshapen):
        yield Scope(place, 0, scope)


def _all_entries(scopes: Iterable[Scope], walk: Callable[[Any], Any]) -> Iterator[Scope]:
    for scope in scopes:
        yield from _entries(scope, walk(scope.value))


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
