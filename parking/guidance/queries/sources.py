"""Which sources are there, how are they, and what did they tell us that we did not take?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ScalarSelect, exists, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import InstrumentedAttribute, Session

from parking.guidance.errors import SourceUnknown
from parking.guidance.models import Candidate, Difference, Pull, Source, SourceLot, SourceMapping
from parking.guidance.rules.pulls import Lane, PullKind, PullState
from parking.kernel.addresses import shown_url
from parking.kernel.schedule import breaker_is_open
from parking.kernel.views import view_of
from parking.lots.models import Lot


@dataclass(frozen=True, slots=True)
class PullView:
    """One pull of a source. `url` is fit to be shown: without query and user.

    `put_off_by`: who put it off alone, so that it stays off when the source is switched on.
    """

    kind: PullKind
    url: str
    interval_s: int
    state: PullState
    lane: Lane
    due_at: datetime
    attempted_at: datetime | None
    succeeded_at: datetime | None
    silent_since_at: datetime | None
    failures: int
    breaker_open: bool
    put_off_by: str | None
    put_off_at: datetime | None
    reason: str | None
    detail: str | None
    elapsed_ms: int | None
    records: int
    problem_count: int
    problems: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class SourceView:
    """A source with its pulls (static first), the number of lots linked and of differences that stand.

    `switched_on_at` None: it waits, and is not pulled before somebody switches it on. `preset_changed_at`:
    since when its preset has another text than it was switched on with.
    """

    id: str
    name: str
    adapter: str
    owner: str | None
    rank: int
    adopts_lots: bool
    mapping: str | None
    allowed_networks: tuple[str, ...]
    lots: int
    differences: int
    pulls: tuple[PullView, ...]
    switched_on_at: datetime | None
    switched_on_by: str | None
    switch_on_reason: str | None
    preset_changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class DifferenceView:
    """A lot's field that its feed tells otherwise and that was not taken over."""

    source: str
    external_id: str
    lot_id: str
    field: str
    ours: str | None
    theirs: str | None
    first_seen_at: datetime
    last_seen_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class MappingView:
    """A version of a mapping; `sources` are those that read by its newest one."""

    name: str
    version: int
    text: str
    note: str | None
    saved_at: datetime
    saved_by: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CandidateView:
    """A lot that a source tells without its place; `spaces` by class."""

    source_id: str
    external_id: str
    name: str
    address: str | None
    spaces: dict[str, int]
    first_seen_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class SpeakerView:
    """A source that speaks for a lot, under its own id of it."""

    source_id: str
    source: str
    external_id: str
    rank: int
    linked_at: datetime
    linked_by: str


def sources_of_lot(session: Session, lot_id: str) -> list[SpeakerView]:
    """The sources that speak for a lot, the one that is believed first before the others."""
    asked = (
        select(
            Source.id,
            Source.name,
            SourceLot.external_id,
            Source.rank,
            SourceLot.linked_at,
            SourceLot.linked_by,
        )
        .join(Source, Source.id == SourceLot.source_id)
        .where(SourceLot.lot_id == lot_id)
        .order_by(Source.rank, Source.name)
    )
    return [SpeakerView(*row) for row in session.execute(asked)]


def find(session: Session, name: str) -> Source | None:
    """The source of a name, None when there is none."""
    return session.scalar(select(Source).where(Source.name == name))


def by_name(session: Session, name: str) -> Source:
    """The source of a name. Raises SourceUnknown."""
    if (source := find(session, name)) is None:
        raise SourceUnknown(name=name)
    return source


def get(session: Session, source_id: str) -> Source:
    """The source of an id. Raises SourceUnknown."""
    if (source := session.get(Source, source_id)) is None:
        raise SourceUnknown(name=source_id)
    return source


def newest_text(name: InstrumentedAttribute[str | None]) -> ScalarSelect[str]:
    """The text of the newest version of a mapping, as a part of a statement."""
    told = select(SourceMapping.text).where(SourceMapping.name == name)
    return told.order_by(SourceMapping.version.desc()).limit(1).scalar_subquery()


def mapping_versions(session: Session, name: str | None = None) -> list[MappingView]:
    """The versions of a mapping, the newest first; without a name the newest of each, by name."""
    asked = select(SourceMapping).order_by(SourceMapping.name, SourceMapping.version.desc())
    newest = distinct_on(SourceMapping.name)
    asked = asked.ext(newest) if name is None else asked.where(SourceMapping.name == name)
    found = session.scalars(asked).all()
    readers: dict[str, list[str]] = {each.name: [] for each in found}
    used = select(Source.mapping, Source.name).where(Source.mapping.in_(readers)).order_by(Source.name)
    for mapping, source in session.execute(used):
        readers[str(mapping)].append(source)
    return [
        MappingView(
            each.name, each.version, each.text, each.note, each.saved_at, each.saved_by,
            tuple(readers[each.name]),
        )
        for each in found
    ]  # fmt: skip


