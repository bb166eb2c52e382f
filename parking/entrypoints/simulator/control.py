"""What plays, and who orders what? `/control`: an order changes one source, barrier, cloud or network."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

import orjson

from parking.entrypoints.simulator.barriers.barrier import Fault
from parking.entrypoints.simulator.barriers.street import Street, UnknownBarrier
from parking.entrypoints.simulator.city import Play
from parking.entrypoints.simulator.clouds import CloudFault
from parking.entrypoints.simulator.networks import Networks, UnknownNetwork
from parking.entrypoints.simulator.payments import Mood
from parking.entrypoints.simulator.stage import Stage, UnknownSource, told

Word = TypeVar("Word", bound=StrEnum)
_RAREST = 10_000


class BadOrder(ValueError):
    """What was posted to /control cannot be done."""


class NobodyHere(LookupError):
    """Nobody of this name plays."""


def read_order(body: bytes) -> Mapping[str, Any]:
    """The order in a body. Raises BadOrder."""
    try:
        order = orjson.loads(body)
    except orjson.JSONDecodeError as problem:
        raise BadOrder("not JSON") from problem
    if not isinstance(order, dict):
        raise BadOrder("an object is wanted")
    return order


class Control:
    """All that plays in one simulator. Orders for sources belong into the event loop's thread."""

    def __init__(self, stage: Stage, street: Street, networks: Networks) -> None:
        self._stage, self._street, self._networks = stage, street, networks

    def overview(self) -> Mapping[str, Any]:
        """What everybody plays, and what became of it; no address, key or plate."""
        return {
            **self._stage.overview(),
            "barriers": self._street.overview(),
            "networks": self._networks.overview(),
        }

    def direct(self, order: Mapping[str, Any]) -> Mapping[str, Any]:
        """Let somebody play something else from now on; what it plays then.

        {"source": slug, "live": play, "static": play} · {"barrier": slug, "plays": fault, "every": n} ·
        {"cloud": slug, "plays": fault} · {"network": name, "mood": mood}. Raises BadOrder, NobodyHere.
        """
        try:
            if "barrier" in order:
                return self._street.direct(*_barrier_order(order))
            if "cloud" in order:
                _only(order, "cloud", "plays")
                return self._street.direct_cloud(_name(order, "cloud"), _word(order, "plays", CloudFault))
            if "network" in order:
                _only(order, "network", "mood")
                return self._networks.direct(_name(order, "network"), _word(order, "mood", Mood))
            return told(self._stage.direct(*_source_order(order)))
        except UnknownSource as problem:
            raise NobodyHere(f"no source {problem}") from problem
        except UnknownBarrier as problem:
            raise NobodyHere(f"no barrier or cloud {problem}") from problem
        except UnknownNetwork as problem:
            raise NobodyHere(f"no network {problem}") from problem


def _barrier_order(order: Mapping[str, Any]) -> tuple[str, Fault, int]:
    _only(order, "barrier", "plays", "every")
    every = order.get("every", 1)
    if not isinstance(every, int) or isinstance(every, bool) or not 1 <= every <= _RAREST:
        raise BadOrder(f'"every" is a number from 1 to {_RAREST}')
    return _name(order, "barrier"), _word(order, "plays", Fault), every


def _source_order(order: Mapping[str, Any]) -> tuple[str, Play | None, Play | None]:
    slug = _name(order, "source")
    _only(order, "source", "live", "static")
    if not set(order) & {"live", "static"}:
        raise BadOrder('"live" or "static" says what it shall play')
    live = None if order.get("live") is None else _word(order, "live", Play)
    static = None if order.get("static") is None else _word(order, "static", Play)
    return slug, live, static


def _only(order: Mapping[str, Any], *names: str) -> None:
    if unknown := set(order) - set(names):
        raise BadOrder(f"nothing else is known than {', '.join(names)}: {', '.join(sorted(unknown))}")


def _name(order: Mapping[str, Any], key: str) -> str:
    name = order.get(key)
    if not isinstance(name, str):
        raise BadOrder(f'"{key}" names whom it is about')
    return name


def _word(order: Mapping[str, Any], key: str, words: type[Word]) -> Word:
    word = order.get(key)
    if not isinstance(word, str) or word not in tuple(words):
        raise BadOrder(f'"{key}" is one of {", ".join(words)}')
    return words(word)
