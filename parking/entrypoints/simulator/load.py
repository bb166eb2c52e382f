"""Which synthetic sources does the bench pull? One plain lot each; some hang, some are broken."""

from __future__ import annotations

from dataclasses import dataclass, replace

from parking.entrypoints.simulator.city import Document, Play, PlayedLot, PlayedSource
from parking.entrypoints.simulator.course import Course
from parking.kernel.vocabulary import Datum

# Spreads the bad ones evenly; coprime with 1000, so that shares are exact to a thousandth.
_SPREAD = 617
_COLUMNS = 100
_CAPACITY = 200


@dataclass(frozen=True, slots=True)
class Load:
    """`count` sources at /load/0 .. /load/<count - 1>; shares of them (0..1) hang or are broken."""

    count: int = 0
    hang_share: float = 0.0
    broken_share: float = 0.0

    def play(self, number: int) -> Play:
        """What a source plays."""
        place = number * _SPREAD % 1000 / 1000
        if place < self.hang_share:
            return Play.HANGING
        return Play.BROKEN if place < self.hang_share + self.broken_share else Play.GOOD


def load_source(number: int, load: Load) -> PlayedSource:
    """A source with the lot `L<number>`, on a grid of 100 columns within the demo city."""
    row, column = divmod(number, _COLUMNS)
    lot = PlayedLot(
        external_id=f"L{number}",
        code=f"L{number}",
        name=f"测试停车场{number}",
        lat=31.95 + row % _COLUMNS * 0.002,
        lon=120.50 + column * 0.002,
        address="",
        operator="",
        on_street=False,
        opening_hours="24/7",
        max_height_cm=None,
        course=tuple(Course)[number % len(Course)],
        spaces={"general": _CAPACITY},
    )
    source = PlayedSource(
        slug=f"load-{number}",
        name=f"load {number}",
        live_path=f"/load/{number}",
        static_path=f"/load/{number}",
        document=Document.PLAIN,
        plays=Play.GOOD,
        datum=Datum.WGS84,
        tells="free",
        lots=(lot,),
    )
    return replace(source, plays=load.play(number))