def running_readers(session: Session, mapping: str) -> list[str]:
    """The names of the sources that are switched on and read by a mapping."""
    asked = select(Source.name).where(Source.mapping == mapping, Source.switched_on_at.is_not(None))
    return list(session.scalars(asked.order_by(Source.name)))


def candidates(session: Session, source_id: str, external_id: str | None = None) -> list[CandidateView]:
    """The lots that a source tells without a place and that nobody linked, by name; or the one of its id."""
    linked = exists().where(
        SourceLot.source_id == Candidate.source_id, SourceLot.external_id == Candidate.external_id
    )
    asked = select(Candidate).where(Candidate.source_id == source_id, ~linked)
    if external_id is not None:
        asked = asked.where(Candidate.external_id == external_id)
    found = session.scalars(asked.order_by(Candidate.name, Candidate.external_id))
    return [view_of(CandidateView, row) for row in found]


def links(session: Session, source_id: str) -> dict[str, str]:
    """The lots of the register by the ids that a source gives them."""
    told = select(SourceLot.external_id, SourceLot.lot_id).where(SourceLot.source_id == source_id)
    return {row.external_id: row.lot_id for row in session.execute(told)}


def lots_changed_since_static(session: Session, source_id: str) -> bool:
    """Whether a lot of the source was changed after its static data were last read."""
    changed = exists().where(
        SourceLot.source_id == source_id,
        Lot.id == SourceLot.lot_id,
        Pull.source_id == source_id,
        Pull.kind == PullKind.STATIC,
        Lot.updated_at > Pull.succeeded_at,
    )
    return bool(session.scalar(changed.select()))


def source_views(session: Session, name: str | None = None) -> list[SourceView]:
    """All sources by name, or the one of a name; four statements whatever their number."""
    asked = select(Source).order_by(Source.name)
    sources = session.scalars(asked if name is None else asked.where(Source.name == name)).all()
    ids = [source.id for source in sources]
    pulls: dict[str, list[PullView]] = {id_: [] for id_ in ids}
    # "static" sorts after "live"; static data come first wherever both are shown.
    for pull in session.scalars(select(Pull).where(Pull.source_id.in_(ids)).order_by(Pull.kind.desc())):
        pulls[pull.source_id].append(_pull_view(pull))
    linked = _counted(session, SourceLot, ids)
    differing = _counted(session, Difference, ids)
    return [
        SourceView(
            id=source.id,
            name=source.name,
            adapter=source.adapter,
            owner=source.owner,
            rank=source.rank,
            adopts_lots=source.adopts_lots,
            mapping=source.mapping,
            allowed_networks=tuple(source.allowed_networks),
            lots=linked.get(source.id, 0),
            differences=differing.get(source.id, 0),
            pulls=tuple(pulls[source.id]),
            switched_on_at=source.switched_on_at,
            switched_on_by=source.switched_on_by,
            switch_on_reason=source.switch_on_reason,
            preset_changed_at=source.preset_changed_at,
        )
        for source in sources
    ]


def differences(session: Session, *, settled: bool = False) -> Sequence[DifferenceView]:
    """The differences that stand, oldest first; with `settled` those that were settled too."""
    asked = (
        select(
            Source.name,
            Difference.external_id,
            Difference.lot_id,
            Difference.field,
            Difference.ours,
            Difference.theirs,
            Difference.first_seen_at,
            Difference.last_seen_at,
            Difference.settled_at,
        )
        .join(Source, Source.id == Difference.source_id)
        .order_by(Difference.first_seen_at, Source.name, Difference.external_id, Difference.field)
    )
    if not settled:
        asked = asked.where(Difference.settled_at.is_(None))
    return [DifferenceView(*row) for row in session.execute(asked)]


def _pull_view(pull: Pull) -> PullView:
    return view_of(
        PullView,
        pull,
        kind=PullKind(pull.kind),
        url=shown_url(pull.url),
        state=PullState(pull.state),
        lane=Lane(pull.lane),
        breaker_open=breaker_is_open(pull.failures),
        problems=tuple(pull.problems),
    )


def _counted(session: Session, table: type[SourceLot | Difference], ids: list[str]) -> dict[str, int]:
    asked = select(table.source_id, func.count()).where(table.source_id.in_(ids)).group_by(table.source_id)
    if table is Difference:
        asked = asked.where(Difference.settled_at.is_(None))
    return {row[0]: row[1] for row in session.execute(asked)}
