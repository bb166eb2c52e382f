"""What happens to what gates and clients tell? Durable before the answer, counted once, or kept aside.

Lot, lane, direction and the counting source come from the register's snapshot, the plate's hash and seal from
its keys; neither asks the database. Then many calls share one commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from parking.boundary.gates import CountTold, PassageTold, UndoTold
from parking.kernel.clock import Clock
from parking.kernel.db.engine import Sessions
from parking.visits.rules.outcomes import Outcome

if TYPE_CHECKING:
    from parking.lots.queries.gates import ClientFacts, DeviceFacts, GateBooks
    from parking.plates.service import PlateKeys

    Teller = DeviceFacts | ClientFacts


class Intake:
    """The one door for passages; safe for many threads. `close` ends it after what was taken is stored."""

    def __init__(self, sessions: Sessions, clock: Clock, books: GateBooks, keys: PlateKeys) -> None:
        self._sessions, self._clock, self._books, self._keys = sessions, clock, books, keys

    def take(self, teller: Teller, told: Sequence[PassageTold], received_at: datetime) -> tuple[Outcome, ...]:
        """Take crossings; one outcome for each, in order, all of them durable. Raises TooBusy."""
        raise NotImplementedError

    def count(
        self, teller: Teller, counts: Sequence[CountTold], received_at: datetime
    ) -> tuple[Outcome, ...]:
        """Take absolute counts; one outcome for each, in order."""
        raise NotImplementedError

    def undo(self, teller: Teller, undo: UndoTold, received_at: datetime) -> Outcome:
        """Take back a crossing by its event id, whichever comes first, else the last of this plate here."""
        raise NotImplementedError

    def void(self, teller: Teller, event_id: str, reason: str, received_at: datetime) -> Outcome:
        """Make a passage of this teller as if it never was, also one that has not come yet."""
        raise NotImplementedError
