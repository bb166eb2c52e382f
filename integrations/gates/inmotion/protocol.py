"""An InMotion bay sensor: what does its `battary` mean? See README.md for the fields."""

from __future__ import annotations

from integrations.gate_bays import read_bay, reply_code
from parking.boundary.gates import DialectContext, GateReading, GateReply, GateRequest, Verdict

# Per cent.
_LOW_AT = 20


def serial_of(request: GateRequest) -> str | None:
    """The sensors speak for themselves; the gateway that forwards them names itself nowhere."""
    return None


def read(request: GateRequest, context: DialectContext) -> GateReading:
    """Read the state of one bay. Raises GateUnreadable."""
    return read_bay(request, context, lambda percent: percent <= _LOW_AT)


def reply(request: GateRequest, reading: GateReading | None, verdict: Verdict) -> GateReply:
    """`{"code": 0, "body": {"msg": "ok"}}`."""
    return reply_code(request, reading, verdict)
