"""How are the pages and interfaces served? By granian, in processes forked from the command that loaded all.

So a web process that is made anew after a crash imports nothing: it answers when its application is built.
"""

from __future__ import annotations

import os
import time
from threading import Event, Thread
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.common import AbstractServer

from parking.bootstrap import configure_logging, secret_of
from parking.entrypoints import wsgi
from parking.entrypoints.handover import GENERATION, PLACE, STOPS_WITHIN_S, Place
from parking.entrypoints.processes import COMMAND, address_of
from parking.kernel.db.engine import make_engine
from parking.kernel.db.revision import check_revision
from parking.settings import Settings

# Of one web process. A passage waits here for its commit, and as many as wait share it.
THREADS = 16
_FACTORY = f"{wsgi.__name__}:{wsgi.create.__name__}"
_STARTED_WITHIN_S = 5


def serve(settings: Settings, database_url: str, stop: Event, place: Place | None) -> None:
    """Serve until `stop` is set; killed outright, the web processes hand over at `place`, or end without one.

    Raises DatabaseUnreachable, SchemaBehind, SchemaAhead, KeyNotUsable before anything is started, SystemExit
    where the web processes end by themselves again and again.
    """
    configure_logging(settings)
    secret_of(settings)
    engine = make_engine(database_url)
    try:
        check_revision(engine)
    finally:
        # The web processes are forked later, and have connections of their own.
        engine.dispose()
    os.environ["PARKING_DATABASE_URL"] = database_url
    if place is None:
        serve_factory(_FACTORY, settings, stop)
        return
    os.environ |= {PLACE: str(place.folder), GENERATION: str(place.generation)}
    serve_factory(_FACTORY, settings, stop, place)
    # Told to stop before those of a killed command heard of it: they are to stop as well.
    place.end_others()


def serve_factory(factory: str, settings: Settings, stop: Event, place: Place | None = None) -> None:
    """Serve the application that `factory` (module:function) makes in each web process, until `stop` is set.

    What is imported before, `uncollected`, is shared by all of them. Raises SystemExit as `serve`.
    """
    os.environ[COMMAND] = str(os.getpid())
    serving = _server(factory, settings)

    def end_when_told() -> None:
        stop.wait()
        serving.signal_handler_interrupt()

    # Granian's own ear opens late; a signal in the instant before it begins to wait is heard by ours alone.
    Thread(target=end_when_told, name="web-stop", daemon=True).start()
    while not stop.is_set():
        began = time.monotonic()
        if place is not None:
            place.withdraw()
        try:
            serving.serve()
        except SystemExit:
            # So ends a start that cannot succeed, but also one process that was killed twice in a short time.
            if not _has_started(place, began):
                raise
            # Told to stop from now on, it is the new one that hears of it; told before, none is begun.
            serving = _server(factory, settings)
        else:
            return


def _has_started(place: Place | None, began: float) -> bool:
    """Whether a web process was ready since; where none says so, whether there was time enough."""
    if place is None:
        return time.monotonic() - began >= _STARTED_WITHIN_S
    return place.announced() == place.generation


def _server(factory: str, settings: Settings) -> AbstractServer[Any]:
    server = Granian(
        factory,
        address=address_of(settings.host)[1],
        port=settings.port,
        interface=Interfaces.WSGI,
        factory=True,
        workers=settings.web_workers,
        blocking_threads=THREADS,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=STOPS_WITHIN_S,
        log_level=LogLevels.warning,
    )
    # It would begin its processes anew at SIGHUP, which is for `stop_on_signals` to hear.
    server.signal_handler_reload = None  # type: ignore[method-assign,assignment]
    return server
