"""A filing is decided once, with reasons, in time, and leaves a numbered paper at every turn."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from parking.accounts import queries as accounts_told
from parking.accounts import service as accounts
from parking.audit import queries as audit
from parking.filings import queries, service
from parking.filings.errors import (
    AlreadyDecided,
    ApplicantNotChecked,
    CorrectionsSpent,
    FilingClaimed,
    FilingIncomplete,
    FilingNotFound,
    OrganisationNotChecked,
    ReasonMissing,
    StepNotAllowed,
    StepRefused,
)
from parking.filings.rules import FilingState, Item, NoticeKind, Step
from parking.lots import queries as lots
from tests.factories.accounts import an_owner
from tests.factories.city import NOW
from tests.factories.filings import (
    a_draft,
    a_file,
    a_filed_lot,
    accepted,
    answers,
    approved,
    submitted,
)

TODAY = date(2026, 11, 20)


def test_an_approval_writes_lot_ledger_and_certificate(session, office):
    lot_id, filing = a_filed_lot(session, office, spaces_charging=8, bay_length_m=30)
    card = lots.lot_cards(session, TODAY, [lot_id])[0]
    certificate = queries.certificate(session, filing.certificate_number, office.city, TODAY)
    assert {str(group.space_class): group.capacity for group in card.spaces} == {
        "general": 100,
        "charging": 8,
    }
    assert card.bay_length_m == 30
    assert {entry.reason for entry in lots.ledger_of(session, lot_id)} == {"new_build"}
    assert (card.filing_no, card.certificate_state) == ("试停备证-2026-00001", "valid")
    assert card.organisation_id == office.organisation_id
    assert (certificate.from_on, certificate.last_on) == (TODAY, date(2029, 11, 19))
    assert certificate.content["spaces"] == {"general": 100, "charging": 8}
    assert queries.certificate(session, certificate.code.upper(), office.city, TODAY) == certificate
    assert len(certificate.code) == 26


def test_every_turn_leaves_a_numbered_paper_and_a_due_working_day(session, office):
    filing = submitted(session, office, a_draft(session, office))
    # Friday the 20th: two working days on is Tuesday.
    assert (filing.number, filing.due_on) == ("试停备申-2026-00001", date(2026, 11, 24))
    filing = approved(session, office, filing)
    assert [notice.kind for notice in filing.notices] == [NoticeKind.ACCEPTANCE, NoticeKind.CERTIFICATE]
    assert filing.notices[0].due_on == date(2026, 11, 27)
    assert filing.notices[0].authority_zh == "试城市城市管理局"
    assert filing.notices[1].addressed_to == "试城物业1有限公司"
    assert [step.step for step in filing.steps] == [
        Step.DRAFTED,
        Step.SUBMITTED,
        Step.ACCEPTED,
        Step.APPROVED,
    ]
    assert filing.due_on is None


def test_one_correction_notice_lists_everything_that_is_missing(session, office):
    filing = submitted(session, office, a_draft(session, office))
    paper = filing.papers[0]
    # The checklist grew while the filing lay there: what it asks for now is named in the same notice.
    session.execute(text("UPDATE filing_papers SET withdrawn_at = now() WHERE id = :id"), {"id": paper.id})
    items = [Item("name", "unreadable"), Item("", None, "请补充说明")]
    service.request_correction(session, office.officer, filing.id, filing.version, items, NOW)
    asked = queries.filing(session, filing.id)
    assert asked.state is FilingState.CORRECTION_REQUESTED
    assert [item["about"] for item in asked.correction_items] == ["name", "", "papers.site_right"]
    assert asked.correction_items[0] == {
        "about": "name",
        "label": "停车场名称",
        "text_zh": "材料看不清",
        "text_en": "Unreadable",
    }
    assert asked.due_on == date(2026, 12, 11)
    notice = queries.notice(session, asked.notices[0].number, office.organisation_id)
    assert notice.content["items"] == list(asked.correction_items)


def test_a_correction_keeps_number_and_shows_what_it_changed_and_is_asked_for_once(session, office):
    filing = submitted(session, office, a_draft(session, office))
    items = [Item("name", None, "名称不全")]
    service.request_correction(session, office.officer, filing.id, filing.version, items, NOW)
    asked = queries.filing(session, filing.id)
    org = office.organisation_id
    version = service.save_answers(
        session, office.member, org, filing.id, "place", {"name": "城东第二停车场"}, asked.version, NOW
    )
    number = service.submit(session, office.member, org, filing.id, version, "王一", NOW)
    corrected = queries.filing(session, filing.id)
    assert number == filing.number
    assert corrected.steps[-1].details == {
        "corrected": ["name"],
        "before": {"name": "城东第一停车场"},
        "after": {"name": "城东第二停车场"},
    }
    with pytest.raises(CorrectionsSpent):
        service.request_correction(session, office.officer, filing.id, corrected.version, items, NOW)


def test_the_second_officer_is_told_who_was_first(session, office):
    filing = submitted(session, office, a_draft(session, office))
    service.accept(session, office.officer, filing.id, filing.version, NOW)
    items = [Item("", "not_a_lot")]
    with pytest.raises(AlreadyDecided) as first:
        service.refuse(session, office.second, filing.id, filing.version, items, NOW)
    assert (first.value.by, first.value.at, first.value.step) == (str(office.officer), NOW, "accepted")


def test_a_claim_keeps_colleagues_out_until_its_lease_ends(session, office):
    filing = submitted(session, office, a_draft(session, office))
    until_at = service.claim(session, office.officer, filing.id, NOW)
    with pytest.raises(FilingClaimed) as held:
        service.claim(session, office.second, filing.id, NOW)
    assert (held.value.by, held.value.until_at) == (office.reviewer.id, until_at)
    with pytest.raises(FilingClaimed):
        service.accept(session, office.second, filing.id, filing.version, NOW)
    assert service.claim(session, office.second, filing.id, until_at) == until_at + timedelta(minutes=30)
    service.release(session, office.officer, filing.id, until_at)
    assert queries.filing(session, filing.id).claimed_by == office.colleague.id
    service.release(session, office.second, filing.id, until_at)
    service.accept(session, office.officer, filing.id, filing.version, NOW)


def test_a_repeated_submit_is_answered_with_the_same_number(session, office):
    draft = a_draft(session, office)
    first = submitted(session, office, draft)
    again = submitted(session, office, draft)
    assert again == first
    assert submitted(session, office, draft).number == approved(session, office, first).number
    assert len(queries.filing(session, draft.id).steps) == 4


def test_after_the_approval_nothing_can_be_edited(session, office):
    _, filing = a_filed_lot(session, office)
    org, member = office.organisation_id, office.member
    for version in (1, filing.version):
        with pytest.raises(StepRefused):
            service.save_answers(session, member, org, filing.id, "place", {"name": "x"}, version, NOW)
        with pytest.raises(StepRefused):
            service.attach_paper(session, member, org, filing.id, "site_right", a_file("x"), version, NOW)
        with pytest.raises(StepRefused):
            service.withdraw_paper(session, member, org, filing.id, filing.papers[0].id, version, NOW)
        with pytest.raises(StepRefused):
            service.submit(session, member, org, filing.id, version, "王一", NOW)
    with pytest.raises(StepRefused):
        service.abandon(session, member, org, filing.id, filing.version, None, NOW)
    with pytest.raises(StepRefused):
        service.approve(session, office.officer, filing.id, filing.version, NOW)


def test_a_decision_against_the_applicant_says_why(session, office):
    filing = submitted(session, office, a_draft(session, office))
    for items in ([], [Item("name", "no_such_reason")], [Item("", None, "  ")]):
        with pytest.raises(ReasonMissing):
            service.refuse(session, office.officer, filing.id, filing.version, items, NOW)
    service.refuse(session, office.officer, filing.id, filing.version, [Item("", "not_a_lot")], NOW)
    refused = queries.filing(session, filing.id)
    assert (refused.state, refused.steps[-1].reason) == (FilingState.REFUSED, "不属备案范围")
    assert refused.notices[-1].number == "试停备不受-2026-00001"


def test_a_returned_filing_writes_nothing_to_the_register(session, office):
    filing = accepted(session, office, a_draft(session, office))
    service.return_filing(session, office.officer, filing.id, filing.version, [Item("", "false_papers")], NOW)
    assert queries.filing(session, filing.id).state is FilingState.RETURNED
    assert lots.lot_cards(session, TODAY) == []


def test_an_organisation_that_nobody_checked_drafts_but_does_not_submit(session, office):
    stranger = an_owner(session, 2, checked=False)
    member, org = stranger.caller.actor, stranger.organisation_id
    kind = queries.filing(session, a_draft(session, office).id).kind
    filing_id = service.draft_filing(session, member, org, kind, NOW, answers=answers())
    version = service.attach_paper(session, member, org, filing_id, "site_right", a_file(), 1, NOW)
    with pytest.raises(OrganisationNotChecked):
        service.submit(session, member, org, filing_id, version, "王一", NOW)


def test_nothing_is_filed_for_an_organisation_that_was_closed_meanwhile(session, office):
    filing = accepted(session, office, a_draft(session, office))
    owner = accounts_told.organisation(session, office.organisation_id)
    accounts.disable_organisation(
        session, office.officer, owner.id, reason="停业", version=owner.version, now=NOW
    )
    with pytest.raises(ApplicantNotChecked):
        service.approve(session, office.officer, filing.id, filing.version, NOW)
    assert queries.filing(session, filing.id).state is FilingState.ACCEPTED


def test_a_filing_that_lacks_something_is_not_taken_and_all_of_it_is_named(session, office):
    draft = a_draft(session, office, papers=False, charges_fee=True, complaint_phone=None)
    with pytest.raises(FilingIncomplete) as refused:
        submitted(session, office, draft)
    assert {problem.field for problem in refused.value.problems} == {
        "fee_text",
        "price_notice",
        "complaint_phone",
        "papers.site_right",
        "papers.price_notice",
    }


def test_a_foreign_filing_is_as_unknown_as_a_missing_one(session, office):
    filing = a_draft(session, office)
    stranger = an_owner(session, 2)
    for filing_id in (filing.id, "nowhere"):
        with pytest.raises(FilingNotFound):
            queries.filing(session, filing_id, stranger.organisation_id)
        with pytest.raises(FilingNotFound):
            service.submit(session, stranger.caller.actor, stranger.organisation_id, filing_id, 1, "x", NOW)


def test_an_operator_decides_nothing_and_an_officer_submits_nothing(session, office):
    draft = a_draft(session, office)
    with pytest.raises(StepNotAllowed):
        service.submit(session, office.officer, office.organisation_id, draft.id, draft.version, "x", NOW)
    filing = submitted(session, office, draft)
    with pytest.raises(StepNotAllowed):
        service.accept(session, office.member, filing.id, filing.version, NOW)


def test_every_step_stands_in_the_audit_without_personal_data(session, office):
    _, filing = a_filed_lot(session, office)
    told = audit.entries_of(session, "filing", filing.id)
    steps = [entry.action for entry in told if entry.action != "filing:paper_attached"]
    assert steps == [f"filing:{step.step}" for step in filing.steps]
    assert "13800000001" not in str([entry.details for entry in told])
    assert audit.verify_chain(session) is None


def test_numbers_have_no_gap_when_a_decision_fails(session, office):
    one = submitted(session, office, a_draft(session, office))
    two = submitted(session, office, a_draft(session, office, name="城东第三停车场"))
    with pytest.raises(RuntimeError), session.begin_nested():
        service.accept(session, office.officer, one.id, one.version, NOW)
        raise RuntimeError
    numbers = [service.accept(session, office.officer, each.id, each.version, NOW) for each in (two, one)]
    assert numbers == ["试停备受-2026-00001", "试停备受-2026-00002"]


@pytest.mark.parametrize("table", ["filing_steps", "notices"])
def test_what_was_done_and_said_cannot_be_changed(session, office, table):
    approved(session, office, a_draft(session, office))
    for statement in (f"UPDATE {table} SET filing_id = filing_id", f"DELETE FROM {table}"):
        with pytest.raises(IntegrityError, match="append-only"), session.begin_nested():
            session.execute(text(statement))
