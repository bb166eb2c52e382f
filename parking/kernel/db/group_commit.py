"""How do many small requests become durable at the price of few commits?

Whoever finds nobody at work stores what waits, its own with it, in one transaction; the others wait until
theirs is committed. No thread of its own, so nothing is lost or left behind when the process ends.
"""

from __future__ import annotations

import math
import random
import time
from collections import deque
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeAlias, TypeVar, cast

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.orm import Session

from parking.kernel.db.away import is_away
from parking.kernel.db.driver import PREPARED_IN_VAIN, ending_together
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.errors import N_, Unavailable

Item = TypeVar("Item")
Result = TypeVar("Result")
Key = TypeVar("Key")
Value = TypeVar("Value")

# Deadlock, serialization failure, a statement to be prepared anew: the same again may well succeed.
_PASSING = frozenset({"40P01", "40001"}) | PREPARED_IN_VAIN
_MOST_TRIES = 10
# A lock that was waited for too long. Everybody else waits too, so once more and no longer.
_LOCKED = "55P03"
_MOST_WAITS = 2
# Whoever needs the same locks as one that waited in vain for what nobody can name is not tried for so long.
_DOUBTED_S = 3.0
# Whoever waited so long is told to come again: a thread of the process waits with each.
_MOST_WAITED_S = 3.0
# Whoever stores in another process holds a lock for some milliseconds: that is not meant.
_LOOKS = 3
_LOOK_EVERY_S = 0.05
# Whoever comes so soon after another is not the last of them either.
_LATELY_S = 0.02
# Connections that were lost while they lay idle; where the database is away, none is made anew.
_MOST_LOST = 3
_log = structlog.get_logger(__name__)


class QueueFull(Unavailable):
    """More waits to be stored than is stored in a moment; nothing of this call was kept.

    The caller tells the same again after `retry_after_s` seconds.
    """

    code = "too_busy"
    text = N_("系统繁忙，请在 %(retry_after_s)s 秒后重发")


class NotStored(Unavailable):
    """The database went away or would not take it; perhaps it was kept, so the same is told again."""

    code = "not_stored"
    text = N_("暂时无法保存，请在 %(retry_after_s)s 秒后重发")


class _Held(NotStored):
    """A lock that an item needs was waited for in vain."""


@dataclass(frozen=True)
class Locks(Generic[Item]):
    """Which locks an item waits for when it is stored, and which of some locks another transaction holds now.

    `held` waits for none of them, and keeps what it locks until its transaction ends. `of` may ask the
    database; neither is called while all goes well.
    """

    of: Callable[[Session, Item], Set[Hashable]]
    held: Callable[[Session, Collection[Hashable]], Set[Hashable]]


