"""How are the pages and interfaces served? By granian, as a child that our command starts and stops."""

from __future__ import annotations

import os
import sys
import tempfile
from threading import Event

from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from parking.entrypoints.processes import COMMAND, Child, refuse_taken_port
from parking.kernel.db.revision import check_revision
from parking.settings import Settings

# Of one web process. A passage waits here for its commit, and as many as wait share it.
THREADS = 16
_SERVER = (sys.executable, "-m", "parking.entrypoints.web_server")


def serve(settings: Settings, database_url: str, stop: Event) -> int:
    """Serve until `stop` is set or the server ends by itself; the exit code.

    Raises PortTaken, SchemaBehind, SchemaAhead before anything is started.
    """
    refuse_taken_port(settings.host, settings.port)
    check_revision(create_engine(database_url, poolclass=NullPool))
    with tempfile.TemporaryDirectory(prefix="parking-metrics-") as metrics:
        told = {"PARKING_DATABASE_URL": database_url, "PROMETHEUS_MULTIPROC_DIR": metrics}
        env = {**os.environ, **told, COMMAND: str(os.getpid())}
        server = Child("web", _SERVER, env)
        while not stop.wait(0.2):
            if server.code is not None:
                return server.code
        server.stop()
        return 0
