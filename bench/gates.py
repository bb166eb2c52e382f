"""Which city do passages pass through here, and how are they signed and posted?"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import orjson
from flask import Flask

from bench.database import a_city_of, fresh_database
from bench.serving import end_with_bench, telling_workers
from parking.accounts import service as accounts
from parking.accounts.rules import Scope
from parking.accounts.rules.scopes import read_key
from parking.bootstrap import create_web_app
from parking.entrypoints.processes import share_processor
from parking.kernel.actors import CLI
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.sealing import Sealer
from parking.kernel.vocabulary import SpaceClass
from parking.lots import service as lots
from parking.occupancy import service as occupancy
from parking.portals.gateway.signing import signed_headers
from parking.settings import Settings

LOTS = 300
SECRET = "a secret of the bench, long enough for a key"
PASSAGES, BATCHES = "/api/v1/gateway/passages", "/api/v1/gateway/passages/batches"
# Sleeps like a disk that takes a millisecond to promise something.
_SLOW_DISK = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>
static int (*real_fdatasync)(int), (*real_fsync)(int);
int fdatasync(int file) {
    if (!real_fdatasync) real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    usleep(1000);
    return real_fdatasync(file);
}
int fsync(int file) {
    if (!real_fsync) real_fsync = dlsym(RTLD_NEXT, "fsync");
    usleep(1000);
    return real_fsync(file);
}
"""
_LUA = """
local requests, at, per_s = {}, 0, %f
for line in io.lines("%s") do
    local id, stamp, signature, body = line:match("^(%%S+) (%%S+) (%%S+) (.*)$")
    requests[#requests + 1] = wrk.format("POST", "%s", {
        ["Content-Type"] = "application/json", ["parking-client"] = "%s", ["webhook-id"] = id,
        ["webhook-timestamp"] = stamp, ["webhook-signature"] = signature }, body)
end
request = function()
    at = at + 1
    if at > #requests then at = 1; print("EXHAUSTED") end
    return requests[at]
end
if per_s > 0 then
    local ffi = require("ffi")
    ffi.cdef("typedef struct { long s; long ns; } moment; int clock_gettime(int, moment *);")
    local moment, due = ffi.new("moment"), nil
    delay = function()
        ffi.C.clock_gettime(1, moment)
        local now = tonumber(moment.s) * 1000 + tonumber(moment.ns) / 1e6
        due = (due or now) - math.log(1 - math.random()) * 1000 / per_s
        return math.max(0, math.floor(due - now))
    end
end
done = function(summary, latency)
    print(string.format('RESULT {"answered": %%d, "us": %%d, "p99_ms": %%f, "p50_ms": %%f, "bad": %%d}',
        summary.requests, summary.duration, latency:percentile(99) / 1000, latency:percentile(50) / 1000,
        summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
"""
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Bench:
    """A filled database and a client that may speak for its lots."""

    url: str
    sessions: Sessions
    lots: Sequence[str]
    client_id: str
    key: bytes

    @property
    def environ(self) -> dict[str, str]:
        return {
            "PARKING_DATABASE_URL": self.url,
            "PARKING_SECRET_KEY": SECRET,
            "PARKING_GATEWAY_RATE": "1000000",
            "PARKING_LOG_LEVEL": "warning",
        }


@dataclass(frozen=True, slots=True)
class Load:
    """What a load generator saw."""

    per_s: float
    p50_ms: float
    p99_ms: float
    answered: int


def application() -> Flask:
    """The application as it is deployed."""
    end_with_bench()
    share_processor()
    return telling_workers(create_web_app(Settings.from_env(os.environ)))


def with_intake(make: Callable[[Flask], object]) -> Flask:
    """The same application with something else in the intake's place."""
    app = application()
    app.extensions["parking"] = replace(app.extensions["parking"], intake=make(app))
    return app


