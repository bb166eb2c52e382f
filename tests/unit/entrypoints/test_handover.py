"""Do the web processes of a killed command go on until they are succeeded, and no longer?"""

from __future__ import annotations

import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from parking.entrypoints.handover import Place, take_port
from parking.entrypoints.processes import AddressNotOurs, HostUnknown, PortTaken, address_of, free_port
from parking.kernel.db.cluster import Cluster
from parking.kernel.errors import ParkingError
from parking.settings import Settings

ROOT = Path(__file__).parents[3]
LONG_S = 60
# A command that is killed at any time, and the web process that it forked.
_COMMAND = r"""
import os, sys, time
from pathlib import Path
from parking.entrypoints.handover import Place, end_after_command
place, command = Place(Path(sys.argv[1])), os.getpid()
assert place.take()
if forked := os.fork():
    os.write(1, f"{forked} {place.generation}\n".encode())
else:
    end_after_command(command, place, float(sys.argv[2]), float(sys.argv[3]))
    os.write(1, b"joined\n")
time.sleep(600)
"""


@dataclass
class Command:
    """A command without a web server, and its one web process."""

    process: subprocess.Popen
    web: psutil.Process
    generation: int

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


Start = Callable[..., Command]


@pytest.fixture
def start() -> Iterator[Start]:
    started: list[Command] = []

    def begin(folder: Path, alone_s: float, loads_s: float = 600) -> Command:
        process = subprocess.Popen(
            [sys.executable, "-c", _COMMAND, str(folder), str(alone_s), str(loads_s)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        said = {process.stdout.readline().strip() for _ in range(2)} - {"joined"}
        web, generation = map(int, said.pop().split())
        started.append(Command(process, psutil.Process(web), generation))
        return started[-1]

    yield begin
    for each in started:
        with suppress(psutil.NoSuchProcess):
            each.web.kill()
        each.kill()
        each.process.stdout.close()


def ends(process: psutil.Process) -> bool:
    until = time.monotonic() + LONG_S
    while lives(process) and time.monotonic() < until:
        time.sleep(0.05)
    return not lives(process)


def lives(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_web_process_that_nobody_succeeds_ends_by_itself_when_its_time_is_over(
    tmp_path: Path, start: Start
) -> None:
    command = start(tmp_path / "place", 1.0)
    assert Place(tmp_path / "place").is_served()
    killed = time.monotonic()
    command.kill()
    assert ends(command.web)
    assert time.monotonic() - killed >= 1.0
    assert not Place(tmp_path / "place").is_served()


def test_it_ends_before_when_those_of_the_next_command_serve(tmp_path: Path, start: Start) -> None:
    command = start(tmp_path / "place", 600)
    command.kill()
    successor = Place(tmp_path / "place")
    assert successor.take()
    successor.announce()
    assert ends(command.web)


_SERVED = r"""
import os, sys, time
from pathlib import Path
from parking.entrypoints.handover import Place, end_after_command
from parking.kernel.db.embedded import EmbeddedServer
data_dir, command = Path(sys.argv[1]), os.getpid()
place = Place(data_dir / "run" / "web")
assert place.take()
server = EmbeddedServer.open(data_dir / "postgres", options={"fsync": "off"})
if os.fork():
    os.write(1, b"served\n")
else:
    end_after_command(command, place, 0.1)
time.sleep(600)
"""


def test_the_last_of_those_that_nobody_succeeds_has_the_embedded_database_stopped(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _SERVED, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as command:
        assert command.stdout.readline() == "served\n"
        database = Cluster(tmp_path / "postgres")
        # Forked, it may not have joined yet.
        while not Place(tmp_path / "run" / "web").is_served():
            time.sleep(0.05)
        assert database.is_alive()
        command.kill()
    until = time.monotonic() + LONG_S
    while database.is_alive() and time.monotonic() < until:
        time.sleep(0.1)
    assert not database.is_alive()


def test_it_hears_of_the_next_command_also_on_a_full_disk(tmp_path: Path, start: Start) -> None:
    command = start(tmp_path / "place", 600)
    command.kill()
    successor = Place(tmp_path / "place")
    room = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, room[1]))
    try:
        assert successor.take()
        successor.announce()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, room)
    assert ends(command.web)


def test_of_a_next_command_that_is_never_heard_of_it_is_weary_in_the_end(
    tmp_path: Path, start: Start
) -> None:
    command = start(tmp_path / "place", 0.1, 2)
    command.kill()
    assert Place(tmp_path / "place").take()
    assert ends(command.web)


def test_no_command_takes_another_for_itself_whatever_its_pid(tmp_path: Path, start: Start) -> None:
    generations = []
    for _ in range(3):
        command = start(tmp_path / "place", 600)
        command.kill()
        generations.append(command.generation)
    assert len(set(generations)) == 3
    assert generations == sorted(generations)


def test_it_waits_longer_while_the_next_command_loads(tmp_path: Path, start: Start) -> None:
    command = start(tmp_path / "place", 0.1)
    # Its time begins when the next command is there.
    command.web.send_signal(signal.SIGSTOP)
    command.kill()
    successor = Place(tmp_path / "place")
    assert successor.take()
    command.web.send_signal(signal.SIGCONT)
    time.sleep(1)
    assert lives(command.web)
    successor.announce()
    assert ends(command.web)


def test_what_its_own_command_or_one_long_gone_announced_ends_no_web_process(
    tmp_path: Path, start: Start
) -> None:
    command = start(tmp_path / "place", 600)
    for since_it_began in (-1, 0):
        Place(tmp_path / "place", command.generation + since_it_began).announce()
    command.kill()
    time.sleep(1.5)
    assert lives(command.web)


def test_a_command_that_stops_ends_those_of_a_killed_one(tmp_path: Path, start: Start) -> None:
    command = start(tmp_path / "place", 600)
    command.kill()
    successor = Place(tmp_path / "place")
    assert successor.take()
    successor.end_others()
    assert ends(command.web)


def test_a_web_process_whose_place_was_taken_away_ends(tmp_path: Path, start: Start) -> None:
    command = start(tmp_path / "place", 0.1)
    (tmp_path / "place").rename(tmp_path / "elsewhere")
    command.kill()
    assert ends(command.web)


def _settings(data_dir: Path, port: int) -> Settings:
    return Settings.from_env({"PARKING_DATA_DIR": str(data_dir), "PARKING_PORT": str(port)})


def test_a_port_is_taken_as_soon_as_a_command_loads_and_free_when_it_is_gone(
    tmp_path: Path, start: Start
) -> None:
    settings = _settings(tmp_path, free_port())
    command = start(tmp_path / "run" / f"web-127.0.0.1-{settings.port}", 600)
    with pytest.raises(PortTaken):
        take_port(settings)
    command.kill()
    assert take_port(settings) is not None


def test_what_is_kept_of_a_port_is_its_owners_alone(tmp_path: Path) -> None:
    place = take_port(_settings(tmp_path, free_port()))
    place.announce()
    assert place.folder.stat().st_mode & 0o777 == 0o700
    assert {path.name for path in place.folder.iterdir()} == {"command.lock", "running.lock", "serving"}
    assert {path.stat().st_mode & 0o777 for path in place.folder.iterdir()} == {0o600}


@pytest.mark.parametrize("may_write", [True, False], ids=["a-place", "no-place"])
def test_a_port_of_another_program_is_taken(tmp_path: Path, may_write: bool) -> None:
    data_dir = tmp_path / "data"
    if not may_write:
        data_dir.touch()
    with socket.create_server(("127.0.0.1", 0)) as other:
        settings = _settings(data_dir, other.getsockname()[1])
        with pytest.raises(PortTaken):
            take_port(settings)
    assert (take_port(_settings(data_dir, free_port())) is not None) == may_write


_TAKES = """
import sys
from pathlib import Path
from parking.entrypoints.handover import take_port
from parking.settings import Settings
take_port(Settings.from_env({"PARKING_DATA_DIR": sys.argv[1], "PARKING_PORT": sys.argv[2]}))
print("taken", flush=True)
sys.stdin.read()
"""


def test_a_port_is_held_before_anybody_listens_on_it(tmp_path: Path) -> None:
    """By two commands with data folders of their own the port would be shared in silence."""
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-c", _TAKES, str(tmp_path / "first"), str(port)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as first:
        assert first.stdout.readline() == "taken\n"
        with pytest.raises(PortTaken):
            take_port(_settings(tmp_path / "second", port))
        with pytest.raises(OSError):
            socket.create_server(("127.0.0.1", port)).close()
        first.stdin.close()
    assert take_port(_settings(tmp_path / "second", port)) is not None


_RACE = """
import os, sys, time
from pathlib import Path
from parking.entrypoints.handover import take_port
from parking.entrypoints.processes import PortTaken, free_port
from parking.settings import Settings
for _ in range(60):
    port, begin = str(free_port()), time.monotonic() + 0.02
    runners = []
    for name in ("first", "second"):
        told, tell = os.pipe()
        runners.append((os.fork(), told, tell))
        if not runners[-1][0]:
            settings = Settings.from_env(
                {"PARKING_DATA_DIR": os.path.join(sys.argv[1], name), "PARKING_PORT": port}
            )
            while time.monotonic() < begin:
                pass
            try:
                take_port(settings)
                os.write(tell, b"1")
            except PortTaken:
                os.write(tell, b"0")
            time.sleep(600)
    print(sum(int(os.read(told, 1)) for _, told, _ in runners), flush=True)
    for runner, told, tell in runners:
        os.kill(runner, 9)
        os.waitpid(runner, 0)
        os.close(told)
        os.close(tell)
"""


def test_of_two_commands_that_begin_in_the_same_instant_one_takes_the_port(tmp_path: Path) -> None:
    raced = subprocess.run(
        [sys.executable, "-c", _RACE, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert set(raced.stdout.split()) == {"1"}


def test_connections_that_linger_after_another_program_keep_no_command_from_the_port(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            # Whoever closes first keeps it for a while (TIME_WAIT).
            other.accept()[0].close()
            assert client.recv(1) == b""
    assert take_port(_settings(tmp_path, port)) is not None


@pytest.mark.parametrize(
    ("host", "problem"),
    [("192.0.2.1", AddressNotOurs), ("nowhere.invalid", HostUnknown), ("two..dots", HostUnknown)],
)
def test_a_host_on_which_nobody_can_listen_is_no_taken_port(
    tmp_path: Path, host: str, problem: type[ParkingError]
) -> None:
    with pytest.raises(problem):
        take_port(
            Settings.from_env(
                {
                    "PARKING_DATA_DIR": str(tmp_path),
                    "PARKING_HOST": host,
                    "PARKING_PORT": str(free_port()),
                }
            )
        )


def test_a_name_is_listened_on_by_its_address() -> None:
    assert address_of("localhost") == (socket.AF_INET, "127.0.0.1")
    assert address_of("::1") == (socket.AF_INET6, "::1")


def test_another_port_is_named_that_there_is() -> None:
    assert [PortTaken.at(port).params["other"] for port in (8000, 65535)] == [8001, 65534]
