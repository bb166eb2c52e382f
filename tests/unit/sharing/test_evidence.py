"""What was lent and what was used add up: by parts of a month, and against a count minute by minute."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from parking.kernel.ids import new_id
from parking.sharing.models import Window, WindowUse
from parking.sharing.queries.evidence import evidence
from parking.sharing.rules.evidence import Evidence, UseTold, WindowTold, evidence_of, sums
from tests.factories.bookings import a_window
from tests.factories.city import DISTRICTS, a_city

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
START = datetime(2026, 10, 30, tzinfo=UTC)
LENGTH = 120
minutes = st.integers(0, LENGTH)


def at(minute: int) -> datetime:
    return START + minute * MINUTE


@st.composite
def windows(draw: st.DrawFn) -> WindowTold:
    """A window each of whose spaces is used by one vehicle after the other."""
    opens, closes = sorted(draw(st.sets(minutes, min_size=2, max_size=2)))
    quota = draw(st.integers(1, 3))
    uses = []
    for _ in range(quota):
        edges = sorted(draw(st.sets(minutes, max_size=6)))
        for entered, left in zip(edges[::2], edges[1::2], strict=False):
            seen = draw(st.booleans())
            uses.append(UseTold(at(entered), at(left) if seen else None, True, seen, max(left - closes, 0)))
    closed_at = draw(st.none() | minutes.map(at))
    return WindowTold(at(opens), at(closes), closed_at, quota, tuple(uses))


@given(windows(), minutes, minutes, minutes, minutes)
def test_parts_of_a_span_add_up_to_it(
    window: WindowTold, first: int, second: int, third: int, now: int
) -> None:
    since, between, until = (at(each) for each in sorted((first, second, third)))
    whole = evidence_of(window, since, until, at(now))
    assert (
        evidence_of(window, since, between, at(now)) + evidence_of(window, between, until, at(now)) == whole
    )


@given(windows(), minutes)
def test_hours_are_what_counting_every_minute_gives_and_no_more_is_used_than_offered(
    window: WindowTold, now: int
) -> None:
    told = evidence_of(window, START, at(LENGTH + 1), at(now))
    offered = used = 0
    for minute in range(now):
        if not window.from_at <= at(minute) < window.until_at:
            continue
        inside = sum(
            use.left_at is not None and use.entered_at <= at(minute) < use.left_at for use in window.uses
        )
        used += inside
        closed = window.closed_at is not None and window.closed_at <= at(minute)
        offered += inside if closed else window.quota
    assert (told.offered / MINUTE, told.used / MINUTE) == (offered, used)
    assert told.used <= told.offered


def test_nothing_offered_has_no_fulfilment_and_an_empty_window_is_unused() -> None:
    window = WindowTold(at(0), at(60), None, 2, ())
    assert evidence_of(window, START, at(120), at(60)).is_unused
    withdrawn = evidence_of(replace(window, closed_at=at(0)), START, at(120), at(120))
    assert withdrawn == Evidence() and withdrawn.fulfilment is None


def test_the_last_night_of_a_month_is_divided_at_the_citys_midnight(session: Session) -> None:
    a_city(session)
    # 22:00 on 31 October to 06:00 on 1 November in the city.
    opens = datetime(2026, 10, 31, 14, tzinfo=UTC)
    window = a_window(session, from_at=opens, hours=8, quota=2, district_code=DISTRICTS[0])
    empty = a_window(session, from_at=opens, hours=1, quota=1, district_code=DISTRICTS[1])
    a_use(session, window, opens - HOUR, opens + 4 * HOUR)
    a_use(session, window, opens + HOUR, opens + 9 * HOUR, overstay_minutes=45)
    a_use(session, window, opens + 3 * HOUR, None)
    now = opens + 20 * HOUR

    october = evidence(session, date(2026, 10, 31), now)
    november = evidence(session, date(2026, 11, 1), now)

    assert [(each.agreement.id, each.lot.district_code) for each in october] == [
        (window.agreement_id, DISTRICTS[0]),
        (empty.agreement_id, DISTRICTS[1]),
    ]
    assert october[0].sum == Evidence(1, 4 * HOUR, 3 * HOUR, 2)
    assert october[1].sum.is_unused
    assert november[0].sum == Evidence(0, 12 * HOUR, 8 * HOUR, 1, unseen=1, overstays=1, overstay_minutes=45)
    assert len(november) == 1
    here = evidence(session, date(2026, 10, 1), now, {DISTRICTS[1]})
    assert [each.agreement.id for each in here] == [empty.agreement_id]
    assert sums((each.lot.district_code, each.sum) for each in october)[DISTRICTS[0]] == october[0].sum


def a_use(
    session: Session,
    window: Window,
    entered_at: datetime,
    left_at: datetime | None,
    overstay_minutes: int = 0,
) -> None:
    session.add(
        WindowUse(
            visit_id=new_id(),
            window_id=window.id,
            lot_id=window.lot_id,
            is_counted=False,
            is_over=True,
            entered_at=entered_at,
            left_at=left_at,
            overstay_minutes=overstay_minutes,
        )
    )
    session.flush()
