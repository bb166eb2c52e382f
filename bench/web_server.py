"""The server of production with a bench's own factory (module:function), which it is told as its argument."""

from __future__ import annotations

import os
import sys

from parking.entrypoints.processes import end_with_parent, stop_on_signals, uncollected
from parking.settings import Settings

if __name__ == "__main__":
    told_to_stop = stop_on_signals()
    end_with_parent(told_to_stop.set)
    # As the command `web` loads it, or the processes would not share what was imported.
    with uncollected():
        from parking.entrypoints.web import serve_factory
    serve_factory(sys.argv[1], Settings.from_env(os.environ), told_to_stop)
