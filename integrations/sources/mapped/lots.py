"""What is a lot, in a record that a mapping describes?"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from datetime import time as clock_time
from functools import lru_cache
from math import isfinite
from typing import Any, TypeVar

from integrations.hours import DAYS, Span, osm_text, span, weekly
from integrations.places import Placed, place
from integrations.records import MAX_SPACES, Refused, height_cm, number, shown
from integrations.sources.mapped.run import Run
from integrations.sources.mapped.schema import Lots, Pair, Value
from integrations.sources.mapped.values import (
    UNKNOWN,
    Reader,
    filter_of,
    id_of,
    number_reader,
    reader,
    text_of,
    told,
    whole_of,
)
from integrations.sources.mapped.walking import Scope
from parking.boundary.feeds import LotCandidate, LotRecord, ProblemKind
from parking.kernel.vocabulary import Access, LotKind, SpaceClass

_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_LONGEST_NOTE = 200
# A pair told as a list has an altitude at most.
_MOST_ORDINATES = 3


class LotReader:
    """The [lots] of a mapping, made ready once for all of its records."""

    def __init__(self, lots: Lots) -> None:
        self.told = lots
        self.wanted = filter_of(lots.where)
        self.snapshot = reader(lots.snapshot) if lots.snapshot else None
        self._id, self._id_label = reader(lots.id), lots.id.label
        self._name, self._name_label = reader(lots.name), lots.name.label
        self._spaces = [(each, _number_of_spaces(value)) for each, value in lots.spaces.items()]
        self._kind = _word(LotKind, lots.kind) if lots.kind else None
        self._access = _word(Access, lots.access) if lots.access else None
        self._address = _text(lots.address) if lots.address else None
        self._operator = _text(lots.operator) if lots.operator else None
        self._hours, self._hours_label = _optional(lots.hours)
        self._fees, self._fees_label = _optional(lots.fees)
        self._week = [
            (week, reader(week.opens), reader(week.closes), *_optional(week.days_told)) for week in lots.week
        ]
        self._height = _height(lots.max_height, lots.max_height_in_metres) if lots.max_height else None
        self._pair = _PairReader(lots.place) if lots.place else None

    def take(self, scope: Scope, run: Run) -> None:
        """Read one record into the run's harvest, or note there what is wrong with it."""
        harvest = run.harvest
        external_id = harvest.attempt(f"#{harvest.row}", self._read_id, scope)
        if external_id is not None:
            harvest.keep_lot(harvest.attempt(external_id, self._lot, scope, external_id, run))

    def _read_id(self, scope: Scope) -> str:
        return id_of(self._id(scope), self._id_label)

    def _lot(self, scope: Scope, external_id: str, run: Run) -> LotRecord | LotCandidate:
        name = text_of(self._name(scope), self._name_label)
        found = self._pair.place(scope, external_id, run) if self._pair else None
        spaces = self._read_spaces(scope, external_id, run)
        address = run.harvest.attempt(external_id, self._address, scope) if self._address else None
        if found is None:
            return LotCandidate(external_id, name, address, spaces)
        hours, hours_note = self._read_hours(scope, external_id, run)
        operator = run.harvest.attempt(external_id, self._operator, scope) if self._operator else None
        kind = run.harvest.attempt(external_id, self._kind, scope) if self._kind else None
        access = run.harvest.attempt(external_id, self._access, scope) if self._access else None
        height = run.harvest.attempt(external_id, self._height, scope) if self._height else None
        return LotRecord(
            external_id=external_id,
            name=name,
            **found,
            spaces=spaces,
            kind=kind,
            access=access,
            address=address,
            operator_name=operator,
            opening_hours=hours,
            hours_note=hours_note,
            max_height_cm=height,
            fees_note=self._read_fees(scope, external_id, run),
        )

    def _read_spaces(self, scope: Scope, external_id: str, run: Run) -> dict[SpaceClass, int]:
        """By class. A bad number of the first class sinks the lot, of another one only that number."""
        spaces: dict[SpaceClass, int] = {}
        any_told = False
        for position, (space_class, read) in enumerate(self._spaces):
            number_of = run.harvest.attempt(external_id, read, scope) if position else read(scope)
            any_told = any_told or number_of is not None
            if number_of:
                spaces[space_class] = number_of
        if any_told and not spaces:
            label = next(iter(self.told.spaces.values())).label
            run.harvest.refuse(external_id, ProblemKind.PLACEHOLDER, label, "a lot of no spaces")
        return spaces

    def _read_hours(self, scope: Scope, external_id: str, run: Run) -> tuple[str | None, str | None]:
        """OSM text, or prose that stays prose. Clock times are asked where no text is told."""
        found = self._hours(scope) if self._hours else None
        if told(found):
            hours = _osm(found) if isinstance(found, str) else None
            if hours is not None:
                return hours, None
            run.harvest.refuse(external_id, ProblemKind.UNPARSED_HOURS, self._hours_label, shown(found))
            return None, _note(found)
        if self._week:
            return run.harvest.attempt(external_id, self._read_week, scope), None
        return None, None

    def _read_week(self, scope: Scope) -> str | None:
        days: dict[int, list[Span]] = {}
        for week, opens, closes, which, label in self._week:
            begins, ends = opens(scope), closes(scope)
            if not told(begins) and not told(ends):
                continue
            between = span(_clock(begins), _clock(ends))
            if between is None:
                detail = f"{shown(begins)} – {shown(ends)}"
                raise Refused(ProblemKind.UNPARSED_HOURS, week.opens.label, detail)
            for day in week.days or _days(which(scope) if which else None, label or "days"):
                days.setdefault(day, []).append(between)
        return weekly(days) if days else None

    def _read_fees(self, scope: Scope, external_id: str, run: Run) -> str | None:
        found = self._fees(scope) if self._fees else None
        if not isinstance(found, str):
            return None
        run.harvest.refuse(external_id, ProblemKind.UNPARSED_FEES, self._fees_label, shown(found))
        return _note(found)


