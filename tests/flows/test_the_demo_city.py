"""Does one command show a city whose counts move, and does it leave nothing behind?"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep
from urllib.error import URLError
from urllib.request import urlopen

import psutil
import pytest

from parking.entrypoints.processes import free_port, refuse_taken_port

DEMO = [sys.executable, "-m", "parking.entrypoints.demo"]


class Demo:
    """A demo city of its own, in its own folder, on its own port."""

    def __init__(self, folder: Path, port: int, log: str = "demo") -> None:
        self.folder = folder
        self.port = port
        env = {key: value for key, value in os.environ.items() if not key.startswith("PARKING_")}
        env |= {"PARKING_DATA_DIR": str(folder), "PARKING_PORT": str(port), "PARKING_WEB_WORKERS": "1"}
        self.log = folder.with_suffix(f".{log}.log")
        with self.log.open("w") as log:
            self.process = subprocess.Popen(DEMO, env=env, stdout=subprocess.DEVNULL, stderr=log)

    def get(self, path: str) -> dict:
        with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return json.load(answer)

    def wait_for(self, condition: object, seconds: float = 90) -> None:
        end = monotonic() + seconds
        while monotonic() < end:
            assert self.process.poll() is None, self.log.read_text()
            try:
                if condition():  # type: ignore[operator]
                    return
            except (URLError, ConnectionError, TimeoutError):
                pass
            sleep(0.2)
        raise AssertionError("waited in vain")

    def family(self) -> list[psutil.Process]:
        """Every process that works for this demo, the database's included."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        folder = str(self.folder)
        servers = [
            each
            for each in psutil.process_iter(["cmdline"])
            if folder in " ".join(each.info["cmdline"] or ())
        ]
        return [*children, *servers]


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    demo = Demo(tmp_path / "demo", free_port())
    try:
        # Half a minute by itself; on a busy machine it only has to come.
        demo.wait_for(lambda: demo.get("/readyz")["status"] == "ready", 240)
        yield demo
    finally:
        demo.process.terminate()
        demo.process.wait(60)


def _counts(demo: Demo) -> dict[tuple[str, str], int]:
    page = demo.get("/api/v1/lots?limit=100")
    return {
        (lot["id"], count["class"]): count["free"]
        for lot in page["items"]
        for count in lot["counts"]
        if count["free"] is not None
    }


def _played(demo: Demo) -> list[dict]:
    """What the simulator's barriers, sensors and clouds say of themselves."""
    said = demo.log.read_text()
    [address] = re.findall(r"http://127\.0\.0\.1:\d+/control$", said, re.MULTILINE)[:1]
    with urlopen(address, timeout=10) as answer:
        return json.load(answer)["barriers"]


def _is_heard(played: dict) -> bool:
    """A cloud that is only told who may enter sees nothing pass, and hears nothing before somebody books."""
    if "cloud" in played:
        return "seen" not in played or played["asked"] > 0
    return played["acknowledged"] > 0


@pytest.mark.timeout(600)
def test_the_demo_hears_feeds_and_barriers_says_a_taken_port_and_ends_at_ctrl_c(
    demo: Demo, tmp_path: Path
) -> None:
    demo.wait_for(lambda: len(_counts(demo)) > 20)
    before = _counts(demo)
    demo.wait_for(lambda: any(_counts(demo).get(key, free) != free for key, free in before.items()))
    demo.wait_for(lambda: all(_is_heard(played) for played in _played(demo)))
    played = _played(demo)
    assert len({each["dialect"] for each in played}) == 9
    assert sum(each.get("opened", 0) for each in played) == 0
    # At any hour: as one day's vehicles leave, the next day's come (simulator/barriers/plan.py).
    demo.wait_for(lambda: "/pay?lot=BH-013" in demo.log.read_text())

    second = Demo(tmp_path / "second", demo.port)
    assert second.process.wait(60) == 1
    said = second.log.read_text()
    assert str(demo.port) in said and "PARKING_PORT" in said
    assert not (tmp_path / "second").exists()

    family = demo.family()
    assert len(family) > 5
    demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(60) == 0
    assert psutil.wait_procs(family, timeout=10)[1] == []
    refuse_taken_port("127.0.0.1", demo.port)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("another", "said"), [("port", "PARKING_DATA_DIR"), ("folder", "PARKING_PORT")])
def test_a_second_demo_is_refused_while_the_first_prepares(tmp_path: Path, another: str, said: str) -> None:
    first = Demo(tmp_path / "demo", free_port())
    try:
        first.wait_for(lambda: "[2/5]" in first.log.read_text(), 60)
        second = Demo(
            tmp_path / ("second" if another == "folder" else "demo"),
            free_port() if another == "port" else first.port,
            "second",
        )
        assert second.process.wait(60) == 1
        assert said in second.log.read_text()
        assert len(second.log.read_text().splitlines()) == 1
        assert "[5/5]" not in first.log.read_text()
    finally:
        first.process.terminate()
        assert first.process.wait(240) == 0


# Each process is killed by itself in test_processes; all of it together takes most of a minute.
@pytest.mark.long
@pytest.mark.timeout(240)
def test_a_demo_that_is_killed_outright_leaves_no_process_behind(tmp_path: Path) -> None:
    demo = Demo(tmp_path / "killed", free_port())
    demo.wait_for(lambda: demo.get("/readyz")["status"] in ("ready", "degraded"))
    family = demo.family()
    demo.process.kill()
    demo.process.wait()
    assert psutil.wait_procs(family, timeout=40)[1] == []
