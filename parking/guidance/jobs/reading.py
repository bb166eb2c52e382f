"""How does a claimed pull become an outcome? Fetch, then parse; no transaction is open meanwhile."""

from __future__ import annotations

from collections.abc import Mapping

from parking.boundary.feeds import FeedBroken, ParseContext, SourceAdapter
from parking.boundary.fetching import Fetcher, FetchFailed, FetchFailure, FetchRequest
from parking.guidance.rules.pulls import Answered, DuePull, Failed, NotModified, Outcome, PullKind, Reason
from parking.kernel.clock import Clock


def read_source(
    due: DuePull,
    fetcher: Fetcher,
    adapters: Mapping[str, SourceAdapter],
    clock: Clock,
    *,
    total_s: float | None = None,
) -> Outcome:
    """Ask the source once and read the answer; never raises for what came of it.

    `total_s` is the time of the whole answer in seconds, that of the pull's lane unless told.
    """
    adapter = adapters.get(due.adapter)
    if adapter is None:
        return Failed(Reason.ADAPTER_UNKNOWN, due.adapter)
    request = FetchRequest(
        url=due.url,
        etag=due.etag,
        last_modified=due.last_modified,
        total_s=total_s or due.lane.budget_s,
        allowed_networks=due.allowed_networks,
    )
    try:
        fetched = fetcher.fetch(request)
    except FetchFailed as failure:
        timed_out = failure.reason is FetchFailure.TIMED_OUT
        return Failed(failure.reason, failure.detail, failure.elapsed_s, timed_out)
    if fetched.body is None:
        return NotModified(fetched.elapsed_s)
    context = ParseContext(
        received_at=clock.now(),
        time_zone=due.time_zone,
        crs=due.crs,
        mapping=due.mapping,
        wants_lots=due.kind is PullKind.STATIC,
        wants_counts=due.kind is PullKind.LIVE,
    )
    try:
        parsed = adapter.parse(fetched.body, context)
    except FeedBroken as broken:
        return Failed(broken.reason, broken.detail, fetched.elapsed_s)
    except Exception as mistake:
        # The type only: a message may quote the document.
        return Failed(Reason.ADAPTER_ERROR, type(mistake).__name__, fetched.elapsed_s)
    return Answered(parsed, fetched.etag, fetched.last_modified, fetched.elapsed_s)
