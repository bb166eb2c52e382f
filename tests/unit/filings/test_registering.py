"""A registration joins the lot that is meant, and is refused for what is wrong, each with its own reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from parking.accounts.rules import OrganisationKind
from parking.city import service as city
from parking.filings import queries, service
from parking.filings.errors import FilingChanged, FilingOpen, FilingRefused, LotAlreadyFiled
from parking.filings.rules import FilingKind
from parking.kernel.actors import CLI
from parking.kernel.vocabulary import SpaceClass
from parking.lots import queries as lots
from tests.factories.accounts import an_owner
from tests.factories.city import DISTRICTS, NOW
from tests.factories.filings import a_draft, a_filed_lot, accepted, answers, approved, submitted
from tests.factories.lots import a_lot

TODAY = date(2026, 11, 20)
LATER = NOW + timedelta(minutes=5)
NEARBY = {"lat": 32.0602, "lon": 120.6401, "datum": "wgs84"}


def a_registered_lot(session, name="城东第一停车场", **fields):
    return a_lot(session, name=name, lat=32.0602, lon=120.6401, **fields)


def claimed(session, office, draft, lot_id):
    org = office.organisation_id
    service.claim_lot(session, office.member, org, draft.id, lot_id, draft.version, NOW)
    return queries.filing(session, draft.id)


def refused_fields(refused) -> dict[str, str]:
    return {problem.field: problem.code for problem in refused.value.problems}


def test_lots_are_proposed_by_name_and_within_fifty_metres(session, office):
    near = a_lot(session, name="无名车场", lat=32.0603, lon=120.6401)
    alike = a_lot(session, name="城东第一公共停车场", lat=32.062, lon=120.641)
    a_lot(session, name="完全无关", lat=32.062, lon=120.642)
    a_filed_lot(session, office)
    draft = a_draft(session, office)
    found = queries.candidates(session, draft, TODAY)
    assert [each.card.id for each in found] == [alike.id, near.id]
    assert found[1].distance_m < 50 < found[0].distance_m
    assert found[0].likeness == 1


def test_an_approval_joins_the_claimed_lot_and_makes_no_second(session, office):
    lot = a_registered_lot(session, address="旧地址 9 号", spaces={SpaceClass.GENERAL: 90})
    draft = claimed(session, office, a_draft(session, office), lot.id)
    before = {change.field: change for change in queries.changes(session, draft, TODAY)}
    assert (before["address"].before, before["address"].after) == ("旧地址 9 号", "城东路 1 号")
    assert before["spaces_general"].difference == 10
    filing = approved(session, office, draft)
    cards = lots.lot_cards(session, TODAY)
    assert [card.id for card in cards] == [lot.id] == [filing.lot_id]
    assert (cards[0].code, cards[0].address) == (lot.code, "城东路 1 号")
    # A number that the register had wrong is no gain.
    assert [(entry.change, entry.reason) for entry in lots.ledger_of(session, lot.id)] == [
        (90, "opening_balance"),
        (10, "correction"),
    ]
    assert {change.field for change in queries.changes(session, filing, TODAY)} == set(before)


def test_a_join_says_why_its_numbers_differ_where_something_happened(session, office):
    lot = a_registered_lot(session, spaces={SpaceClass.GENERAL: 90})
    draft = claimed(session, office, a_draft(session, office, difference_reason="marked_bays"), lot.id)
    approved(session, office, draft)
    assert [entry.reason for entry in lots.ledger_of(session, lot.id)] == [
        "opening_balance",
        "marked_bays",
    ]


def test_a_filed_lot_cannot_be_claimed_and_a_claimed_one_not_twice(session, office):
    lot_id, _ = a_filed_lot(session, office)
    lot = a_registered_lot(session, name="另一停车场")
    draft = a_draft(session, office, name="另一停车场")
    with pytest.raises(LotAlreadyFiled):
        claimed(session, office, draft, lot_id)
    rival = claimed(session, office, a_draft(session, office, name="另一停车场"), lot.id)
    first = submitted(session, office, claimed(session, office, draft, lot.id))
    with pytest.raises(FilingOpen) as open_one:
        submitted(session, office, rival)
    assert open_one.value.filing_id == first.id


def test_a_place_outside_its_district_and_one_outside_the_city_have_their_own_reasons(session, office):
    west = a_draft(session, office, district_code=DISTRICTS[1])
    with pytest.raises(FilingRefused) as refused:
        submitted(session, office, west)
    assert refused_fields(refused) == {"position": "outside_district"}
    beyond = a_draft(session, office, position={"lat": 32.10, "lon": 120.70, "datum": "wgs84"})
    with pytest.raises(FilingRefused) as refused:
        submitted(session, office, beyond)
    assert refused_fields(refused) == {"position": "outside_district"}
    abroad = a_draft(session, office, position={"lat": 31.0, "lon": 121.0, "datum": "wgs84"})
    with pytest.raises(FilingRefused) as refused:
        submitted(session, office, abroad)
    assert refused_fields(refused) == {"position": "outside_city"}


def test_answers_that_contradict_each_other_are_named(session, office):
    draft = a_draft(session, office, spaces_mechanical=10, spaces_reason=None)
    with pytest.raises(FilingRefused) as refused:
        submitted(session, office, draft)
    assert refused_fields(refused) == {"spaces_mechanical": "contradicts", "spaces_reason": "missing"}
    none = a_draft(session, office, spaces_general=0)
    with pytest.raises(FilingRefused) as refused:
        submitted(session, office, none)
    assert refused_fields(refused) == {"spaces_general": "no_spaces"}


def test_markup_and_formulas_stay_plain_text(session, office):
    name, note = "<script>alert(1)</script>", '=HYPERLINK("http://x")'
    lot_id, filing = a_filed_lot(session, office, name=name, address=note)
    card = lots.lot_cards(session, TODAY, [lot_id])[0]
    assert (card.name, card.address) == (name, note)
    assert filing.notices[-1].content["lot"]["name"] == name


def test_nothing_is_overwritten_from_a_second_tab(session, office):
    draft = a_draft(session, office)
    org, member = office.organisation_id, office.member
    service.save_answers(
        session, member, org, draft.id, "place", {"name": "第一个标签页"}, draft.version, NOW
    )
    with pytest.raises(FilingChanged) as changed:
        service.save_answers(
            session, member, org, draft.id, "place", {"name": "第二个标签页"}, draft.version, NOW
        )
    assert changed.value.saved == {"name": "第一个标签页"}
    # The same page sent twice is no conflict.
    assert (
        service.save_answers(
            session, member, org, draft.id, "place", {"name": "第一个标签页"}, draft.version, NOW
        )
        == changed.value.version
    )


def test_thirty_rows_become_drafts_and_a_broken_one_is_named(session, office):
    row = {key: str(value) for key, value in answers().items() if key != "position"}
    row |= {"position_lat": "32.06", "position_lon": "120.64", "charges_fee": "否"}
    for key in ("operator_is_owner", "underground", "mechanical", "civil_defence", "has_billing_system"):
        row[key] = "是"
    rows = [{**row, "name": f"第{number}停车场"} for number in range(30)]
    rows[3]["spaces_general"] = "=1+1"
    rows[5] = {"address": "没有名称"}
    drafted = service.draft_from_rows(session, office.member, office.organisation_id, rows, NOW)
    assert len(drafted.filing_ids) == 28
    assert [(each.row, each.problems[0].code) for each in drafted.refused] == [
        (4, "not_a_number"),
        (6, "missing"),
    ]
    assert len(queries.filings_of(session, office.organisation_id, limit=100)) == 28


def test_a_copy_takes_the_answers_but_not_the_place(session, office):
    draft = a_draft(session, office)
    copy_id = service.copy_filing(session, office.member, office.organisation_id, draft.id, NOW)
    copied = queries.filing(session, copy_id)
    assert copied.kind is FilingKind.REGISTRATION
    assert not {"name", "position"} & set(copied.answers)
    assert copied.answers["address"] == draft.answers["address"]
    assert copied.papers == ()


def test_another_organisation_claims_what_was_revoked(session, office):
    lot_id, filing = a_filed_lot(session, office)
    certificate = queries.certificate(session, filing.certificate_number, office.city, TODAY)
    number = service.revoke_certificate(
        session,
        office.officer,
        certificate.number,
        "消防通道堵塞，逾期未改",
        "J-2026-0001",
        certificate.version,
        NOW,
    )
    assert queries.notice(session, number).content["evidence"] == "J-2026-0001"
    card = lots.lot_cards(session, TODAY, [lot_id])[0]
    assert (card.certificate_state, card.filing_no) == ("revoked", None)
    assert queries.valid_certificates(session, office.city, TODAY) == []
    other = an_owner(session, 2)
    org, member = other.organisation_id, other.caller.actor
    kind = FilingKind.REGISTRATION
    filing_id = service.draft_filing(session, member, org, kind, NOW, lot_id=lot_id, answers=answers())
    assert queries.filing(session, filing_id).claimed_lot_id == lot_id


def test_an_officer_joins_what_the_operator_did_not_recognise_and_a_colleague_is_told(session, office):
    lot = a_registered_lot(session)
    filing = accepted(session, office, a_draft(session, office))
    version = service.join_lot(session, office.officer, filing.id, lot.id, filing.version, LATER)
    with pytest.raises(FilingChanged):
        service.approve(session, office.second, filing.id, filing.version, LATER)
    service.approve(session, office.second, filing.id, version, LATER)
    assert [card.id for card in lots.lot_cards(session, TODAY)] == [lot.id]


def test_the_name_of_a_natural_person_stays_out_of_the_open_register(session, office):
    told = {"kind": OrganisationKind.PERSON, "credit_code": None, "name": "钱小二", "contact_name": "钱小二"}
    city.set_fact(session, CLI, "accounts.natural_persons", True, TODAY, NOW)
    person = an_owner(session, 9, **told)
    theirs = replace(office, owner=person)
    filed = approved(session, theirs, a_draft(session, theirs, operator_name="钱小二"))
    (card,) = lots.lot_cards(session, TODAY, [filed.lot_id])
    assert card.operator_name is None and card.certificate_state == "valid"
    ours = approved(session, office, a_draft(session, office, name="城西停车场"))
    (card,) = lots.lot_cards(session, TODAY, [ours.lot_id])
    assert card.operator_name == "试城物业1有限公司"