@contextmanager
def filled(*, slow_disk: Path | None = None) -> Iterator[Bench]:
    """An embedded PostgreSQL with durable settings, 300 lots counted from a hand-set 0, and a client."""
    with _preloaded(slow_disk), fresh_database() as database:
        sessions = database.sessions
        ids = _counted_lots(sessions)
        sealer = Sealer.from_secret(SECRET)
        now = datetime.now(UTC)
        with unit_of_work(sessions) as uow:
            made = accounts.register_client(
                uow.session, CLI, name="bench", scopes=tuple(Scope), sealer=sealer, now=now
            )
            lots.grant_lots(uow.session, CLI, made.client_id, ids, now)
        yield Bench(database.url, sessions, ids, made.client_id, read_key(made.key))


def slow_disk(folder: Path) -> Path:
    """The library that makes a disk slow. Raises FileNotFoundError where there is no gcc."""
    folder.chmod(0o755)
    source, made = folder / "slow.c", folder / "slow.so"
    source.write_text(_SLOW_DISK)
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", made, source, "-ldl"], check=True)
    made.chmod(0o755)
    return made


@contextmanager
def _preloaded(library: Path | None) -> Iterator[None]:
    if library is None:
        yield
        return
    os.environ["LD_PRELOAD"] = str(library)
    try:
        yield
    finally:
        del os.environ["LD_PRELOAD"]


def _counted_lots(sessions: Sessions) -> list[str]:
    # Long enough ago for every passage to come after it, and not yet too old to be told.
    since = datetime.now(UTC) - timedelta(hours=1)
    ids = a_city_of(sessions, LOTS, 100_000, since)
    with unit_of_work(sessions) as uow:
        for lot_id in ids:
            occupancy.set_count_by_hand(
                uow.session, CLI, lot_id, SpaceClass.GENERAL, since, reason="清点", occupied=0
            )
    return ids


def told(bench: Bench, lot_id: str | None = None) -> dict[str, str]:
    """A passage that nobody told before."""
    number = next(_numbers)
    return {
        "event_id": f"bench-{number:09d}",
        "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "lot": lot_id or bench.lots[number * 7919 % len(bench.lots)],
        "direction": "entry",
        "plate": f"苏F{number % 100_000:05d}",
        "colour": "blue",
    }


def signed(bench: Bench, document: Mapping[str, object]) -> tuple[bytes, dict[str, str]]:
    """A body and its headers."""
    body = orjson.dumps(document)
    headers = signed_headers(bench.key, bench.client_id, f"m-{next(_numbers)}", body, datetime.now(UTC))
    return body, headers


def post(
    bench: Bench,
    port: int,
    path: str,
    documents: Sequence[Mapping[str, object]],
    *,
    seconds: int,
    connections: int = 32,
    per_s: float = 0,
) -> Load:
    """Post documents with wrk: as many as are answered, or `per_s` on average, at instants of their own.

    Raises RuntimeError where one is not answered with success, or where they were too few.
    """
    with tempfile.TemporaryDirectory(prefix="parking-bench-") as folder:
        listed, script = Path(folder) / "requests", Path(folder) / "load.lua"
        with listed.open("wb") as lines:
            for document in documents:
                body, headers = signed(bench, document)
                words = (headers["webhook-id"], headers["webhook-timestamp"], headers["webhook-signature"])
                lines.write(" ".join(words).encode() + b" " + body + b"\n")
        script.write_text(_LUA % (per_s, listed, path, bench.client_id))
        words = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "-s", str(script)]
        said = subprocess.run(
            [*words, f"http://127.0.0.1:{port}"], check=True, capture_output=True, text=True
        ).stdout
    found = re.search(r"RESULT (\{.*\})", said)
    if found is None or "EXHAUSTED" in said:
        raise RuntimeError(f"no result, or too few requests were prepared:\n{said}")
    result = json.loads(found[1])
    if result["bad"]:
        raise RuntimeError(f"{result['bad']} requests were not answered with success:\n{said}")
    return Load(
        result["answered"] / (result["us"] / 1e6), result["p50_ms"], result["p99_ms"], result["answered"]
    )
