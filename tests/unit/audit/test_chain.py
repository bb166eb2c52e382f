"""Does the chain notice what was done to it?"""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from parking.audit import queries, service
from parking.audit.errors import UnrecordableDetails
from parking.audit.models import AuditEntry
from parking.audit.rules import GENESIS, Event, chain_hash, plain
from parking.kernel.actors import CLI, SYSTEM, Actor
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work

NOW = datetime(2026, 11, 20, 2, 0, 0, 123456, tzinfo=UTC)


def three_entries(session: Session) -> list[AuditEntry]:
    service.record(session, CLI, "lot:changed", "lot", "a", {"name": {"before": "甲", "after": "乙"}}, NOW)
    service.record_all(
        session,
        Actor("officer", "王工"),
        [
            Event("lot:changed", "lot", "b", {"metres": 1.0, "share": 0.1}),
            Event("lot:closed", "lot", "c", {}, "停业"),
        ],
        NOW + timedelta(seconds=1),
    )
    return list(session.scalars(select(AuditEntry).order_by(AuditEntry.number)))


def disarm(session: Session) -> None:
    session.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER append_only"))


def test_an_untouched_chain_is_whole(session):
    first, second, third = three_entries(session)
    assert first.previous_hash == GENESIS
    assert (second.previous_hash, third.previous_hash) == (first.hash, second.hash)
    assert queries.verify_chain(session) is None
    assert queries.last_hash(session) == third.hash
    assert [entry.action for entry in queries.entries_of(session, "lot", "c")] == ["lot:closed"]


@pytest.mark.parametrize(
    "change",
    [
        "details = '{\"metres\": 2}'",
        "actor = 'officer:somebody'",
        "at = at + interval '1 microsecond'",
        "reason = 'better'",
        "subject_id = 'z'",
    ],
)
def test_a_changed_row_is_found(session, change):
    _, second, _ = three_entries(session)
    disarm(session)
    session.execute(text(f"UPDATE audit_entries SET {change} WHERE number = :n"), {"n": second.number})
    assert queries.verify_chain(session) == second.number


def test_a_row_taken_out_is_found_at_the_next(session):
    _, second, third = three_entries(session)
    disarm(session)
    session.execute(text("DELETE FROM audit_entries WHERE number = :n"), {"n": second.number})
    assert queries.verify_chain(session) == third.number


@pytest.mark.parametrize("statement", ["UPDATE audit_entries SET reason = 'x'", "DELETE FROM audit_entries"])
def test_the_database_refuses_to_change_an_entry(session, statement):
    three_entries(session)
    with pytest.raises(IntegrityError, match="append-only"), session.begin_nested():
        session.execute(text(statement))
    assert queries.verify_chain(session) is None


def test_what_cannot_be_written_as_json_is_refused(session):
    for value in (float("nan"), Decimal("1"), "a\x00b", {"when": NOW}):
        with pytest.raises(UnrecordableDetails):
            service.record(session, SYSTEM, "lot:changed", "lot", "a", {"value": value}, NOW)
    assert session.scalar(select(func.count()).select_from(AuditEntry)) == 0


def test_two_writers_at_once_make_one_chain(sessions: Sessions):
    both_ready = threading.Barrier(2)

    def write(name: str) -> None:
        both_ready.wait()
        for step in range(20):
            with unit_of_work(sessions) as uow:
                service.record(uow.session, Actor("client", name), "lot:seen", "lot", str(step), {}, NOW)

    writers = [threading.Thread(target=write, args=(name,)) for name in ("a", "b")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == 40
        assert queries.verify_chain(session) is None


def test_what_is_undone_leaves_no_entry_and_what_stood_before_stays(sessions: Sessions):
    with unit_of_work(sessions) as uow:
        service.record(uow.session, CLI, "lot:seen", "lot", "kept", {}, NOW)
        with suppress(RuntimeError), uow.session.begin_nested():
            service.record(uow.session, CLI, "lot:seen", "lot", "undone", {}, NOW)
            assert len(queries.entries_of(uow.session, "lot", "undone")) == 1
            raise RuntimeError
        service.record(uow.session, CLI, "lot:seen", "lot", "after", {}, NOW)
    with suppress(RuntimeError), unit_of_work(sessions) as uow:
        service.record(uow.session, CLI, "lot:seen", "lot", "never", {}, NOW)
        raise RuntimeError
    with sessions() as session:
        names = session.scalars(select(AuditEntry.subject_id).order_by(AuditEntry.number))
        assert list(names) == ["kept", "after"]
        assert queries.verify_chain(session) is None


def test_two_that_lock_and_record_in_turn_do_not_deadlock(sessions: Sessions):
    """One locks a row, records, locks another; the other locks that one first and records too."""
    with unit_of_work(sessions) as uow:
        uow.session.execute(text("CREATE TABLE doors (name text PRIMARY KEY)"))
        uow.session.execute(text("INSERT INTO doors VALUES ('a'), ('b')"))
    lock = text("SELECT name FROM doors WHERE name = :name FOR UPDATE")
    both_ready = threading.Barrier(2)
    failures: list[Exception] = []

    def step(first: str, *then: str) -> None:
        try:
            with unit_of_work(sessions) as uow:
                uow.session.execute(lock, {"name": first})
                service.record(uow.session, CLI, "door:opened", "door", first, {}, NOW)
                both_ready.wait()
                for name in then:
                    uow.session.execute(lock, {"name": name})
                service.record(uow.session, CLI, "door:closed", "door", first, {}, NOW)
        except Exception as error:
            failures.append(error)

    try:
        steps = [threading.Thread(target=step, args=names) for names in (("a", "b"), ("b",))]
        for each in steps:
            each.start()
        for each in steps:
            each.join()
    finally:
        with unit_of_work(sessions) as uow:
            uow.session.execute(text("DROP TABLE doors"))
    assert failures == []


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**18), 10**18)
    | st.floats(-1e9, 1e9)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abé", max_size=3), inner, max_size=3)
    ),
    max_leaves=5,
)


def hash_of(details: dict, at: datetime = NOW) -> str:
    return chain_hash(
        GENESIS,
        at=at,
        actor="a",
        action="b:c",
        subject_kind="d",
        subject_id="e",
        details=plain(details),
        reason=None,
    )


@given(details=st.dictionaries(st.text("xyz", max_size=2), JSON, max_size=3))
def test_the_hash_does_not_depend_on_key_order(details):
    assert hash_of(dict(reversed(details.items()))) == hash_of(details)


def test_any_details_survive_the_database(session):
    @given(details=st.dictionaries(st.text("xyz", max_size=2), JSON, max_size=3))
    def holds(details):
        back = session.scalar(text("SELECT cast(:told AS jsonb)"), {"told": json.dumps(plain(details))})
        assert hash_of(back) == hash_of(details)

    holds()


def test_the_hash_does_not_depend_on_the_zone_of_the_instant():
    assert hash_of({}, NOW.astimezone(timezone(timedelta(hours=8)))) == hash_of({})
