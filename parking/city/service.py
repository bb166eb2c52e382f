"""How do the city's profile and calendar change? By dated rows, each change with its entry in the audit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from parking.audit import service as audit
from parking.audit.rules import Event
from parking.city import queries
from parking.city.errors import CalendarDayRefused, SettingChanged, SettingRefused, SettingUnknown
from parking.city.models import CalendarDay, CalendarYear, CityBox, CityFact, District, Landmark
from parking.city.rules import DistrictView, LandmarkView, part_of, read_profile, seed_days
from parking.city.rules.lists import columns_of
from parking.kernel.actors import Actor
from parking.kernel.db.changes import announce
from parking.kernel.errors import N_, FieldProblem
from parking.kernel.geo import Box

_SEED = "chinesecalendar"
_BY_HAND = "hand"
_TOPIC = "city"


@dataclass(slots=True)
class ProfileLoad:
    """What a load changed; all empty when the profile said nothing new."""

    changed: list[str] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def note(self, kind: str, name: str, before: Any, after: Any) -> None:
        self.changed.append(f"{kind} {name}")
        verb = "added" if before is None else "ended" if after is None else "changed"
        self.events.append(Event(f"{kind}:{verb}", kind, name, {"before": before, "after": after}))


def load_profile(
    session: Session, actor: Actor, profile: Mapping[str, Any], now: datetime, since: date | None = None
) -> ProfileLoad:
    """Make the rows say what a profile says, from `since` on (default: the city's today).

    What already holds stays untouched, so a second load changes nothing; a changed value becomes a new
    dated row; a district or box that a named part no longer lists ends. Raises ProfileRefused.
    """
    read = read_profile(profile)
    from_on = since or now.astimezone(ZoneInfo(read.facts["time_zone"])).date()
    load = ProfileLoad()
    known = queries.facts(session, from_on)
    # A part that the file names is told whole: what it no longer says holds no longer.
    gone = {key: None for key in known if part_of(key) in profile}
    for key, value in {**gone, **read.facts}.items():
        if known.get(key) != value:
            _put_fact(session, actor, key, value, from_on, now)
            load.note("city_fact", key, known.get(key), value)
    if read.boxes is not None:
        _dated_rows(session, CityBox, "name", queries.boxes_on(session, from_on), read.boxes, from_on, load)
    if read.districts is not None:
        districts = queries.districts_on(session, from_on)
        _dated_rows(session, District, "code", districts, read.districts, from_on, load)
    if read.landmarks is not None:
        _landmarks(session, read.landmarks, load)
    audit.record_all(session, actor, load.events, now)
    if load.changed:
        announce(session, _TOPIC, ["profile"])
    return load


def set_fact(session: Session, actor: Actor, key: str, value: Any, from_on: date, now: datetime) -> bool:
    """Let a named value hold from a date on; False when it holds already."""
    before = queries.facts(session, from_on).get(key)
    if before == value:
        return False
    _put_fact(session, actor, key, value, from_on, now)
    details = {"before": before, "after": value, "from_on": from_on.isoformat()}
    audit.record(session, actor, "city_fact:changed", "city_fact", key, details, now)
    announce(session, _TOPIC, ["profile"])
    return True


def change_setting(
    session: Session, actor: Actor, key: str, value: Any, from_on: date, now: datetime, *, seen: str
) -> bool:
    """Let a value or a list of the profile hold from today or a later day on; False when it holds already.

    `seen` is the `stamp` of the rows that the officer looked at. Raises SettingRefused for a day that is
    past, SettingChanged where somebody else was first.
    """
    if from_on < queries.today(session, now):
        problem = FieldProblem("from_on", "past", N_("不能早于今天：已经发生的事按当时的设置办理"))
        raise SettingRefused(problems=[problem])
    session.execute(select(CityFact.key).where(CityFact.key == key).with_for_update())
    if stamp(queries.fact_rows(session, key)) != seen:
        raise SettingChanged
    return set_fact(session, actor, key, value, from_on, now)


def change_list_row(
    session: Session,
    actor: Actor,
    part: str,
    key: str,
    row: Mapping[str, Any] | None,
    from_on: date,
    now: datetime,
    *,
    seen: str,
) -> bool:
    """Put a row of a list in the place of the one with this key, or at its end; None takes it away.

    Raises SettingUnknown for a row to be taken away that is not there, and what `change_setting` raises.
    """
    newest = next(iter(queries.fact_rows(session, part)), None)
    if newest is not None and from_on < newest.from_on:
        params = {"day": newest.from_on.isoformat()}
        told = N_("这份列表从 %(day)s 起已另有更改，请选这一天或以后")
        raise SettingRefused(problems=[FieldProblem("from_on", "overtaken", told, params)])
    rows = list(newest.value or []) if newest else []
    place = next((number for number, each in enumerate(rows) if each["key"] == key), None)
    if row is None:
        if place is None:
            raise SettingUnknown(key=f"{part}.{key}")
        del rows[place]
    elif place is None:
        rows.append(dict(row))
    else:
        # What the console knows nothing of stays as the profile said it.
        known = {column.name for column in columns_of(part)}
        rows[place] = {name: told for name, told in rows[place].items() if name not in known} | dict(row)
    return change_setting(session, actor, part, rows, from_on, now, seen=seen)


def stamp(rows: Sequence[queries.FactRow]) -> str:
    """A word that differs as soon as a row of a key was added or amended."""
    newest = max((row.set_at for row in rows), default=None)
    return f"{len(rows)}-{newest.timestamp():.6f}" if newest else "0"


def seed_calendar(session: Session, actor: Actor, years: Iterable[int], now: datetime) -> list[int]:
    """Take the State Council's days of some years from `chinesecalendar`; days set by hand stay.

    Returns the years that it does not know: such a year is read by weekdays, with a warning, until it is set.
    """
    unknown = []
    for year in sorted(set(years)):
        days = seed_days(year)
        if not days:
            unknown.append(year)
            continue
        rows = [
            {
                "on": day.on,
                "year": year,
                "is_workday": day.is_workday,
                "name_zh": day.name_zh,
                "name_en": day.name_en,
                "source": _SEED,
            }
            for day in days
        ]
        # The rows beside the statement: within it they would be compiled anew each time.
        fresh = insert(CalendarDay).on_conflict_do_nothing().returning(CalendarDay.on)
        added = [on.isoformat() for on in session.scalars(fresh, rows)]
        newly = _cover(session, actor, year, _SEED, now)
        if added or newly:
            details = {"added": sorted(added), "source": _SEED}
            audit.record(session, actor, "calendar:seeded", "calendar_year", str(year), details, now)
            announce(session, _TOPIC, ["calendar"])
    return unknown


def set_day(
    session: Session, actor: Actor, on: date, *, is_workday: bool, name_zh: str, name_en: str, now: datetime
) -> None:
    """Say that a day is a holiday, or is worked, whatever its weekday. Raises CalendarDayRefused."""
    missing = [name for name, value in (("name_zh", name_zh), ("name_en", name_en)) if not value.strip()]
    if missing:
        raise CalendarDayRefused(problems=[FieldProblem(name, "missing", N_("缺少名称")) for name in missing])
    values = {
        "year": on.year,
        "is_workday": is_workday,
        "name_zh": name_zh.strip(),
        "name_en": name_en.strip(),
        "source": _BY_HAND,
    }
    before = session.get(CalendarDay, on, populate_existing=True)
    details = {"before": _told_day(before), "after": values}
    session.merge(CalendarDay(on=on, **values))
    session.flush()
    audit.record(session, actor, "calendar_day:set", "calendar_day", on.isoformat(), details, now)
    announce(session, _TOPIC, ["calendar"])


def clear_day(session: Session, actor: Actor, on: date, now: datetime) -> bool:
    """Let a day be what its weekday says again; False when it already was."""
    before = session.get(CalendarDay, on, populate_existing=True)
    if before is None:
        return False
    session.delete(before)
    session.flush()
    details = {"before": _told_day(before), "after": None}
    audit.record(session, actor, "calendar_day:cleared", "calendar_day", on.isoformat(), details, now)
    announce(session, _TOPIC, ["calendar"])
    return True


def cover_year(session: Session, actor: Actor, year: int, now: datetime) -> bool:
    """Say that all special days of a year are entered, so that no page warns of it; False when it was so."""
    if not _cover(session, actor, year, _BY_HAND, now):
        return False
    audit.record(session, actor, "calendar:covered", "calendar_year", str(year), {"source": _BY_HAND}, now)
    announce(session, _TOPIC, ["calendar"])
    return True


def _told_day(day: CalendarDay | None) -> dict[str, Any] | None:
    if day is None:
        return None
    return {
        "is_workday": day.is_workday,
        "name_zh": day.name_zh,
        "name_en": day.name_en,
        "source": day.source,
    }


def _cover(session: Session, actor: Actor, year: int, source: str, now: datetime) -> bool:
    row = {"year": year, "source": source, "set_at": now, "set_by": str(actor)}
    fresh = insert(CalendarYear).values(row).on_conflict_do_nothing().returning(CalendarYear.year)
    return session.scalar(fresh) is not None


def _put_fact(session: Session, actor: Actor, key: str, value: Any, from_on: date, now: datetime) -> None:
    told = {"value": value, "set_at": now, "set_by": str(actor)}
    session.execute(
        insert(CityFact)
        .values(key=key, from_on=from_on, **told)
        .on_conflict_do_update(index_elements=[CityFact.key, CityFact.from_on], set_=told)
    )


def _dated_rows(
    session: Session,
    table: type[CityBox | District],
    key: str,
    rows: Sequence[CityBox | District],
    wanted: Sequence[Box | DistrictView],
    from_on: date,
    load: ProfileLoad,
) -> None:
    """End the rows that no longer hold and add those that begin; a row of the same day is amended."""
    known = {getattr(row, key): row for row in rows}
    told = {getattr(view, key): _values(view, key) for view in wanted}
    for name in sorted(set(known) | set(told)):
        row, after = known.get(name), told.get(name)
        before = {column: getattr(row, column) for column in _columns(table, key)} if row else None
        if before == after:
            continue
        load.note(table.__name__.lower(), name, before, after)
        if row is not None and row.from_on == from_on:
            session.delete(row)
            session.flush()
        elif row is not None:
            row.until_on = from_on
        if after is not None:
            session.add(table(**{key: name, "from_on": from_on, **after}))
        session.flush()


def _columns(table: type[CityBox | District | Landmark], key: str) -> list[str]:
    dated = (key, "from_on", "until_on")
    return [column.key for column in table.__table__.columns if column.key not in dated]


def _values(view: Box | DistrictView | LandmarkView, key: str) -> dict[str, Any]:
    return {name: value for name, value in asdict(view).items() if name != key}


def _landmarks(session: Session, wanted: tuple[LandmarkView, ...], load: ProfileLoad) -> None:
    known = {row.id: row for row in session.scalars(select(Landmark))}
    told = {place.id: _values(place, "id") for place in wanted}
    for name in sorted(set(known) | set(told)):
        row, after = known.get(name), told.get(name)
        before = {column: getattr(row, column) for column in _columns(Landmark, "id")} if row else None
        if before == after:
            continue
        load.note("landmark", name, before, after)
        if after is not None:
            session.merge(Landmark(id=name, **after))
        elif row is not None:
            session.delete(row)
    session.flush()
