"""Do the web and the worker start only when they can, end when told, and leave nothing behind?"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, RemoteDisconnected
from pathlib import Path
from threading import Event, Thread
from urllib.error import URLError
from urllib.request import urlopen

import psutil
import pytest
from click.testing import CliRunner

from parking.entrypoints.cli import main, parking
from parking.entrypoints.handover import Place
from parking.entrypoints.processes import free_port, refuse_taken_port
from parking.kernel.db.cluster import Cluster
from parking.kernel.db.embedded import stop_unused
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.health import last_heartbeat
from tests.databases import Database, Server
from tests.factories.city import a_city

ROOT = Path(__file__).parents[2]
LONG_S = 60

Start = Callable[..., subprocess.Popen]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts `parking ...` with these settings; whatever is left of it is killed afterwards."""
    started: list[subprocess.Popen] = []

    def begin(*words: str, before: Sequence[str] = (), **settings: object) -> subprocess.Popen:
        env = {name: value for name, value in os.environ.items() if not name.startswith("PARKING_")}
        settings = {"data_dir": tmp_path, **settings}
        env |= {f"PARKING_{name.upper()}": str(value) for name, value in settings.items()}
        process = subprocess.Popen(
            [*before, sys.executable, "-m", "parking.entrypoints.cli", *words],
            cwd=ROOT,
            env=env | {"LANG": "zh_CN.UTF-8"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        for each in family(process):
            each.kill()
        process.wait()
        process.stdout.close()


def family(process: subprocess.Popen) -> list[psutil.Process]:
    """A process and all that it started, as they are now."""
    try:
        first = psutil.Process(process.pid)
        return [first, *first.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def wait_until(true: Callable[[], object], process: subprocess.Popen | None = None) -> None:
    end = time.monotonic() + LONG_S
    while not true():
        assert process is None or process.poll() is None, process.stdout.read()
        assert time.monotonic() < end
        time.sleep(0.05)


def answers(port: int, host: str = "127.0.0.1") -> bool:
    try:
        with urlopen(f"http://{host}:{port}/healthz", timeout=5) as answer:
            return answer.status == 200
    except (URLError, OSError):
        return False


def missing(port: int) -> Collection[str]:
    """What the web says it lacks; "database" too where it says nothing."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return json.load(connection.getresponse())["missing"].keys()
    except (HTTPException, OSError):
        return {"database"}
    finally:
        connection.close()


def gone(processes: list[psutil.Process]) -> bool:
    return not [each for each in processes if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]


@pytest.fixture
def city(database: Database, sessions: Sessions) -> Database:
    with unit_of_work(sessions) as uow:
        a_city(uow.session)
    return database


# These tests may themselves run below nohup, which is inherited.
WITH_A_TERMINAL = (
    sys.executable,
    "-c",
    "import os, sys; from signal import *; signal(SIGHUP, SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])",
)


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGHUP], ids=["ctrl-c", "closed-terminal"])
def test_the_web_ends_when_its_terminal_says_so_and_leaves_nothing(
    city: Database, start: Start, told: signal.Signals
) -> None:
    port = free_port()
    web = start("web", before=WITH_A_TERMINAL, database_url=city.url, port=port, web_workers=1)
    wait_until(lambda: answers(port), web)
    all_of_it = family(web)
    assert len(all_of_it) >= 2, "the command and its web process"
    web.send_signal(told)
    assert web.wait(LONG_S) == 0
    wait_until(lambda: gone(all_of_it))
    assert free_port() and not answers(port)


def test_the_web_outlives_its_terminal_below_nohup(city: Database, start: Start) -> None:
    port = free_port()
    web = start("web", before=["nohup"], database_url=city.url, port=port, web_workers=1)
    wait_until(lambda: answers(port), web)
    all_of_it = family(web)
    for each in all_of_it:
        each.send_signal(signal.SIGHUP)
    # What was sent before is heard before.
    all_of_it[-1].kill()
    wait_until(lambda: gone(all_of_it[-1:]) and answers(port), web)
    web.terminate()
    assert web.wait(LONG_S) == 0


def test_a_kill_leaves_no_part_of_a_web_behind_that_ends_with_its_parent(
    city: Database, start: Start
) -> None:
    """Nobody would start it again."""
    port = free_port()
    web = start("web", "--with-parent", database_url=city.url, port=port, web_workers=1)
    wait_until(lambda: answers(port), web)
    all_of_it = family(web)
    web.kill()
    wait_until(lambda: gone(all_of_it))


class Asker(Thread):
    """Asks all the time, each time over a new connection."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.port, self.stop = port, Event()
        self.answered, self.broken, self.unanswered = 0, 0, list[Exception]()

    def run(self) -> None:
        while not self.stop.wait(0.02):
            try:
                self._ask_twice()
            except (OSError, HTTPException) as problem:
                self.unanswered.append(problem)
            else:
                self.answered += 1

    def _ask_twice(self) -> None:
        """A connection may meet a process in the moment of its end, and is then tried once more."""
        try:
            self._ask()
        except (ConnectionResetError, RemoteDisconnected):
            self.broken += 1
            self._ask()

    def _ask(self) -> None:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", "/healthz")
            assert connection.getresponse().status == 200
        finally:
            connection.close()


@pytest.fixture
def ask() -> Iterator[Callable[[int], Asker]]:
    asking: list[Asker] = []

    def begin(port: int) -> Asker:
        asking.append(Asker(port))
        asking[-1].start()
        return asking[-1]

    yield begin
    for each in asking:
        each.stop.set()
        each.join()


def test_the_web_processes_of_a_killed_command_serve_until_those_of_the_next_do(
    city: Database, start: Start, ask: Callable[[int], Asker]
) -> None:
    settings = {"database_url": city.url, "port": free_port(), "web_workers": 2}
    killed = start("web", **settings)
    wait_until(lambda: len(family(killed)) == 3 and answers(settings["port"]), killed)
    _, *orphans = family(killed)
    asker = ask(settings["port"])
    try:
        killed.kill()
        killed.wait()
        successor = start("web", **settings)
        wait_until(lambda: gone(orphans), successor)
        answered = asker.answered
        wait_until(lambda: asker.answered > answered + 20, successor)
        second = start("web", **settings)
        assert second.wait(LONG_S) == 1
        assert "PARKING_PORT" in second.stdout.read()
        all_of_it = family(successor)
        asker.stop.set()
        asker.join()
        assert asker.unanswered == []
        assert asker.broken <= len(orphans) * 2
        successor.terminate()
        assert successor.wait(LONG_S) == 0
        assert gone(all_of_it)
        refuse_taken_port("127.0.0.1", settings["port"])
    finally:
        for each in orphans:
            with suppress(psutil.NoSuchProcess):
                each.kill()


def test_a_command_that_is_told_to_end_while_it_loads_ends_what_a_killed_one_left(
    city: Database, start: Start
) -> None:
    settings = {"database_url": city.url, "port": free_port(), "web_workers": 1}
    killed = start("web", **settings)
    wait_until(lambda: answers(settings["port"]), killed)
    _, orphan = family(killed)
    killed.kill()
    killed.wait()
    stopped = start("web", **settings)
    # The first of what it imports: it has not heard yet that there are settings.
    wait_until(lambda: blocks(stopped, signal.SIGTERM), stopped)
    stopped.terminate()
    assert stopped.wait(LONG_S) == 0
    assert gone([orphan])


def blocks(process: subprocess.Popen, told: signal.Signals) -> bool:
    """Whether what the process is told waits until it listens."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    blocked = next(line.split()[1] for line in lines if line.startswith("SigBlk:"))
    return bool(int(blocked, 16) >> (told - 1) & 1)


def test_a_killed_web_process_is_made_anew(city: Database, start: Start) -> None:
    port = free_port()
    web = start("web", database_url=city.url, port=port, web_workers=1)
    wait_until(lambda: answers(port), web)
    _, killed = family(web)
    killed.kill()
    wait_until(lambda: gone([killed]) and answers(port), web)
    web.terminate()
    assert web.wait(LONG_S) == 0


def test_a_web_process_that_is_killed_again_and_again_is_made_anew_by_the_same_command(
    city: Database, start: Start
) -> None:
    """Granian ends of two kills within some seconds; the command knows that its start has succeeded."""
    port = free_port()
    web = start("web", database_url=city.url, port=port, web_workers=1)
    wait_until(lambda: answers(port), web)
    for _ in range(2):
        killed = family(web)[1]
        killed.kill()
        wait_until(lambda dead=killed: gone([dead]) and answers(port), web)
    assert web.poll() is None
    web.terminate()
    assert web.wait(LONG_S) == 0


def test_a_start_in_which_no_web_process_can_succeed_ends(
    city: Database, start: Start, tmp_path: Path
) -> None:
    web = start("web", database_url=city.url, port=free_port(), charge_networks=tmp_path / "missing.toml")
    assert web.wait(LONG_S) == 1


def test_a_web_process_that_is_told_to_end_takes_nothing_else_with_it(city: Database, start: Start) -> None:
    """It has the pipe by which its command hears of signals."""
    port = free_port()
    web = start("web", database_url=city.url, port=port, web_workers=1)
    wait_until(lambda: answers(port), web)
    _, ended = family(web)
    ended.terminate()
    wait_until(lambda: gone([ended]) and answers(port), web)


@pytest.mark.parametrize("is_its_own", [True, False], ids=["its-command", "adopted"])
def test_a_web_process_begins_only_below_its_command(is_its_own: bool) -> None:
    """Killed while a web process starts, the command leaves it to whoever adopts orphans."""
    command = os.getpid() if is_its_own else -1
    begin = "import sys; from parking.entrypoints.processes import end_with_command as end"
    told = [sys.executable, "-c", f"{begin}; end(int(sys.argv[1])); print('lives')", str(command)]
    worker = subprocess.run(told, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (worker.returncode, worker.stdout) == ((0, "lives\n") if is_its_own else (1, ""))


def test_the_web_listens_on_a_name_too(city: Database, start: Start) -> None:
    port = free_port()
    web = start("web", database_url=city.url, host="localhost", port=port, web_workers=1)
    wait_until(lambda: answers(port, "localhost"), web)
    web.terminate()
    assert web.wait(LONG_S) == 0


def test_a_taken_port_is_said_before_anything_starts(city: Database, start: Start) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        web = start("web", database_url=city.url, port=port)
        assert web.wait(LONG_S) == 1
    said = web.stdout.read()
    assert f"端口 {port}" in said
    assert "PARKING_PORT" in said


@pytest.mark.parametrize("command", ["web", "worker"])
def test_a_schema_that_is_behind_stops_the_start_with_its_command(
    command: str, server: Server, database_prefix: str, start: Start
) -> None:
    name = f"{database_prefix}_behind"
    process = start(command, database_url=server.empty(name), port=free_port())
    assert process.wait(LONG_S) == 1
    said = process.stdout.read()
    assert "parking database upgrade" in said
    assert "Traceback" not in said
    server.drop(name)


@pytest.mark.parametrize("words", [["web"], ["worker"], ["database", "upgrade"]], ids=" ".join)
def test_a_database_that_does_not_answer_is_told_in_a_sentence(start: Start, words: list[str]) -> None:
    nobody = f"postgresql://parking:secret@127.0.0.1:{free_port()}/parking"
    process = start(*words, database_url=nobody, port=free_port())
    assert process.wait(LONG_S) == 1
    said = process.stdout.read()
    assert "无法连接数据库" in said
    assert len(said.splitlines()) == 1
    assert "secret" not in said


@pytest.mark.parametrize(
    "words", [["web"], ["worker"], ["database", "upgrade"], ["backup", "{}/backup"]], ids=" ".join
)
def test_a_database_that_says_nothing_is_told_in_a_sentence(
    start: Start, words: list[str], tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://parking:secret@127.0.0.1:{silent.getsockname()[1]}/parking"
        process = start(*(word.format(tmp_path) for word in words), database_url=url, port=free_port())
        assert process.wait(LONG_S) == 1
    said = process.stdout.read()
    assert "timeout" in said
    assert "Traceback" not in said
    assert "secret" not in said


@pytest.mark.parametrize("command", ["web", "worker"])
def test_a_secret_that_cannot_be_read_is_told_in_a_sentence(
    command: str, city: Database, start: Start, tmp_path: Path
) -> None:
    (tmp_path / "secret.key").mkdir()
    process = start(command, database_url=city.url, port=free_port())
    assert process.wait(LONG_S) == 1
    said = process.stdout.read()
    assert "PARKING_SECRET_KEY" in said
    assert "Traceback" not in said


def test_the_worker_breathes_and_ends_when_told(city: Database, sessions: Sessions, start: Start) -> None:
    worker = start("worker", database_url=city.url)
    wait_until(lambda: last_heartbeat(sessions), worker)
    all_of_it = family(worker)
    worker.terminate()
    assert worker.wait(LONG_S) == 0
    wait_until(lambda: gone(all_of_it))


def test_commands_share_the_embedded_database_and_the_last_one_stops_it(
    start: Start, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data_dir = Path(tmp_path_factory.mktemp("data", numbered=True))
    folder = data_dir / "postgres"
    try:
        env = {"PARKING_DATA_DIR": str(data_dir)}
        upgraded = CliRunner().invoke(parking, ["database", "upgrade"], env=env)
        assert upgraded.exit_code == 0, upgraded.output
        assert not Cluster(folder).is_alive()
        port = free_port()
        worker = start("worker", data_dir=data_dir)
        web = start("web", data_dir=data_dir, port=port, web_workers=1)
        wait_until(lambda: answers(port), web)
        assert any("worker_started" in line for line in worker.stdout)
        worker.terminate()
        assert worker.wait(LONG_S) == 0
        assert Cluster(folder).is_alive()
        # Who of them is left starts it again where it is killed, and says so.
        first = psutil.Process(int((folder / "data" / "postmaster.pid").read_text().split()[0]))
        first.kill()
        wait_until(lambda: gone([first]) and Cluster(folder).is_alive(), web)
        wait_until(lambda: "database" not in missing(port), web)
        web.terminate()
        assert web.wait(LONG_S) == 0
        assert '"event":"database.started_again"' in web.stdout.read()
        assert not Cluster(folder).is_alive()
    finally:
        assert stop_unused(folder)


def test_a_command_that_is_stopped_ends_what_a_killed_one_left_and_then_the_embedded_database(
    start: Start, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data_dir = Path(tmp_path_factory.mktemp("data", numbered=True))
    folder = data_dir / "postgres"
    try:
        upgraded = CliRunner().invoke(
            parking, ["database", "upgrade"], env={"PARKING_DATA_DIR": str(data_dir)}
        )
        assert upgraded.exit_code == 0, upgraded.output
        settings = {"data_dir": data_dir, "port": free_port(), "web_workers": 1}
        killed = start("web", **settings)
        wait_until(lambda: answers(settings["port"]), killed)
        _, orphan = family(killed)
        killed.kill()
        killed.wait()
        assert not stop_unused(folder), "who serves uses the database"
        place = Place(data_dir / "run" / f"web-127.0.0.1-{settings['port']}")
        stopped = start("web", **settings)
        wait_until(place.has_command, stopped)
        stopped.terminate()
        assert stopped.wait(LONG_S) == 0
        assert gone([orphan])
        assert not Cluster(folder).is_alive()
    finally:
        assert stop_unused(folder)


def test_wrong_settings_are_told_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["parking", "doctor"])
    monkeypatch.setenv("PARKING_PORT", "none")
    monkeypatch.setenv("PARKING_COLOUR", "red")
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == "PARKING_COLOUR: Unknown key.\nPARKING_PORT: Not a valid integer."
