"""Does a lot enter the register, change and connect as a clerk would expect?"""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import event, select, text

from parking.audit import queries as audit
from parking.city.errors import ProfileMissing
from parking.kernel.actors import CLI, Actor
from parking.kernel.geo import distance_m, from_wgs84
from parking.kernel.vocabulary import Access, Datum, LotType, SpaceClass
from parking.lots import queries, service
from parking.lots.errors import LotChanged, LotCodeTaken, LotNotFound, LotRefused, ReasonRefused
from parking.lots.models import Lot
from parking.lots.queries import SpaceCard
from parking.lots.rules import EntranceDraft, EntranceUse, LedgerReason
from tests.factories.city import DISTRICTS, NOW, a_city
from tests.factories.lots import a_draft, a_lot

TODAY = date(2026, 11, 20)
LATER = NOW + timedelta(hours=1)
OFFICER = Actor("officer", "王工")


@pytest.fixture(autouse=True)
def city(session):
    return a_city(session)


def card(session, lot_id, on=TODAY):
    return queries.lot_cards(session, on, [lot_id])[0]


def test_a_registered_lot_is_on_its_card(session):
    lat, lon = from_wgs84(32.06, 120.62, Datum.GCJ02)
    lot = a_lot(
        session,
        lat=lat,
        lon=lon,
        source_datum=Datum.GCJ02,
        district_code=DISTRICTS[0],
        entrances=(EntranceDraft("北门", lat + 0.001, lon, EntranceUse.ENTRY),),
        spaces={SpaceClass.CHARGING: 8, SpaceClass.GENERAL: 100, SpaceClass.TRUCK: 0},
        class_access={SpaceClass.CHARGING: Access.RESIDENTS},
        bay_length_m=40,
    )
    assert distance_m((lot.lat, lot.lon), (32.06, 120.62)) < 0.01
    assert (lot.source_lat, lot.source_lon, lot.source_datum) == (lat, lon, "gcj02")
    assert lot.spaces == (
        SpaceCard(SpaceClass.GENERAL, 100, None),
        SpaceCard(SpaceClass.CHARGING, 8, "residents"),
    )
    assert lot.bay_length_m == 40
    assert (lot.entrances[0].name, lot.entrances[0].use) == ("北门", "entry")
    assert distance_m((lot.entrances[0].lat, lot.entrances[0].lon), (lot.lat, lot.lon)) == pytest.approx(
        111, abs=1
    )
    told = audit.entries_of(session, "lot", lot.id)
    assert [entry.action for entry in told] == ["lot:registered"]
    assert told[0].details["after"]["spaces"] == {"charging": 8, "general": 100}


def test_a_lot_outside_the_city_is_refused(session):
    with pytest.raises(LotRefused) as refused:
        a_lot(session, lat=52.5, lon=13.4)
    assert [(problem.field, problem.code) for problem in refused.value.problems] == [("lat", "outside_city")]


def test_without_a_city_nothing_is_registered(session):
    session.execute(text("DELETE FROM city_facts"))
    with pytest.raises(ProfileMissing):
        a_lot(session)


def test_a_code_or_filing_number_is_used_once(session):
    first = a_lot(session, filing_no="F-1")
    with pytest.raises(LotCodeTaken):
        a_lot(session, code=first.code)
    with pytest.raises(LotCodeTaken):
        a_lot(session, filing_no="F-1")
    second = a_lot(session)
    with pytest.raises(LotCodeTaken):
        service.change_lot(session, OFFICER, second.id, {"filing_no": "F-1"}, LATER)


def test_a_lot_can_begin_with_new_spaces_but_not_with_removed_ones(session):
    lot = a_lot(session, reason=LedgerReason.IDLE_PLOT)
    assert [(entry.reason, entry.change, entry.on) for entry in queries.ledger_of(session, lot.id)] == [
        ("idle_plot", 100, TODAY)
    ]
    with pytest.raises(ReasonRefused):
        a_lot(session, reason=LedgerReason.REMOVED)


