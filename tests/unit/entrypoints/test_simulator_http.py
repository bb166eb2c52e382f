"""Does the simulator serve over real HTTP what it plays, and does it end at once when told?"""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from email.message import Message
from time import monotonic, sleep
from typing import Any

import pytest

from parking.entrypoints.processes import free_port

FEED = "/feeds/people-hospital"


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Message
    body: bytes

    def header(self, name: str) -> str:
        return self.headers.get(name, "")


class Simulated:
    """A simulator in a process of its own."""

    def __init__(self) -> None:
        self.port = free_port()
        command = [sys.executable, "-m", "parking.entrypoints.cli", "simulate", "--port", str(self.port)]
        load = ["--load", "1000", "--hang-share", "0.05", "--broken-share", "0.02"]
        self.process = subprocess.Popen([*command, *load], stderr=subprocess.PIPE, text=True)
        end = monotonic() + 30
        while monotonic() < end and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                sleep(0.05)
        self.process.kill()
        raise AssertionError(self.process.communicate()[1])

    def ask(
        self, path: str, method: str = "GET", body: Any = None, timeout: float = 10, **headers: str
    ) -> Reply:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)) as connection:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, json.dumps(body) if body is not None else None, sent)
            response = connection.getresponse()
            return Reply(response.status, response.headers, response.read())

    def direct(self, source: str, **plays: str) -> dict[str, Any]:
        answer = self.ask("/control", "POST", {"source": source, **plays})
        assert answer.status == 200, answer.body
        return json.loads(answer.body)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        try:
            return self.process.wait(10)
        finally:
            self.process.kill()
            self.process.communicate()


@pytest.fixture(scope="module")
def simulated() -> Iterator[Simulated]:
    simulator = Simulated()
    yield simulator
    simulator.stop()


@pytest.mark.parametrize("feed", ["people-hospital", "tcm-hospital", "railway-station", "public-binhe"])
def test_what_has_not_changed_is_not_sent_again(simulated: Simulated, feed: str) -> None:
    path = f"/feeds/{feed}/static"
    first = simulated.ask(path)
    again = simulated.ask(path, If_None_Match=first.header("ETag"))
    assert (first.status, again.status) == (200, 304)
    assert again.body == b""
    assert simulated.ask(path, If_None_Match='"another"').status == 200


def test_a_new_count_has_a_new_tag(simulated: Simulated) -> None:
    first = simulated.ask(f"{FEED}/live").header("ETag")
    end = monotonic() + 30
    while simulated.ask(f"{FEED}/live").header("ETag") == first:
        assert monotonic() < end, "the source counts no more"
        sleep(0.2)


def test_a_date_serves_where_no_tag_is_sent(simulated: Simulated) -> None:
    stamp = simulated.ask(f"{FEED}/static").header("Last-Modified")
    assert stamp.endswith("GMT")
    assert simulated.ask(f"{FEED}/static", If_Modified_Since=stamp).status == 304
    older = "Mon, 01 Jan 2024 00:00:00 GMT"
    assert simulated.ask(f"{FEED}/static", If_Modified_Since=older).status == 200
    assert simulated.ask(f"{FEED}/static", If_Modified_Since=stamp, If_None_Match='"x"').status == 200


def test_control_tells_and_changes_what_is_played(simulated: Simulated) -> None:
    told = simulated.direct("gov", live="wrong_type", static="empty")
    assert (told["live"], told["static"]) == ("wrong_type", "empty")
    assert simulated.ask("/feeds/gov/live").header("Content-Type").startswith("text/html")
    overview = json.loads(simulated.ask("/control").body)
    (gov,) = [source for source in overview["sources"] if source["source"] == "gov"]
    assert gov["requests"]["live"] >= 1
    assert len(overview["load"]["hanging"]) == 50


@pytest.mark.parametrize(
    ("order", "status"),
    [
        ({"source": "nowhere", "live": "good"}, 404),
        ({"source": "gov", "live": "dancing"}, 422),
        ({"source": "gov", "live": ["good"]}, 422),
        ({"source": "gov"}, 422),
        ({"source": "gov", "live": "good", "colour": "red"}, 422),
        (["gov"], 422),
        ({"source": "x" * 20_000, "live": "good"}, 422),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(simulated: Simulated, order: Any, status: int) -> None:
    assert simulated.ask("/control", "POST", order).status == status


def test_other_addresses_and_methods_are_refused(simulated: Simulated) -> None:
    assert simulated.ask("/").status == 404
    assert simulated.ask("/load/1000").status == 404
    assert simulated.ask("/load/-1").status == 404
    assert simulated.ask("/load/999").status == 200
    assert simulated.ask(f"{FEED}/live", "POST").status == 405
    assert simulated.ask("/control", "DELETE").status == 405


def test_hanging_and_dripping_callers_hold_up_nobody_and_do_not_delay_the_end() -> None:
    simulator = Simulated()
    simulator.direct("gov", live="hanging")
    simulator.direct("schools", live="slow")
    waiting = []
    for path in ["/feeds/gov/live", "/feeds/schools/live"] * 20:
        caller = socket.create_connection(("127.0.0.1", simulator.port), 10)
        caller.sendall(f"GET {path} HTTP/1.1\r\nHost: simulator\r\n\r\n".encode())
        waiting.append(caller)
    dripped = waiting[1].recv(4096)
    assert dripped.startswith(b"HTTP/1.1 200")
    with pytest.raises(TimeoutError):
        simulator.ask("/feeds/gov/live", timeout=0.3)
    assert simulator.ask(f"{FEED}/live").status == 200
    assert simulator.stop(signal.SIGINT) == 0
    for caller in waiting:
        caller.close()


def test_a_taken_port_is_said_at_once(simulated: Simulated) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "parking.entrypoints.cli", "simulate", "--port", str(simulated.port)],
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert second.returncode == 1
    assert f"port {simulated.port} is taken" in second.stderr
