"""Through the service and PostgreSQL too, any order of arrival ends in the visits of the pure fold."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from parking.kernel.ids import new_id
from parking.kernel.vocabulary import Direction
from parking.plates.rules import PlateKind, masked, read_plate
from parking.visits.models import Passage, Visit
from parking.visits.rules.pairing import Crossing, Doubt, fold
from parking.visits.service.booking import settle_paid
from parking.visits.service.pairing import pair_passages
from tests.factories.city import NOW
from tests.factories.passages import a_passage

PLATES = ("苏F12345", "苏F54321")
# Late October and November: a stay bridges the months.
MINUTES = (0, 1, 2, 3, 90, 3 * 1440, 4 * 1440, 4 * 1440 + 5, 20 * 1440, 23 * 1440)
START = datetime(2026, 10, 27, 8, 0, tzinfo=UTC)
STORED = settings(
    max_examples=max(40, settings.default.max_examples // 5),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@st.composite
def arrivals(draw):
    """Crossings, those that are voided or undone afterwards, and how many arrive before each pairing."""
    told = []
    for number in range(draw(st.integers(2, 8))):
        told.append(
            {
                "number": number,
                "at": START + timedelta(minutes=draw(st.sampled_from(MINUTES))),
                "direction": draw(st.sampled_from(Direction)),
                "plate": draw(st.sampled_from([PLATES[0], PLATES[0], PLATES[1], None])),
                "stay_id": draw(st.sampled_from([None, None, None, "s1", "s2"])),
                "lane_id": draw(st.sampled_from(["lane 1", "lane 2"])),
                "counts": draw(st.integers(0, 9)) > 0,
            }
        )
    gone = draw(st.lists(st.tuples(st.sampled_from(range(len(told))), st.booleans()), max_size=3))
    batches = draw(st.lists(st.integers(1, 4), min_size=len(told) + 3, max_size=len(told) + 3))
    return told, dict(gone), batches


def store(session, keys, lot_id: str, each: dict) -> None:
    plate = read_plate(each["plate"])
    columns = {"plate_kind": PlateKind.NONE}
    if plate.exists:
        known = keys.hash(plate, each["at"])
        columns = {
            "plate_month": known.month,
            "plate_hash": known.value,
            "plate_sealed": keys.seal(plate.text),
            "plate_masked": masked(plate.text),
            "plate_kind": plate.kind,
        }
    a_passage(
        session,
        lot_id,
        each["at"],
        each["direction"],
        source="gate",
        event_id=f"{lot_id} {each['number']}",
        stay_id=each["stay_id"],
        lane_id=each["lane_id"],
        counts=each["counts"],
        **columns,
    )


def pair_all(session, keys, lot_id: str) -> None:
    session.flush()
    waiting = select(Passage.source, Passage.event_id).where(
        Passage.lot_id == lot_id, Passage.paired_at.is_(None)
    )
    pair_passages(session, [tuple(row) for row in session.execute(waiting)], keys, NOW)


def visits_of(session, lot_id: str) -> list[Visit]:
    asked = select(Visit).where(Visit.lot_id == lot_id, Visit.state != "voided")
    return list(session.scalars(asked.execution_options(populate_existing=True)))


def expected(lot_id: str, told: Iterable[dict], gone: dict[int, bool]) -> set[tuple]:
    crossings = [
        Crossing(
            "gate",
            f"{lot_id} {each['number']}",
            each["at"],
            each["direction"] is Direction.ENTRY,
            PLATES.index(each["plate"]) if each["plate"] else None,
            each["stay_id"],
            each["lane_id"],
            undone=gone.get(each["number"], False),
        )
        for each in told
        if each["counts"] and (each["number"] not in gone or gone[each["number"]])
    ]
    return {
        (
            stay.entry.event_id if stay.entry else None,
            stay.exit.event_id if stay.exit else None,
            stay.doubt,
            stay.closed_at,
        )
        for stay in fold(crossings, NOW)
    }


@STORED
@given(arrivals(), st.randoms(use_true_random=False))
def test_any_order_of_arrival_and_of_voids_ends_in_the_fold(session, keys, told_gone_batches, random) -> None:
    told, gone, batches = told_gone_batches
    lot_id = new_id()
    steps = [("tell", each) for each in told]
    random.shuffle(steps)
    for number, undone in gone.items():
        place = next(i for i, (_, each) in enumerate(steps) if each["number"] == number)
        steps.insert(random.randint(place + 1, len(steps)), ("void", {"number": number, "undone": undone}))
    for size in batches:
        for kind, each in steps[:size]:
            if kind == "tell":
                store(session, keys, lot_id, each)
            else:
                void(session, lot_id, each["number"], undone=each["undone"])
        steps = steps[size:]
        pair_all(session, keys, lot_id)
    assert not steps
    visits = visits_of(session, lot_id)
    found = {(v.entry_event_id, v.exit_event_id, v.doubt, v.closed_at) for v in visits}
    assert found == expected(lot_id, told, gone)
    assert len(found) == len(visits)
    assert all(visit.plate_sealed is None for visit in visits if visit.settled_at)
    sealed = select(Passage).where(Passage.lot_id == lot_id, Passage.plate_sealed.is_not(None))
    assert not session.scalars(sealed).all()


def void(session, lot_id: str, number: int, *, undone: bool) -> None:
    """As the intake voids."""
    session.flush()
    session.execute(
        update(Passage)
        .where(Passage.event_id == f"{lot_id} {number}")
        .values(voided_at=NOW, undone=undone, paired_at=None)
    )


def a_told(number: int, minutes: int, direction: Direction, **more) -> dict:
    return {
        "number": number,
        "at": START + timedelta(minutes=minutes),
        "direction": direction,
        "plate": PLATES[0],
        "stay_id": None,
        "lane_id": "lane 1",
        "counts": True,
    } | more


def test_a_visit_keeps_its_row_through_a_correction_of_its_entry(session, keys) -> None:
    lot_id = new_id()
    store(session, keys, lot_id, a_told(1, 0, Direction.ENTRY))
    store(session, keys, lot_id, a_told(2, 90, Direction.EXIT))
    pair_all(session, keys, lot_id)
    (before,) = visits_of(session, lot_id)
    assert before.plate_sealed
    assert keys.open(before.plate_sealed) == PLATES[0]
    void(session, lot_id, 1, undone=False)
    store(session, keys, lot_id, a_told(3, 10, Direction.ENTRY))
    pair_all(session, keys, lot_id)
    (after,) = visits_of(session, lot_id)
    assert (after.id, after.entry_event_id, after.doubt) == (before.id, f"{lot_id} 3", None)
    assert after.entered_at == START + timedelta(minutes=10)


def test_a_commuters_past_is_not_read_again(session, keys, monkeypatch) -> None:
    from parking.visits.service import tracks

    lot_id = new_id()
    for day in range(10):
        store(session, keys, lot_id, a_told(2 * day, day * 1440, Direction.ENTRY))
        store(session, keys, lot_id, a_told(2 * day + 1, day * 1440 + 540, Direction.EXIT))
    pair_all(session, keys, lot_id)
    read = []
    windows = tracks._windows
    monkeypatch.setattr(tracks, "_windows", lambda *told: read.append(windows(*told)) or read[-1])
    store(session, keys, lot_id, a_told(20, 10 * 1440, Direction.ENTRY))
    pair_all(session, keys, lot_id)
    assert [len(rows) for _, rows in read[0].values()] == [2]
    assert sum(visit.state == "closed" for visit in visits_of(session, lot_id)) == 10


def test_a_monthly_stay_forgets_its_plate_when_its_account_is_closed(session, keys) -> None:
    """Also at a lot of which nobody told a tariff: what it agreed with its monthly holders is theirs."""
    lot_id = new_id()
    store(session, keys, lot_id, a_told(1, 0, Direction.ENTRY))
    pair_all(session, keys, lot_id)
    store(session, keys, lot_id, a_told(2, 90, Direction.EXIT))
    session.execute(update(Passage).where(Passage.event_id == f"{lot_id} 2").values(stay="monthly"))
    pair_all(session, keys, lot_id)
    (gone,) = visits_of(session, lot_id)
    assert (gone.stay, gone.settled_by) == ("monthly", None)
    assert gone.plate_sealed
    assert settle_paid(session, gone.id, NOW)
    assert (gone.settled_by, gone.plate_sealed) == ("rule", None)


def test_an_exit_without_its_entry_becomes_a_visit_once_the_entry_comes(session, keys) -> None:
    lot_id = new_id()
    store(session, keys, lot_id, a_told(2, 6 * 1440, Direction.EXIT))
    pair_all(session, keys, lot_id)
    (alone,) = visits_of(session, lot_id)
    assert (alone.doubt, alone.settled_by) == (Doubt.EXIT_WITHOUT_ENTRY, "rule")
    store(session, keys, lot_id, a_told(1, 0, Direction.ENTRY))
    pair_all(session, keys, lot_id)
    (whole,) = visits_of(session, lot_id)
    assert (whole.id, whole.doubt, whole.settled_at) == (alone.id, None, None)
    assert whole.plate_sealed
