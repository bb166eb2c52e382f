"""Who uses an embedded server in these tests? Processes of their own, and this one."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import NullPool, create_engine, make_url, text

from parking.kernel.db.cluster import Cluster

ROOT = Path(__file__).parents[3]

# Uses the server of a folder until its input ends.
_USER = """
import sys
from pathlib import Path
from parking.kernel.db.embedded import EmbeddedServer
with EmbeddedServer.open(Path(sys.argv[1]), options={"fsync": "off"}) as server:
    print(server.url, flush=True)
    sys.stdin.read()
"""


class ServerUser:
    """A process that has the server of `folder` open; it fails on any warning."""

    def __init__(
        self, folder: Path, *, before: Sequence[str] = (), env: dict[str, str] | None = None
    ) -> None:
        self.process = subprocess.Popen(
            [*before, sys.executable, "-W", "error", "-c", _USER, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, **(env or {})},
        )

    def url(self) -> str:
        """The address that it was given, once it is up."""
        url = self.process.stdout.readline().strip()
        assert url, self.process.stderr.read()
        return url

    def leave(self) -> int:
        """End it as a process should end; its exit code."""
        self.process.stdin.close()
        return self.process.wait(timeout=60)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            pipe.close()


def ask(url: str, question: str = "SELECT current_database()") -> object:
    """One value from the database."""
    engine = create_engine(url, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            return connection.execute(text(question)).scalar()
    finally:
        engine.dispose()


def plain(url: str) -> str:
    """The address as libpq reads it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def logged(folder: Path, words: str) -> str:
    """The log of the server of a folder, once it says this."""
    deadline = time.monotonic() + 30
    while words not in (log := Cluster(folder).log.read_text()):
        assert time.monotonic() < deadline, log
        time.sleep(0.01)
    return log