class _PairReader:
    """Where a lot lies, of two values or of one that holds both."""

    def __init__(self, pair: Pair) -> None:
        self._crs = pair.crs
        self._north_first = pair.north_first
        values = [value for value in (pair.north, pair.east, pair.both) if value is not None]
        self._labels = [value.label for value in values]
        self._read = [number_reader(value) if pair.both is None else reader(value) for value in values]

    def place(self, scope: Scope, external_id: str, run: Run) -> Placed | None:
        """None where no place is told: the lot is a candidate, and that is said once for it."""
        label = self._labels[0]
        found = self._read[0](scope)
        other = self._read[1](scope) if len(self._read) == 2 else UNKNOWN
        if not told(found) and not told(other):
            run.harvest.refuse(external_id, ProblemKind.NO_PLACE, label, "no place is told")
            return None
        if len(self._read) == 1:
            ordinates = _ordinates(found, label)
            north, east = ordinates if self._north_first else ordinates[::-1]
        else:
            north = number(None if found is UNKNOWN else found, label)
            east = number(None if other is UNKNOWN else other, self._labels[1])
        return place(north, east, self._crs or run.crs, label)


def _ordinates(found: Any, label: str) -> tuple[float, float]:
    if isinstance(found, str):
        found = _NUMBER.findall(found[:_LONGEST_NOTE])
    elif isinstance(found, dict):
        found = list(found.values())
    if not isinstance(found, list) or not 2 <= len(found) <= _MOST_ORDINATES:
        raise Refused(ProblemKind.BAD_VALUE, label, f"{shown(found)} is no place")
    return number(found[0], label), number(found[1], label)


def _number_of_spaces(value: Value) -> Callable[[Scope], int | None]:
    read, label = number_reader(value), value.label

    def number_of(scope: Scope) -> int | None:
        found = read(scope)
        return found if type(found) is int and 0 <= found <= MAX_SPACES else whole_of(found, label)

    return number_of


def _text(value: Value) -> Callable[[Scope], str | None]:
    read, label = reader(value), value.label

    def text_or_none(scope: Scope) -> str | None:
        found = read(scope)
        return text_of(found, label) if told(found) else None

    return text_or_none


def _optional(value: Value | None) -> tuple[Reader | None, str]:
    """What gives a value that a mapping may leave out, and how a problem names it."""
    return (None, "") if value is None else (reader(value), value.label)


W = TypeVar("W", LotKind, Access)


def _word(words: type[W], value: Value) -> Callable[[Scope], W | None]:
    read, label = reader(value), value.label

    def word(scope: Scope) -> W | None:
        found = read(scope)
        if not told(found):
            return None
        try:
            return words(found)
        except ValueError:
            raise Refused(ProblemKind.BAD_VALUE, label, f"{shown(found)} is not known") from None

    return word


def _height(value: Value, in_metres: bool) -> Callable[[Scope], int | None]:
    read, label = number_reader(value), value.label

    def height_or_none(scope: Scope) -> int | None:
        found = read(scope)
        if not told(found):
            return None
        if not in_metres:
            return height_cm(found, label)
        centimetres = number(found, label) * 100
        return height_cm(round(centimetres) if isfinite(centimetres) else centimetres, label)

    return height_or_none


@lru_cache(maxsize=4096)
def _osm(found: str) -> str | None:
    """The lots of a city share a few texts of hours, and reading one takes long."""
    try:
        return osm_text(found)
    except Refused:
        return None


def _note(found: Any) -> str | None:
    return " ".join(found.split())[:_LONGEST_NOTE] or None if isinstance(found, str) else None


def _clock(found: Any) -> str:
    if isinstance(found, clock_time | date):
        return found.isoformat()[-8:]
    return found if isinstance(found, str) else ""


def _days(found: Any, label: str) -> list[int]:
    words = found if isinstance(found, list) else [found]
    if not words or any(word not in DAYS for word in words):
        raise Refused(ProblemKind.UNPARSED_HOURS, label, f"{shown(found)} are no days")
    return [DAYS.index(word) for word in words]