class GroupCommit(Generic[Item, Result]):
    """Stores items of many threads together; `submit` returns when its item is durable.

    `work` stores items in the session given and returns a result for each, in order; it may be called again
    with the same items in another transaction. `weigh` says how much an item is: a transaction carries at
    most `most` (or one item), and at most `queue` waits (or one item). `locks`: an item whose lock somebody
    holds for long is not stored, and holds up the others once. Where nobody can name what was waited for in
    vain, those that need the same locks as the one that waits again are not stored for some seconds. Whoever
    has waited for 3 s is not tried any more.
    """

    def __init__(
        self,
        sessions: Sessions,
        work: Callable[[Session, Sequence[Item]], Sequence[Result]],
        *,
        most: int,
        queue: int,
        weigh: Callable[[Item], int] = lambda item: 1,
        gather_s: float = 0,
        locks: Locks[Item] | None = None,
    ) -> None:
        self._sessions, self._work, self._weigh = sessions, work, weigh
        self._most, self._queue, self._gather_s = most, queue, gather_s
        self._locks = locks
        # What was waited for in vain, and until when nobody is tried who needs just these locks. Only whoever
        # stores looks at them.
        self._held: Set[Hashable] = frozenset()
        self._doubted: dict[Set[Hashable], float] = {}
        self._lock = Lock()
        self._waiting: deque[_Ticket[Item, Result]] = deque()
        self._waits = 0
        self._at_work = False
        self._came_at = -math.inf

    def submit(self, item: Item) -> Result:
        """Store an item, alone or with others. Raises QueueFull, NotStored, and what `work` raises for it."""
        came_at = time.monotonic()
        ticket: _Ticket[Item, Result] = _Ticket(item, self._weigh(item), came_at)
        with self._lock:
            is_alone = came_at - self._came_at > _LATELY_S
            self._came_at = came_at
            if self._waits and self._waits + ticket.weight > self._queue:
                raise QueueFull(retry_after_s=1)
            if self._at_work:
                self._waiting.append(ticket)
                self._waits += ticket.weight
            else:
                self._at_work = ticket.leads = True
        if not ticket.leads:
            ticket.called.acquire()
        if ticket.leads:
            if self._gather_s and not is_alone:
                time.sleep(self._gather_s)
            self._lead(ticket)
        return ticket.outcome()

    def _lead(self, own: _Ticket[Item, Result]) -> None:
        group = [own, *self._next(self._most - own.weight)]
        try:
            self._store(group)
        finally:
            with self._lock:
                successor = self._take() if self._waiting else None
                self._at_work = successor is not None
            if successor:
                successor.leads = True
                successor.called.release()
            for ticket in group[1:]:
                ticket.called.release()

    def _next(self, room: int) -> list[_Ticket[Item, Result]]:
        found = []
        with self._lock:
            while self._waiting and self._waiting[0].weight <= room:
                found.append(self._take())
                room -= found[-1].weight
        return found

    def _take(self) -> _Ticket[Item, Result]:
        ticket = self._waiting.popleft()
        self._waits -= ticket.weight
        return ticket

    def _store(self, group: _Group[Item, Result], waits: int = _MOST_WAITS) -> None:
        """Store those of a group that need no lock that somebody holds; where that fails, part by part, so
        that the others do not go with the one. Who is not stored is told to come again."""
        group = self._free(group)
        try:
            self._keep(group)
        except _Held:
            if self._locks is None:
                return
            if waits > 1 and self._finds_held(group):
                self._store(group, waits - 1)
            else:
                # Most likely those wait in vain for what nobody can name that need the same other locks.
                self._store_parts(_by_value(self._needed(group)).values())
        except NotStored:
            return
        except Exception as problem:
            self._store_each(group, problem)

    def _store_parts(self, parts: Iterable[_Group[Item, Result]]) -> None:
        """Store parts of a group that cannot be stored as one."""
        for part in map(self._free, parts):
            try:
                self._keep(part)
            except _Held:
                self._doubt(part)
            except NotStored:
                return
            except Exception as problem:
                self._store_each(part, problem)

    def _store_each(self, group: _Group[Item, Result], problem: Exception) -> None:
        """Store each by itself where all together cannot be, and `problem` is why."""
        if len(group) == 1:
            group[0].error = problem
        else:
            _log.warning("group_commit.split", items=len(group), **_told(problem))
            self._store_parts([ticket] for ticket in group)

    def _keep(self, group: _Group[Item, Result]) -> None:
        results = self._stored([ticket.item for ticket in group]) if group else ()
        for ticket, result in zip(group, results, strict=True):
            ticket.result, ticket.error = result, None

    def _free(self, group: _Group[Item, Result]) -> _Group[Item, Result]:
        """The group without those that waited for long, or whose locks were waited for in vain and are held
        still, or may be."""
        if self._locks is None:
            return group
        now = time.monotonic()
        group = [each for each in group if now - each.came_at < _MOST_WAITED_S]
        self._doubted = {locks: until for locks, until in self._doubted.items() if until > now}
        if not (self._held or self._doubted):
            return group
        needed = self._needed(group)
        suspected = self._held & frozenset().union(*needed.values())
        still = self._looked(suspected) if suspected else frozenset()
        self._held -= suspected - still
        return [each for each in group if not needed[each] & still and needed[each] not in self._doubted]

    def _doubt(self, group: _Group[Item, Result]) -> None:
        """Try nobody for a while who needs the same locks as one of this group, which waited in vain."""
        if self._locks is None:
            return
        for locks in set(self._needed(group).values()) - {frozenset()}:
            _log.warning("group_commit.doubted", locks=sorted(str(each) for each in locks))
            self._doubted[locks] = time.monotonic() + _DOUBTED_S

    def _finds_held(self, group: _Group[Item, Result]) -> bool:
        """Whether somebody holds locks of this group for longer than a moment."""
        found: Set[Hashable] = frozenset().union(*self._needed(group).values())
        for _ in range(_LOOKS):
            found = self._looked(found)
            if not found:
                return False
            time.sleep(_LOOK_EVERY_S)
        _log.warning("group_commit.held", locks=sorted(str(each) for each in found))
        self._held |= found
        return True

    def _needed(self, group: _Group[Item, Result]) -> dict[_Ticket[Item, Result], Set[Hashable]]:
        """The locks of each; none where nobody can tell."""
        assert self._locks is not None
        try:
            with self._sessions() as session:
                return {ticket: frozenset(self._locks.of(session, ticket.item)) for ticket in group}
        except (DBAPIError, NoConnectionFree):
            return dict.fromkeys(group, frozenset())

    def _looked(self, locks: Set[Hashable]) -> Set[Hashable]:
        assert self._locks is not None
        try:
            with self._sessions() as session:
                return self._locks.held(session, locks)
        except (DBAPIError, NoConnectionFree):
            # Nobody can tell, and nothing can be stored either.
            return locks

    def _stored(self, items: Sequence[Item]) -> Sequence[Result]:
        most_waits = 1 if self._locks else _MOST_WAITS
        for tried in range(1, _MOST_TRIES + 1):
            try:
                with unit_of_work(self._sessions) as uow, ending_together(uow.session):
                    return self._work(uow.session, items)
            except DBAPIError as problem:
                state = getattr(problem.orig, "sqlstate", None)
                lost = problem.connection_invalidated and tried < _MOST_LOST
                passing = state in _PASSING and tried < _MOST_TRIES
                if lost or passing or (state == _LOCKED and tried < most_waits):
                    _log.info("group_commit.again", tried=tried, **_told(problem))
                    time.sleep(random.uniform(0, 0.002 * 2 ** min(tried, 5)))  # noqa: S311 - no secret
                elif state == _LOCKED:
                    raise _Held(retry_after_s=1) from None
                elif is_away(problem):
                    _log.warning("group_commit.not_stored", **_told(problem))
                    raise NotStored(retry_after_s=1) from None
                else:
                    raise
            except NoConnectionFree:
                raise NotStored(retry_after_s=1) from None
        raise AssertionError("the last try returns or raises")


def _told(problem: Exception) -> dict[str, str]:
    """What went wrong; of an error of the database its words too, which quote no row."""
    if isinstance(problem, DBAPIError):
        return {"reason": type(problem.orig).__name__, "said": str(problem.orig)}
    return {"reason": type(problem).__name__}


def _by_value(found: Mapping[Key, Value]) -> Mapping[Value, Sequence[Key]]:
    turned: dict[Value, list[Key]] = {}
    for key, value in found.items():
        turned.setdefault(value, []).append(key)
    return turned


class _Ticket(Generic[Item, Result]):
    """An item that waits, and what became of it."""

    __slots__ = ("called", "came_at", "error", "item", "leads", "result", "weight")

    def __init__(self, item: Item, weight: int, came_at: float) -> None:
        self.item, self.weight, self.came_at = item, weight, came_at
        self.leads = False
        # Until it is known that it was stored, it was not.
        self.error: BaseException | None = NotStored(retry_after_s=1)
        self.result: Result | None = None
        # Held until somebody calls.
        self.called = Lock()
        self.called.acquire()

    def outcome(self) -> Result:
        if self.error is not None:
            raise self.error
        return cast(Result, self.result)


_Group: TypeAlias = Sequence[_Ticket[Item, Result]]
