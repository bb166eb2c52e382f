"""What does a source answer, given what it plays? Pure: the same seed and instant give the same answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from parking.entrypoints.simulator import documents
from parking.entrypoints.simulator.city import Play, PlayedLot, PlayedSource
from parking.entrypoints.simulator.course import ZONE, occupied_at
from parking.entrypoints.simulator.documents.reading import Reading, Tally

# A source counts anew every so many seconds; between two counts its document stays the same (304).
TICK_S = 5
# What comes and goes (a lie, a broken answer) lasts so many seconds.
MOOD_S = 20
_PAGE = "<!doctype html><title>系统维护</title><h1>系统维护中，请稍后再试</h1>".encode()


class Manner(StrEnum):
    """How the bytes leave."""

    AT_ONCE = "at_once"
    BYTE_A_SECOND = "byte_a_second"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a source says to one request."""

    status: int
    content_type: str
    body: bytes
    modified_at: datetime
    manner: Manner = Manner.AT_ONCE


def tick(at: datetime) -> datetime:
    """The instant of the newest count at `at`, as the city's clocks tell it."""
    return datetime.fromtimestamp(at.timestamp() // TICK_S * TICK_S, ZONE)


def live_answer(source: PlayedSource, play: Play, since: datetime, now: datetime, seed: int) -> Answer:
    """The live document of a source that has played `play` since an instant."""
    at = tick(now)
    readings = _counted(source, play, tick(since), at, seed)
    if play is Play.LYING:
        readings = [_lie(reading, n, now) for n, reading in enumerate(readings)]
    return _delivered(source, play, readings, at, now, live=True)


def static_answer(source: PlayedSource, play: Play, started_at: datetime, now: datetime) -> Answer:
    """The static document: the lots as they have been since `started_at`."""
    at = tick(started_at)
    readings = []
    for lot in _lots(source, play):
        spaces = source.counted(lot).items()
        readings.append(Reading(lot, at, {name: Tally(_told(play, number), 0) for name, number in spaces}))
    return _delivered(source, play, readings, at, now, live=False)


def _counted(source: PlayedSource, play: Play, since: datetime, at: datetime, seed: int) -> list[Reading]:
    """A silent source stopped counting; a frozen one goes on stamping the count that it had."""
    counted_at = since if play in (Play.SILENT, Play.FROZEN) else at
    as_of = since if play is Play.SILENT else at
    readings = []
    for lot in _lots(source, play):
        spaces = source.counted(lot).items()
        tallies = {name: _tally(lot, name, number, counted_at, seed) for name, number in spaces}
        readings.append(Reading(lot, as_of, tallies))
    return readings


def _tally(lot: PlayedLot, space_class: str, spaces: int, at: datetime, seed: int) -> Tally:
    return Tally(spaces, occupied_at(lot.code, spaces, lot.course, at, space_class=space_class, seed=seed))


def _told(play: Play, spaces: int) -> int:
    return spaces + spaces // 10 + 5 if play is Play.STATIC_DIFFERS else spaces


def _lots(source: PlayedSource, play: Play) -> tuple[PlayedLot, ...]:
    if play is not Play.WITH_UNKNOWN_LOT:
        return source.lots
    first = source.lots[0]
    unknown = replace(
        first,
        external_id=f"{first.external_id}-new",
        code=f"{first.code}-new",
        name=f"{first.name}（新开，未登记）",
        lat=first.lat + 0.0011,
    )
    return (*source.lots, unknown)


def _mood(now: datetime, moods: int) -> int:
    return int(now.timestamp() // MOOD_S) % moods


def _lie(reading: Reading, n: int, now: datetime) -> Reading:
    """Now more free than there are, now fewer than none, between them the truth."""
    excess = {0: -37, 2: 41}.get((_mood(now, 4) + n) % 4)
    if excess is None:
        return reading
    lies = {
        name: Tally(tally.capacity, excess if excess < 0 else tally.capacity + excess)
        for name, tally in reading.tallies.items()
    }
    return replace(reading, tallies=lies)


def _delivered(
    source: PlayedSource, play: Play, readings: list[Reading], at: datetime, now: datetime, *, live: bool
) -> Answer:
    kind = documents.content_type(source.document)
    if play is Play.EMPTY:
        nothing = b"" if _mood(now, 2) else documents.write(source, [], at, live=live)
        return Answer(200, kind, nothing, at)
    answer = Answer(200, kind, documents.write(source, readings, at, live=live), at)
    match play:
        case Play.BROKEN:
            return _broken(answer, _mood(now, 3))
        case Play.WRONG_TYPE:
            return replace(answer, content_type="text/html; charset=utf-8", body=_PAGE)
        case Play.SLOW:
            return replace(answer, manner=Manner.BYTE_A_SECOND)
        case Play.HANGING:
            return replace(answer, manner=Manner.NEVER)
        case _:
            return answer


def _broken(answer: Answer, mood: int) -> Answer:
    """A server error, then half of the document, then all is well for a while."""
    if mood == 0:
        return replace(answer, status=500, content_type="text/plain", body=b"Internal Server Error")
    if mood == 1:
        return replace(answer, body=answer.body[: len(answer.body) * 3 // 5])
    return answer
