"""How do the pulls go? Counted for Prometheus in the process that pulls."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

PULLS = Counter("parking_pulls", "Pulls of sources by kind and what came of them", ["kind", "outcome"])
LATE = Histogram(
    "parking_pull_late_seconds",
    "How long after being due a pull was begun",
    ["lane"],
    buckets=(0.5, 1, 2, 5, 10, 30, 60, 300),
)
DURATION = Histogram(
    "parking_pull_seconds",
    "Time of a whole answer",
    ["lane"],
    buckets=(0.01, 0.03, 0.1, 0.3, 1, 2, 5, 10),
)
RUNNING = Gauge("parking_pulls_running", "Pulls under way", ["lane"])
