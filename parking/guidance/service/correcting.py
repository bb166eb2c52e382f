"""May a feed correct the name and the place of its unfiled lot? Not to those of another lot, nor far away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from parking.boundary.feeds import LotRecord, ProblemKind, RecordProblem
from parking.guidance.rules.comparing import MOST_MOVE_M, SAME_PLACE_M, OurLot, lies_elsewhere, moved_m
from parking.lots import queries as lots

Held = dict[str, dict[str, RecordProblem]]
"""By the source's id: why a field, `name` or `place`, is not corrected."""


def held_back(session: Session, told: Sequence[tuple[LotRecord, OurLot]], today: date) -> Held:
    """What of these unfiled lots, as they are told, is no correction.

    A name is held that says the same as another lot's, a place beyond 300 m of where the lot stands or within
    50 m of another lot: that may be another lot, and a person says so.
    """
    renamed = [(record, ours) for record, ours in told if record.name != ours.name]
    moved = [(record, ours) for record, ours in told if lies_elsewhere(record, ours)]
    namesakes = lots.namesakes(session, {record.name for record, _ in renamed})
    points = {record.external_id: (record.lat, record.lon) for record, _ in moved}
    near = lots.near_each(session, points, SAME_PLACE_M, today) if points else {}
    held: Held = defaultdict(dict)
    for record, ours in renamed:
        others = [code for lot_id, code in namesakes.get(record.name, ()) if lot_id != ours.lot_id]
        if others:
            held[record.external_id]["name"] = _problem(record, "name", f"the name of {min(others)}")
    for record, ours in moved:
        beside = [each for each in near.get(record.external_id, ()) if each[0].id != ours.lot_id]
        if beside:
            why = f"{beside[0][1]:.0f} m from {beside[0][0].code}"
        elif (metres := moved_m(record, ours)) > MOST_MOVE_M:
            why = f"{metres:.0f} m from where it stands"
        else:
            continue
        held[record.external_id]["place"] = _problem(record, "lat, lon", why)
    return held


def _problem(record: LotRecord, field: str, why: str) -> RecordProblem:
    return RecordProblem(record.external_id, ProblemKind.ANOTHER_LOT, field, why)
