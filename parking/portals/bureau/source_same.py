"""Which lots of a source are lots of the register already? A person says so, lot by lot."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from flask import request

from parking.guidance import service
from parking.guidance.errors import SourceInvalid
from parking.guidance.rules.preview import Nearby, Preview
from parking.guidance.service.register import adopt_lots
from parking.kernel.errors import N_, FieldProblem
from parking.portals._http import auth, forms, work
from parking.portals.bureau import desk

ANOTHER = "another"
_FIELD = "same:"
_ALIKE = 0.99


@dataclass(frozen=True, slots=True)
class Pair:
    """A lot of the source and the lots of ours within 50 m, the likeliest first."""

    external_id: str
    name: str
    spaces: int | None
    ours: tuple[Nearby, ...]

    @property
    def field(self) -> str:
        """The name of the form's field in which it is decided."""
        return _FIELD + self.external_id

    @property
    def is_plain(self) -> bool:
        """One lot of ours alone lies there, is called the same, and no source speaks for it."""
        first = self.ours[0]
        return len(self.ours) == 1 and first.likeness >= _ALIKE and not first.spoken_for


def pairs(found: Preview) -> list[Pair]:
    """The lots that wait for a decision."""
    grouped = [tuple(same) for _, same in groupby(found.nearby, key=lambda each: each.external_id)]
    return [Pair(near[0].external_id, near[0].name, near[0].spaces, near) for near in grouped]


def keep(source_id: str, found: Preview) -> int:
    """Keep what the form says of each pair; how many were linked.

    A pair that nobody decided stays as it is: a source that adopts lots leaves it out. Raises SourceInvalid
    at the field.
    """
    all_plain = bool(forms.sent("all_same"))
    same: dict[str, str] = {}
    another: list[str] = []
    for pair in pairs(found):
        said = request.form.get(pair.field, "")
        if said in (near.lot_id for near in pair.ours):
            same[pair.external_id] = said
        elif said == ANOTHER:
            another.append(pair.external_id)
        elif all_plain and pair.is_plain:
            same[pair.external_id] = pair.ours[0].lot_id
    if faults := _twice(same, found):
        raise SourceInvalid(problems=faults, name=found.source)
    session, actor, now = work.session(), auth.caller().actor, desk.now()
    records = {lot.record.external_id: lot.record for lot in found.lots}
    adopt_lots(session, actor, source_id, [records[external_id] for external_id in another], now)
    return service.link_lots(session, actor, source_id, same, now)


def _twice(same: dict[str, str], found: Preview) -> list[FieldProblem]:
    """Two lots of a source are not one of ours."""
    names = {near.lot_id: near.lot_name for near in found.nearby}
    text = N_("%(lot)s 选了两次：一个停车场只能对应对方的一个")
    chosen = list(same.values())
    return [
        FieldProblem(_FIELD + external_id, "chosen_twice", text, {"lot": names[lot_id]})
        for external_id, lot_id in same.items()
        if chosen.count(lot_id) > 1
    ]
