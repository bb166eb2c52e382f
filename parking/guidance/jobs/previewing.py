"""What do a source's addresses give now? Asked as a pull would ask, and nothing is recorded of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from parking.boundary.feeds import SourceAdapter
from parking.boundary.fetching import Fetched, Fetcher, FetchFailed, FetchFailure, FetchRequest
from parking.guidance.jobs.reading import read_source
from parking.guidance.rules.preview import Reading
from parking.guidance.rules.pulls import DuePull
from parking.kernel.clock import Clock
from parking.kernel.sealing import Sealer


def read_for_preview(
    pulls: Iterable[DuePull],
    fetcher: Fetcher,
    adapters: Mapping[str, SourceAdapter],
    clock: Clock,
    bodies: Mapping[str, bytes] | None = None,
    *,
    sealer: Sealer | None = None,
) -> list[Reading]:
    """Read each address once, also where static and live data share one; never raises for what came of it.

    `bodies`: documents that are at hand, by the address under which a pull names them; they are not fetched.
    They keep to the limit of one that is. `sealer` opens the credential of a stored source.
    """
    once = _Once(fetcher, dict(bodies or {}))
    return [Reading(due, read_source(due, once, adapters, clock, sealer=sealer)) for due in pulls]


class _Once:
    """A fetcher that keeps what it got, a failure too: a host that hangs is waited for once."""

    def __init__(self, fetcher: Fetcher, bodies: dict[str, bytes]) -> None:
        self._fetcher = fetcher
        self._got: dict[str, Fetched | FetchFailed] = {url: Fetched(body) for url, body in bodies.items()}

    def fetch(self, request: FetchRequest) -> Fetched:
        """What the address gave the first time. Raises FetchFailed."""
        if request.url not in self._got:
            self._got[request.url] = self._asked(request)
        got = self._got[request.url]
        if isinstance(got, FetchFailed):
            raise got
        if len(got.body or b"") > request.max_bytes:
            raise FetchFailed(FetchFailure.TOO_LARGE, f"more than {request.max_bytes} bytes")
        return got

    def _asked(self, request: FetchRequest) -> Fetched | FetchFailed:
        try:
            return self._fetcher.fetch(request)
        except FetchFailed as failure:
            return failure
