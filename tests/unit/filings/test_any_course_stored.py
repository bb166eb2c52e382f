"""Through the services and PostgreSQL too: whatever is tried, register, ledger and audit agree with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, multiple, rule, run_state_machine_as_test
from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.audit import queries as audit
from parking.filings import queries, service
from parking.filings.models import Certificate, Filing, Notice
from parking.filings.queries import FilingView
from parking.filings.rules import TRANSITIONS, FilingKind, Item, Step, checklist
from parking.kernel.actors import SYSTEM, Actor
from parking.kernel.errors import ParkingError
from parking.kernel.vocabulary import SpaceClass
from parking.lots import queries as lots
from tests.factories.city import NOW
from tests.factories.filings import Office, a_file, answers

# A course is told as it was found: to make it shorter, every try would go through PostgreSQL again.
CALM = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "phases": (Phase.explicit, Phase.reuse, Phase.generate),
}
SHORT = settings(max_examples=5, stateful_step_count=15, **CALM)
LONG = settings(max_examples=200, stateful_step_count=50, **CALM)
ITEMS = [Item("", None, "请核对")]
KINDS = (FilingKind.CHANGE, FilingKind.RENEWAL, FilingKind.CLOSURE)


class Bureau(RuleBasedStateMachine):
    """A member, two officers and the clock at one counter; a refusal leaves no trace."""

    filings = Bundle("filings")

    def __init__(self, session: Session, office: Office) -> None:
        super().__init__()
        self.session, self.office = session, office
        self.now = NOW
        self.savepoint = session.begin_nested()
        # What approvals promised: spaces by lot, in the order of approval; no draw may hang on a random id.
        self.promised: dict[str, int] = {}

    def attempt(self, work: Callable[[], object]) -> object | None:
        """Do it, or nothing of it; None where it was refused in words."""
        try:
            with self.session.begin_nested():
                return work()
        except ParkingError:
            return None

    @rule(target=filings, spaces=st.integers(1, 300), join=st.booleans())
    def register(self, spaces: int, join: bool):
        free = [
            lot_id
            for lot_id in self.promised
            if lots.lot_cards(self.session, self.now.date(), [lot_id])[0].certificate_state
            in ("closed", "revoked")
        ]
        lot_id = free[0] if join and free else None
        return self._draft(FilingKind.REGISTRATION, lot_id, answers(spaces_general=spaces))

    @rule(target=filings, kind=st.sampled_from(KINDS), spaces=st.integers(1, 300), data=st.data())
    def file_for_a_lot(self, kind: FilingKind, spaces: int, data: st.DataObject):
        if not self.promised:
            return multiple()
        lot_id = data.draw(st.sampled_from(list(self.promised)))
        told = {
            FilingKind.CHANGE: {"spaces_general": spaces, "difference_reason": "restriping"},
            FilingKind.CLOSURE: {"closes_on": "2026-12-01", "closing_reason": "收回"},
        }
        return self._draft(kind, lot_id, told.get(kind, {}))

    def _draft(self, kind: FilingKind, lot_id: str | None, told: dict):
        office, org = self.office, self.office.organisation_id

        def work() -> str:
            filing_id = service.draft_filing(
                self.session, office.member, org, kind, self.now, lot_id=lot_id, answers=told
            )
            version = 1
            for need in checklist(office.city, kind, told):
                version = service.attach_paper(
                    self.session, office.member, org, filing_id, need.key, a_file(), version, self.now
                )
            return filing_id

        made = self.attempt(work)
        return made if made is not None else multiple()

    @rule(filing_id=filings, back=st.sampled_from([0, 0, 0, 1]))
    def submit(self, filing_id: str, back: int) -> None:
        seen = queries.filing(self.session, filing_id)
        office = self.office
        self.attempt(
            lambda: service.submit(
                self.session,
                office.member,
                seen.organisation_id,
                filing_id,
                seen.version - back,
                "王一",
                self.now,
            )
        )

    @rule(filing_id=filings, spaces=st.integers(1, 300))
    def edit(self, filing_id: str, spaces: int) -> None:
        seen = queries.filing(self.session, filing_id)
        if seen.kind not in (FilingKind.REGISTRATION, FilingKind.CHANGE):
            return
        told = {"spaces_general": spaces}
        office, org = self.office, seen.organisation_id
        saved = self.attempt(
            lambda: service.save_answers(
                self.session, office.member, org, filing_id, "spaces", told, seen.version, self.now
            )
        )
        assert saved is None or seen.state in ("drafted", "correction_requested")

    @rule(
        filing_id=filings,
        how=st.sampled_from(
            ["accept", "approve", "approve", "correct", "refuse", "return", "claim", "release"]
        ),
        first=st.booleans(),
        back=st.sampled_from([0, 0, 0, 0, 1]),
    )
    def decide(self, filing_id: str, how: str, first: bool, back: int) -> None:
        officer = self.office.officer if first else self.office.second
        seen = queries.filing(self.session, filing_id)
        before = len(seen.steps)
        self.attempt(lambda: self._decide(officer, seen, how, seen.version - back))
        after = queries.filing(self.session, filing_id)
        # A page that was read before somebody else's step decides nothing.
        assert not (back and how not in ("claim", "release")) or len(after.steps) == before
        if how == "approve" and len(after.steps) > before and after.lot_id:
            self._promise(after)

    @rule(filing_id=filings)
    def carry_through(self, filing_id: str) -> None:
        """The straight way, so that there are lots to change, renew and close."""
        self.submit(filing_id, 0)
        self.decide(filing_id, "accept", True, 0)
        self.decide(filing_id, "approve", True, 0)

    def _decide(self, officer: Actor, seen: FilingView, how: str, version: int) -> object:
        session, now = self.session, self.now
        if how == "accept":
            return service.accept(session, officer, seen.id, version, now)
        if how == "approve":
            return service.approve(session, officer, seen.id, version, now)
        if how == "claim":
            return service.claim(session, officer, seen.id, now)
        if how == "release":
            return service.release(session, officer, seen.id, now)
        takes = {
            "correct": service.request_correction,
            "refuse": service.refuse,
            "return": service.return_filing,
        }
        return takes[how](session, officer, seen.id, version, ITEMS, now)

    def _promise(self, filing: FilingView) -> None:
        if filing.kind is FilingKind.CLOSURE:
            self.promised[filing.lot_id] = 0
        elif filing.kind is not FilingKind.RENEWAL:
            self.promised[filing.lot_id] = filing.answers["spaces_general"]

    @rule(filing_id=filings)
    def give_up(self, filing_id: str) -> None:
        seen = queries.filing(self.session, filing_id)
        self.attempt(
            lambda: service.abandon(
                self.session, self.office.member, seen.organisation_id, seen.id, seen.version, None, self.now
            )
        )

    @rule(days=st.sampled_from([1, 3, 10, 400]))
    def pass_days(self, days: int) -> None:
        self.now += timedelta(days=days)
        overdue = select(Filing.id).where(Filing.due_on < self.now.date()).order_by(Filing.number)
        for filing_id in self.session.scalars(overdue).all():
            service.lapse_filing(self.session, filing_id, self.now)
        for number in self.session.scalars(select(Certificate.number).order_by(Certificate.number)).all():
            service.age_certificate(self.session, SYSTEM, number, self.now)

    @rule(data=st.data())
    def revoke(self, data: st.DataObject) -> None:
        held = self.session.execute(select(Certificate.number, Certificate.version)).all()
        if not held:
            return
        number, version = data.draw(st.sampled_from(sorted(held)))
        self.attempt(
            lambda: service.revoke_certificate(
                self.session, self.office.officer, number, "未整改", None, version, self.now
            )
        )

    def teardown(self) -> None:
        try:
            self._check_everything()
        finally:
            self.savepoint.rollback()
            self.session.expire_all()

    def _check_everything(self) -> None:
        for filing_id in self.session.scalars(select(Filing.id)).all():
            _check_course(self.session, queries.filing(self.session, filing_id))
        day = self.now.date()
        standing = lots.capacity_at(self.session, day)
        assert {
            lot_id: standing.get((lot_id, SpaceClass.GENERAL), 0) for lot_id in self.promised
        } == self.promised
        # Nothing but approvals made a lot, and no lot was made twice.
        assert {card.id for card in lots.lot_cards(self.session, day)} == set(self.promised)
        assert audit.verify_chain(self.session) is None
        _check_numbers(self.session)


def _check_course(session: Session, filing: FilingView) -> None:
    """No state without a legal step, and every step in the audit."""
    state = None
    for step in filing.steps:
        leads_to, allowed = TRANSITIONS[state, step.step]
        assert step.actor.partition(":")[0] in allowed
        assert step.state is leads_to
        state = leads_to
    assert state is filing.state
    entries = [entry.action for entry in audit.entries_of(session, "filing", filing.id)]
    assert [entry for entry in entries if entry.partition(":")[2] in set(Step)] == [
        f"filing:{step.step}" for step in filing.steps
    ]


def _check_numbers(session: Session) -> None:
    """Every series of papers counts from one without a gap."""
    series: dict[tuple[str, int], list[int]] = {}
    for notice in session.scalars(select(Notice).where(Notice.edition == 1)):
        series.setdefault((notice.kind, notice.year), []).append(notice.serial)
    for serials in series.values():
        assert sorted(serials) == list(range(1, len(serials) + 1))


@pytest.mark.parametrize(
    "profile", [SHORT, pytest.param(LONG, marks=[pytest.mark.long, pytest.mark.timeout(7200)])]
)
def test_register_ledger_and_audit_agree_whatever_is_tried(session, office, profile):
    run_state_machine_as_test(lambda: Bureau(session, office), settings=profile)
