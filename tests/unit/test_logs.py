"""Does a process go on when nobody reads its log any more?"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
_LOGS = """
import logging, structlog
from parking.bootstrap.logs import configure_logging
from parking.settings import Settings
for log_format in ("json", "console"):
    configure_logging(Settings.from_env({"PARKING_LOG_FORMAT": log_format}))
    for number in range(1000):
        structlog.get_logger("ours").info("answered", number=number)
        logging.getLogger("theirs").warning("noticed %s", number)
print("went on")
"""


def test_a_log_that_nobody_reads_stops_nothing() -> None:
    unread, log = os.pipe()
    os.close(unread)
    try:
        told = subprocess.run(
            [sys.executable, "-c", _LOGS],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            check=False,
        )
    finally:
        os.close(log)
    assert told.stdout == "went on\n"
