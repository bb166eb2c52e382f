"""What does a source give at this moment, for a person to look at? Asked within limits, kept by nobody."""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from threading import BoundedSemaphore

from flask import g

from parking.boundary.fetching import Fetcher
from parking.guidance import queries
from parking.guidance.jobs.previewing import read_for_preview
from parking.guidance.rules.preview import Reading, asked_as
from parking.guidance.rules.pulls import DuePull
from parking.kernel.errors import N_, Conflict
from parking.portals._http.services import services

# A host that hangs holds a thread of this process for seconds: so many previews of a process at a time.
_AT_ONCE = BoundedSemaphore(2)
_PATIENCE_S = 1.0


class PreviewBusy(Conflict):
    """As many previews run in this process as may."""

    code = "preview_busy"
    text = N_("正在预览的人较多，请过一会儿再试")


def readings_of(name: str) -> list[Reading]:
    """What the addresses of a source give now, asked with no transaction open meanwhile.

    Asked once in a request, unless the source was changed meanwhile. Raises SourceUnknown, PreviewBusy.
    """
    pulls = _pulls(name)
    kept: dict[tuple[str, str], list[Reading]] = g.setdefault("readings", {})
    key = name, asked_as(pulls)
    if key not in kept:
        kept[key] = _ask(pulls)
    return kept[key]


def readings_of_file(name: str, body: bytes) -> list[Reading]:
    """What the source would give if its addresses answered with this file. Raises SourceUnknown."""
    pulls = _pulls(name)
    fetcher, here = _fetcher(), services()
    return read_for_preview(pulls, fetcher, here.adapters, here.clock, {due.url: body for due in pulls})


def _pulls(name: str) -> list[DuePull]:
    here = services()
    with here.sessions() as session:
        return queries.pulls_of_source(session, name, here.clock.now())


def _ask(pulls: list[DuePull]) -> list[Reading]:
    fetcher, here = _fetcher(), services()
    by_address: dict[str, list[DuePull]] = defaultdict(list)
    for due in pulls:
        by_address[due.url].append(due)

    def read(same: list[DuePull]) -> list[Reading]:
        return read_for_preview(same, fetcher, here.adapters, here.clock, sealer=here.sealer)

    if not _AT_ONCE.acquire(timeout=_PATIENCE_S):
        raise PreviewBusy
    try:
        with ThreadPoolExecutor(max(1, len(by_address))) as pool:
            return list(chain.from_iterable(pool.map(read, by_address.values())))
    finally:
        _AT_ONCE.release()


def _fetcher() -> Fetcher:
    found = services().fetcher
    if found is None:
        raise RuntimeError("this deployment was given nothing to fetch with")
    return found
