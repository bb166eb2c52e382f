"""A month in which nobody came is asked about once; a lot that closes strands nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.accounts.rules import OfficerRole
from parking.kernel.actors import CLI, SYSTEM
from parking.kernel.db.outbox import OutboxMessage
from parking.sharing.errors.questions import AnsweredAlready, AnswerRefused, QuestionUnknown
from parking.sharing.models import Agreement, Booking, Window, WindowUse
from parking.sharing.queries.agreements import agreement
from parking.sharing.queries.evenings import evenings_to_tell
from parking.sharing.queries.questions import questions, to_ask
from parking.sharing.rules.agreements import AgreementState, Party
from parking.sharing.rules.evidence import Evidence
from parking.sharing.rules.notices import Desk, desk_of
from parking.sharing.rules.questions import Held, is_asked
from parking.sharing.service.closing import end_with_lot, rest_with_lot
from parking.sharing.service.ending import resume, suspend
from parking.sharing.service.evenings import tell_evening
from parking.sharing.service.questions import answer, ask
from tests.factories.accounts import an_officer, an_owner
from tests.factories.bookings import a_booking
from tests.factories.city import NOW, a_city
from tests.factories.lots import a_lot
from tests.factories.sharing import an_agreement

DECEMBER = date(2026, 12, 1)
FIRST = datetime(2026, 12, 1, 2, tzinfo=UTC)
OVER = datetime(2027, 1, 1, 4, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NIGHTS = Evidence(windows=31, offered=31 * 13 * HOUR)
STANDS = Held(AgreementState.IN_FORCE, date(2026, 1, 1), date(2027, 6, 1), date(2026, 1, 1), False, False)


@pytest.mark.parametrize(
    ("held", "found", "asked"),
    [
        (STANDS, NIGHTS, True),
        (replace(STANDS, from_on=DECEMBER, in_force_on=DECEMBER, until_on=date(2027, 1, 1)), NIGHTS, True),
        (replace(STANDS, state=AgreementState.SUSPENDED), NIGHTS, True),
        (STANDS, replace(NIGHTS, uses=1), False),
        (STANDS, replace(NIGHTS, used=HOUR), False),
        (STANDS, Evidence(), False),
        (replace(STANDS, was_suspended=True), NIGHTS, False),
        (replace(STANDS, is_ending=True), NIGHTS, False),
        (replace(STANDS, state=AgreementState.ENDED), NIGHTS, False),
        (replace(STANDS, in_force_on=date(2026, 12, 2)), NIGHTS, False),
        (replace(STANDS, until_on=date(2026, 12, 31)), NIGHTS, False),
        (replace(STANDS, in_force_on=None), NIGHTS, False),
    ],
)
def test_only_a_whole_month_that_stood_open_is_asked_about(held: Held, found: Evidence, asked: bool) -> None:
    assert is_asked(held, found, DECEMBER) is asked


@pytest.mark.parametrize(
    ("contact", "desk"),
    [
        ("0513-12345678", Desk("051312345678")),
        ("值班室 (0513) 1234 5678，duty@school.example", Desk("051312345678", "duty@school.example")),
        ("2026 年起见公告栏，电话 13800000000", Desk("13800000000")),
        ("duty12345678@school.example", Desk(None, "duty12345678@school.example")),
        ("门卫室，分机 8021", Desk()),
    ],
)
def test_an_owner_is_reached_as_the_contact_says(contact: str, desk: Desk) -> None:
    assert desk_of(contact) == desk


@pytest.fixture
def lent(session: Session) -> Agreement:
    """Lent every night since before December, by an operator with a member, in an officer's district."""
    a_city(session)
    an_officer(session, "supervisor1", (OfficerRole.SHARING_SUPERVISOR,))
    lot = a_lot(session, access="staff")
    owner = an_owner(session, 1)
    told = an_agreement(session, lot.id, organisation_id=owner.organisation_id, quota=2)
    return session.get_one(Agreement, told.id)


def heard(session: Session) -> list[tuple[str, str]]:
    """Who was told what since the last question: the topic and the key, in no order."""
    rows = session.scalars(select(OutboxMessage)).all()
    told = sorted((row.topic, row.payload["key"]) for row in rows)
    for row in rows:
        session.delete(row)
    session.flush()
    return told


def everybody(key: str) -> list[tuple[str, str]]:
    """The owner's desk, the operator's member and the supervisor."""
    return [("agreement_notice", key), ("notice", key), ("notice", key)]


