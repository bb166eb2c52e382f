"""Officers who decide at the same moment: one wins, the other learns who; numbers stay without a gap."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from parking.filings import jobs, queries, service
from parking.filings.errors import AlreadyDecided, FilingOpen
from parking.filings.models import Filing, Notice
from parking.filings.rules import FilingState, Item, NoticeKind
from parking.kernel.db.unit_of_work import unit_of_work
from parking.lots import queries as lots
from tests.factories.city import NOW
from tests.factories.filings import Office, a_draft, accepted, an_office, submitted
from tests.factories.lots import a_lot


@pytest.fixture
def office(sessions) -> Office:
    with unit_of_work(sessions) as uow:
        return an_office(uow.session)


def at_once(works: list[Callable[[], object]]) -> list[object]:
    """Begin all of these at the same moment; what each returned or raised."""
    gate = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> object:
        gate.wait()
        try:
            return work()
        except Exception as problem:
            return problem

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def test_of_two_officers_who_decide_at_once_one_wins(sessions, office):
    with unit_of_work(sessions) as uow:
        filing = accepted(uow.session, office, a_draft(uow.session, office))

    def approve() -> str:
        with unit_of_work(sessions) as uow:
            return service.approve(uow.session, office.officer, filing.id, filing.version, NOW)

    def send_back() -> str:
        with unit_of_work(sessions) as uow:
            items = [Item("", "false_papers")]
            return service.return_filing(uow.session, office.second, filing.id, filing.version, items, NOW)

    told = at_once([approve, send_back])
    lost = [each for each in told if isinstance(each, AlreadyDecided)]
    won = [each for each in told if isinstance(each, str)]
    assert (len(lost), len(won)) == (1, 1)
    with sessions() as session:
        after = queries.filing(session, filing.id)
        winner = office.officer if after.state is FilingState.APPROVED else office.second
        assert (lost[0].by, lost[0].at) == (str(winner), NOW)
        assert after.notices[-1].number == won[0]
        filed = after.state is FilingState.APPROVED
        assert len(lots.lot_cards(session, NOW.date())) == int(filed)


def test_decisions_at_once_deadlock_nobody_and_leave_no_gap(sessions, office):
    with unit_of_work(sessions) as uow:
        drafts = [a_draft(uow.session, office, name=f"第{number}停车场") for number in range(6)]
        taken = [accepted(uow.session, office, draft) for draft in drafts]

    def decide(place: int) -> str:
        with unit_of_work(sessions) as uow:
            filing = taken[place]
            service.approve(uow.session, office.officer, filing.id, filing.version, NOW)
            if place % 2:
                raise RuntimeError("the connection broke")
        return filing.id

    told = at_once([lambda place=place: decide(place) for place in range(6)])
    assert sum(isinstance(each, str) for each in told) == 3
    with sessions() as session:
        certificates = select(Notice.serial).where(Notice.kind == NoticeKind.CERTIFICATE)
        assert sorted(session.scalars(certificates)) == [1, 2, 3]
        assert len(lots.lot_cards(session, NOW.date())) == 3


def test_a_submit_sent_twice_at_once_is_taken_once(sessions, office):
    with unit_of_work(sessions) as uow:
        draft = a_draft(uow.session, office)

    def send() -> str:
        with unit_of_work(sessions) as uow:
            org = office.organisation_id
            return service.submit(uow.session, office.member, org, draft.id, draft.version, "王一", NOW)

    assert at_once([send, send]) == ["试停备申-2026-00001"] * 2
    with sessions() as session:
        assert [step.step for step in queries.filing(session, draft.id).steps] == ["drafted", "submitted"]


class Later:
    """A clock that stands a month on."""

    def now(self):
        return NOW + timedelta(days=30)


def test_the_worker_takes_the_steps_that_passing_days_bring(sessions, office):
    with unit_of_work(sessions) as uow:
        silent = submitted(uow.session, office, a_draft(uow.session, office))
        asked = submitted(uow.session, office, a_draft(uow.session, office, name="第二停车场"))
        items = [Item("name", "unreadable")]
        service.request_correction(uow.session, office.officer, asked.id, asked.version, items, NOW)
    by_name = {job.name: job for job in jobs.jobs(sessions, Later())}
    assert all(job.exclusive for job in by_name.values())
    for _ in range(2):
        by_name["lapse_filings"].run()
        by_name["remind_of_filings"].run()
        by_name["age_certificates"].run()
    with sessions() as session:
        states = dict(session.execute(select(Filing.id, Filing.state)).all())
        assert states == {silent.id: FilingState.ACCEPTED, asked.id: FilingState.ABANDONED}
        assert len(queries.filing(session, silent.id).steps) == 3


@pytest.mark.parametrize("by", ["operator", "bureau"])
def test_of_two_filings_that_name_one_lot_at_once_the_second_is_told(sessions, office, by):
    with unit_of_work(sessions) as uow:
        lot_id = a_lot(uow.session).id
        taken = [
            submitted(uow.session, office, a_draft(uow.session, office, name=name))
            for name in ("甲停车场", "乙停车场")
        ]
        for filing in taken:
            if by == "operator":
                items = [Item("name", "unreadable")]
                service.request_correction(uow.session, office.officer, filing.id, filing.version, items, NOW)
            else:
                service.accept(uow.session, office.officer, filing.id, filing.version, NOW)
        first, second = (queries.filing(uow.session, filing.id) for filing in taken)

    def name_it(session, filing):
        if by == "operator":
            org = office.organisation_id
            return service.claim_lot(session, office.member, org, filing.id, lot_id, filing.version, NOW)
        return service.join_lot(session, office.officer, filing.id, lot_id, filing.version, NOW)

    def come_second():
        with unit_of_work(sessions) as uow:
            return name_it(uow.session, second)

    with ThreadPoolExecutor(1) as pool:
        with unit_of_work(sessions) as uow:
            name_it(uow.session, first)
            waits = pool.submit(come_second)
            # Looked already, and found nobody's claim: it waits for the first to end.
            with pytest.raises(TimeoutError):
                waits.result(timeout=0.5)
        told = waits.exception(timeout=10)
    assert isinstance(told, FilingOpen)
    assert told.filing_id == first.id


def test_one_filing_that_cannot_go_on_holds_up_no_other(sessions, office, monkeypatch):
    with unit_of_work(sessions) as uow:
        ids = {
            submitted(uow.session, office, a_draft(uow.session, office, name=name)).id for name in "甲乙丙"
        }
    tried = []

    def fail_first(session, filing_id, now):
        tried.append(filing_id)
        if len(tried) == 1:
            raise ValueError("a row that nobody foresaw")

    monkeypatch.setattr(service, "lapse_filing", fail_first)
    lapse = next(job for job in jobs.jobs(sessions, Later()) if job.name == "lapse_filings")
    with pytest.raises(ValueError, match="nobody foresaw"):
        lapse.run()
    assert set(tried) == ids
