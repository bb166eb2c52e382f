"""A filed lot is changed, renewed and closed; only the difference is written."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from parking.filings import queries, service
from parking.filings.errors import (
    CertificateEnded,
    FilingOpen,
    FilingRefused,
    LotNotFiled,
    NothingChanged,
    TooEarlyToRenew,
)
from parking.filings.rules import CertificateState, FilingKind, NoticeKind
from parking.kernel.actors import CLI, SYSTEM
from parking.kernel.vocabulary import SpaceClass
from parking.lots import queries as lots
from parking.lots import service as register
from parking.occupancy.rules import CountInput
from parking.occupancy.service import declare_source, record_counts
from tests.factories.accounts import an_owner
from tests.factories.city import NOW
from tests.factories.filings import a_draft, a_filed_lot, approved, submitted

TODAY = date(2026, 11, 20)
LATER = NOW + timedelta(days=365 * 3 - 30)


def a_change(session, office, lot_id, **changed):
    return a_draft(session, office, FilingKind.CHANGE, lot_id=lot_id, **changed)


def card_of(session, lot_id, on=TODAY):
    return lots.lot_cards(session, on, [lot_id])[0]


def test_a_change_shows_old_beside_new_and_writes_only_the_difference(session, office):
    lot_id, filing = a_filed_lot(session, office)
    # Meanwhile the register learnt something that the operator does not touch.
    register.change_lot(session, CLI, lot_id, {"hours_note": "春节照常"}, NOW)
    change = a_change(
        session, office, lot_id, address="城东路 2 号", spaces_general=120, difference_reason="restriping"
    )
    register.change_lot(session, CLI, lot_id, {"name_en": "East One"}, NOW)
    shown = [(each.field, each.before, each.after) for each in queries.changes(session, change, TODAY)]
    assert shown == [("address", "城东路 1 号", "城东路 2 号"), ("spaces_general", 100, 120)]
    done = approved(session, office, change)
    card = card_of(session, lot_id)
    assert (card.address, card.hours_note, card.name_en) == ("城东路 2 号", "春节照常", "East One")
    ledger = [(entry.change, entry.reason) for entry in lots.ledger_of(session, lot_id)]
    assert ledger == [(100, "new_build"), (20, "restriping")]
    # The certificate keeps its number and is printed anew.
    certificate = queries.certificate(session, filing.certificate_number, office.city, TODAY)
    assert certificate.notice_number == "试停备证-2026-00001-2"
    assert certificate.content["total_spaces"] == 120
    assert done.notices[-1].kind is NoticeKind.CERTIFICATE
    assert queries.notice(session, filing.certificate_number).content["total_spaces"] == 100


def test_capacity_below_what_is_occupied_now_is_refused(session, office):
    lot_id, _ = a_filed_lot(session, office)
    declare_source(session, "gate", {lot_id: 0}, 300, 900, NOW)
    count = CountInput(lot_id, SpaceClass.GENERAL, NOW, None, 80, None, "c1")
    record_counts(session, SYSTEM, "gate", [count], NOW)
    change = a_change(session, office, lot_id, spaces_general=70, difference_reason="removed")
    with pytest.raises(FilingRefused) as refused:
        submitted(session, office, change)
    assert [(each.field, each.code) for each in refused.value.problems] == [
        ("spaces_general", "below_occupied")
    ]
    # An hour later nobody knows how many there are, and the operator may be believed.
    assert submitted(session, office, change, NOW + timedelta(hours=1)).number


def test_a_change_says_why_spaces_differ_and_in_the_right_direction(session, office):
    lot_id, _ = a_filed_lot(session, office)
    change = a_change(session, office, lot_id, spaces_general=70)
    with pytest.raises(FilingRefused) as refused:
        submitted(session, office, change)
    assert refused.value.problems[0].field == "difference_reason"
    org, member = office.organisation_id, office.member
    told = {"difference_reason": "new_build"}
    service.save_answers(session, member, org, change.id, "spaces", told, change.version, NOW)
    with pytest.raises(FilingRefused) as refused:
        submitted(session, office, queries.filing(session, change.id))
    assert refused.value.problems[0].code == "reason_contradicts"


def test_a_change_that_changes_nothing_is_not_taken(session, office):
    lot_id, _ = a_filed_lot(session, office)
    with pytest.raises(NothingChanged):
        submitted(session, office, a_change(session, office, lot_id))


def test_a_second_open_filing_of_a_kind_for_one_lot_is_refused(session, office):
    lot_id, _ = a_filed_lot(session, office)
    first = a_change(session, office, lot_id)
    with pytest.raises(FilingOpen) as open_one:
        a_change(session, office, lot_id)
    assert open_one.value.filing_id == first.id
    assert a_draft(session, office, FilingKind.CLOSURE, lot_id=lot_id).lot_id == lot_id
    service.abandon(session, office.member, office.organisation_id, first.id, first.version, None, NOW)
    assert a_change(session, office, lot_id).lot_id == lot_id


def test_nobody_changes_what_another_organisation_filed(session, office):
    lot_id, _ = a_filed_lot(session, office)
    other = an_owner(session, 2)
    for kind in (FilingKind.CHANGE, FilingKind.RENEWAL, FilingKind.CLOSURE):
        with pytest.raises(LotNotFiled):
            service.draft_filing(session, other.caller.actor, other.organisation_id, kind, NOW, lot_id=lot_id)


def test_a_renewal_prolongs_from_the_old_end_and_comes_in_the_last_days_only(session, office):
    lot_id, filing = a_filed_lot(session, office)
    with pytest.raises(TooEarlyToRenew):
        a_draft(session, office, FilingKind.RENEWAL, lot_id=lot_id)
    renewal = a_draft(session, office, FilingKind.RENEWAL, lot_id=lot_id, now=LATER)
    approved(session, office, renewal, LATER)
    certificate = queries.certificate(session, filing.certificate_number, office.city, LATER.date())
    assert (certificate.until_on, certificate.state) == (date(2032, 11, 20), CertificateState.VALID)
    assert card_of(session, lot_id).certificate_until_on == date(2032, 11, 20)
    assert len(lots.ledger_of(session, lot_id)) == 1


def test_a_certificate_ages_by_the_day_and_its_lot_with_it(session, office):
    lot_id, filing = a_filed_lot(session, office)
    number = filing.certificate_number
    for days, state in ((60, "expiring"), (1, "expiring"), (0, "expired")):
        now = NOW.replace(year=2029) - timedelta(days=days)
        # Whoever asks is told the truth, whether or not the nightly run was there.
        assert queries.certificate(session, number, office.city, now.date()).state == state
        service.age_certificate(session, SYSTEM, number, now)
        assert card_of(session, lot_id).certificate_state == state
    assert not service.age_certificate(session, SYSTEM, number, now)
    assert queries.valid_certificates(session, office.city, now.date()) == []


def test_a_closure_takes_the_spaces_out_of_the_ledger_and_ends_the_certificate(session, office):
    lot_id, filing = a_filed_lot(session, office, spaces_charging=8, bay_length_m=30)
    told = {"closes_on": "2026-12-01", "closing_reason": "地块收回"}
    closure = a_draft(session, office, FilingKind.CLOSURE, lot_id=lot_id, **told)
    done = approved(session, office, closure)
    card = card_of(session, lot_id)
    assert [group.capacity for group in card.spaces if group.capacity] == []
    assert (card.bay_length_m, card.certificate_state) == (0, "closed")
    removed = [entry for entry in lots.ledger_of(session, lot_id) if entry.reason == "removed"]
    assert sum(entry.change for entry in removed) == -108
    assert done.notices[-1].kind is NoticeKind.CLOSURE_RECEIPT
    assert done.notices[-1].content["closes_on"] == "2026-12-01"
    certificate = queries.certificate(session, filing.certificate_number, office.city, TODAY)
    assert certificate.state is CertificateState.CLOSED
    with pytest.raises(CertificateEnded):
        service.revoke_certificate(
            session, office.officer, certificate.number, "x", None, certificate.version, NOW
        )
    with pytest.raises(LotNotFiled):
        a_change(session, office, lot_id)


def test_what_a_revocation_rests_on_is_no_longer_than_its_field(session, office):
    _, filed = a_filed_lot(session, office)
    number = service.revoke_certificate(
        session, office.officer, filed.certificate_number, "停业", "巡" * 900_000, 2, NOW
    )
    assert len(queries.notice(session, number).content["evidence"]) == 200


def test_what_the_last_holder_left_open_does_not_stop_the_next(session, office):
    lot_id, filed = a_filed_lot(session, office)
    left = a_draft(session, office, FilingKind.CHANGE, lot_id=lot_id, spaces_general=140)
    service.revoke_certificate(session, office.officer, filed.certificate_number, "停业", None, 2, NOW)
    other = replace(office, owner=an_owner(session, 2))
    draft = a_draft(session, other, spaces_reason=None, difference_reason="correction")
    service.claim_lot(session, other.member, other.organisation_id, draft.id, lot_id, draft.version, NOW)
    approved(session, other, queries.filing(session, draft.id))
    change = a_draft(session, other, FilingKind.CHANGE, lot_id=lot_id, spaces_general=120)
    assert change.id != left.id
    with pytest.raises(FilingOpen) as again:
        a_draft(session, other, FilingKind.CHANGE, lot_id=lot_id)
    assert again.value.filing_id == change.id
    # What was left is worth nothing without the certificate.
    with pytest.raises(LotNotFiled):
        submitted(session, office, left)