def test_an_unused_month_is_asked_about_once_and_each_party_answers_once(session, lent) -> None:
    heard(session)
    assert to_ask(session, DECEMBER, OVER - DAY) == []
    (line,) = to_ask(session, DECEMBER, OVER)
    assert ask(session, line, DECEMBER, OVER)
    assert heard(session) == everybody("agreement_unused")
    assert not ask(session, line, DECEMBER, OVER) and to_ask(session, DECEMBER, OVER) == []

    answer(session, CLI, lent.id, DECEMBER, Party.OPERATOR, " 门口在修路 ", OVER)
    assert heard(session) == everybody("agreement_answered")[:2]
    answer(session, CLI, lent.id, DECEMBER, Party.OWNER, "没人来", OVER, proposes_end=True)
    assert heard(session) == [("notice", "agreement_end_proposed")] * 2
    (question,) = questions(session, agreement_ids=[lent.id])
    assert [(each.party, each.reason) for each in question.answers] == [
        (Party.OPERATOR, "门口在修路"),
        (Party.OWNER, "没人来"),
    ]
    assert (question.waits_for, question.proposes_end) == ((Party.SUPERVISOR,), True)
    assert question.offered == line.sum.offered
    with pytest.raises(AnsweredAlready):
        answer(session, CLI, lent.id, DECEMBER, Party.OWNER, "又来", OVER)
    with pytest.raises(AnswerRefused):
        answer(session, CLI, lent.id, DECEMBER, Party.SUPERVISOR, "  ", OVER)
    with pytest.raises(QuestionUnknown):
        answer(session, CLI, lent.id, date(2026, 11, 1), Party.SUPERVISOR, "十一月", OVER)
    # To propose the end ends nothing.
    assert session.get_one(Agreement, lent.id).state == AgreementState.IN_FORCE


def test_a_use_or_a_suspension_in_the_month_raises_no_question(session, lent) -> None:
    heard(session)
    suspend(session, CLI, lent.id, lent.version, "道路施工", FIRST)
    assert heard(session) == everybody("agreement_suspended")
    assert to_ask(session, DECEMBER, OVER) == []
    # Also where it was resumed: the nights between stayed shut.
    resume(session, CLI, lent.id, lent.version, FIRST + 2 * DAY)
    assert heard(session) == everybody("agreement_resumed")
    assert to_ask(session, DECEMBER, OVER) == []


def test_nobody_is_stranded_when_a_lot_closes_or_loses_its_certificate(session, lent, keys) -> None:
    tonight = session.scalars(select(Window).order_by(Window.from_at)).first()
    inside = a_booking(session, keys, tonight, now=NOW)
    other = a_booking(session, keys, tonight, plate="沪A98765", now=NOW)
    session.get_one(Booking, inside.id).state = "inside"
    session.flush()
    heard(session)

    assert rest_with_lot(session, CLI, lent.lot_id, "撤销备案", NOW) == 1
    assert heard(session) == sorted(
        [*everybody("agreement_suspended"), ("booking_notice", "booking_withdrawn")]
    )
    assert [session.get_one(Booking, each.id, populate_existing=True).state for each in (inside, other)] == [
        "inside",
        "withdrawn",
    ]
    assert session.get_one(Window, tonight.id, populate_existing=True).state == "closing"

    assert end_with_lot(session, CLI, lent.lot_id, "注销备案", NOW) == 1
    assert heard(session) == everybody("agreement_ending")
    told = agreement(session, lent.id)
    assert (told.state, told.until_on) == (AgreementState.SUSPENDED, NOW.date() + lent.notice_days * DAY)
    # Once more changes nothing: it ends already.
    assert end_with_lot(session, SYSTEM, lent.lot_id, "注销备案", NOW) == 1
    assert heard(session) == []


def test_the_parties_hear_of_the_morning_once_in_the_evening(session, lent) -> None:
    tonight = session.scalars(select(Window).order_by(Window.from_at)).first()
    for number in range(3):
        use = {"visit_id": f"v{number}", "window_id": tonight.id, "lot_id": lent.lot_id, "is_counted": False}
        session.add(WindowUse(**use, entered_at=tonight.from_at))
    session.flush()
    heard(session)
    evening = datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert evenings_to_tell(session, evening - HOUR) == []
    (told,) = evenings_to_tell(session, evening)
    # Three stay to the end and nothing is known of the past: 3 x (0 + 1) / (0 + 2), rounded up.
    assert (told.agreement_id, told.until_at, told.expected, told.overdue) == (
        lent.id,
        tonight.until_at,
        2,
        0,
    )
    assert tell_evening(session, told, evening)
    assert heard(session) == everybody("agreement_leftovers")
    assert not tell_evening(session, told, evening) and evenings_to_tell(session, evening + HOUR) == []
