"""How does one barrier get rid of what it saw? In order, again and again until its platform acknowledges."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from parking.entrypoints.simulator.barriers import CLEAN, DIALECTS
from parking.entrypoints.simulator.barriers.clean import signed
from parking.entrypoints.simulator.barriers.crossing import Crossing, Gate, Leads, Message
from parking.entrypoints.simulator.barriers.line import Line

_SKEW = timedelta(minutes=11)
# What a clock says whose battery is empty; with some hours more, for the zones.
_BEGAN = datetime(1970, 1, 2, tzinfo=UTC)
_BEAT_EVERY = timedelta(seconds=30)
_HELD_BACK = 3


class Fault(StrEnum):
    """What a barrier does to its platform."""

    GOOD = "good"
    REPEAT = "repeat"
    REORDER = "reorder"
    GAP = "gap"
    CLOCK_SKEW = "clock_skew"
    CLOCK_LOST = "clock_lost"
    OUTAGE = "outage"
    NO_PLATE = "no_plate"
    BACKED_OUT = "backed_out"


@dataclass(slots=True)
class Tally:
    """What became of a barrier's messages."""

    seen: int = 0
    sent: int = 0
    acknowledged: int = 0
    refused: int = 0
    unreached: int = 0
    opened: int = 0


@dataclass(slots=True)
class _Waiting:
    message_id: str
    message: Message


@dataclass(slots=True)
class Barrier:
    """A gate as it plays: every `every`-th crossing shows the fault. One thread works it."""

    gate: Gate
    plays: Fault = Fault.GOOD
    every: int = 1
    tally: Tally = field(default_factory=Tally)
    _queue: deque[_Waiting] = field(default_factory=deque)
    _held: list[tuple[Crossing, bool]] = field(default_factory=list)
    _beaten_at: datetime | None = None
    _line: Line = field(init=False)

    def __post_init__(self) -> None:
        self._line = Line(self.gate.url)

    def see(self, crossing: Crossing, *, resent: bool = False) -> bool:
        """A vehicle crosses; False when it backed out and so will never leave."""
        self.tally.seen += 1
        plays = self.plays if crossing.number % self.every == 0 else Fault.GOOD
        match plays:
            case Fault.GAP:
                return True
            case Fault.CLOCK_SKEW:
                crossing = crossing.moved(_SKEW)
            case Fault.CLOCK_LOST:
                crossing = crossing.moved(_BEGAN - crossing.at)
            case Fault.NO_PLATE:
                crossing = Crossing(crossing.number, crossing.at, crossing.leads, None, crossing.stay)
            case Fault.REORDER:
                self._held.append((crossing, resent))
                if len(self._held) >= _HELD_BACK:
                    self._let_go()
                return True
        self._tell(crossing, resent)
        if plays is Fault.REPEAT:
            self._tell(crossing, resent)
        if plays is Fault.BACKED_OUT and crossing.leads is Leads.ENTRY:
            return not self._take_back(crossing)
        return True

    def direct(self, plays: Fault, every: int) -> None:
        """From now on it plays something else; what it held back or missed goes out."""
        self.plays, self.every = plays, every
        self._let_go()

    def flush(self, now: datetime, most: int) -> None:
        """Send up to `most` of what waits, the oldest first; what is not acknowledged waits on."""
        if self.plays is Fault.OUTAGE:
            return
        if self._beaten_at is None or now - self._beaten_at >= _BEAT_EVERY:
            self._beaten_at = now
            beat = DIALECTS[self.gate.dialect].beat(self.gate, now)
            if beat is not None:
                self._post(f"beat-{int(now.timestamp())}", beat, now)
        for _ in range(min(most, len(self._queue))):
            first = self._queue[0]
            if not self._post(first.message_id, first.message, now):
                return
            self._queue.popleft()

    def close(self) -> None:
        """Hang up; what waits is lost here and replayed at the next start."""
        self._line.close()

    @property
    def waiting(self) -> int:
        return len(self._queue) + len(self._held)

    def _tell(self, crossing: Crossing, resent: bool) -> None:
        # In an outage the device stores what it cannot push, and says so when it replays.
        resent = resent or self.plays is Fault.OUTAGE
        message = DIALECTS[self.gate.dialect].tell(self.gate, crossing, resent=resent)
        self._queue.append(_Waiting(f"{self.gate.serial}-{crossing.number}", message))

    def _take_back(self, crossing: Crossing) -> bool:
        back = DIALECTS[self.gate.dialect].take_back(self.gate, crossing, crossing.at + timedelta(seconds=8))
        if back is not None:
            self._queue.append(_Waiting(f"{self.gate.serial}-{crossing.number}-back", back))
        return back is not None

    def _let_go(self) -> None:
        for crossing, resent in reversed(self._held):
            self._tell(crossing, resent)
        self._held.clear()

    def _post(self, message_id: str, message: Message, now: datetime) -> bool:
        """Send one message; whether the device is done with it."""
        if self.gate.dialect == CLEAN:
            message = signed(self.gate, message, message_id, now)
        answer = self._line.post(message)
        if answer is None:
            self.tally.unreached += 1
            return False
        self.tally.sent += 1
        heard = DIALECTS[self.gate.dialect].hear(*answer)
        self.tally.opened += heard.opens
        self.tally.acknowledged += heard.is_acknowledged
        self.tally.refused += not heard.is_acknowledged or answer[0] >= 400
        return heard.is_acknowledged
