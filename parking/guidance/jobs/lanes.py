"""How many sources are asked at a time? As many as a lane has threads; nothing waits in a queue."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Condition

from parking.guidance.jobs import metrics
from parking.guidance.rules.pulls import DuePull, Lane


class LanePool:
    """The threads of one lane. `freed` is told whenever one of them has nothing to do again."""

    def __init__(self, lane: Lane, threads: int, freed: Condition) -> None:
        self.lane = lane
        self._threads = threads
        self._freed = freed
        self._running: dict[Future[None], DuePull] = {}
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=f"pull-{lane}")

    @property
    def free(self) -> int:
        """How many pulls may be started now."""
        with self._freed:
            return self._threads - len(self._running)

    @property
    def mostly_free(self) -> bool:
        """Whether enough threads are free that claiming for them is worth a statement."""
        return self.free >= max(1, self._threads // 4)

    def start(self, due: DuePull, work: Callable[[DuePull], None]) -> None:
        """Do it in a thread; at most `free` may be started."""
        with self._freed:
            future = self._pool.submit(work, due)
            self._running[future] = due
        metrics.RUNNING.labels(self.lane).inc()
        future.add_done_callback(self._ended)

    def close(self) -> list[DuePull]:
        """Start nothing more; the pulls that had no thread yet."""
        with self._freed:
            running = dict(self._running)
        unstarted = [due for future, due in running.items() if future.cancel()]
        self._pool.shutdown(wait=False)
        return unstarted

    def wait(self, timeout_s: float) -> bool:
        """Wait for what is running; False when some of it still runs."""
        with self._freed:
            running = list(self._running)
        return not wait(running, timeout_s).not_done

    def _ended(self, future: Future[None]) -> None:
        metrics.RUNNING.labels(self.lane).dec()
        with self._freed:
            del self._running[future]
            self._freed.notify_all()
