"""Lots are found by where they lie and by what they are called; certificates stand on them as decided."""

from __future__ import annotations

from datetime import date

import pytest

from parking.audit import queries as audit
from parking.kernel.actors import SYSTEM
from parking.lots import queries, service
from parking.lots.errors import LotNotFound
from parking.lots.rules.likeness import LIKE, bare_name, likeness
from tests.factories.accounts import register
from tests.factories.city import NOW, a_city
from tests.factories.lots import a_lot

TODAY = date(2026, 11, 20)
UNTIL = date(2029, 11, 20)


@pytest.mark.parametrize(
    ("a", "b", "alike"),
    [
        ("人民医院地下停车场", "人民医院停车库", True),
        ("人民医院（东）停车场", "人民医院东 停车场", True),
        ("万达广场停车场", "人民医院停车场", False),
        ("停车场", "停车场", True),
        ("Ｐ＋Ｒ 一号 停车场", "p+r一号", True),
        ("", "停车场", False),
    ],
)
def test_names_are_compared_without_the_words_that_every_lot_carries(a, b, alike):
    assert (likeness(a, b) >= LIKE) is alike
    assert bare_name("公共停车场")


def test_near_lots_come_nearest_first_and_none_from_the_corner_of_the_box(session):
    a_city(session)
    far = a_lot(session, lat=32.0604, lon=120.62)
    near = a_lot(session, lat=32.0601, lon=120.62)
    # Within the rectangle of 60 m, but 75 m away.
    a_lot(session, lat=32.0605, lon=120.62055)
    assert [card.id for card in queries.near(session, 32.06, 120.62, 60, TODAY)] == [near.id, far.id]
    assert queries.near(session, 32.06, 120.62, 5, TODAY) == []


def test_a_certificate_stands_on_its_lot_once_and_leaves_with_its_number(session):
    a_city(session)
    lot = a_lot(session)
    org = register(session).organisation_id
    put = (session, SYSTEM, lot.id, "试停备证-2026-00001")
    assert service.put_certificate(*put, "valid", UNTIL, org, NOW)
    assert not service.put_certificate(*put, "valid", UNTIL, org, NOW)
    card = queries.cards_of_organisation(session, org, TODAY)[0]
    assert (card.id, card.filing_no, card.certificate_until_on) == (lot.id, "试停备证-2026-00001", UNTIL)
    assert queries.match(session, lot.name, lot.lat, lot.lon, TODAY) == []
    assert service.put_certificate(*put, "revoked", UNTIL, org, NOW)
    assert [each.card.filing_no for each in queries.match(session, lot.name, lot.lat, lot.lon, TODAY)] == [
        None
    ]
    told = audit.entries_of(session, "lot", lot.id)[-1]
    assert told.details["after"] == {"certificate_state": "revoked", "filing_no": None}
    with pytest.raises(LotNotFound):
        service.put_certificate(session, SYSTEM, "nowhere", "x", "valid", UNTIL, org, NOW)
