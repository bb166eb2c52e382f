"""What does the web server run? One application per web process, made in that process."""

from __future__ import annotations

import os

from flask import Flask

from parking.bootstrap import create_web_app
from parking.entrypoints.processes import COMMAND, end_with_command, share_processor, uncollected
from parking.settings import Settings


def create() -> Flask:
    """The factory that the web server calls in each of its workers."""
    end_with_command(int(os.environ[COMMAND]))
    share_processor()
    with uncollected():
        return create_web_app(Settings.from_env(os.environ))
