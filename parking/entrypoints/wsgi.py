"""What does the web server run? One application per web process, made in that process."""

from __future__ import annotations

import os

from flask import Flask

from parking.bootstrap import create_web_app
from parking.entrypoints.handover import announce_built, end_after_command, place_in
from parking.entrypoints.processes import COMMAND, share_processor, uncollected
from parking.settings import Settings


def create() -> Flask:
    """The factory that the web server calls in each of its workers."""
    command, place = int(os.environ[COMMAND]), place_in(os.environ)
    end_after_command(command, place)
    share_processor()
    with uncollected():
        app = create_web_app(Settings.from_env(os.environ))
    announce_built(command, place)
    return app
