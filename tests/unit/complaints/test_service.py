"""Complaints on PostgreSQL: received once, answered by whoever may, forgotten in time."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from parking.audit.models import AuditEntry
from parking.complaints import queries, service
from parking.complaints.errors import (
    AlreadyStepped,
    AttemptsExceeded,
    CodeWrong,
    ComplaintNotFound,
    ComplaintRefused,
    NobodyToForwardTo,
    ReopenedAlready,
    StepNotAllowed,
)
from parking.complaints.queries import Asked, Reach
from parking.complaints.rules import ComplaintKind, ComplaintSource, ComplaintState
from parking.kernel.actors import SYSTEM
from parking.kernel.days import month_span
from parking.kernel.db.outbox import OutboxMessage
from parking.lots.errors import LotNotFound
from tests.factories.accounts import an_officer, an_owner
from tests.factories.city import DISTRICTS, NOW, a_city
from tests.factories.complaints import CITIZEN, OFFICER, a_complaint, closed, seen
from tests.factories.devices import SEALER
from tests.factories.inspections import a_filed_lot
from tests.factories.lots import a_lot

NOVEMBER = date(2026, 11, 1)
PHONE = "138 0000 0000"


@pytest.fixture
def lot(session: Session) -> str:
    a_city(session, complaints={"fee_wrong_days": 3, "fee_wrong_points": 4, "points_most": 10})
    an_officer(session, "reviewer1", districts=[DISTRICTS[0]])
    owner = an_owner(session, 1)
    return a_filed_lot(session, owner.organisation_id).id


def own(session: Session, lot_id: str) -> Reach:
    asked = text("SELECT organisation_id FROM lots WHERE id = :id")
    return Reach(organisation_id=session.execute(asked, {"id": lot_id}).scalar_one())


def notices(session: Session) -> list[str]:
    keys = [row.payload["key"] for row in session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))]
    return [key for key in keys if key.startswith("complaint_")]


def problems_of(refusal: pytest.ExceptionInfo[ComplaintRefused]) -> set[str]:
    return {problem.field for problem in refusal.value.problems}


def test_a_complaint_is_received_with_a_code_a_number_and_a_due_day(session: Session, lot: str) -> None:
    made = a_complaint(session, lot, kind="fee_wrong", phone=PHONE)
    found = seen(session, made.id)
    assert made.number == found.row.number == "试诉〔2026〕00001号"
    # Friday the 20th; three workdays later is Wednesday.
    assert found.row.due_on == date(2026, 11, 25)
    assert service.find_by_code(session, made.code.lower().replace("-", " "), "net", NOW) == made.id
    assert notices(session) == ["complaint_received"]
    assert service.phone_of(made.id, found.phone_sealed, SEALER) == PHONE
    assert PHONE.encode() not in (found.phone_sealed or b"")


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"kind": "smelly"}, {"kind"}),
        ({"kind": "", "text": " \n"}, {"kind", "text"}),
        ({"text": "字" * 10_000}, {"text"}),
        ({"text": "a\0b"}, {"text"}),
        ({"phone": "call me"}, {"phone"}),
        ({"source": ComplaintSource.HOTLINE}, {"source_number"}),
    ],
)
def test_what_cannot_be_is_refused_by_field(
    session: Session, lot: str, fields: dict[str, object], wrong: set[str]
) -> None:
    with pytest.raises(ComplaintRefused) as refusal:
        a_complaint(session, lot, **fields)
    assert problems_of(refusal) == wrong
    with pytest.raises(LotNotFound):
        a_complaint(session, "nowhere")


def test_a_form_sent_twice_is_one_complaint_and_the_last_code_holds(session: Session, lot: str) -> None:
    first, second = (a_complaint(session, lot, form_key="k" * 12) for _ in range(2))
    assert first.id == second.id and first.code != second.code
    with pytest.raises(CodeWrong):
        service.find_by_code(session, first.code, "net", NOW)
    assert service.find_by_code(session, second.code, "net", NOW) == first.id
    later = a_complaint(session, lot, NOW + timedelta(hours=2), form_key="k" * 12)
    assert later.id != first.id


def test_a_number_of_the_hotline_is_entered_once(session: Session, lot: str) -> None:
    told = {"source": ComplaintSource.HOTLINE, "source_number": "SZ20261120001"}
    a_complaint(session, lot, **told)
    with pytest.raises(ComplaintRefused) as refusal:
        a_complaint(session, lot, **told)
    assert problems_of(refusal) == {"source_number"}


def test_codes_are_guessed_ten_times_and_complaints_made_as_often(session: Session, lot: str) -> None:
    code = a_complaint(session, lot).code
    for _ in range(10):
        service.allow_complaint(session, lot, "net", NOW)
        with pytest.raises(CodeWrong):
            service.find_by_code(session, "0000-0000-0000", "net", NOW)
    for attempt in (
        lambda: service.find_by_code(session, code, "net", NOW),
        lambda: service.allow_complaint(session, lot, "net", NOW),
    ):
        with pytest.raises(AttemptsExceeded):
            attempt()
    service.allow_complaint(session, lot, "other", NOW)
    later = NOW + timedelta(hours=1)
    service.allow_complaint(session, lot, "net", later)
    assert service.find_by_code(session, code, "net", later)


def test_the_operator_answers_what_was_forwarded_and_an_officer_closes_it(session: Session, lot: str) -> None:
    made, mine = a_complaint(session, lot), own(session, lot)
    with pytest.raises(ComplaintNotFound):
        queries.complaint(session, made.id, mine)
    service.forward(session, OFFICER, made.id, version=1, now=NOW)
    with pytest.raises(ComplaintRefused):
        service.answer(session, OFFICER, made.id, version=2, now=NOW, text="代答")
    for stranger in (Reach(organisation_id="other"), Reach(districts=[DISTRICTS[1]])):
        with pytest.raises(ComplaintNotFound):
            service.answer(session, CITIZEN, made.id, version=2, now=NOW, text="x", reach=stranger)
    with pytest.raises(ComplaintRefused):
        service.answer(session, CITIZEN, made.id, version=2, now=NOW, text=" ", reach=mine)
    service.answer(session, CITIZEN, made.id, version=2, now=NOW, text="已校准地磁", reach=mine)
    with pytest.raises(AlreadyStepped):
        service.close(session, OFFICER, made.id, version=2, now=NOW, is_confirmed=True)
    service.close(session, OFFICER, made.id, version=3, now=NOW, is_confirmed=True)
    with pytest.raises(StepNotAllowed):
        service.take_on(session, OFFICER, made.id, version=4, now=NOW)
    found = seen(session, made.id)
    assert (found.state, found.answer, found.row.is_confirmed) == ("closed", "已校准地磁", True)
    assert notices(session) == ["complaint_received", "complaint_forwarded", "complaint_answered"]
    session.commit()
    trail = session.scalars(select(AuditEntry).where(AuditEntry.subject_id == made.id)).all()
    assert [entry.action.split(":")[1] for entry in trail] == ["received", "forwarded", "answered", "closed"]
    assert "地磁" not in str([entry.details for entry in trail])


def test_a_lot_without_an_operator_is_the_bureaus_matter(session: Session, lot: str) -> None:
    made = a_complaint(session, a_lot(session, district_code=DISTRICTS[0]).id)
    with pytest.raises(NobodyToForwardTo):
        service.forward(session, OFFICER, made.id, version=1, now=NOW)
    closed(session, made.id)


def test_it_is_reopened_once_and_in_time(session: Session, lot: str) -> None:
    made = a_complaint(session, lot)
    closed(session, made.id)
    with pytest.raises(ReopenedAlready):
        service.reopen(session, CITIZEN, made.id, now=NOW + timedelta(days=16), text="还是不对")
    later = NOW + timedelta(days=3)
    service.reopen(session, CITIZEN, made.id, now=later, text="还是不对")
    found = seen(session, made.id)
    assert (found.state, found.row.is_confirmed, found.ended_at) == ("received", None, None)
    assert found.row.due_on == date(2026, 11, 25)
    service.reject(session, OFFICER, made.id, version=found.version, now=later, text="已核实两次")
    with pytest.raises(ReopenedAlready):
        service.reopen(session, CITIZEN, made.id, now=later, text="再次")


def test_a_duplicate_names_another_of_the_same_lot(session: Session, lot: str) -> None:
    first, second = a_complaint(session, lot), a_complaint(session, lot)
    elsewhere = a_complaint(session, a_lot(session, code="other").id)
    for wrong in (second.number, elsewhere.number, "望诉"):
        with pytest.raises(ComplaintRefused) as refusal:
            service.join(session, OFFICER, second.id, version=1, now=NOW, original=wrong)
        assert problems_of(refusal) == {"original"}
    service.join(session, OFFICER, second.id, version=1, now=NOW, original=first.number)
    assert seen(session, second.id).duplicate_of_id == first.id
    with pytest.raises(ComplaintRefused):
        service.join(session, OFFICER, first.id, version=1, now=NOW, original=second.number)


def test_numbers_and_scores_are_those_of_the_month(session: Session, lot: str) -> None:
    for kind, is_confirmed in [("fee_wrong", True)] * 3 + [("count_wrong", True), ("closed", False)]:
        made = a_complaint(session, lot, kind=kind)
        closed(session, made.id, NOW + timedelta(days=2), is_confirmed=is_confirmed)
    a_complaint(session, lot, NOW - timedelta(days=40), kind="blocked")
    [found] = queries.lot_scores(session, NOVEMBER, NOW)
    assert [(line.kind, line.confirmed, line.points) for line in found.lines] == [
        (ComplaintKind.COUNT_WRONG, 1, 2),
        (ComplaintKind.FEE_WRONG, 3, 12),
    ]
    assert (found.uncut, found.minus) == (14, 10)
    assert not queries.lot_scores(session, NOVEMBER, NOW, Reach(districts=[DISTRICTS[1]]))
    everything, today = Reach(), NOW.date()

    zone = ZoneInfo("Asia/Shanghai")
    months = queries.by_month(session, everything, today, zone)
    assert [(each.key, each.received, each.overdue) for each in months[-2:]] == [
        ("2026-10", 1, 1),
        ("2026-11", 5, 0),
    ]
    assert len(months) == 12 and months[-1].median_days == 2.0
    kinds = queries.by_kind(session, everything, today, month_span(NOVEMBER, zone))
    assert {each.key: each.confirmed for each in kinds} == {"closed": 0, "count_wrong": 1, "fee_wrong": 3}
    assert queries.counts(session, everything, Asked(), today) == {"closed": 5, "received": 1, "overdue": 1}
    late = queries.complaints(session, everything, Asked(overdue_on=today, district=DISTRICTS[0]))
    assert [row.kind for row in late.rows] == ["blocked"]


def test_a_doubted_count_is_listed_and_not_changed(session: Session, lot: str) -> None:
    a_complaint(session, lot, sender="a")
    assert not queries.doubted_lots(session, NOW)
    a_complaint(session, lot, sender="b", kind="closed")
    [doubted] = queries.doubted_lots(session, NOW)
    assert (doubted.lot_id, doubted.people) == (lot, 2)
    assert not queries.doubted_lots(session, NOW + timedelta(hours=73))


def test_who_owes_an_answer_is_told_once_before_it_is_due(session: Session, lot: str) -> None:
    slow, quick = a_complaint(session, lot, kind="fee_wrong"), a_complaint(session, lot, kind="blocked")
    assert service.due_soon_ids(session, NOW) == [quick.id]
    service.forward(session, OFFICER, quick.id, version=1, now=NOW)
    before = len(notices(session))
    assert service.remind(session, SYSTEM, quick.id, NOW)
    assert notices(session)[before:] == ["complaint_due_soon"] * 2
    assert not service.remind(session, SYSTEM, quick.id, NOW)
    assert service.due_soon_ids(session, NOW + timedelta(days=30)) == [slow.id]


def test_who_complained_is_forgotten_some_days_after_the_end(session: Session, lot: str) -> None:
    made = a_complaint(session, lot, text="苏F12345 挡住了出口", phone=PHONE, sender="net")
    open_one = a_complaint(session, lot, phone=PHONE)
    closed(session, made.id)
    assert not service.personal_ids(session, NOW + timedelta(days=29))
    later = NOW + timedelta(days=30)
    assert service.personal_ids(session, later) == [made.id]
    service.erase_personal(session, SYSTEM, made.id, later)
    found = seen(session, made.id)
    assert found.phone_sealed is None and "12345" not in found.row.text
    assert not service.personal_ids(session, later)
    assert seen(session, open_one.id).phone_sealed
    assert found.state is ComplaintState.CLOSED
