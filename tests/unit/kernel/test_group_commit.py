"""Does whoever stores wait for others where many come, for nobody where one comes alone, and not for long
where somebody holds what one of them needs?"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event, Thread

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from parking.kernel.db import group_commit
from parking.kernel.db.engine import Sessions, make_engine, make_sessions
from parking.kernel.db.group_commit import GroupCommit, Locks, NotStored
from tests.databases import Database

LOCK = text("select pg_advisory_xact_lock(:number)")


@pytest.fixture
def groups() -> list[int]:
    """How many items each transaction carried."""
    return []


def grouping(sessions: Sessions, groups: list[int], gather_s: float) -> GroupCommit[str, str]:
    def work(session: Session, items: Sequence[str]) -> Sequence[str]:
        groups.append(len(items))
        return [item.upper() for item in items]

    return GroupCommit(sessions, work, most=10, queue=10, gather_s=gather_s)


def test_one_that_comes_alone_waits_for_nobody(
    sessions: Sessions, groups: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = grouping(sessions, groups, gather_s=60)
    assert commit.submit("a") == "A"
    # Long after the first.
    monkeypatch.setattr(group_commit, "_LATELY_S", 0)
    assert commit.submit("b") == "B"
    assert groups == [1, 1]


def test_those_that_come_soon_after_another_share_a_transaction(
    sessions: Sessions, groups: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    # However slow this machine is now.
    monkeypatch.setattr(group_commit, "_LATELY_S", 60)
    commit, answers = grouping(sessions, groups, gather_s=1), []
    answers.append(commit.submit("a"))
    gathering = Thread(target=lambda: answers.append(commit.submit("b")))
    gathering.start()
    while not commit._at_work:
        time.sleep(0.001)
    answers.append(commit.submit("c"))
    gathering.join()
    assert sorted(answers) == ["A", "B", "C"]
    assert groups == [1, 2]


class Lots:
    """Things of lots are stored, for which an advisory lock is needed that nobody can name afterwards."""

    def __init__(self, database: Database, threads: ThreadPoolExecutor) -> None:
        self.engine, self.threads = make_engine(database.url, trips=True), threads
        self.tried: list[Sequence[str]] = []
        self.may_work = Event()
        locks: Locks[str] = Locks(lambda session, item: {item[0]}, lambda session, asked: frozenset())
        self.commit = GroupCommit(make_sessions(self.engine), self.work, most=100, queue=100, locks=locks)

    def work(self, session: Session, items: Sequence[str]) -> Sequence[str]:
        self.may_work.wait()
        self.tried.append(items)
        for item in items:
            session.execute(LOCK, {"number": ord(item[0])})
        return items

    def submit_together(self, items: Sequence[str]) -> dict[str, Future[str]]:
        """As one group, in this order, which waits for one that is stored before."""
        self.may_work.clear()
        before = self.threads.submit(self.commit.submit, "a")
        while not self.commit._at_work:
            time.sleep(0.001)
        asked: dict[str, Future[str]] = {}
        for item in items:
            asked[item] = self.threads.submit(self.commit.submit, item)
            while self.commit._waits < len(asked):
                time.sleep(0.001)
        self.may_work.set()
        assert before.result(timeout=30) == "a"
        return asked


@pytest.fixture
def lots(database: Database) -> Iterator[Lots]:
    with ThreadPoolExecutor(20) as threads:
        lots = Lots(database, threads)
        yield lots
    lots.engine.dispose()


def test_a_lock_that_nobody_can_name_is_waited_for_twice_and_fails_only_who_needs_it(
    database: Database, lots: Lots, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "_DOUBTED_S", 60)
    # However slow this machine is now.
    monkeypatch.setattr(group_commit, "_MOST_WAITED_S", 60)
    held, free = [f"x{number}" for number in range(9)], ["b1", "c1", "b2"]
    with database.engine.connect() as holder:
        holder.execute(LOCK, {"number": ord("x")})
        asked = lots.submit_together(held + free)
        for item in free:
            assert asked[item].result(timeout=30) == item
        # Not tried any more for a while.
        asked["x9"] = lots.threads.submit(lots.commit.submit, "x9")
        for item in [*held, "x9"]:
            with pytest.raises(NotStored):
                asked[item].result(timeout=30)
    assert lots.tried == [["a"], held + free, held, ["b1", "b2"], ["c1"]]


def test_where_each_waits_in_vain_the_others_are_told_soon_to_come_again(
    database: Database, lots: Lots
) -> None:
    held = list("bcdefghij")
    with database.engine.connect() as holder:
        for letter in held:
            holder.execute(LOCK, {"number": ord(letter)})
        for answer in lots.submit_together(held).values():
            with pytest.raises(NotStored):
                answer.result(timeout=30)
    # A second for each, and on a slow machine for fewer.
    assert lots.tried in ([["a"], held, ["b"], ["c"]], [["a"], held, ["b"]])


def test_who_waited_in_vain_is_stored_some_time_after_the_lock_is_free(
    database: Database, lots: Lots, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "_DOUBTED_S", 0.5)
    lots.may_work.set()
    with database.engine.connect() as holder:
        holder.execute(LOCK, {"number": ord("x")})
        with pytest.raises(NotStored):
            lots.commit.submit("x")
    while True:
        with contextlib.suppress(NotStored):
            assert lots.commit.submit("x") == "x"
            break
        time.sleep(0.05)
