"""How many vehicles stand in a lot now, as far as anybody knows?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from parking.filings.rules import space_key
from parking.kernel.errors import N_, FieldProblem
from parking.kernel.vocabulary import SPACE_CLASS_NAMES, SpaceClass
from parking.occupancy.queries import counter_views
from parking.occupancy.rules import public_count


def below_occupied(
    session: Session,
    lot_id: str,
    register: Mapping[SpaceClass, int],
    targets: Mapping[SpaceClass, int],
    now: datetime,
) -> list[FieldProblem]:
    """The classes that would have fewer spaces than vehicles stand there now; an unknown count forbids
    nothing."""
    shrinking = {each for each, target in targets.items() if target < register.get(each, 0)}
    if not shrinking:
        return []
    problems = []
    for view in counter_views(session, [lot_id]):
        if view.space_class not in shrinking:
            continue
        occupied = public_count(view, register.get(view.space_class), now).occupied
        if occupied is not None and occupied > targets[view.space_class]:
            text = N_("现有 %(occupied)s 辆车停放，%(label)s不能减到 %(target)s 个")
            params = {
                "occupied": occupied,
                "label": SPACE_CLASS_NAMES[view.space_class],
                "target": targets[view.space_class],
            }
            problems.append(FieldProblem(space_key(view.space_class), "below_occupied", text, params))
    return problems
