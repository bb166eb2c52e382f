"""Where in a document does a value stand? The short language of a mapping's paths.

`a.b` is a member of a member, `"a.b"` a name with a dot, `0` a position in a list, `[type=TOTAL]` the first
entry of a list whose `type` is that. `*` is each entry of a list or each member of an object. Of a record,
`^` is what it lies in, `$` the whole document, `#key` its name or position, `#value` itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(r'\s*("[^"]*"|\[[^\[\]=]+=[^\[\]]*\]|[^."\[\]]+?)\s*(\.|$)')
_LONGEST = 300


class PathWrong(ValueError):
    """A path that cannot be read; the text is the part that is wrong."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The first entry of a list whose value at `names` is `value`."""

    names: tuple[str, ...]
    value: str


Step = str | Chosen
EACH = "*"


@dataclass(frozen=True, slots=True)
class Path:
    """A path as it was written, and how it is walked: from how far outside, and along which steps."""

    text: str
    steps: tuple[Step, ...] = ()
    outward: int = 0
    from_document: bool = False
    asks_key: bool = False

    @property
    def place(self) -> tuple[object, ...]:
        """What is read, however it is written: an element's own text is what the element itself gives."""
        steps = self.steps[:-1] if self.steps[-1:] == ("#text",) else self.steps
        return (self.outward, self.from_document, self.asks_key, steps)

    @property
    def stars(self) -> int:
        return self.steps.count(EACH)


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
