"""Three parties confirm, windows open, and whoever ends or suspends strands nobody."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from parking.kernel.actors import CLI
from parking.kernel.vocabulary import SpaceClass
from parking.lots.errors import LentBeyondSpaces
from parking.lots.models import LentSpan
from parking.lots.queries.lending import Lent, lent_spans
from parking.lots.rules import LedgerReason
from parking.lots.service import record_spaces
from parking.lots.service.lending import lend
from parking.sharing.errors.agreements import (
    AgreementChanged,
    AgreementReasonMissing,
    AgreementRefused,
    AgreementStepRefused,
    NoticeTooShort,
    WindowNotOpen,
    WithdrawnTooLate,
)
from parking.sharing.models import Window
from parking.sharing.queries.agreements import agreement
from parking.sharing.queries.evidence import evidence
from parking.sharing.queries.waiting import years_waited_for
from parking.sharing.queries.windows import open_windows, windows_of
from parking.sharing.rules.agreements import AgreementState, PartDraft, Party
from parking.sharing.rules.windows import WindowState
from parking.sharing.service.agreements import confirm, draft_agreement, propose, put_in_force
from parking.sharing.service.ending import end_agreement, end_due, resume, suspend
from parking.sharing.service.opening import materialise_windows
from parking.sharing.service.windows import end_windows, withdraw_window
from tests.factories.city import NOW, a_city
from tests.factories.lots import a_lot
from tests.factories.sharing import EVERY_NIGHT, an_agreement, an_agreement_draft

DAY = timedelta(days=1)
TONIGHT = datetime.fromisoformat("2026-11-20T18:00+08:00")
TOO_MANY = PartDraft(SpaceClass.GENERAL, 2, EVERY_NIGHT, 3)
EVENING = TONIGHT + timedelta(hours=4)
MIDNIGHT = TONIGHT + timedelta(hours=6)


def lent_at(session, lot_id, at) -> list[int]:
    return [each.spaces for each in lent_spans(session, at, at + timedelta(seconds=1), [lot_id])]


@pytest.fixture
def lot_id(session: Session) -> str:
    a_city(session)
    return a_lot(session, spaces={SpaceClass.GENERAL: 8}).id


def states(session: Session, agreement_id: str) -> list[str]:
    asked = select(Window.state).where(Window.agreement_id == agreement_id).order_by(Window.from_at)
    return list(session.scalars(asked))


def test_an_agreement_holds_once_each_of_the_three_confirmed(session, lot_id) -> None:
    made = draft_agreement(session, CLI, an_agreement_draft(session, lot_id), NOW)
    with pytest.raises(AgreementStepRefused):
        put_in_force(session, CLI, made, NOW)
    propose(session, CLI, made, NOW)
    told = [confirm(session, CLI, made, party, NOW) for party in (Party.OWNER, Party.OWNER, *Party)]
    assert told[-1] is AgreementState.CONFIRMED and AgreementState.CONFIRMED not in told[:-1]
    put_in_force(session, CLI, made, NOW)
    assert agreement(session, made).number == "GX-2026-0001"
    assert not lent_at(session, lot_id, TONIGHT - timedelta(seconds=1))
    assert lent_at(session, lot_id, TONIGHT) == [5]
    with pytest.raises(AgreementStepRefused):
        propose(session, CLI, made, NOW)


def test_windows_open_sixty_days_ahead_once(session, lot_id) -> None:
    told = an_agreement(session, lot_id)
    assert len(states(session, told.id)) == 60
    assert materialise_windows(session, NOW).made == 0
    assert materialise_windows(session, NOW + DAY).made == 1
    assert len(lent_spans(session, NOW, NOW + 90 * DAY)) == 61


def test_a_year_without_its_holidays_opens_nothing_and_is_told(session, lot_id) -> None:
    told = an_agreement(session, lot_id, hours="Mo-Fr 18:00-07:30")
    assert materialise_windows(session, NOW).missing_years == {told.id: {2027}}
    last = session.scalar(select(func.max(Window.from_at)))
    assert last == datetime.fromisoformat("2026-12-31T18:00+08:00")
    every_night = an_agreement(session, lot_id, quota=1)
    over = an_agreement(session, lot_id, hours="We 08:00-17:00", quota=1, until_on=date(2027, 1, 1))
    assert years_waited_for(session, [told, every_night, over], NOW) == {told.id: 2027}
    assert years_waited_for(session, [told], NOW - 30 * DAY) == {}


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"until_on": date(2026, 11, 20)}, ("until_on", "ends_before_begins")),
        ({"from_on": date(2026, 1, 1), "until_on": date(2026, 11, 1)}, ("until_on", "over")),
        ({"hours": "off"}, ("parts[0].opening_hours", "never_opens")),
        ({"quota": 9}, ("parts[0].spaces", "beyond_spaces")),
        ({"parts": ()}, ("parts", "nothing_lent")),
        (
            {"parts": (PartDraft(SpaceClass.GENERAL, 2, "Mo-Su 18:00-07:30", 3),)},
            ("parts[0].quota", "quota_beyond_spaces"),
        ),
        ({"notice_days": 999}, ("notice_days", "out_of_range")),
    ],
)
def test_a_draft_that_cannot_hold_is_refused_with_its_field(session, lot_id, fields, problem) -> None:
    with pytest.raises(AgreementRefused) as refused:
        draft_agreement(session, CLI, an_agreement_draft(session, lot_id, **fields), NOW)
    assert [(each.field, each.code) for each in refused.value.problems] == [problem]


def test_spaces_are_never_lent_twice_neither_by_the_rules_nor_by_the_database(session, lot_id) -> None:
    an_agreement(session, lot_id)
    with pytest.raises(AgreementRefused) as refused:
        an_agreement(session, lot_id, quota=4)
    assert refused.value.problems[0].code == "crowded"
    # Beside the nights there is room for all eight.
    an_agreement(session, lot_id, hours="Mo-Su 08:00-18:00", quota=8)
    span = Lent("w", "a", lot_id, SpaceClass.GENERAL, TONIGHT - DAY, TONIGHT + timedelta(minutes=1), 4)
    with pytest.raises(LentBeyondSpaces):
        lend(session, [span])
    row = {name: getattr(span, name) for name in span.__slots__} | {"spaces": 9, "from_at": TONIGHT - 2 * DAY}
    for refuse in (
        insert(LentSpan).values(row | {"until_at": TONIGHT - DAY}),
        update(LentSpan).values(spaces=LentSpan.spaces + 4),
    ):
        with pytest.raises(IntegrityError, match="lent"), session.begin_nested():
            session.execute(refuse)


def test_a_window_has_no_room_beyond_its_quota_in_the_database_either(session, lot_id) -> None:
    an_agreement(session, lot_id)
    with pytest.raises(IntegrityError, match="taken"), session.begin_nested():
        session.execute(update(Window).values(taken=Window.quota + 1))


def test_spaces_that_leave_the_ledger_are_not_lent_from_that_day_on(session, lot_id) -> None:
    record_spaces(session, CLI, lot_id, SpaceClass.GENERAL, -4, LedgerReason.REMOVED, date(2026, 12, 24), NOW)
    with pytest.raises(AgreementRefused) as refused:
        an_agreement(session, lot_id)
    assert refused.value.problems[0].code == "beyond_spaces"
    assert an_agreement(session, lot_id, quota=4).number


def test_the_owner_withdraws_in_time_and_never_later(session, lot_id) -> None:
    told = an_agreement(session, lot_id)
    tonight, tomorrow = windows_of(session, told.id, NOW, NOW + 2 * DAY)[:2]
    with pytest.raises(WithdrawnTooLate):
        withdraw_window(session, CLI, tonight.id, "考试", NOW)
    with pytest.raises(AgreementReasonMissing):
        withdraw_window(session, CLI, tomorrow.id, " ", NOW)
    assert withdraw_window(session, CLI, tomorrow.id, "考试", NOW) == []
    with pytest.raises(WindowNotOpen):
        withdraw_window(session, CLI, tomorrow.id, "考试", NOW)
    assert not lent_at(session, lot_id, TONIGHT + DAY)
    assert materialise_windows(session, NOW).made == 0
    assert tomorrow.id not in {each.id for each in open_windows(session, [lot_id], NOW, NOW + 2 * DAY)}


def test_suspending_keeps_the_parked_car_and_resuming_opens_what_is_left(session, lot_id) -> None:
    told = an_agreement(session, lot_id)
    session.execute(update(Window).where(Window.from_at == TONIGHT).values(taken=2))
    with pytest.raises(AgreementChanged):
        suspend(session, CLI, told.id, told.version - 1, "门禁故障", MIDNIGHT)
    suspend(session, CLI, told.id, told.version, "门禁故障", MIDNIGHT)
    assert states(session, told.id)[:2] == [WindowState.CLOSING, WindowState.WITHDRAWN]
    # The two inside keep their spaces to the morning; nobody else is lent them.
    assert lent_at(session, lot_id, MIDNIGHT) == [2]
    assert materialise_windows(session, MIDNIGHT).made == 0
    version = agreement(session, told.id).version
    # The night of the 19th of January is within sixty days by now, and this night has some hours left.
    later = MIDNIGHT + timedelta(hours=1)
    assert resume(session, CLI, told.id, version, later) == 61
    assert states(session, told.id)[:2] == [WindowState.OPEN, WindowState.OPEN]
    assert lent_at(session, lot_id, later) == [5]
    # The hour in which nobody was let in was not offered.
    (line,) = evidence(session, later.date(), TONIGHT + DAY)
    assert line.sum.offered == 5 * timedelta(hours=12.5)


def test_what_others_were_lent_of_a_running_night_stays_theirs(session, lot_id) -> None:
    told = an_agreement(session, lot_id)
    session.execute(update(Window).where(Window.from_at == TONIGHT).values(taken=2))
    suspend(session, CLI, told.id, told.version, "门禁故障", EVENING)
    an_agreement(session, lot_id, quota=4, now=EVENING, from_on=date(2026, 11, 20))
    resume(session, CLI, told.id, agreement(session, told.id).version, EVENING)
    assert states(session, told.id)[:2] == [WindowState.CLOSING, WindowState.WITHDRAWN]
    assert sorted(lent_at(session, lot_id, EVENING)) == [2, 4]


def test_a_suspended_agreement_leaves_its_spaces_to_others(session, lot_id) -> None:
    told = an_agreement(session, lot_id)
    suspend(session, CLI, told.id, told.version, "施工", NOW)
    other = an_agreement(
        session, lot_id, quota=4, organisation_id=told.organisation_id, until_on=date(2026, 11, 25)
    )
    assert len(states(session, other.id)) == 5
    assert resume(session, CLI, told.id, agreement(session, told.id).version, NOW) == 55
    assert materialise_windows(session, NOW).crowded == {}
    assert states(session, told.id)[:6] == [*["withdrawn"] * 5, "open"]


def test_an_end_needs_notice_and_the_last_night_runs_to_its_morning(session, lot_id) -> None:
    told = an_agreement(session, lot_id)
    ends_on = date(2026, 12, 20)
    for early in (date(2026, 12, 19), told.until_on + DAY):
        with pytest.raises(NoticeTooShort):
            end_agreement(session, CLI, told.id, told.version, early, "收回自用", NOW)
    end_agreement(session, CLI, told.id, told.version, ends_on, "收回自用", NOW)
    opened = open_windows(session, [lot_id], NOW, NOW + 90 * DAY)
    assert opened[-1].from_at == datetime.fromisoformat("2026-12-19T18:00+08:00")
    last_morning = opened[-1].until_at
    end_windows(session, last_morning - timedelta(minutes=1))
    assert end_due(session, last_morning - timedelta(minutes=1)) == 0
    assert end_windows(session, last_morning) == 1 and end_due(session, last_morning) == 1
    assert agreement(session, told.id).state is AgreementState.ENDED
    assert not lent_spans(session, NOW - DAY, NOW + 99 * DAY)
