"""Which networks that take money play, where, and in which mood?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from parking.entrypoints.simulator.etc import PlayedBolink
from parking.entrypoints.simulator.payments import Book, Mood, PlayedPayer, Reply

PAYER, ETC = "demo", "bolink"


class UnknownNetwork(LookupError):
    """No network of this name plays."""


class Played(Protocol):
    """A network that answers below its address."""

    mood: Mood
    book: Book

    def handle(self, method: str, path: str, body: bytes) -> Reply | None: ...


class Networks:
    """The networks of one simulator; each knows one way of signing, and keeps a book of its own."""

    def __init__(
        self, told: Mapping[str, Mapping[str, str]], base_url: str, clock: Callable[[], datetime]
    ) -> None:
        self._played: dict[str, Played] = {}
        if PAYER in told:
            own = told[PAYER]
            address = f"{base_url}/networks/{PAYER}"
            self._played[PAYER] = PlayedPayer(own["app_id"], own["key"].encode(), address, Book(clock))
        if ETC in told:
            own = told[ETC]
            self._played[ETC] = PlayedBolink(own["app_id"], own["key"], Book(clock))

    def answer(self, name: str, method: str, path: str, body: bytes) -> Reply | None:
        """What a network says; None: nothing at all. Raises UnknownNetwork."""
        return self._of(name).handle(method, path, body)

    def direct(self, name: str, mood: Mood) -> Mapping[str, Any]:
        """From now on the network is in another mood. Raises UnknownNetwork."""
        self._of(name).mood = mood
        return self._told(name)

    def overview(self) -> list[Mapping[str, Any]]:
        """What every network plays; no key, no plate."""
        return [self._told(name) for name in self._played]

    def _of(self, name: str) -> Played:
        found = self._played.get(name)
        if found is None:
            raise UnknownNetwork(name)
        return found

    def _told(self, name: str) -> Mapping[str, Any]:
        played = self._of(name)
        states = [order.state for order in played.book.orders.values()]
        return {
            "network": name,
            "mood": played.mood.value,
            "orders": {state: states.count(state) for state in sorted(set(states))},
        }
