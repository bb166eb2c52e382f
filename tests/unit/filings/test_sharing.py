"""An operator proposes to lend spaces by a filing; its supervisor puts the agreement in force."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from parking.accounts.rules import OfficerRole
from parking.filings import queries, service
from parking.filings.errors import FilingRefused
from parking.filings.queries.notices import notices_of_filing
from parking.filings.rules import FilingKind, NoticeKind
from parking.sharing.errors.agreements import AgreementRefused, SupervisorMissing
from parking.sharing.queries.agreements import agreements
from parking.sharing.queries.windows import windows_of
from parking.sharing.rules.agreements import AgreementState, Party
from parking.sharing.service.confirming import supervise
from parking.tariffs.queries import tariff_view
from tests.factories.accounts import an_officer
from tests.factories.city import NOW
from tests.factories.filings import a_draft, a_filed_lot, accepted, approved, submitted
from tests.factories.tariffs import a_tariff

ON = date(2026, 11, 20)
LATER = NOW + timedelta(hours=1)
LENT = {
    "lend_general": 20,
    "lend_hours": "Mo-Fr 18:00-07:30; Sa-Su,PH 00:00-24:00",
    "lend_from_on": "2026-11-20",
    "lend_until_on": "2027-11-20",
    "lend_withdraw_hours": 24,
    "lend_notice_days": 30,
    "lend_owner": "城东实验小学",
    "lend_owner_desk": "0513-12345678",
    "lend_owner_duties": "开放校门，照明",
    "lend_operator_desk": "0513-12345679",
    "lend_operator_duties": "值守，清场",
    "lend_grace_minutes": 15,
    "lend_on_overstay": "按收费标准计费",
    "lend_overstays": 3,
}


def a_proposal(session: Session, office, lot_id: str, **changed):
    return a_draft(session, office, FilingKind.SHARING, lot_id=lot_id, **(LENT | changed))


def test_a_decision_leaves_the_certificate_and_the_supervisor_puts_the_agreement_in_force(
    session, office
) -> None:
    supervisor = an_officer(session, "supervisor1", (OfficerRole.SHARING_SUPERVISOR,))
    lot_id, registration = a_filed_lot(session, office)
    before = queries.certificate(session, registration.certificate_number, office.city, ON)
    own = a_tariff(session, [])
    code = tariff_view(session, own, ON).code
    filing = submitted(session, office, a_proposal(session, office, lot_id, lend_tariff=code))
    filed = approved(session, office, filing, LATER)
    (told,) = agreements(session, lot_ids=[lot_id])
    by = {each.party: (each.confirmed_by, each.confirmed_at) for each in told.parties}
    assert by == {
        Party.OPERATOR: (str(office.member), NOW),
        Party.OWNER: (str(office.officer), LATER),
        Party.SUPERVISOR: (None, None),
    }
    assert told.party(Party.OWNER).paper_id in [each.id for each in filed.papers]
    assert (told.state, told.number) == (AgreementState.PROPOSED, None)
    assert not windows_of(session, told.id, NOW, NOW.replace(month=12))

    supervise(session, supervisor.caller.actor, told.id, told.version, LATER)
    (told,) = agreements(session, lot_ids=[lot_id])
    assert (told.state, told.filing_id, told.tariff_id) == (AgreementState.IN_FORCE, filed.id, own)
    confirmed = told.party(Party.SUPERVISOR)
    assert (confirmed.officer_id, confirmed.confirmed_by) == (supervisor.id, str(supervisor.caller.actor))
    assert told.withdraw_before_minutes == 24 * 60
    assert windows_of(session, told.id, NOW, NOW.replace(month=12))[0].quota == 20
    assert queries.certificate(session, registration.certificate_number, office.city, ON) == before
    papers = {each.kind: each.content for each in notices_of_filing(session, filed.id)}
    assert papers[NoticeKind.SHARING_RECORD]["agreement_number"] is None


def test_who_decides_and_supervises_as_well_confirms_with_the_decision(session, office) -> None:
    both = an_officer(session, "both1", (OfficerRole.REVIEWER, OfficerRole.SHARING_SUPERVISOR))
    an_officer(session, "another1", (OfficerRole.SHARING_SUPERVISOR,))
    lot_id, _ = a_filed_lot(session, office)
    filing = accepted(session, office, a_proposal(session, office, lot_id))
    service.approve(session, both.caller.actor, filing.id, filing.version, NOW)
    (told,) = agreements(session, lot_ids=[lot_id])
    assert (told.state, told.party(Party.SUPERVISOR).officer_id) == (AgreementState.IN_FORCE, both.id)
    (paper,) = (
        each for each in notices_of_filing(session, filing.id) if each.kind is NoticeKind.SHARING_RECORD
    )
    assert paper.content["agreement_number"] == told.number


def test_what_no_longer_fits_is_not_confirmed(session, office) -> None:
    supervisor = an_officer(session, "supervisor1", (OfficerRole.SHARING_SUPERVISOR,)).caller.actor
    lot_id, _ = a_filed_lot(session, office)
    for _ in range(2):
        approved(session, office, a_proposal(session, office, lot_id, lend_general=60))
    first, second = agreements(session, lot_ids=[lot_id])
    supervise(session, supervisor, first.id, first.version, NOW)
    with pytest.raises(AgreementRefused) as refused:
        supervise(session, supervisor, second.id, second.version, NOW)
    assert [each.code for each in refused.value.problems] == ["crowded"]


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"lend_hours": "off"}, ("lend_hours", "never_opens")),
        ({"lend_hours": "Feb 30 10:00-12:00"}, ("lend_hours", "hours_unreadable")),
        ({"lend_general": 101}, ("lend_general", "beyond_spaces")),
        ({"lend_general": None}, ("lend_general", "nothing_lent")),
        ({"lend_until_on": "2026-11-20"}, ("lend_until_on", "ends_before_begins")),
        ({"lend_from_on": "2027-01-04"}, ("lend_hours", "calendar_year_missing")),
        ({"lend_tariff": "T-NONE"}, ("lend_tariff", "tariff_unknown")),
    ],
)
def test_what_cannot_be_lent_is_told_before_it_is_submitted(session, office, changed, problem) -> None:
    lot_id, _ = a_filed_lot(session, office)
    draft = a_proposal(session, office, lot_id, **changed)
    so_far = service.problems_so_far(session, draft.organisation_id, draft.id, NOW)
    with pytest.raises(FilingRefused) as refused:
        submitted(session, office, draft)
    for told in (so_far, refused.value.problems):
        assert [(each.field, each.code) for each in told] == [problem]


def test_without_a_supervisor_nothing_comes_into_force(session, office) -> None:
    lot_id, _ = a_filed_lot(session, office)
    filing = accepted(session, office, a_proposal(session, office, lot_id))
    with pytest.raises(SupervisorMissing):
        service.approve(session, office.officer, filing.id, filing.version, NOW)
    assert not agreements(session)


def test_a_revocation_lets_what_the_lot_lends_rest_and_a_closure_ends_it(session, office) -> None:
    supervisor = an_officer(session, "supervisor1", (OfficerRole.SHARING_SUPERVISOR,)).caller.actor
    lots = [a_filed_lot(session, office) for _ in range(2)]
    for lot_id, _ in lots:
        approved(session, office, a_proposal(session, office, lot_id))
        (told,) = agreements(session, lot_ids=[lot_id])
        supervise(session, supervisor, told.id, told.version, NOW)
    (revoked, filed), (closed, _) = lots
    number = filed.certificate_number
    certificate = queries.certificate(session, number, office.city, ON)
    service.revoke_certificate(session, office.officer, number, "消防不合格", None, certificate.version, NOW)
    told = {"closes_on": "2026-12-01", "closing_reason": "地块收回"}
    approved(session, office, a_draft(session, office, FilingKind.CLOSURE, lot_id=closed, **told))

    rests, ends = (agreements(session, lot_ids=[lot_id])[0] for lot_id in (revoked, closed))
    assert (rests.state, rests.notice_at) == (AgreementState.SUSPENDED, None)
    assert "消防不合格" in rests.suspended_for
    # By the notice of 30 days that was agreed.
    assert (ends.state, ends.until_on) == (AgreementState.SUSPENDED, date(2026, 12, 20))
    for each in (rests, ends):
        assert not [w for w in windows_of(session, each.id, NOW, NOW.replace(year=2027)) if w.left]
