"""What is written down of a booking, a pass, a visit and a suspension on paper?"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from tests.unit.sharing.paper_lending import PaperWindow

STANDING = ("booked", "inside", "overstayed")
# A fact of the gate may come late or be taken back: the present state is no reason to disbelieve it.
BECOMES = {
    "booked": {"inside", "no_show", "cancelled", "withdrawn"},
    "inside": {"overstayed", "left", "booked", "no_show"},
    "overstayed": {"left", "inside", "booked", "no_show"},
    "left": {"inside", "no_show"},
    "no_show": {"inside", "no_show"},
    "cancelled": set(),
    "withdrawn": set(),
}


@dataclass(eq=False)
class PaperPass:
    """A vehicle is let in at a lot in [from_at, until_at), unless it ended before."""

    lot: int
    from_at: datetime
    until_at: datetime
    ended_at: datetime | None = None

    def holds(self, at: datetime) -> bool:
        return self.from_at <= at < self.until_at and (self.ended_at is None or at < self.ended_at)

    def end(self, now: datetime) -> None:
        if self.ended_at is None and self.until_at > now:
            self.ended_at = now


@dataclass(eq=False)
class PaperBooking:
    """`is_counted`: it holds one of its window's spaces. `has_plate`: the plate can still be read."""

    name: str
    plate: int
    window: PaperWindow
    from_at: datetime
    until_at: datetime
    given_up_at: datetime
    let_in: PaperPass
    state: str = "booked"
    is_counted: bool = True
    has_plate: bool = True
    overstay: int = 0
    fee: tuple[int, int] | None = None
    closed_at: datetime | None = None
    told: list[str] = field(default_factory=list)
    reminded: set[int] = field(default_factory=set)

    def become(self, then: str) -> None:
        assert then in BECOMES[self.state], (self.state, then)
        self.state = then


@dataclass(eq=False)
class PaperUse:
    window: PaperWindow
    booking: PaperBooking | None
    is_counted: bool = False
    overstay: int = 0
    was_before: bool = False


@dataclass(eq=False)
class PaperVisit:
    plate: int
    lot: int
    entered_at: datetime
    left_at: datetime | None = None
    use: PaperUse | None = None
    is_void: bool = False


@dataclass(eq=False)
class PaperSuspension:
    plate: int
    from_at: datetime
    until_at: datetime
