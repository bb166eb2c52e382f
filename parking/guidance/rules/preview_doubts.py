"""What about a preview needs a person's reason before the source is switched on?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from parking.guidance.rules.preview import MOST_FAULTY, FaultTally, Preview
from parking.guidance.rules.pulls import Failed, PullKind
from parking.kernel.errors import N_, FieldProblem

_NOT_READ = N_("什么也读不到（%(why)s）")
_NOTHING = N_("没有读到任何可用的记录")
_FAULTY = N_("%(records)s 条记录中有 %(faulty)s 条有误，多于 %(most)s%%")
_NOT_LOOKED_AT = N_("还没有预览过这个数据源")


def document_doubts(
    failed: Mapping[PullKind, Failed], tallies: Mapping[PullKind, FaultTally], good: Mapping[PullKind, int]
) -> list[FieldProblem]:
    """What is doubtful of what the addresses gave: nothing at all, nothing usable, more than 5 % faulty.

    `good`: how many records could be used of each that was read. A doubt's field is the address ("live_url").
    """
    doubts = []
    for kind in PullKind:
        field = f"{kind}_url"
        if (failure := failed.get(kind)) is not None:
            why = f"{failure.reason}: {failure.detail}" if failure.detail else failure.reason
            doubts.append(FieldProblem(field, "not_read", _NOT_READ, {"why": why}))
        elif good.get(kind) == 0:
            doubts.append(FieldProblem(field, "reads_nothing", _NOTHING))
        told = tallies.get(kind, FaultTally())
        if told.share > MOST_FAULTY:
            figures = {"records": told.records, "faulty": told.faulty, "most": round(MOST_FAULTY * 100)}
            doubts.append(FieldProblem(field, "too_faulty", _FAULTY, figures))
    return doubts


def doubts_of(source: str, preview: Preview | None) -> Sequence[FieldProblem]:
    """Why a source may not be switched on without a reason; empty where it may."""
    if preview is None or preview.source != source:
        return [FieldProblem("source", "not_previewed", _NOT_LOOKED_AT)]
    return preview.doubts
