"""What happened to a request? One id, one log line, two metrics: no query string, no address, no name."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from time import perf_counter

import structlog
from flask import Flask, Response, g, request
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

_SANE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}").fullmatch
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_log = structlog.get_logger("parking.web")

REQUESTS = Counter("parking_http_requests_total", "Requests answered", ["route", "method", "status"])
SECONDS = Histogram(
    "parking_http_request_seconds",
    "Time to answer a request",
    ["route"],
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
)


@lru_cache(maxsize=2048)
def _meters(route: str, method: str, status: int) -> tuple[Callable[[], None], Callable[[float], None]]:
    """The two meters of a route: looking a label up costs more than counting."""
    return REQUESTS.labels(route, method, str(status)).inc, SECONDS.labels(route).observe


def init_observability(app: Flask) -> None:
    """Give every request of an app an id, a log line and its metrics."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    given = request.headers.get("X-Request-ID")
    # No secret: to ask the system for chance gives the interpreter to other threads.
    g.request_id = given if given is not None and _SANE_ID(given) else f"{random.getrandbits(64):016x}"
    g.began = perf_counter()


def _end(response: Response) -> Response:
    seconds = perf_counter() - g.began
    # The rule, not the path: a path may hold what nobody should read in a log.
    rule = request.url_rule
    route = rule.rule if rule is not None else "unrouted"
    # A stranger may send any word as a method: a meter is kept for ever, so only known ones get one.
    method = request.method if request.method in _METHODS else "other"
    # Where the meters' files are gone, for one because the command that made them was killed, answers go on.
    with suppress(OSError):
        count, observe = _meters(route, method, response.status_code)
        count()
        observe(seconds)
    response.headers["X-Request-ID"] = g.request_id
    _log.info(
        "request",
        request_id=g.request_id,
        method=request.method,
        route=route,
        status=response.status_code,
        ms=round(seconds * 1000, 3),
    )
    return response


def exposition(collectors: list[Collector]) -> bytes:
    """All metrics in Prometheus' text format: every web process together, and what `collectors` tell."""
    registry = CollectorRegistry()
    try:
        MultiProcessCollector(registry)
    except ValueError:
        # Not started with a shared folder (a test, a single process): this process speaks for itself.
        for collector in collectors:
            registry.register(collector)
        return generate_latest(REGISTRY) + generate_latest(registry)
    for collector in collectors:
        registry.register(collector)
    return generate_latest(registry)