def test_a_change_is_audited_before_and_after_and_raises_the_version(session):
    lot = a_lot(session, max_height_cm=210)
    changes = {"max_height_cm": 230, "name": "新名", "type": LotType.PUBLIC}
    assert service.change_lot(session, OFFICER, lot.id, changes, LATER, reason="现场核实", version=1) is True
    told = audit.entries_of(session, "lot", lot.id)[-1]
    assert (told.action, told.actor, told.reason) == ("lot:changed", "officer:王工", "现场核实")
    assert told.details == {
        "before": {"max_height_cm": 210, "name": lot.name},
        "after": {"max_height_cm": 230, "name": "新名"},
    }
    row = session.scalars(select(Lot).where(Lot.id == lot.id)).one()
    assert (row.version, row.updated_at, row.created_at) == (2, LATER, NOW)
    with pytest.raises(LotChanged):
        service.change_lot(session, OFFICER, lot.id, {"name": "别名"}, LATER, version=1)
    assert card(session, lot.id).name == "新名"
    assert card(session, lot.id).spaces == lot.spaces


def test_a_change_that_changes_nothing_leaves_no_trace(session):
    lot = a_lot(session)
    last = audit.last_hash(session)
    assert service.change_lot(session, OFFICER, lot.id, {"name": lot.name}, LATER) is False
    assert audit.last_hash(session) == last


def test_entrances_and_access_of_classes_can_be_replaced(session):
    way = EntranceDraft("北门", 32.06, 120.62)
    spaces = {SpaceClass.GENERAL: 5, SpaceClass.CHARGING: 2}
    lot = a_lot(session, spaces=spaces, entrances=(way, EntranceDraft("南门", 32.06, 120.62)))
    changes = {"entrances": (way,), "class_access": {SpaceClass.CHARGING: Access.PERMIT}}
    service.change_lot(session, OFFICER, lot.id, changes, LATER)
    assert [entrance.name for entrance in card(session, lot.id).entrances] == ["北门"]
    assert [group.access for group in card(session, lot.id).spaces] == [None, "permit"]
    service.change_lot(session, OFFICER, lot.id, {"class_access": {}}, LATER)
    assert [group.access for group in card(session, lot.id).spaces] == [None, None]


def test_a_lot_that_moves_is_checked_and_placed_anew(session):
    lot = a_lot(session)
    with pytest.raises(LotRefused):
        service.change_lot(session, OFFICER, lot.id, {"source_lat": 120.62, "source_lon": 32.06}, LATER)
    service.change_lot(session, OFFICER, lot.id, {"source_lat": 32.07}, LATER)
    assert (card(session, lot.id).lat, card(session, lot.id).source_lat) == (32.07, 32.07)


def test_what_is_not_there_or_not_changeable_is_said(session):
    with pytest.raises(LotNotFound):
        service.change_lot(session, OFFICER, "nowhere", {"name": "x"}, LATER)
    lot = a_lot(session)
    with pytest.raises(ValueError, match="code"):
        service.change_lot(session, OFFICER, lot.id, {"code": "x"}, LATER)


def test_a_lot_is_connected_since_its_first_fresh_count(session):
    first, second = a_lot(session), a_lot(session)
    assert service.mark_connected(session, [first.id], NOW) == [first.id]
    assert service.mark_connected(session, [first.id, second.id], LATER) == [second.id]
    assert service.mark_connected(session, [first.id, second.id], LATER) == []
    assert card(session, first.id).connected_since_at == NOW
    assert [entry.action for entry in audit.entries_of(session, "lot", first.id)][1:] == ["lot:connected"]


def test_reading_many_lots_takes_as_many_statements_as_reading_one(session):
    lots = [a_lot(session) for _ in range(5)]
    statements: list[str] = []

    def note(connection, cursor, statement, *rest) -> None:
        statements.append(statement)

    engine = session.get_bind().engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        assert [lot.id for lot in queries.lot_cards(session, TODAY)] == [lot.id for lot in lots]
        of_all = len(statements)
        queries.lot_cards(session, TODAY, [lots[0].id])
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert of_all == len(statements) - of_all == 4
    assert queries.lot_cards(session, TODAY, []) == []


def test_codes_lead_to_ids(session):
    lot = a_lot(session)
    assert queries.ids_by_code(session, [lot.code, "none"]) == {lot.code: lot.id}


def test_a_refused_draft_names_every_field(session):
    draft = a_draft(name="", opening_hours="随时", max_height_cm=5, district_code="1")
    with pytest.raises(LotRefused) as refused:
        service.register_lot(session, CLI, draft, NOW)
    assert {problem.field for problem in refused.value.problems} == {
        "name",
        "opening_hours",
        "max_height_cm",
        "district_code",
    }
