"""What would be stored of what a source's addresses gave, and what would change? Nothing is stored here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import chain

from sqlalchemy.orm import Session

from parking.boundary.feeds import PRESET, LotRecord, MappingRules, Parsed, ProblemKind, RecordProblem
from parking.city import queries as city
from parking.city.rules import CityView
from parking.guidance import queries
from parking.guidance.rules.comparing import differences
from parking.guidance.rules.preview import (
    FaultTally,
    LotState,
    MapPoint,
    Nearby,
    Preview,
    PreviewCount,
    PreviewLot,
    ProblemGroup,
    Reading,
    Vanished,
    asked_as,
)
from parking.guidance.rules.preview_doubts import document_doubts
from parking.guidance.rules.preview_problems import faulty_together, problem_groups, tally_of, told_once
from parking.guidance.rules.pulls import Answered, DuePull, Failed, PullKind, Reason
from parking.guidance.rules.screening import above_capacity, screen_counts, screen_lots
from parking.guidance.service.correcting import Held, held_back
from parking.guidance.service.register import near_others, not_adoptable, our_lot, points_of
from parking.kernel.errors import FieldProblem
from parking.kernel.geo import Box
from parking.lots import queries as lots
from parking.lots.queries import LotCard
from parking.lots.rules.likeness import likeness
from parking.occupancy.queries import counter_views


@dataclass(frozen=True, slots=True)
class _Stored:
    """What is stored that a source's documents are held against."""

    links: Mapping[str, str]
    cards: Mapping[str, LotCard]
    city_now: CityView
    today: date


@dataclass(frozen=True, slots=True)
class _Document:
    """A document as it would be taken: what is left of it, and what screening refused."""

    parsed: Parsed
    refused: tuple[RecordProblem, ...] = ()


def preview(
    session: Session,
    readings: Sequence[Reading],
    rules: MappingRules,
    now: datetime,
    bounds: Box | None = None,
) -> Preview:
    """What would be stored of these readings of one source (static, live or both), and what would change.

    Compared with the links of the stored source of the same name, if there is one. `bounds` stands in for
    those of the city. Raises ProfileMissing where no city was loaded.
    """
    due = readings[0].due
    stored = _stored(session, due.source, now, bounds)
    failed = {each.due.kind: _failure(each) for each in readings if not isinstance(each.outcome, Answered)}
    read = _read(readings, stored, now)
    told = read[PullKind.STATIC].parsed if PullKind.STATIC in read else Parsed()
    counted = read[PullKind.LIVE].parsed if PullKind.LIVE in read else Parsed()
    nearby = _nearby(session, told.lots, stored)
    held = _held(session, told.lots, stored)
    preview_lots = _lots(told.lots, {each.external_id for each in nearby}, stored, held)
    tallies = {kind: tally_of(each.parsed, each.refused) for kind, each in read.items()}
    usable = {PullKind.STATIC: len(told.lots) + len(told.candidates), PullKind.LIVE: len(counted.counts)}
    good = {kind: usable[kind] for kind in read}
    told_besides = _unknown(due, told, counted, nearby, stored)
    told_besides[PullKind.STATIC] += [why for fields in held.values() for why in fields.values()]
    told_besides[PullKind.LIVE] += _above_capacity(told, counted, stored)
    return Preview(
        source=due.source,
        at=now,
        lots=preview_lots,
        counts=_counts(session, counted, told, stored),
        candidates=tuple(lot for lot in told.candidates if lot.external_id not in stored.links),
        problems=_groups(read, told_besides),
        nearby=nearby,
        vanished=_vanished(read, stored),
        points=tuple(_point(lot) for lot in preview_lots),
        doubts=(*_mapping_doubts(due, rules), *document_doubts(failed, tallies, good)),
        tallies=tallies,
        failed=failed,
        told_unknown=counted.told_unknown,
        faulty=_faulty(readings, read, tallies),
        adopts_lots=due.adopts_lots,
        asked=asked_as(each.due for each in readings),
    )


def _stored(session: Session, source: str, now: datetime, bounds: Box | None) -> _Stored:
    today = city.today(session, now)
    city_now = city.city_view(session, today)
    known = queries.find(session, source)
    links = queries.links(session, known.id) if known else {}
    cards = {card.id: card for card in lots.lot_cards(session, today, set(links.values()))}
    return _Stored(links, cards, replace(city_now, boxes=(bounds,)) if bounds else city_now, today)


