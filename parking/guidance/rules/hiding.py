"""Where in a text does a secret stand, however it was escaped? It is looked for in what the escapes mean.

Each way of escaping is undone by itself and once more upon each other, and whatever then reads as the secret
is hidden where it stood in the text.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote, unquote_plus

HIDDEN = "***"
_DEEPEST = 2
# Of a secret that breaks off: fewer characters may be the beginning of anything.
_SHORTEST_REST = 4
_LONGEST_ESCAPE = 40
_HEX = "[0-9a-fA-F]"
_LATER_BYTE = rf"%[89abAB]{_HEX}"
_PERCENT = (
    rf"%[0-7]{_HEX}|%[cdCD]{_HEX}{_LATER_BYTE}|%[eE]{_HEX}(?:{_LATER_BYTE}){{2}}"
    rf"|%[fF][0-7](?:{_LATER_BYTE}){{3}}"
)
# An escape, also half of a pair or a part of a character's bytes, that the end of the text cut.
_BROKEN = re.compile(
    rf"(?:%[c-fC-F]{_HEX}(?:{_LATER_BYTE}){{0,2}})?%{_HEX}?\Z|%[c-fC-F]{_HEX}(?:{_LATER_BYTE}){{0,2}}\Z"
    rf"|[\ud800-\udbff]?\\(?:u{_HEX}{{0,3}})?\Z|[\ud800-\udbff]\Z|&[#\w]{{0,31}}\Z|\+\Z"
)


def _of_json(told: str) -> str:
    return "'" if told == "\\'" else str(json.loads(f'"{told}"'))


_Way = tuple[re.Pattern[str], Callable[[str], str]]
_WAYS: tuple[_Way, ...] = (
    (
        re.compile(
            rf"""\\(?:u[dD][89abAB]{_HEX}{{2}}\\u[dD][c-fC-F]{_HEX}{{2}}|u{_HEX}{{4}}|["'\\/bfnrt])"""
        ),
        _of_json,
    ),
    (re.compile(_PERCENT), lambda told: unquote(told, errors="strict")),
    (re.compile(rf"{_PERCENT}|\+"), lambda told: unquote_plus(told, errors="strict")),
    (re.compile(rf"&(?:#\d{{1,7}}|#[xX]{_HEX}{{1,6}}|[A-Za-z]\w{{1,30}});"), html.unescape),
    # UTF-7 that nobody called so.
    (re.compile(r"\+-"), lambda told: "+"),
)


@dataclass(frozen=True, slots=True)
class _Reading:
    """A text with escapes undone, and where each of its characters begins in the text as it came."""

    text: str
    begins: list[int]


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """The text with each secret hidden: plain, escaped once or twice, or cut off by the text's end."""
    sought = [secret for secret in secrets if secret]
    if not sought:
        return text
    spans = [span for reading in _readings(text) for secret in sought for span in _spans(reading, secret)]
    parts, at = [], 0
    for begin, end in sorted(spans):
        if begin >= at:
            parts += [text[at:begin], HIDDEN]
        at = max(at, end)
    return "".join(parts) + text[at:]


def _readings(text: str) -> Iterator[_Reading]:
    """The text as it is, then what its escapes mean; each meaning once."""
    seen = {text}
    last = [_Reading(text, list(range(len(text) + 1)))]
    yield from last
    for _ in range(_DEEPEST):
        further = []
        for reading in last:
            for way in _WAYS:
                undone = _undone(reading, way)
                if undone.text not in seen:
                    seen.add(undone.text)
                    further.append(undone)
        yield from further
        last = further


def _undone(reading: _Reading, way: _Way) -> _Reading:
    pattern, meaning = way
    text, begins = reading.text, reading.begins
    parts: list[str] = []
    kept: list[int] = []
    at = 0
    for found in pattern.finditer(text):
        try:
            told = meaning(found[0])
        except ValueError:
            continue
        if len(told) != 1:
            continue
        parts += [text[at : found.start()], told]
        kept += begins[at : found.start() + 1]
        at = found.end()
    return _Reading("".join(parts) + text[at:], kept + begins[at:])


def _spans(reading: _Reading, secret: str) -> Iterator[tuple[int, int]]:
    """Where a secret begins and ends in the text as it came."""
    text, begins = reading.text, reading.begins
    at = text.find(secret)
    while at >= 0:
        end = at + len(secret)
        yield begins[at], begins[end]
        at = text.find(secret, end)
    if (rest := _rest(text, secret)) is not None:
        yield begins[rest], begins[-1]


def _rest(text: str, secret: str) -> int | None:
    """Where the beginning of a secret stands with which the text ends."""
    for _ in range(_DEEPEST + 1):
        at = text.find(secret[:_SHORTEST_REST], max(0, len(text) - len(secret) + 1))
        while at >= 0:
            if len(text) - at >= _SHORTEST_REST and secret.startswith(text[at:]):
                return at
            at = text.find(secret[:_SHORTEST_REST], at + 1)
        broken = _BROKEN.search(text, max(0, len(text) - _LONGEST_ESCAPE))
        if broken is None:
            return None
        text = text[: broken.start()]
    return None
