"""How does work that nobody waits for leave the interpreter to those somebody waits for?"""

from __future__ import annotations

from collections.abc import Callable
from time import sleep, thread_time


class Pace:
    """Rests after each `work_s` seconds of its thread's own processor time, for `rest_s`; of one thread.

    A thread that works on has the interpreter taken from it every millisecond only, and an answer asks for
    it some ten times: what one thread does in 20 ms in one go may be what a caller waits longer.
    """

    def __init__(
        self, work_s: float = 0.0005, rest_s: float = 0.001, rest: Callable[[float], object] = sleep
    ) -> None:
        self._work_s, self._rest_s, self._rest = work_s, rest_s, rest
        self._since = thread_time()

    def step(self) -> None:
        """Rest, where it is time; to be called between pieces of work that are shorter than `work_s`."""
        if thread_time() - self._since >= self._work_s:
            self._rest(self._rest_s)
            self._since = thread_time()