def _read(readings: Sequence[Reading], stored: _Stored, now: datetime) -> dict[PullKind, _Document]:
    """The documents that could be read, static first."""
    answered = {
        each.due.kind: (each.due, each.outcome.parsed)
        for each in readings
        if isinstance(each.outcome, Answered)
    }
    read = {}
    if static := answered.get(PullKind.STATIC):
        read[PullKind.STATIC] = _screened_lots(*static, stored)
    if live := answered.get(PullKind.LIVE):
        told = told_once(live[1], static[1] if static else Parsed())
        read[PullKind.LIVE] = _screened_counts(told, now)
    return read


def _groups(
    read: Mapping[PullKind, _Document], besides: Mapping[PullKind, Sequence[RecordProblem]]
) -> tuple[ProblemGroup, ...]:
    found = (
        problem_groups(kind, each.parsed, (*each.refused, *besides[kind])) for kind, each in read.items()
    )
    return tuple(chain.from_iterable(found))


def _faulty(
    readings: Sequence[Reading], read: Mapping[PullKind, _Document], tallies: Mapping[PullKind, FaultTally]
) -> int:
    """The faulty records, each once, though lots and counts may be two readings of one file."""
    raw = {e.due.kind: e.outcome.parsed.problems for e in readings if isinstance(e.outcome, Answered)}
    if len(raw) < len(PullKind) or len({each.due.url for each in readings}) > 1:
        return sum(tally.faulty for tally in tallies.values())
    # As they were read: prose that the static document told is left out of the live one's problems.
    return faulty_together([(*raw[kind], *each.refused) for kind, each in read.items()], [*tallies.values()])


def _failure(reading: Reading) -> Failed:
    # An answer without a document, though nothing was said of an older one.
    return reading.outcome if isinstance(reading.outcome, Failed) else Failed(Reason.EMPTY)


def _screened_lots(due: DuePull, parsed: Parsed, stored: _Stored) -> _Document:
    screened = screen_lots(parsed.lots, stored.city_now)
    refused = list(screened.problems)
    good = []
    for record in screened.good:
        is_adopted = due.adopts_lots and record.external_id not in stored.links
        problem = not_adoptable(record, due.source, stored.city_now) if is_adopted else None
        if problem is None:
            good.append(record)
        else:
            refused.append(problem)
    return _Document(replace(parsed, lots=tuple(good)), tuple(refused))


def _screened_counts(parsed: Parsed, now: datetime) -> _Document:
    # Every lot counts as known: which of them are linked is told apart.
    screened = screen_counts(parsed.counts, {record.external_id for record in parsed.counts}, now)
    return _Document(replace(parsed, counts=screened.good), screened.problems)


def _held(session: Session, told: Iterable[LotRecord], stored: _Stored) -> Held:
    """What would not be taken over of unfiled lots that are linked, by id and field."""
    known = ((each, stored.cards.get(stored.links.get(each.external_id, ""))) for each in told)
    ours = [(record, our_lot(card)) for record, card in known if card is not None]
    return held_back(session, [pair for pair in ours if not pair[1].is_filed], stored.today)


def _lots(told: Iterable[LotRecord], nearby: set[str], stored: _Stored, held: Held) -> tuple[PreviewLot, ...]:
    found = []
    for record in told:
        card = stored.cards.get(stored.links.get(record.external_id, ""))
        if card is not None:
            ours = our_lot(card)
            kept = held.get(record.external_id, ())
            changes = tuple(each for each in differences(record, ours) if each.field not in kept)
            found.append(PreviewLot(record, LotState.KNOWN, card.id, card.code, changes, not ours.is_filed))
        else:
            is_near = record.external_id in nearby
            found.append(PreviewLot(record, LotState.NEARBY if is_near else LotState.NEW))
    return tuple(found)


def _point(lot: PreviewLot) -> MapPoint:
    told = lot.record
    return MapPoint(told.external_id, told.name, told.lat, told.lon, lot.state)


