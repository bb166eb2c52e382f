"""What does every gate dialect look like from outside, and how does it gather what it reads?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import orjson

from integrations.gate_values import Refused
from parking.boundary.gates import (
    DialectContext,
    GateManifest,
    GateMessage,
    GateProblem,
    GateReading,
    GateReply,
    GateRequest,
    Verdict,
)

T = TypeVar("T")
_MAX_PROBLEMS = 100
RETRY_AFTER_S = 5


@dataclass(frozen=True, slots=True)
class Dialect:
    """A `boundary.gates.GateDialect` made of a manifest and three pure functions."""

    manifest: GateManifest
    reads: Callable[[GateRequest, DialectContext], GateReading]
    replies: Callable[[GateRequest, GateReading | None, Verdict], GateReply]
    names_serial: Callable[[GateRequest], str | None]

    def profile_problems(self, _profile: str | None) -> Sequence[tuple[str, str]]:
        """None: this dialect is told by no profile."""
        return ()

    def serial_of(self, request: GateRequest) -> str | None:
        """The serial that the request names, None where it names none or cannot be read."""
        return self.names_serial(request)

    def read(self, request: GateRequest, context: DialectContext) -> GateReading:
        """Read a request. Raises GateUnreadable, SignatureWrong."""
        return self.reads(request, context)

    def reply(
        self,
        request: GateRequest,
        reading: GateReading | None,
        verdict: Verdict,
        _context: DialectContext | None = None,
    ) -> GateReply:
        """The answer that the device understands; it acknowledges and opens nothing."""
        return self.replies(request, reading, verdict)


@dataclass(slots=True)
class Heard:
    """What was read of a request so far, and what was wrong with it."""

    messages: list[GateMessage] = field(default_factory=list)
    problems: list[GateProblem] = field(default_factory=list)

    def attempt(self, record: str, read: Callable[..., T], *args: Any, **kwargs: Any) -> T | None:
        """What `read` gives, or None after its refusal was noted under the record's place, like "#2"."""
        try:
            return read(*args, **kwargs)
        except Refused as refusal:
            self.refuse(record, refusal.code, refusal.field)
            return None

    def refuse(self, record: str, code: str, field: str | None = None) -> None:
        if len(self.problems) < _MAX_PROBLEMS:
            self.problems.append(GateProblem(record, code, field))

    def keep(self, message: GateMessage | None) -> None:
        if message is not None:
            self.messages.append(message)

    def reading(self, **more: Any) -> GateReading:
        return GateReading(tuple(self.messages), tuple(self.problems), **more)


def json_reply(value: Mapping[str, Any], status: int = 200) -> GateReply:
    """A JSON answer; one that says "busy" tells when to try again."""
    headers = (("Retry-After", str(RETRY_AFTER_S)),) if status == 503 else ()
    return GateReply(status, orjson.dumps(value), headers=headers)
