"""Where nights are empty beside full ones, sharing is proposed; of what was not measured nothing is said."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from parking.kernel.vocabulary import Access, Quality, SpaceClass
from parking.occupancy.models import HistorySlot
from parking.sharing.queries.proposals import found_proposals
from parking.sharing.rules.proposals import Nights, night_spans, proposals
from tests.factories.bookings import a_window
from tests.factories.city import NOW, a_city
from tests.factories.lots import a_lot

HERE = (32.06, 120.62)
ZONE = ZoneInfo("Asia/Shanghai")


def nights(lot_id: str, occupied: float, north_m: float = 0, capacity: float = 100) -> Nights:
    return Nights(lot_id, (HERE[0] + north_m / 111_195, HERE[1]), occupied, capacity, 1008)


def test_free_spaces_times_nearness_to_the_nearest_full_place_is_the_rank() -> None:
    told = [
        nights("far", 0, 400),
        nights("near", 50, 100),
        nights("busy", 51, 10),
        nights("beyond", 0, 651),
        nights("may not", 0, 20),
        nights("full", 90),
        nights("also full", 98, 150),
    ]
    found = proposals(told, {"far", "near", "busy", "beyond", "full"})
    assert [(each.nights.lot_id, [n.nights.lot_id for n in each.neighbours]) for each in found] == [
        ("far", ["also full", "full"]),
        ("near", ["also full", "full"]),
    ]
    assert found[0].score == pytest.approx(100 * (1 - 250 / 500), rel=1e-3)
    assert found[1].score == pytest.approx(50 * (1 - 50 / 500), rel=1e-3)


def test_only_measured_nights_speak_and_lots_that_lend_already_are_left_out(session: Session) -> None:
    a_city(session)
    lots = {
        name: a_lot(session, name=name, lat=HERE[0] + step / 10_000, lon=HERE[1], access=access).id
        for step, (name, access) in enumerate(
            [
                ("full", Access.PUBLIC),
                ("empty", Access.STAFF),
                ("open", Access.PUBLIC),
                ("lends", Access.STAFF),
                ("seldom", Access.STAFF),
                ("never", Access.STAFF),
                ("lorries", Access.PUBLIC),
            ]
        )
    }
    a_window(session, lots["lends"])
    spans = night_spans(NOW.astimezone(ZONE).date(), ZONE)
    for name, occupied, some in (
        ("full", 10, spans),
        ("empty", 2, spans),
        ("open", 0, spans),
        ("lends", 0, spans),
        ("seldom", 0, spans[:5]),
    ):
        for since, _ in some:
            for quarter in range(1, 37):
                at = since + quarter * timedelta(minutes=15)
                a_slot(session, lots[name], at, occupied)
        # By day it is otherwise, and says nothing.
        a_slot(session, lots[name], spans[0][0], 10 - occupied)
    # Beside the empty one, lorries stand close.
    for quarter in range(1, 37):
        for since, _ in spans:
            a_slot(session, lots["lorries"], since + quarter * timedelta(minutes=15), 10, SpaceClass.TRUCK)
    session.flush()

    found = found_proposals(session, NOW)

    assert [each.nights.lot_id for each in found.proposals] == [lots["empty"]]
    best = found.proposals[0]
    assert (best.nights.occupied, best.nights.capacity, best.nights.known) == (2, 10, 28 * 36)
    assert [each.nights.lot_id for each in best.neighbours] == [lots["full"]]
    assert (found.known, found.unknown) == (4, 3)
    assert not found_proposals(session, NOW, {"elsewhere"}).proposals


def a_slot(
    session: Session, lot_id: str, at, occupied: int, space_class: SpaceClass = SpaceClass.GENERAL
) -> None:
    session.add(
        HistorySlot(
            lot_id=lot_id,
            space_class=space_class.value,
            slot_at=at,
            occupied=occupied,
            capacity=10,
            quality=Quality.LIVE.value,
        )
    )
