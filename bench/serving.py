"""How is an application put under load here: the server of production, and wrk where it is installed?"""

from __future__ import annotations

import http.client
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

from flask import Flask, Response, abort

from parking.entrypoints.processes import COMMAND, end_with_command, free_port
from parking.portals._http.services import services

WORKERS = 2
CONNECTIONS = 32
_READY_WITHIN_S = 600.0
_LUA = """
local paths = {}
for line in io.lines("%s") do paths[#paths + 1] = wrk.format("GET", line) end
local at = 0
request = function() at = at %% #paths + 1; return paths[at] end
"""


def end_with_bench() -> None:
    """For a factory: a server whose bench was killed stops too, instead of sharing a port in silence."""
    end_with_command(int(os.environ[COMMAND]))


def telling_workers(app: Flask) -> Flask:
    """It also says which process answered, once its model is filled."""

    @app.get("/bench/worker")
    def worker() -> str:
        if not services().lookup.ready:
            abort(HTTPStatus.SERVICE_UNAVAILABLE)
        return str(os.getpid())

    @app.after_request
    def sign(response: Response) -> Response:
        response.headers["X-Worker"] = str(os.getpid())
        return response

    return app


@contextmanager
def served(factory: str, environ: Mapping[str, str], workers: int = WORKERS) -> Iterator[int]:
    """The port of an application that runs in `workers` processes, all of them ready."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="parking-metrics-") as metrics:
        own = {"PARKING_PORT": str(port), "PARKING_WEB_WORKERS": str(workers)}
        env = {**os.environ, **environ, **own, "PROMETHEUS_MULTIPROC_DIR": metrics}
        # Log lines are written, as in production, and nobody keeps them.
        server = subprocess.Popen(
            [sys.executable, "-m", "bench.web_server", factory],
            env=env,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait_for(server, port, workers)
            yield port
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _wait_for(server: subprocess.Popen, port: int, workers: int) -> None:
    """Until every worker has answered: each says who it is."""
    seen: set[bytes] = set()
    until = time.monotonic() + _READY_WITHIN_S
    while len(seen) < workers:
        if server.poll() is not None:
            raise RuntimeError(f"the server ended with {server.returncode} before it was ready")
        if time.monotonic() > until:
            raise RuntimeError(f"only {len(seen)} of {workers} workers became ready")
        try:
            seen.add(asked(port, "/bench/worker")[0])
        except OSError:
            time.sleep(0.2)


def asked(port: int, path: str) -> tuple[bytes, str]:
    """The body of a good answer, over a connection of its own, and which worker says that it answered.

    Raises OSError where there is none.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != http.HTTPStatus.OK:
            raise ConnectionError(f"{path} answered {answer.status}")
        return body, answer.getheader("X-Worker", "")
    finally:
        connection.close()


def load_generator() -> str:
    """What puts the load on, in words."""
    return "wrk" if shutil.which("wrk") else "Python threads: they cost more than the server, ratios near 1"


def requests_per_s(port: int, paths: Sequence[str], seconds: int = 3) -> float:
    """How many requests a second are answered with 200; raises where any is not."""
    return _wrk(port, paths, seconds) if shutil.which("wrk") else _threads(port, paths, seconds)


def _wrk(port: int, paths: Sequence[str], seconds: int) -> float:
    with tempfile.TemporaryDirectory(prefix="parking-bench-") as folder:
        listed, script = Path(folder) / "paths", Path(folder) / "load.lua"
        listed.write_text("\n".join(paths))
        script.write_text(_LUA % listed)
        told = subprocess.run(
            [
                "wrk",
                "-t1",
                f"-c{CONNECTIONS}",
                f"-d{seconds}s",
                "-s",
                str(script),
                f"http://127.0.0.1:{port}",
            ],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    if "Non-2xx" in told or "Socket errors" in told:
        raise RuntimeError(told)
    found = re.search(r"Requests/sec:\s+([\d.]+)", told)
    assert found, told
    return float(found[1])


def _threads(port: int, paths: Sequence[str], seconds: int) -> float:
    answered = [0] * 8
    until = time.monotonic() + seconds

    def ask(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        at = number * len(paths) // len(answered)
        while time.monotonic() < until:
            connection.request("GET", paths[at % len(paths)])
            response = connection.getresponse()
            response.read()
            if response.status == 200:
                answered[number] += 1
            at += 1
        connection.close()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(len(answered))]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(answered) / (time.monotonic() - began)
