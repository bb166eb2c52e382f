"""How does a preview read as rows: a lot with its counts, what we have of it, and what would change?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from parking.guidance.rules.comparing import FieldDifference
from parking.guidance.rules.preview import LotState, Preview, PreviewCount
from parking.kernel.errors import N_
from parking.kernel.vocabulary import SpaceClass


class RowState(StrEnum):
    """What becomes of a row of the preview."""

    KNOWN = "known"
    NEARBY = "nearby"
    ADOPTED = "adopted"
    REPORTED = "reported"
    CANDIDATE = "candidate"
    COUNTED = "counted"
    UNKNOWN = "unknown"


# The word of each state and the kind of its tag.
STATES = {
    RowState.KNOWN: (N_("已关联"), "good"),
    RowState.NEARBY: (N_("附近有登记的停车场，请决定"), "act"),
    RowState.ADOPTED: (N_("新的，会收进登记"), "busy"),
    RowState.REPORTED: (N_("新的，只报告"), ""),
    RowState.CANDIDATE: (N_("没有位置，等人定位"), "act"),
    RowState.COUNTED: (N_("已关联，只有余位"), "good"),
    RowState.UNKNOWN: (N_("没有关联，余位不收"), ""),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A lot as the source tells it. `changes`: what it tells otherwise; `overwrites`: that is taken over."""

    external_id: str
    name: str
    state: RowState
    spaces: Mapping[SpaceClass, int]
    counts: tuple[PreviewCount, ...]
    lot_id: str | None = None
    lot_code: str | None = None
    changes: tuple[FieldDifference, ...] = ()
    overwrites: bool = False


def rows_of(found: Preview) -> list[Row]:
    """The lots in the order of the source, then those without a place, then counts whose lot is not told."""
    counts: dict[str, list[PreviewCount]] = defaultdict(list)
    for count in found.counts:
        counts[count.record.external_id].append(count)
    new = RowState.ADOPTED if found.adopts_lots else RowState.REPORTED
    states = {LotState.NEW: new, LotState.NEARBY: RowState.NEARBY, LotState.KNOWN: RowState.KNOWN}
    rows = [
        Row(
            lot.record.external_id,
            lot.record.name,
            states[lot.state],
            lot.record.spaces,
            tuple(counts.pop(lot.record.external_id, ())),
            lot.lot_id,
            lot.lot_code,
            lot.changes,
            lot.overwrites,
        )
        for lot in found.lots
    ]
    for lot in found.candidates:
        own = tuple(counts.pop(lot.external_id, ()))
        rows.append(Row(lot.external_id, lot.name, RowState.CANDIDATE, lot.spaces, own))
    for external_id, told in counts.items():
        first = told[0]
        state = RowState.COUNTED if first.lot_id else RowState.UNKNOWN
        name = first.name or external_id
        rows.append(Row(external_id, name, state, {}, tuple(told), first.lot_id, first.lot_code))
    return rows
