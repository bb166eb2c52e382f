"""A notice on the console: for a demo, and until the city has chosen a channel."""

from __future__ import annotations

import sys
from collections.abc import Callable

from parking.boundary.notices import Notice


def _to_standard_error(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


class ConsoleChannel:
    """Writes the words of a notice, without name or number of the person."""

    def __init__(self, write: Callable[[str], None] = _to_standard_error) -> None:
        self._write = write

    def send(self, notice: Notice) -> None:
        # Whoever reads the console learns what is said (a reset code too), and not to whom.
        self._write(f"[{notice.id}] {notice.subject}: {notice.text}")
