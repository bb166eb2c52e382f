"""How does a claimed pull become an outcome? Fetch, then parse; no transaction is open meanwhile."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from traceback import extract_tb

from parking.boundary.credentials import Credential
from parking.boundary.feeds import FeedBroken, ParseContext, SourceAdapter
from parking.boundary.fetching import Exchange, Fetcher, FetchFailed, FetchFailure, FetchRequest
from parking.guidance.rules.exchanges import Written, exchange_text
from parking.guidance.rules.pulls import Answered, DuePull, Failed, NotModified, Outcome, PullKind, Reason
from parking.guidance.service.credentials import opened
from parking.kernel.clock import Clock
from parking.kernel.sealing import SealBroken, Sealer

_log = logging.getLogger(__name__)


def read_source(
    due: DuePull,
    fetcher: Fetcher,
    adapters: Mapping[str, SourceAdapter],
    clock: Clock,
    *,
    total_s: float | None = None,
    sealer: Sealer | None = None,
) -> Outcome:
    """Ask the source once and read the answer; never raises for what came of it.

    `total_s` is the time of the whole answer in seconds, that of the pull's lane unless told. `sealer` opens
    the source's credential, which goes to the origin alone that it was set for.
    """
    adapter = adapters.get(due.adapter)
    if adapter is None:
        return Failed(Reason.ADAPTER_UNKNOWN, due.adapter)
    try:
        credential = opened(sealer, due.source_id, due.credential, due.url)
    except SealBroken:
        return Failed(Reason.CREDENTIAL_UNREADABLE)
    try:
        fetched = fetcher.fetch(_request(due, credential, total_s))
    except FetchFailed as failure:
        return _failed(failure, due, credential)
    except Exception as mistake:
        return _mistaken(mistake, due)
    if fetched.body is None:
        return NotModified(fetched.elapsed_s)
    exchange = _told(fetched.exchange, due, credential)
    try:
        parsed = adapter.parse(fetched.body, _context(due, clock))
    except FeedBroken as broken:
        return Failed(broken.reason, broken.detail, fetched.elapsed_s, exchange=exchange)
    except Exception as mistake:
        return _mistaken(mistake, due, fetched.elapsed_s, exchange)
    return Answered(parsed, fetched.etag, fetched.last_modified, fetched.elapsed_s, exchange)


def _request(due: DuePull, credential: Credential | None, total_s: float | None) -> FetchRequest:
    return FetchRequest(
        url=due.url,
        etag=due.etag,
        last_modified=due.last_modified,
        total_s=total_s or due.lane.budget_s,
        allowed_networks=due.allowed_networks,
        credential=credential,
    )


def _context(due: DuePull, clock: Clock) -> ParseContext:
    return ParseContext(
        received_at=clock.now(),
        time_zone=due.time_zone,
        crs=due.crs,
        mapping=due.mapping,
        wants_lots=due.kind is PullKind.STATIC,
        wants_counts=due.kind is PullKind.LIVE,
    )


def _mistaken(
    mistake: Exception, due: DuePull, elapsed_s: float = 0.0, exchange: Written | None = None
) -> Failed:
    """A mistake of ours is a failed pull too; its type and place are told, its message may quote anything."""
    last = extract_tb(mistake.__traceback__)[-1]
    error, at = type(mistake).__name__, f"{Path(last.filename).name}:{last.lineno}"
    _log.error("read_broke", extra={"source": due.source, "kind": due.kind.value, "error": error, "at": at})
    return Failed(Reason.ADAPTER_ERROR, error, elapsed_s, exchange=exchange)


def _failed(failure: FetchFailed, due: DuePull, credential: Credential | None) -> Failed:
    said = failure.exchange
    return Failed(
        failure.reason,
        failure.detail,
        failure.elapsed_s,
        timed_out=failure.reason is FetchFailure.TIMED_OUT,
        retry_after_s=failure.retry_after_s,
        too_many=said is not None and said.status == HTTPStatus.TOO_MANY_REQUESTS,
        exchange=_told((lambda: said) if said is not None else None, due, credential),
    )


def _told(said: Callable[[], Exchange] | None, due: DuePull, credential: Credential | None) -> Written | None:
    # Only what goes wrong is written down.
    return (lambda: exchange_text(said(), due.url, credential)) if said is not None else None
