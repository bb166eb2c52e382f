"""What was lent and what was used: by parts of a month, and against a count minute by minute."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random

from sqlalchemy.orm import Session

from parking.kernel.ids import new_id
from parking.plates.service import PlateKeys
from parking.sharing.models import Window, WindowRest, WindowUse
from parking.sharing.queries.evidence import evidence
from parking.sharing.rules.evidence import Evidence, sums
from tests.factories.bookings import a_booking, a_window
from tests.factories.city import DISTRICTS, a_city

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
# Midnight between two months in the city.
START = datetime(2026, 10, 31, 16, tzinfo=UTC)
OCTOBER, NOVEMBER = 31 * 1440, 30 * 1440
LENGTH = 120


def at(minute: int) -> datetime:
    return START + minute * MINUTE


@dataclass(frozen=True)
class Use:
    """Minutes of an entry and of an exit that was seen, or was not (None)."""

    entered: int
    left: int | None
    is_over: bool
    is_booked: bool
    overstay: int


@dataclass(frozen=True)
class Lent:
    """Minutes of a window, of its closing before its end, and of a rest before that."""

    opens: int
    closes: int
    closed: int | None
    rest: tuple[int, int] | None
    quota: int
    uses: tuple[Use, ...]


def lent(chance: Random, opens: int) -> Lent:
    """A window each of whose spaces is used by one vehicle after the other."""
    closes = chance.randint(opens + 1, opens + LENGTH)
    closed = chance.randint(opens - 10, closes) if chance.random() < 0.4 else None
    begins = chance.randint(opens, closes - 1)
    is_rested = closed is None and chance.random() < 0.5
    rest = (begins, chance.randint(begins + 1, closes)) if is_rested else None
    uses = []
    quota = chance.randint(1, 3)
    for _ in range(quota):
        edges = sorted(chance.sample(range(opens - 20, closes + 20), 6))
        for entered, left in zip(edges[::2], edges[1::2], strict=True):
            is_over = chance.random() < 0.9 or left < edges[-1]
            seen = left if is_over and chance.random() < 0.9 else None
            overstay = max(left - closes, 0) if seen else 0
            uses.append(Use(entered, seen, is_over, chance.random() < 0.5, overstay))
    return Lent(opens, closes, closed, rest, quota, tuple(uses))


def counted(windows: list[Lent], first: int, last: int, now: int) -> Evidence:
    """The evidence of the minutes [first, last) so far, minute by minute and one by one."""
    told = Counter()
    for window in windows:
        if window.closes <= first or window.opens >= min(last, now):
            continue
        for minute in range(max(window.opens, first), min(window.closes, last, now)):
            inside = sum(
                use.entered <= minute and (use.left is None or minute < use.left)
                for use in window.uses
                if not (use.is_over and use.left is None)
            )
            is_closed = window.closed is not None and window.closed <= minute
            is_closed |= window.rest is not None and window.rest[0] <= minute < window.rest[1]
            told["used"] += inside
            told["offered"] += inside if is_closed else window.quota
        told["windows"] += first <= window.opens and (window.closed is None or window.closed > window.opens)
        for use in window.uses:
            came = first <= max(use.entered, window.opens) < last
            told["uses"] += came
            told["booked"] += came and use.is_booked
            told["unseen"] += came and use.is_over and use.left is None
            told["overstays"] += window.closes <= last and use.overstay > 0
            told["overstay_minutes"] += use.overstay * (window.closes <= last)
    hours = {name: told.pop(name, 0) * MINUTE for name in ("offered", "used")}
    return Evidence(**told, **hours)


def test_sums_are_what_counting_every_minute_gives(session: Session, keys: PlateKeys) -> None:
    a_city(session)
    chance = Random(20261031)
    told: dict[str, list[Lent]] = {}
    for number in range(3):
        # A month before: its booking is what a use with one points to.
        window = a_window(session, from_at=at(-2 * OCTOBER))
        booking = a_booking(session, keys, window, f"苏F1000{number}", now=window.from_at).id
        told[window.agreement_id] = [
            lent(chance, opens) for opens in chance.sample(range(-2 * LENGTH, LENGTH), 25)
        ]
        rows = [_row(window, each) for each in told[window.agreement_id]]
        session.add_all(rows)
        session.flush()
        for row, each in zip(rows, told[window.agreement_id], strict=True):
            if each.rest:
                session.add(WindowRest(window_id=row.id, from_at=at(each.rest[0]), until_at=at(each.rest[1])))
            for use in each.uses:
                left_at = None if use.left is None else at(use.left)
                booked = booking if use.is_booked else None
                a_use(session, row, at(use.entered), left_at, use.overstay, use.is_over, booked)
        session.flush()
    for now in (-LENGTH, -7, 0, 30, 2 * LENGTH + 1):
        for month_on, first, last in (
            (date(2026, 10, 5), -OCTOBER, 0),
            (date(2026, 11, 5), 0, NOVEMBER),
        ):
            found = {each.agreement.id: each.sum for each in evidence(session, month_on, at(now))}
            expected = {
                agreement_id: counted(windows, first, last, now)
                for agreement_id, windows in told.items()
                if any(each.closes > first and each.opens < min(last, now) for each in windows)
            }
            assert found == expected
    assert any(each.used > each.offered / 2 for each in found.values())


def _row(like: Window, each: Lent) -> Window:
    """A window of an agreement as it lies in the database."""
    return Window(
        id=new_id(),
        agreement_id=like.agreement_id,
        lot_id=like.lot_id,
        space_class=like.space_class,
        from_at=at(each.opens),
        until_at=at(each.closes),
        quota=each.quota,
        state="open" if each.closed is None else "closing",
        closed_at=None if each.closed is None else at(each.closed),
    )


def test_the_last_night_of_a_month_is_divided_at_the_citys_midnight(session: Session) -> None:
    a_city(session)
    # 22:00 on 31 October to 06:00 on 1 November in the city.
    opens = datetime(2026, 10, 31, 14, tzinfo=UTC)
    window = a_window(session, from_at=opens, hours=8, quota=2, district_code=DISTRICTS[0])
    empty = a_window(session, from_at=opens, hours=1, quota=1, district_code=DISTRICTS[1])
    a_use(session, window, opens - HOUR, opens + 4 * HOUR)
    a_use(session, window, opens + HOUR, opens + 9 * HOUR, overstay_minutes=45)
    a_use(session, window, opens + 3 * HOUR, None)
    session.flush()
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
    is_over: bool = True,
    booking_id: str | None = None,
) -> None:
    session.add(
        WindowUse(
            visit_id=new_id(),
            window_id=window.id,
            lot_id=window.lot_id,
            is_counted=False,
            is_over=is_over,
            booking_id=booking_id,
            entered_at=entered_at,
            left_at=left_at,
            overstay_minutes=overstay_minutes,
        )
    )