def _counts(session: Session, counted: Parsed, told: Parsed, stored: _Stored) -> tuple[PreviewCount, ...]:
    names = {lot.external_id: lot.name for lot in told.lots}
    names |= {lot.external_id: lot.name for lot in told.candidates}
    views = counter_views(session, set(stored.links.values())) if stored.links else []
    before = {(view.lot_id, view.space_class): view for view in views}
    found = []
    for record in counted.counts:
        card = stored.cards.get(stored.links.get(record.external_id, ""))
        name = names.get(record.external_id) or (card.name if card else None)
        if card is None:
            found.append(PreviewCount(record, name))
        else:
            was = before.get((card.id, record.space_class))
            found.append(PreviewCount(record, name, card.id, card.code, was))
    return tuple(found)


def _nearby(session: Session, told: Iterable[LotRecord], stored: _Stored) -> tuple[Nearby, ...]:
    """The lots that nobody linked beside ours within 50 m, the likeliest pair of each first."""
    unlinked = {record.external_id: record for record in told if record.external_id not in stored.links}
    close = near_others(session, points_of(unlinked.values()), stored.links, stored.today)
    spoken_for = queries.speakers(session, {card.id for cards in close.values() for card, _ in cards})
    found = [
        Nearby(
            external_id=external_id,
            name=unlinked[external_id].name,
            spaces=sum(unlinked[external_id].spaces.values()) or None,
            lot_id=card.id,
            lot_code=card.code,
            lot_name=card.name,
            lot_spaces=sum(space.capacity for space in card.spaces),
            distance_m=metres,
            likeness=likeness(unlinked[external_id].name, card.name),
            spoken_for=spoken_for.get(card.id, ()),
        )
        for external_id, cards in close.items()
        for card, metres in cards
    ]
    return tuple(sorted(found, key=lambda each: (each.external_id, -each.likeness, each.distance_m)))


def _vanished(read: Mapping[PullKind, _Document], stored: _Stored) -> tuple[Vanished, ...]:
    """The linked lots of which the document says nothing at all, not even something wrong."""
    document = read.get(PullKind.STATIC) or read.get(PullKind.LIVE)
    if document is None:
        return ()
    parsed, refused = document.parsed, document.refused
    told = {lot.external_id for lot in parsed.lots} | {lot.external_id for lot in parsed.candidates}
    told |= {record.external_id for record in parsed.counts}
    told |= {problem.record for problem in (*parsed.problems, *refused)}
    return tuple(
        Vanished(external_id, lot_id, stored.cards[lot_id].code, stored.cards[lot_id].name)
        for external_id, lot_id in sorted(stored.links.items())
        if external_id not in told
    )


def _unknown(
    due: DuePull, told: Parsed, counted: Parsed, nearby: Iterable[Nearby], stored: _Stored
) -> dict[PullKind, list[RecordProblem]]:
    """The lots of each document that nobody linked and that would not enter the register by themselves."""
    known = set(stored.links)
    if due.adopts_lots:
        near = {each.external_id for each in nearby}
        known |= {lot.external_id for lot in told.lots if lot.external_id not in near}
    ids = {
        PullKind.STATIC: [lot.external_id for lot in told.lots],
        PullKind.LIVE: [record.external_id for record in counted.counts],
    }
    return {
        kind: [
            RecordProblem(each, ProblemKind.UNKNOWN_LOT) for each in dict.fromkeys(found) if each not in known
        ]
        for kind, found in ids.items()
    }


def _above_capacity(told: Parsed, counted: Parsed, stored: _Stored) -> list[RecordProblem]:
    """The counts of more than there are spaces, of our lot or else of the one that is told."""
    spaces = {lot.external_id: dict(lot.spaces) for lot in told.lots}
    for external_id, lot_id in stored.links.items():
        card = stored.cards[lot_id]
        spaces[external_id] = {space.space_class: space.capacity for space in card.spaces}
    found = (
        above_capacity(record, spaces.get(record.external_id, {}).get(record.space_class))
        for record in counted.counts
    )
    return [problem for problem in found if problem is not None]


def _mapping_doubts(due: DuePull, rules: MappingRules) -> tuple[FieldProblem, ...]:
    """A field that the mapping reads twice; what ships was looked at when it was written."""
    if due.mapping is None or due.mapping.startswith(PRESET):
        return ()
    return rules.check(due.mapping).doubts
