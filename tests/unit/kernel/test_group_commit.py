"""Does whoever stores wait for others where many come, for nobody where one comes alone, and not for long
where somebody holds what one of them needs?"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Thread

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


def test_a_lock_that_nobody_can_name_fails_only_who_needs_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "_LATELY_S", 60)
    engine = make_engine(database.url, trips=True)

    def work(session: Session, items: Sequence[int]) -> Sequence[int]:
        for number in items:
            session.execute(LOCK, {"number": number})
        return items

    locks: Locks[int] = Locks(lambda number: {number}, lambda session, asked: frozenset())
    commit = GroupCommit(make_sessions(engine), work, most=10, queue=10, gather_s=0.1, locks=locks)
    assert commit.submit(1) == 1
    with database.engine.connect() as holder, ThreadPoolExecutor(3) as threads:
        holder.execute(LOCK, {"number": 7})
        asked = {number: threads.submit(commit.submit, number) for number in (2, 7, 3)}
        with pytest.raises(NotStored):
            asked.pop(7).result(timeout=30)
        for number, answer in asked.items():
            assert answer.result(timeout=30) == number
    assert commit.submit(7) == 7
    engine.dispose()
