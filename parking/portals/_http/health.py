"""Is this process alive, is it ready, and how is it doing? For machines that watch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import orjson
from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from parking.portals._http.observability import exposition
from parking.portals._http.services import Check, services

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """Alive: this process answers. Nothing of the database, or a restart would follow every outage."""
    return _answer({"status": "alive"}, 200)


@blueprint.get("/readyz")
def readyz() -> Response:
    """Ready: 503 while something vital is missing; 200 and `degraded` when we serve with less."""
    vital = _missing(services().vital)
    others = _missing(services().checks)
    status = "not_ready" if vital else "degraded" if others else "ready"
    return _answer({"status": status, "missing": {**vital, **others}}, 503 if vital else 200)


def _missing(checks: Mapping[str, Check]) -> dict[str, str]:
    found = {name: check() for name, check in checks.items()}
    return {name: reason for name, reason in found.items() if reason is not None}


def _answer(document: Mapping[str, object], status: int) -> Response:
    response = Response(orjson.dumps(document), status, content_type="application/json")
    response.cache_control.no_store = True
    return response


@blueprint.get("/metrics")
def metrics() -> Response:
    """Prometheus' text format; a proxy keeps it from the public."""
    body = exposition([_Checks({**services().vital, **services().checks}), _ReadModel()])
    return Response(body, content_type=CONTENT_TYPE_LATEST)


class _Checks(Collector):
    """Each check as a gauge: 1 when well, 0 when something is missing."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = checks

    def collect(self) -> Iterator[Metric]:
        well = GaugeMetricFamily(
            "parking_check_well", "1 when the check finds nothing missing", labels=["check"]
        )
        for name, check in self._checks.items():
            well.add_metric([name], 1.0 if check() is None else 0.0)
        yield well


class _ReadModel(Collector):
    """How much the look-up of the answering process knows, and how far it is behind the database.

    Each web process has a model of its own and a scrape reaches one of them, the others in their turn.
    """

    def collect(self) -> Iterator[Metric]:
        lookup = services().lookup
        yield GaugeMetricFamily(
            "parking_lookup_lots", "Lots in the model", value=len(lookup.model.ids) if lookup.ready else 0
        )
        if lookup.followed_at is not None:
            behind = (services().clock.now() - lookup.followed_at).total_seconds()
            yield GaugeMetricFamily(
                "parking_lookup_behind_seconds", "Time since the database was last heard", value=behind
            )
