"""Who stops an embedded server whose users were killed or end without clean-up? One that outlives them.

As a program (`python -m`, with the folder): waits for the last user to go, and then stops the server.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from parking.kernel.db.embedded import stop_unused

# Whoever uses it then does not end now, and stops it later.
_WAITS_S = 20
_LOOK_EVERY_S = 0.2


def stop_when_abandoned(folder: Path) -> None:
    """As this process ends: have the server of `folder`, if there is one, stopped unless others use it."""
    if folder.exists():
        subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", __name__, str(folder)],
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def _wait_and_stop(folder: Path) -> None:
    until = time.monotonic() + _WAITS_S
    while not stop_unused(folder) and time.monotonic() < until:
        time.sleep(_LOOK_EVERY_S)


if __name__ == "__main__":
    _wait_and_stop(Path(sys.argv[1]))
