"""What does the web server run? One application per web process, made in that process."""

from __future__ import annotations

import os
import signal

import psutil
from flask import Flask

from parking.bootstrap import create_web_app
from parking.entrypoints.processes import end_with_grandparent, share_processor
from parking.settings import Settings


def create() -> Flask:
    """The factory that the web server calls in each of its workers."""
    server = os.getppid()

    def end() -> None:
        if os.getppid() == server:
            os.kill(server, signal.SIGTERM)
        else:
            os._exit(1)

    # The server may be killed while a worker starts: whoever adopted that is no server, and lives on.
    if "granian" not in " ".join(psutil.Process(server).cmdline()):
        os._exit(1)
    end_with_grandparent(server, end)
    share_processor()
    return create_web_app(Settings.from_env(os.environ))
