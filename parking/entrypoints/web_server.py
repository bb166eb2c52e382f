"""Which process do the web processes come from? One that has loaded the application before it makes them.

They are forked from it, so one that is made anew after a crash answers as soon as its application is built.
"""

from __future__ import annotations

import gc
import os
import sys

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from parking.entrypoints import wsgi
from parking.entrypoints.web import THREADS
from parking.settings import Settings

_STOPS_WITHIN_S = 8


def serve(factory: str, host: str, port: int, workers: int) -> None:
    """Serve the application that `factory` (module:function) makes in each of so many processes.

    Ends at SIGINT or SIGTERM. What is imported before is shared by all of them.
    """
    # What the processes share is left alone by their collectors, so that it stays shared.
    gc.collect()
    gc.freeze()
    Granian(
        factory,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        factory=True,
        workers=workers,
        blocking_threads=THREADS,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=_STOPS_WITHIN_S,
        log_level=LogLevels.warning,
    ).serve()


def main() -> int:
    """What the command `web` starts, once it has looked at everything that can be wrong.

    An argument names another factory to serve: a bench's own.
    """
    settings = Settings.from_env(os.environ)
    factory = sys.argv[1] if len(sys.argv) > 1 else f"{wsgi.__name__}:{wsgi.create.__name__}"
    serve(factory, settings.host, settings.port, settings.web_workers)
    return 0


if __name__ == "__main__":
    sys.exit(main())
