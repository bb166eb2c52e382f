"""What happens to what gates and clients tell? Durable before the answer, counted once, or kept aside.

Lot, lane, direction and the counting source come from the register's snapshot, the plate's hash and seal from
its keys; neither asks the database. Then many calls share one commit.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from parking.boundary.gates import CountTold, PassageTold, UndoTold
from parking.kernel.clock import Clock
from parking.kernel.db.engine import Sessions
from parking.kernel.db.group_commit import GroupCommit, Locks
from parking.lots.queries.gate_books import GateBooks
from parking.lots.queries.gates import ClientFacts
from parking.occupancy import service as occupancy
from parking.plates.service import PlateKeys
from parking.visits.rules.outcomes import Outcome, OutcomeKind
from parking.visits.service import taking_back
from parking.visits.service.counting import judge_told, locks_of_told, record_told
from parking.visits.service.quarantine import Refusal
from parking.visits.service.receiving import Key, Place, Received, Refused, Teller, receive, refused
from parking.visits.service.storing import Delivery, Stored, store

MOST_TOGETHER = 1_000
"""Passages in one transaction."""

MOST_WAITING = 5_000
"""Passages that wait in one process: some tenths of a second's work."""

GATHER_S = 0.003
"""What passages wait for others, where many come: a transaction costs much, one passage more in it little."""

_MOST_ACTS = 200


@dataclass(frozen=True, slots=True)
class _Act:
    """A count, a void or an undo, and what is locked for it."""

    do: Callable[[Session], Any]
    locks: Callable[[Session], Set[Hashable]]


class Intake:
    """The one door for what gates tell; safe for many threads, and without any of its own.

    A sandbox client is judged like any other and nothing of it is stored.
    """

    def __init__(self, sessions: Sessions, clock: Clock, books: GateBooks, keys: PlateKeys) -> None:
        self._clock, self._books, self._keys = clock, books, keys
        self._passages: GroupCommit[Delivery, Stored] = GroupCommit(
            sessions,
            lambda session, deliveries: store(session, deliveries, clock.now()),
            most=MOST_TOGETHER,
            queue=MOST_WAITING,
            weigh=lambda delivery: delivery.weight,
            gather_s=GATHER_S,
            locks=Locks(lambda _, delivery: delivery.locks, occupancy.held_now),
        )
        # Counts and voids are few, and each wants a transaction of its own.
        self._acts: GroupCommit[_Act, Any] = GroupCommit(
            sessions,
            lambda session, acts: [act.do(session) for act in acts],
            most=1,
            queue=_MOST_ACTS,
            locks=Locks(lambda session, act: act.locks(session), occupancy.held_now),
        )

    def take(self, teller: Teller, told: Sequence[PassageTold], received_at: datetime) -> tuple[Outcome, ...]:
        """Take crossings; one outcome for each, in order, all durable. Raises QueueFull, NotStored.

        An id under which another crossing stands repeats nothing: a client is told so, and what a device
        tells is kept aside.
        """
        book = self._books.now()
        judged = [receive(teller, book, self._keys, one, received_at) for one in told]
        passages = [one for one in judged if isinstance(one, Received)]
        refusals = [one.refusal for one in judged if isinstance(one, Refused) and one.refusal]
        if _is_sandbox(teller) or not (passages or refusals):
            stored = Stored(frozenset(one.key for one in passages), frozenset())
        else:
            stored = self._passages.submit(Delivery(passages, refusals))
        seen: set[Key] = set()
        outcomes: list[Outcome] = []
        reused: list[Refusal] = []
        for one in judged:
            if isinstance(one, Refused):
                outcomes.append(one.outcome)
                continue
            # Told twice in one call, the second repeats the first.
            found = _found_out(one, one.key not in seen, teller, stored)
            seen.add(one.key)
            if isinstance(found, Refused):
                reused += [found.refusal] if found.refusal else []
                found = found.outcome
            outcomes.append(found)
        if reused:
            self._passages.submit(Delivery((), reused))
        return tuple(outcomes)

    def count(
        self, teller: Teller, counts: Sequence[CountTold], received_at: datetime
    ) -> tuple[Outcome, ...]:
        """Take absolute counts; one outcome for each, in order. Raises QueueFull, NotStored."""
        book = self._books.now()
        if _is_sandbox(teller):
            return judge_told(teller, book, counts, received_at, self._clock.now())
        return self._acts.submit(
            _Act(
                lambda session: record_told(session, teller, book, counts, received_at, self._clock.now()),
                lambda _: locks_of_told(teller, book, counts),
            )
        )

    def undo(self, teller: Teller, undo: UndoTold, received_at: datetime) -> Outcome:
        """Take back a crossing: by its event id, whichever of the two comes first, else the last of this
        plate at this place within 15 minutes. Raises QueueFull, NotStored."""
        book = self._books.now()
        if _is_sandbox(teller):
            return Outcome(OutcomeKind.NEW, undo.event_id or "")
        return self._acts.submit(
            _Act(
                lambda session: taking_back.undo(
                    session, teller, book, self._keys, undo, received_at, self._clock.now()
                ),
                lambda session: taking_back.locks_of_undo(session, teller, book, undo),
            )
        )

    def void(self, teller: Teller, event_id: str, reason: str, received_at: datetime) -> Outcome:
        """Make a passage or count of this teller as if it never was, also one that has not come yet.

        Raises ReasonMissing, QueueFull, NotStored.
        """
        if _is_sandbox(teller):
            return Outcome(OutcomeKind.NEW, event_id)
        return self._acts.submit(
            _Act(
                lambda session: taking_back.void(session, teller, event_id, reason, self._clock.now()),
                lambda session: occupancy.locks_of_void(session, teller.source, event_id),
            )
        )


def _is_sandbox(teller: Teller) -> bool:
    return isinstance(teller, ClientFacts) and teller.sandbox


def _found_out(one: Received, is_first: bool, teller: Teller, stored: Stored) -> Outcome | Refused:
    """What became of a passage that may be stored; refused where another crossing stands under its id."""
    if is_first and one.key in stored.new:
        return Outcome(OutcomeKind.NEW, one.key[1], counted=one.key in stored.counted)
    stands, told = stored.crossings.get(one.key), one.crossing
    if stands is not None and not stands.may_be(told):
        place = Place(told.lot_id)
        return refused(teller, one.key[1], "event_id_reused", "event_id", at=told.at, place=place)
    return Outcome(OutcomeKind.REPEATED, one.key[1], counted=one.key in stored.counted)
