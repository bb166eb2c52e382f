"""Who is let in is told to the lot's own gate, in full, once, and never by a plate on a page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from parking.audit.models import AuditEntry
from parking.city.service import load_profile
from parking.kernel.actors import CLI
from parking.plates.service import PlateKeys
from parking.sharing.errors.passes import PassesTooFast, PassesTooMany, PassRefused, PassUnknown
from parking.sharing.models import Pass
from parking.sharing.queries.keys import months_needed
from parking.sharing.queries.passes import allow_list, passes_at
from parking.sharing.rules import passes as rules
from parking.sharing.rules.passes import PassAsked
from parking.sharing.service import passes as service
from tests.factories.city import NOW, SINCE, a_profile
from tests.factories.devices import SEALER
from tests.factories.lookup import SetClock
from tests.factories.lots import a_lot

PLATE = "苏F12345"
DAY = timedelta(days=1)


@pytest.fixture
def keys(session: Session) -> PlateKeys:
    load_profile(session, CLI, a_profile(), NOW, since=SINCE)
    own = sessionmaker(bind=session.connection(), join_transaction_mode="create_savepoint")
    return PlateKeys(own, SEALER, SetClock(NOW))


@pytest.fixture
def lot_id(session, keys) -> str:
    return a_lot(session).id


@pytest.fixture
def grant(session, keys, lot_id):
    def grant(plate: str = PLATE, *, from_at=NOW, days: float = 1, reason: str = "来访", now=NOW):
        asked = PassAsked(lot_id, plate, from_at, from_at + days * DAY, reason)
        return service.grant_pass(session, CLI, keys, asked, now)

    return grant


def test_the_list_tells_changes_by_number_and_nothing_is_missed(session, lot_id, grant, keys) -> None:
    first, second = grant(), grant("沪A98765", days=2)
    whole = allow_list(session, lot_id, 0, 1, NOW)
    assert whole.more and [each.pass_id for each in whole.entries] == [first.id]
    rest = allow_list(session, lot_id, whole.seq, 10, NOW)
    assert [keys.open(each.plate_sealed) for each in rest.entries] == ["沪A98765"]
    service.withdraw_pass(session, CLI, [lot_id], first.id, NOW)
    service.withdraw_pass(session, CLI, [lot_id], first.id, NOW)
    (gone,) = allow_list(session, lot_id, rest.seq, 10, NOW).entries
    assert (gone.pass_id, gone.withdrawn, gone.plate_sealed) == (first.id, True, None)
    assert [each.pass_id for each in allow_list(session, lot_id, 0, 10, NOW).entries] == [second.id]
    nothing = allow_list(session, lot_id, gone.seq, 10, NOW)
    assert (nothing.entries, nothing.seq, nothing.more) == ((), gone.seq, False)


def test_the_readable_plate_goes_with_the_end_of_the_pass(session, lot_id, grant) -> None:
    made = grant()
    assert service.forget_ended(session, NOW) == 0
    assert months_needed(session, NOW) == {NOW.date().replace(day=1)}
    assert service.forget_ended(session, NOW + DAY) == 1
    assert months_needed(session, NOW + DAY) == frozenset()
    assert session.get_one(Pass, made.id, populate_existing=True).plate_sealed is None
    assert not allow_list(session, lot_id, 0, 10, NOW + DAY).entries


def test_pages_and_audit_know_the_masked_plate_only(session, lot_id, grant) -> None:
    grant("苏 f·12345", reason="接苏F12345 的客人")
    (shown,) = passes_at(session, [lot_id], NOW, 10)
    assert (shown.plate_masked, shown.reason) == ("苏F·1**45", "接苏F·1**45 的客人")
    entries = session.scalars(select(AuditEntry).where(AuditEntry.subject_kind == "pass")).all()
    assert [each.action for each in entries] == ["pass:granted"]
    assert "12345" not in repr([vars(each) for each in entries])


def test_another_lots_pass_is_as_unknown_as_none(session, lot_id, grant) -> None:
    made = grant()
    for lots, pass_id in (([], made.id), (["another"], made.id), ([lot_id], "none")):
        with pytest.raises(PassUnknown):
            service.withdraw_pass(session, CLI, lots, pass_id, NOW)
    assert passes_at(session, [lot_id], NOW, 10)[0].stands(NOW)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"plate": ""}, "plate"),
        ({"plate": "无牌车"}, "plate"),
        ({"plate": "x" * 400}, "plate"),
        ({"days": 0}, "until_at"),
        ({"days": 32}, "until_at"),
        ({"from_at": NOW - 2 * DAY}, "until_at"),
        ({"from_at": NOW + 91 * DAY}, "from_at"),
        ({"reason": " "}, "reason"),
        ({"reason": "长" * 101}, "reason"),
    ],
)
def test_what_is_no_pass_is_refused_by_its_field_without_the_plate(grant, wrong, field) -> None:
    with pytest.raises(PassRefused) as refused:
        grant(**wrong)
    assert [each.field for each in refused.value.problems] == [field]
    assert PLATE not in f"{refused.value!r} {refused.value.problems!r}"


def test_a_lot_grants_so_many_in_an_hour_and_holds_so_many(monkeypatch, grant) -> None:
    monkeypatch.setattr(service, "HOURLY_AT_MOST", 2)
    monkeypatch.setattr(service, "STANDING_AT_MOST", 3)
    grant(), grant()
    with pytest.raises(PassesTooFast):
        grant()
    later = NOW + timedelta(hours=2)
    grant(from_at=later, now=later)
    with pytest.raises(PassesTooMany):
        grant(from_at=later, now=later)
    assert rules.lets_in(NOW, NOW + DAY, None, NOW) and not rules.lets_in(NOW, NOW + DAY, None, NOW + DAY)
