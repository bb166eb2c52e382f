"""Which tariffs and stays may there be at all? Any that `read` accepts."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta

from hypothesis import assume, settings
from hypothesis import strategies as st

from parking.city.rules import Calendar, seed_days
from parking.tariffs.rules import checks
from parking.tariffs.rules.shape import Problems
from parking.tariffs.rules.tariff import (
    Band,
    Choice,
    Crossing,
    Cycle,
    CycleKind,
    DateRange,
    DayType,
    Free,
    FreePer,
    Plan,
    Schedule,
    Step,
    TariffRules,
)

CALENDAR = Calendar.of([*seed_days(2025), *seed_days(2026)], [2025, 2026])
ZONES = ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "America/Santiago", "Australia/Lord_Howe"]
# Clock changes of these zones, to the day.
CHANGES = [date(2026, 3, 8), date(2026, 3, 29), date(2026, 4, 5), date(2026, 9, 6), date(2026, 10, 4)]
CHANGES += [date(2026, 10, 25), date(2026, 11, 1)]


def examples(number: int) -> settings:
    """So many examples, 2,000 in the long profile, fewer where the profile has fewer."""
    most = min(number, settings().max_examples)
    return settings(max_examples=2_000 if os.environ.get("PARKING_LONG_TESTS") else most, deadline=None)


quarters = st.integers(0, 95).map(lambda number: number * 15)
fens = st.sampled_from([0, 50, 100, 250, 700])


@st.composite
def step_tables(draw: st.DrawFn) -> tuple[Step, ...]:
    steps, begins = [], 0
    for _ in range(draw(st.integers(0, 2))):
        unit, count = draw(st.sampled_from([10, 30, 60])), draw(st.integers(1, 3))
        begins += unit * count
        steps.append(Step(draw(fens), draw(st.sampled_from([unit, unit, None])), begins))
    return (*steps, Step(draw(fens), draw(st.sampled_from([7, 15, 30, 60, 600, None]))))


@st.composite
def schedules(draw: st.DrawFn, types: tuple[DayType, ...] = ()) -> Schedule:
    edges = sorted(draw(st.sets(quarters, min_size=1, max_size=4)))
    cap = draw(st.none() | st.integers(700, 3000))
    bands = []
    for begins, ends in zip(edges, edges[1:] + edges[:1], strict=True):
        steps = draw(st.just(()) | step_tables() | step_tables())
        most = draw(st.none() | st.integers(700, cap or 2000)) if steps else None
        bands.append(Band(begins, ends or 1440, steps, most))
    dates = (DateRange((9, 30), (10, 5)),) if types and draw(st.booleans()) else ()
    return Schedule(tuple(bands), types, (), dates, cap)


cycles = st.one_of(
    st.just(Cycle()),
    st.sampled_from([8, 24, 24, 36]).map(lambda hours: Cycle(CycleKind.ENTRY, hours)),
    quarters.map(lambda minute: Cycle(CycleKind.DAY, from_minute=minute)),
)
frees = st.one_of(
    st.none(),
    st.builds(Free, st.sampled_from([1, 15, 30, 90]), st.booleans(), st.just(True), st.sampled_from(FreePer)),
    st.builds(Free, st.sampled_from([15, 30, 90]), st.just(True), st.just(False), st.sampled_from(FreePer)),
)


@st.composite
def tariffs(draw: st.DrawFn) -> TariffRules:
    listed = [draw(schedules())]
    if draw(st.booleans()):
        types = draw(st.sampled_from([(DayType.WORKDAY,), (DayType.HOLIDAY,), (DayType.WEEKEND,)]))
        listed.insert(0, draw(schedules(types)))
    most = draw(st.none() | st.none() | st.integers(3000, 9000))
    plan = Plan("p", tuple(listed), draw(cycles), draw(frees), draw(st.sampled_from(Crossing)), most)
    # Steps that no cycle is long enough for, and free minutes that none uses up, are refused.
    problems = Problems()
    checks.plan(plan, "plans.p", problems)
    assume(not problems)
    return TariffRules(draw(st.sampled_from(ZONES)), (plan,), (Choice("p"),))


@st.composite
def entries(draw: st.DrawFn) -> datetime:
    """A whole minute, often shortly before a clock change, or before a holiday."""
    on = draw(st.sampled_from(CHANGES) | st.dates(date(2026, 9, 20), date(2026, 10, 12)))
    begins = datetime(on.year, on.month, on.day, tzinfo=UTC)
    return begins + timedelta(minutes=draw(st.integers(-1440, 1439)))
