"""How long after a vehicle was told at 500 passages a second is it in the public answer?"""

from __future__ import annotations

import http.client
import threading
import time
from statistics import quantiles
from typing import Any

import orjson

from bench.gates import PASSAGES, Bench, filled, post, signed, told
from bench.serving import WORKERS, asked, served

PER_S = 500
WATCHED = 60
_SECONDS = 25
_CONNECTIONS = 32
# The watched passages come on top.
_REACHED = 0.95 * PER_S


def run(progress: Any) -> list[dict]:
    """Post 500 passages a second over HTTP and, beside them, one each now and then whose lot is watched."""
    task = progress.add_task("barrier", total=WATCHED)
    with filled() as bench, served("bench.gates:application", bench.environ) as port:
        watched, others = bench.lots[0], Bench(**{**_fields(bench), "lots": bench.lots[1:]})
        documents = [told(others) for _ in range(PER_S * _SECONDS * 3 // 2)]
        load: list[float] = []

        def post_all() -> None:
            arguments = {"seconds": _SECONDS, "connections": _CONNECTIONS, "per_s": PER_S}
            load.append(post(others, port, PASSAGES, documents, **arguments).per_s)

        thread = threading.Thread(target=post_all)
        thread.start()
        time.sleep(4)
        lags: list[float] = []
        free = _free(port, watched)
        while thread.is_alive() and len(lags) < WATCHED:
            free -= 1
            lags.append(_lag_s(bench, port, watched, free))
            progress.advance(task)
            time.sleep(0.05)
        thread.join()
    return [
        {
            "name": f"passages beside it, of the {PER_S} a second that were sent",
            "value": load[0],
            "unit": "passages/s",
            "limit": _REACHED,
            "better": "higher",
        },
        {
            "name": f"barrier to both public answers at {load[0]:,.0f} passages/s, p95 of {len(lags)}",
            "value": quantiles(lags, n=20)[-1],
            "unit": "s",
            "limit": 1.0,
            "better": "lower",
        },
    ]


def _fields(bench: Bench) -> dict[str, Any]:
    return {name: getattr(bench, name) for name in ("url", "sessions", "lots", "client_id", "key")}


def _free(port: int, lot_id: str) -> int:
    body, _ = asked(port, f"/api/v1/lots/{lot_id}")
    return int(orjson.loads(body)["counts"][0]["free"])


def _lag_s(bench: Bench, port: int, lot_id: str, expected: int) -> float:
    """Seconds from before the passage is posted until every worker tells it."""
    body, headers = signed(bench, told(bench, lot_id))
    began = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("POST", PASSAGES, body, headers | {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"the passage was answered with {answer.status}")
    seen: set[str] = set()
    while len(seen) < WORKERS:
        told_now, worker = asked(port, f"/api/v1/lots/{lot_id}")
        if orjson.loads(told_now)["counts"][0]["free"] == expected:
            seen.add(worker)
        if time.perf_counter() - began > 30:
            raise RuntimeError("a passage was not told within 30 s")
        time.sleep(0.005)
    return time.perf_counter() - began
