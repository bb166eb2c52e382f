"""When is a server given up that says nothing any more, though the network still acknowledges?

It gives up a statement itself after 30 s (`engine`): whoever is silent for longer says nothing more. Nothing
below asks that: keepalives are answered by a machine whose server hangs.
"""

from __future__ import annotations

from time import monotonic
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.waiting import Ready
from sqlalchemy import Connection

_Value = TypeVar("_Value")

SILENT_AFTER_S = 40.0
_SILENT = "the server said nothing for too long"


class BoundedConnection(psycopg.Connection[Any]):
    """A connection that is closed once its server says nothing for `silent_after_s` while something waits.

    Whatever was asked raises psycopg.OperationalError then.
    """

    silent_after_s: float | None = None

    def wait(self, gen: PQGen[_Value], interval: float = 0.1, timeout: float | None = None) -> _Value:
        return super().wait(self._until_silent(gen), interval, timeout)

    def _until_silent(self, gen: PQGen[_Value]) -> PQGen[_Value]:
        """The same, told again and again while nothing comes."""
        since, most = monotonic(), self.silent_after_s or SILENT_AFTER_S
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if ready != Ready.NONE:
                    since = monotonic()
                elif monotonic() - since > most:
                    # Nobody knows what it would answer next.
                    self.pgconn.finish()
                    raise psycopg.OperationalError(_SILENT)
                wanted = gen.send(ready)
        except StopIteration as ended:
            value: _Value = ended.value
            return value


def bear_silence(connection: Connection, seconds: float) -> None:
    """Let statements of this connection take so long; to be set together with the server's own limit."""
    own = connection.connection.driver_connection
    if isinstance(own, BoundedConnection):
        own.silent_after_s = seconds
