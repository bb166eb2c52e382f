"""What becomes of a feed's static data? A filed lot is never overwritten, an unfiled one is corrected.

But not into another lot: what may be one is listed for a person, as a filed lot's differences are.

What an answer leaves out changes nothing: a feed that shrinks, or is empty, takes no lot away.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy.orm import Session

from parking.boundary.feeds import LotRecord, ProblemKind, RecordProblem
from parking.city import queries as city
from parking.city.rules import CityView
from parking.guidance import queries
from parking.guidance.rules.comparing import (
    SAME_PLACE_M,
    OurLot,
    differences,
    lies_elsewhere,
    spaces_told_otherwise,
    told_otherwise,
)
from parking.guidance.rules.pulls import DuePull
from parking.guidance.rules.screening import screen_lots
from parking.guidance.service.correcting import held_back
from parking.guidance.service.differing import list_differences
from parking.guidance.service.links import link_lots
from parking.guidance.service.taken import Taken
from parking.kernel.actors import SYSTEM, Actor
from parking.kernel.geo import Pair
from parking.kernel.vocabulary import Access, Datum, LotKind
from parking.lots import queries as lots
from parking.lots import service as register
from parking.lots.errors import LotRefused
from parking.lots.queries import LotCard
from parking.lots.rules import LotDraft, check_draft

_LONGEST_CODE = 64

Near = tuple[LotCard, float]
"""A lot of ours, and how many metres away it is."""


def take_lots(session: Session, due: DuePull, records: Sequence[LotRecord], now: datetime) -> Taken:
    """Compare, correct or adopt the lots of one answer. Raises ProfileMissing where no city was loaded."""
    today = city.today(session, now)
    screened = screen_lots(records, city.city_view(session, today))
    links = queries.links(session, due.source_id)
    ours = {card.id: our_lot(card) for card in lots.lot_cards(session, today, set(links.values()))}
    filed: list[tuple[LotRecord, OurLot]] = []
    unfiled: list[tuple[LotRecord, OurLot]] = []
    unknown: list[LotRecord] = []
    for record in screened.good:
        lot = ours.get(links.get(record.external_id, ""))
        if lot is None:
            unknown.append(record)
        else:
            (filed if lot.is_filed else unfiled).append((record, lot))
    held = held_back(session, unfiled, today)
    refused: list[RecordProblem] = []
    for record, lot in unfiled:
        refused += _correct(session, due, record, lot, held.get(record.external_id, {}), now)
    standing = _list(session, due, filed, unfiled, held, now)
    if due.adopts_lots:
        near = near_others(session, points_of(unknown), links, today)
        refused += [
            _beside(record, near[record.external_id][0]) for record in unknown if record.external_id in near
        ]
        refused += _adopt(session, due, [each for each in unknown if each.external_id not in near], now)
    else:
        refused += [RecordProblem(record.external_id, ProblemKind.UNKNOWN_LOT) for record in unknown]
    problems = [*screened.problems, *refused, *(why for fields in held.values() for why in fields.values())]
    return Taken(
        used=len(screened.good) - len(refused),
        problems=problems,
        may_be_asked_whether_modified=not problems and not standing,
    )


def _list(
    session: Session,
    due: DuePull,
    filed: Iterable[tuple[LotRecord, OurLot]],
    unfiled: Iterable[tuple[LotRecord, OurLot]],
    held: Mapping[str, Collection[str]],
    now: datetime,
) -> int:
    """List what is told otherwise and not taken over: all of filed lots, of others what is `held`."""
    told = {record.external_id: (ours, differences(record, ours)) for record, ours in filed}
    for record, ours in unfiled:
        fields = held.get(record.external_id, ())
        told[record.external_id] = ours, tuple(e for e in differences(record, ours) if e.field in fields)
    return list_differences(session, due.source_id, told, now)


def _correct(
    session: Session, due: DuePull, record: LotRecord, ours: OurLot, held: Collection[str], now: datetime
) -> list[RecordProblem]:
    """Bring an unfiled lot to what its feed tells, but `held`; the problem when the register refuses."""
    changes: dict[str, Any] = {
        name: told for name, told in told_otherwise(record, ours).items() if name not in held
    }
    if lies_elsewhere(record, ours) and "place" not in held:
        changes |= _place(record)
    note = told_by(due.source)
    try:
        if changes:
            register.change_lot(session, SYSTEM, ours.lot_id, changes, now, reason=note)
        if spaces := spaces_told_otherwise(record, ours):
            register.correct_spaces_to(session, SYSTEM, ours.lot_id, spaces, now, note=note)
    except LotRefused as refusal:
        return [_refused(record, refusal)]
    return []


def _adopt(
    session: Session, due: DuePull, records: Sequence[LotRecord], now: datetime
) -> list[RecordProblem]:
    """Enter unknown lots into the register, unfiled, and link them; the problems of those refused."""
    codes = {record.external_id: code_of(due.source, record.external_id) for record in records}
    there = lots.ids_by_code(session, codes.values())
    adopted: dict[str, str] = {}
    problems = []
    for record in records:
        code = codes[record.external_id]
        if code in there:
            # A person took its link back, or linked it to another of its ids: for a person to settle.
            problems.append(RecordProblem(record.external_id, ProblemKind.UNKNOWN_LOT, None, code))
            continue
        try:
            adopted[record.external_id] = register.register_lot(
                session, SYSTEM, _draft(record, code), now, note=told_by(due.source)
            )
        except LotRefused as refusal:
            problems.append(_refused(record, refusal))
    if adopted:
        link_lots(session, SYSTEM, due.source_id, adopted, now)
    return problems


def near_others(
    session: Session, points: Mapping[str, Pair], links: Mapping[str, str], today: date
) -> dict[str, list[Near]]:
    """The lots of ours within 50 m of unlinked ones, nearest first; absent where there is none.

    `points` are theirs (WGS-84 degrees) by the source's id. `links` are the source's: a lot for which it
    speaks under another id is another lot.
    """
    own = set(links.values())
    found = lots.near_each(session, points, SAME_PLACE_M, today) if points else {}
    others = {key: [each for each in near if each[0].id not in own] for key, near in found.items()}
    return {key: near for key, near in others.items() if near}


def points_of(records: Iterable[LotRecord]) -> dict[str, Pair]:
    """Where lots of a source lie, by its ids."""
    return {record.external_id: (record.lat, record.lon) for record in records}


def adopt_lots(
    session: Session, actor: Actor, source_id: str, records: Collection[LotRecord], now: datetime
) -> None:
    """Enter lots of a source, unfiled, and link them: a person says that they are none of those nearby.

    One that was entered before is linked again. Raises SourceUnknown, LinkTaken, LotSpokenFor, LotRefused.
    """
    source = queries.get(session, source_id)
    codes = {record.external_id: code_of(source.name, record.external_id) for record in records}
    there = lots.ids_by_code(session, codes.values()) if codes else {}
    adopted = {}
    for record in records:
        code = codes[record.external_id]
        adopted[record.external_id] = there.get(code) or register.register_lot(
            session, actor, _draft(record, code), now, note=told_by(source.name)
        )
    link_lots(session, actor, source_id, adopted, now)


def our_lot(card: LotCard) -> OurLot:
    """A lot of the register as far as feeds tell such things."""
    return OurLot(
        lot_id=card.id,
        is_filed=card.filing_no is not None,
        name=card.name,
        place=(card.lat, card.lon),
        kind=card.kind,
        access=card.access,
        address=card.address,
        operator_name=card.operator_name,
        opening_hours=card.opening_hours,
        hours_note=card.hours_note,
        max_height_cm=card.max_height_cm,
        spaces={space.space_class: space.capacity for space in card.spaces},
    )


def _draft(record: LotRecord, code: str) -> LotDraft:
    return LotDraft(
        code=code,
        name=record.name,
        **_place(record),
        kind=record.kind or LotKind.OFF_STREET,
        access=record.access or Access.PUBLIC,
        address=record.address,
        operator_name=record.operator_name,
        opening_hours=record.opening_hours,
        hours_note=record.hours_note,
        max_height_cm=record.max_height_cm,
        spaces=record.spaces,
    )


def not_adoptable(record: LotRecord, source: str, city_now: CityView) -> RecordProblem | None:
    """Why the register would not take a lot of a source, None where it would."""
    problems = check_draft(_draft(record, code_of(source, record.external_id)), city_now)
    return _refused(record, LotRefused(problems=problems, count=len(problems))) if problems else None


def _beside(record: LotRecord, near: Near) -> RecordProblem:
    """It may be a lot that we have: a person says whether it is, before it enters the register."""
    card, metres = near
    return RecordProblem(
        record.external_id, ProblemKind.UNKNOWN_LOT, "lat, lon", f"{metres:.0f} m from {card.code}"
    )


def _place(record: LotRecord) -> dict[str, Any]:
    """The pair as it was given, where its datum is one that the register knows; else as reckoned."""
    given = (record.source_lat, record.source_lon)
    if record.source_datum in set(Datum) and None not in given:
        pair, datum = given, Datum(record.source_datum)
    else:
        pair, datum = (record.lat, record.lon), Datum.WGS84
    return {"source_lat": pair[0], "source_lon": pair[1], "source_datum": datum}


def told_by(source: str) -> str:
    """The note of the ledger's entries of a source, in the language of the register."""
    return f"数据源“{source}”报来"


def code_of(source: str, external_id: str) -> str:
    """The register's number of an adopted lot: the same whenever the source names it again."""
    code = f"{source}:{external_id}"
    if len(code) <= _LONGEST_CODE:
        return code
    return f"{code[: _LONGEST_CODE - 17]}~{sha256(code.encode()).hexdigest()[:16]}"


def _refused(record: LotRecord, refusal: LotRefused) -> RecordProblem:
    fields = ", ".join(f"{problem.field} {problem.code}" for problem in refusal.problems)
    return RecordProblem(record.external_id, ProblemKind.BAD_VALUE, None, fields)
