"""What did a client send lately, and what did we answer? Noted beside the calls, written once a second.

A call costs one append to a bounded list. A thread of this process masks and writes what is there; what was
noted in the last second before a kill is lost, and it is no evidence of anything: passages have their own.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event, Lock, Thread

import structlog

from parking.accounts.rules.calls import MOST_CALLS, MOST_UNSIGNED, NewCall
from parking.accounts.service.calls import record_calls
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.pacing import Pace
from parking.kernel.sealing import Sealer
from parking.plates.rules import without_plates
from parking.portals.gateway.masking import excerpt

_EVERY_S = 1.0
# As many as one client has in a second.
_AT_ONCE = MOST_CALLS
# Of an address, which is cut once its plates are masked: half a plate is not known as one.
_LONGEST, _LONGEST_READ = 200, 400
_log = structlog.get_logger("parking.gateway")


@dataclass(slots=True)
class Noted:
    """A call while it is being answered."""

    client_id: str
    at: datetime
    message_id: str = ""
    body: bytes = field(default=b"", repr=False)
    is_known: bool = False
    is_signed: bool = False


_Line = tuple[Noted, str, str, int, float, bytes]


class CallLog:
    """The calls of this process that are not written yet: of each client at most what the log keeps."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer
        self._waiting: dict[tuple[str, bool], deque[_Line]] = {}
        self._lock = Lock()
        self._writer: Thread | None = None
        self._sessions: Sessions | None = None

    def note(self, noted: Noted, method: str, path: str, status: int, seconds: float, answer: bytes) -> None:
        """Keep a call of a known client for the writer."""
        if not noted.is_known:
            return
        key = noted.client_id, noted.is_signed
        lines = self._waiting.get(key)
        if lines is None:
            with self._lock:
                most = MOST_CALLS if noted.is_signed else MOST_UNSIGNED
                lines = self._waiting.setdefault(key, deque(maxlen=most))
        lines.append((noted, method, path, status, seconds, answer))

    def begin(self, sessions: Sessions) -> None:
        """Start the writer of this process, once; a worker ends without asking its threads."""
        if self._writer is None:
            with self._lock:
                if self._writer is None:
                    self._sessions = sessions
                    self._writer = Thread(target=self._write_for_ever, name="gateway-calls", daemon=True)
                    self._writer.start()

    def _write_for_ever(self) -> None:
        pause = Event()
        while not pause.wait(_EVERY_S):
            try:
                self.write()
            except Exception as error:
                # The database is away: the next round writes the newest.
                _log.warning("calls_not_written", error=type(error).__name__)

    def write(self, sessions: Sessions | None = None) -> int:
        """Write what waits, with rests; how many that were."""
        opened = sessions or self._sessions
        lines = [each for waiting in list(self._waiting.values()) for each in _taken(waiting)]
        if opened is None:
            return len(lines)
        pace = Pace()
        for start in range(0, len(lines), _AT_ONCE):
            calls = []
            for line in lines[start : start + _AT_ONCE]:
                calls.append(self._as_call(line))
                pace.step()
            with unit_of_work(opened) as uow:
                record_calls(uow.session, calls)
        return len(lines)

    def _as_call(self, line: _Line) -> NewCall:
        """With plates masked; of a call that nobody signed only the size and the fingerprint of its body."""
        noted, method, path, status, seconds, answer = line
        return NewCall(
            client_id=noted.client_id,
            at=noted.at,
            is_signed=noted.is_signed,
            message_id=noted.message_id[:128],
            method=method,
            path=without_plates(path[:_LONGEST_READ])[:_LONGEST],
            status=status,
            elapsed_us=min(int(seconds * 1e6), 2_000_000_000),
            body_length=len(noted.body),
            body_digest=self._sealer.fingerprint(noted.body),
            body=excerpt(noted.body) if noted.is_signed else "",
            answer=excerpt(answer),
        )


def _taken(waiting: deque[_Line]) -> list[_Line]:
    taken = []
    while waiting:
        taken.append(waiting.popleft())
    return taken
