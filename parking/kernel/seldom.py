"""What happens often and is written down seldom: is it time again?"""

from __future__ import annotations

from collections.abc import Hashable
from threading import Lock
from time import monotonic


class Seldom:
    """Says yes to a key at its first time and then once in `every_s` seconds; for many threads.

    It remembers at most `most` keys; beyond them it forgets all and begins anew.
    """

    def __init__(self, every_s: float, most: int = 10_000) -> None:
        self._every_s, self._most = every_s, most
        self._lock = Lock()
        self._last: dict[Hashable, float] = {}

    def is_due(self, key: Hashable) -> bool:
        """Whether the key's time has come; the answer yes begins its next pause."""
        now = monotonic()
        with self._lock:
            last = self._last.get(key)
            if last is not None and now - last < self._every_s:
                return False
            if len(self._last) >= self._most:
                self._last.clear()
            self._last[key] = now
            return True
