"""Which source plays what at this moment, and how often was it asked?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from parking.entrypoints.simulator.city import Play, PlayedSource
from parking.entrypoints.simulator.load import Load, load_source
from parking.entrypoints.simulator.plays import MOOD_S, TICK_S, Answer, live_answer, static_answer

# A source that misbehaves does so on its live document; these two are faults of what the static one says.
_ALSO_STATIC = (Play.STATIC_DIFFERS, Play.WITH_UNKNOWN_LOT)


class UnknownSource(LookupError):
    """No source has this slug."""


@dataclass(slots=True)
class Part:
    """A source as it plays: live and static apart, so that they can fail apart."""

    source: PlayedSource
    live: Play
    static: Play
    since: datetime
    started_at: datetime
    requests: dict[str, int] = field(default_factory=lambda: {"live": 0, "static": 0})


@dataclass(frozen=True, slots=True)
class Ready:
    """An answer with its entity tag."""

    answer: Answer
    etag: str


class Stage:
    """All parts, by path. Not for several threads: one event loop asks it."""

    def __init__(
        self,
        sources: Iterable[PlayedSource],
        clock: Callable[[], datetime],
        *,
        seed: int,
        load: Load | None = None,
    ) -> None:
        self.clock = clock
        self.seed = seed
        self.load = load or Load()
        now = clock()
        self.started_at = now
        self._parts = {
            source.slug: Part(source, source.plays, _static(source.plays), now, now) for source in sources
        }
        self._paths = {
            path: (part, kind)
            for part in self._parts.values()
            # Of a document that tells both, the counts are what changes.
            for path, kind in ((part.source.static_path, "static"), (part.source.live_path, "live"))
        }
        self._kept: dict[str, tuple[tuple[object, ...], Ready]] = {}

    def ask(self, path: str) -> Ready | None:
        """The answer of the source at a path, or None where there is none."""
        found = self._paths.get(path)
        if found is None:
            return self._ask_load(path)
        part, kind = found
        part.requests[kind] += 1
        now = self.clock()
        play = part.live if kind == "live" else part.static

        def compose() -> Answer:
            if kind == "live":
                return live_answer(part.source, play, part.since, now, self.seed)
            return static_answer(part.source, play, part.started_at, now)

        return self._keep(path, play, part.since, now, compose)

    def _ask_load(self, path: str) -> Ready | None:
        prefix, _, number = path.rpartition("/")
        if prefix != "/load" or not (number.isascii() and number.isdigit()) or int(number) >= self.load.count:
            return None
        source = load_source(int(number), self.load)
        now = self.clock()
        since = self.started_at
        return self._keep(
            path, source.plays, since, now, lambda: live_answer(source, source.plays, since, now, self.seed)
        )

    def _keep(
        self, path: str, play: Play, since: datetime, now: datetime, compose: Callable[[], Answer]
    ) -> Ready:
        """An answer holds until the source counts anew or changes its mood."""
        second = now.timestamp()
        key = (play, since, second // TICK_S, second // MOOD_S)
        kept = self._kept.get(path)
        if kept is None or kept[0] != key:
            answer = compose()
            ready = Ready(answer, f'"{sha256(answer.body).hexdigest()[:24]}"')
            kept = self._kept[path] = (key, ready)
        return kept[1]

    def direct(self, slug: str, live: Play | None, static: Play | None) -> Part:
        """From now on the source plays something else; None leaves that document as it is.

        Raises UnknownSource.
        """
        part = self._parts.get(slug)
        if part is None:
            raise UnknownSource(slug)
        part.live = live or part.live
        part.static = static or part.static
        part.since = self.clock()
        return part

    def overview(self) -> dict[str, Any]:
        """What every source plays, and how often it was asked."""
        return {
            "seed": self.seed,
            "started_at": self.started_at.isoformat(timespec="seconds"),
            "sources": [told(part) for part in self._parts.values()],
            "load": {
                "count": self.load.count,
                "hanging": self._load_playing(Play.HANGING),
                "broken": self._load_playing(Play.BROKEN),
            },
        }

    def _load_playing(self, play: Play) -> list[int]:
        return [number for number in range(self.load.count) if self.load.play(number) is play]


def told(part: Part) -> Mapping[str, Any]:
    """A part as /control tells it."""
    return {
        "source": part.source.slug,
        "name": part.source.name,
        "document": part.source.document,
        "live_path": part.source.live_path,
        "static_path": part.source.static_path,
        "live": part.live,
        "static": part.static,
        "since": part.since.isoformat(timespec="seconds"),
        "requests": part.requests,
        "lots": {lot.external_id: lot.code for lot in part.source.lots},
    }


def _static(play: Play) -> Play:
    return play if play in _ALSO_STATIC else Play.GOOD
