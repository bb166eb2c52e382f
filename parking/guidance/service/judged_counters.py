"""What do the rules say of each counter and each lot?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.city import queries as city
from parking.guidance.queries.judged import JudgedCounter, stills
from parking.guidance.rules.health import counters as rules
from parking.guidance.rules.health.counters import UNSAID, Now, Past, Still, Verdict
from parking.guidance.rules.health.habits import HABIT_DAYS, SLOTS_OF_DAY, habit_from
from parking.guidance.rules.health.judging import Open
from parking.guidance.rules.health.kinds import AnomalyKind, Subject
from parking.guidance.rules.health.limits import Limits
from parking.guidance.service.courses import profile_keys, slot_number
from parking.kernel.vocabulary import SpaceClass
from parking.lots import queries as lots
from parking.lots.models import Lot
from parking.lots.rules import HoursReader
from parking.occupancy.rules import SLOT, Counter

_BACK = timedelta(days=HABIT_DAYS)
_OF_COURSES = (AnomalyKind.FROZEN, AnomalyKind.JUMP, AnomalyKind.REVERSED)


@dataclass(frozen=True, slots=True)
class Ground:
    """What all counters are judged by."""

    limits: Limits
    standing: Mapping[Subject, Open]
    now: datetime


def judge_counters(
    session: Session, counters: Sequence[JudgedCounter], ground: Ground
) -> dict[Subject, Verdict]:
    """The verdicts on the counters and lots of which a source tells; of those that are well there is none."""
    capacities = lots.capacity_at(session, city.today(session, ground.now))
    told = [counter for counter in counters if counter.is_told(ground.now)]
    verdicts: dict[Subject, Verdict] = {}
    for counter in told:
        capacity = capacities.get((counter.lot_id, SpaceClass(counter.space_class)), 0)
        seen = rules.above_capacity(_now(counter), capacity or counter.told_capacity or 0, ground.limits)
        if seen is not None:
            verdicts[_subject(AnomalyKind.ABOVE_CAPACITY, counter)] = seen
    verdicts.update(_sums(told, capacities, ground.limits))
    pasts = _pasts(session, told, capacities, ground)
    turned = {subject for subject in ground.standing if subject.kind is AnomalyKind.REVERSED}
    for counter, past in pasts:
        stands = bool(turned) and _subject(AnomalyKind.REVERSED, counter) in turned
        for kind, verdict in (
            (AnomalyKind.REVERSED, rules.reversed_(past, ground.limits, stands=stands)),
            (AnomalyKind.JUMP, rules.jump(past, ground.limits)),
        ):
            if verdict is not None:
                verdicts[_subject(kind, counter)] = verdict
    verdicts.update(_frozen(session, pasts, ground))
    verdicts.update(_before(told, {counter.counter for counter, _ in pasts}, ground))
    return verdicts


def _subject(kind: AnomalyKind, counter: JudgedCounter) -> Subject:
    return Subject(kind, counter.source, counter.lot_id, counter.space_class)


def _now(counter: JudgedCounter) -> Now:
    return Now(counter.value, counter.is_free, counter.as_of)


def _sums(
    told: Iterable[JudgedCounter], capacities: Mapping[tuple[str, SpaceClass], int], limits: Limits
) -> dict[Subject, Verdict]:
    totals: dict[str, int] = defaultdict(int)
    for (lot_id, _), spaces in capacities.items():
        totals[lot_id] += spaces
    together: dict[tuple[str, str], list[JudgedCounter]] = defaultdict(list)
    for counter in told:
        together[counter.source, counter.lot_id].append(counter)
    return {
        Subject(AnomalyKind.SUM_ABOVE_TOTAL, source, lot_id): rules.sum_above_total(
            map(_now, counters), totals[lot_id], limits
        )
        for (source, lot_id), counters in together.items()
        if len(counters) > 1
    }


def _before(
    told: Iterable[JudgedCounter], judged: Collection[Counter], ground: Ground
) -> dict[Subject, Verdict]:
    """What was said of the last day stands until a quarter ends; but a number that moves is not frozen."""
    known = {counter.counter: counter for counter in told if counter.counter not in judged}
    verdicts: dict[Subject, Verdict] = {}
    for subject, was in ground.standing.items():
        counter = known.get((subject.lot_id or "", subject.space_class or ""))
        if subject.kind not in _OF_COURSES or counter is None or counter.source != subject.source:
            continue
        if subject.kind is not AnomalyKind.FROZEN or counter.value == was.evidence.get("value"):
            verdicts[subject] = UNSAID
    return verdicts


def _pasts(
    session: Session,
    told: Iterable[JudgedCounter],
    capacities: Mapping[tuple[str, SpaceClass], int],
    ground: Ground,
) -> list[tuple[JudgedCounter, Past]]:
    fresh = [(counter, counter.until_at, counter.recent) for counter in told if counter.recent]
    if not fresh:
        return []
    ends = [until_at for _, until_at, _ in fresh if until_at is not None]
    day = SLOTS_OF_DAY * SLOT
    numbered = profile_keys(session, ground.now, min(ends) - day, max(ends))
    keys: dict[datetime, list[int]] = {}
    for end in set(ends):
        last = slot_number(end)
        keys[end] = [numbered[last - back] for back in range(SLOTS_OF_DAY - 1, -1, -1)]
    pasts = []
    for counter, until_at, recent in fresh:
        if until_at is None:
            continue
        capacity = capacities.get((counter.lot_id, SpaceClass(counter.space_class)), 0)
        bound = capacity or counter.told_capacity or 0
        own = keys[until_at] if len(recent) == SLOTS_OF_DAY else keys[until_at][-len(recent) :]
        past = Past(recent, own, until_at, bound, habit_from(counter.habit))
        pasts.append((counter, past))
    return pasts


def _frozen(
    session: Session, pasts: Iterable[tuple[JudgedCounter, Past]], ground: Ground
) -> dict[Subject, Verdict]:
    """Only the few that have stood still for long within their last day are looked back at."""
    still = []
    for counter, past in pasts:
        if _now(counter).occupied_of(past.capacity) != rules.newest(past.recent):
            # It has moved since the quarter ended.
            continue
        needed = rules.frozen_after(past, ground.limits)
        known, length = rules.still_slots(past.recent)
        if needed is not None and needed * SLOT <= _BACK and (known >= needed or length == len(past.recent)):
            still.append((counter, past))
    by_end: dict[datetime, dict[Counter, int]] = defaultdict(dict)
    for counter, past in still:
        by_end[past.until_at][counter.counter] = rules.newest(past.recent) or 0
    found = {
        key: told
        for until_at, numbers in by_end.items()
        for key, told in stills(session, numbers, until_at, _BACK).items()
    }
    hours = _Hours(session, {counter.lot_id for counter, _ in still})
    verdicts: dict[Subject, Verdict] = {}
    for counter, past in still:
        since_at, slots = found[counter.counter]
        number = sum(not hours.is_closed(counter.lot_id, slot_at) for slot_at in slots)
        verdict = rules.frozen(past, Still(number, since_at), counter.value, ground.limits)
        verdicts[_subject(AnomalyKind.FROZEN, counter)] = verdict
    return verdicts


class _Hours:
    """Whether a lot was closed in a quarter; one of unknown hours never is."""

    def __init__(self, session: Session, lot_ids: Iterable[str]) -> None:
        asked = select(Lot.id, Lot.opening_hours).where(Lot.id.in_(lot_ids), Lot.opening_hours.is_not(None))
        self._texts = {row.id: row.opening_hours for row in session.execute(asked)} if lot_ids else {}
        self._session = session
        self._reader: HoursReader | None = None

    def is_closed(self, lot_id: str, slot_at: datetime) -> bool:
        text = self._texts.get(lot_id)
        if text is None:
            return False
        if self._reader is None:
            zone = city.time_zone(self._session, slot_at)
            self._reader = HoursReader(city.calendar(self._session), str(zone))
        return self._reader.is_open(text, slot_at - SLOT / 2) is False
