"""An office lot whose real nights are lent: does the month's evidence say what its record says?

Every crossing of the record goes through the gates' door, is paired into visits and used windows by the
platform's services. What should come of it is reckoned here from the file alone.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from math import ceil
from pathlib import Path

import pytest

from parking.boundary.gates import PassageTold
from parking.entrypoints.simulator.barriers.crossing import vehicle
from parking.kernel.actors import CLI
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.vocabulary import Access, Direction, SpaceClass, StayKind
from parking.lots import service as lots
from parking.lots.queries import GateBooks
from parking.plates.service import PlateKeys
from parking.sharing import jobs as sharing_jobs
from parking.sharing.queries.evidence import evidence
from parking.visits.rules.outcomes import OutcomeKind
from parking.visits.service.intake import Intake
from parking.visits.service.pairing import pair_waiting
from tests.acceptance.baihui import SPACES, ZONE, RealVisit, read_visits
from tests.factories.city import a_city
from tests.factories.devices import SEALER, a_device, a_gate_lot
from tests.factories.sharing import an_agreement
from tests.factories.sources import HandClock

pytestmark = pytest.mark.real_data
OPENS, CLOSES = time(19, 0), time(7, 30)
LENT, GRACE = 100, timedelta(minutes=15)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
LOT_KEY = "baihui"


@pytest.fixture(scope="module")
def visits() -> list[RealVisit]:
    [file] = (Path(os.environ["PARKING_REAL_DATA"]) / "shenzhen").glob("baihui_visits_*.csv")
    return read_visits(file)


@dataclass
class Month:
    """What a month's evidence should say, in plain sums."""

    windows: int = 0
    offered: timedelta = timedelta()
    used: timedelta = timedelta()
    uses: int = 0
    overstays: int = 0
    overstay_minutes: int = 0


def wall(on: date, at: time) -> datetime:
    return datetime.combine(on, at, ZONE).astimezone(UTC)


def reckoned(visits: Sequence[RealVisit], since: date, until: date) -> dict[date, Month]:
    """Month by month, from the record: nights from 19:00 to 07:30 of these days, 100 spaces lent.

    Whoever enters in a night uses it until it leaves or the night ends. It outstays if it is inside more than
    15 minutes after: by started minutes, in the month in which the night ends. A night at the turn of a month
    is divided at midnight.
    """
    months: dict[date, Month] = {}
    for number in range((until - since).days):
        on = since + number * DAY
        opens, closes = wall(on, OPENS), wall(on + DAY, CLOSES)
        midnight = wall(on + DAY, time())
        here, there = (months.setdefault(day.replace(day=1), Month()) for day in (on, on + DAY))
        inside = [visit for visit in visits if opens <= visit.entered_at < closes]
        here.windows += 1
        here.offered += LENT * (midnight - opens)
        there.offered += LENT * (closes - midnight)
        for visit in inside:
            (here if visit.entered_at < midnight else there).uses += 1
            for month, first, last in ((here, opens, midnight), (there, midnight, closes)):
                stood = min(visit.left_at, last) - max(visit.entered_at, first)
                month.used += max(stood, timedelta())
            over = visit.left_at - closes
            if over > GRACE:
                there.overstays += 1
                there.overstay_minutes += ceil(over / MINUTE)
    return months


@dataclass
class Office:
    """The lot with a cloud that tells what passes, and its nights lent to strangers."""

    sessions: Sessions
    since: date
    until: date
    clock: HandClock = field(init=False)

    def __post_init__(self) -> None:
        began = wall(self.since, time())
        self.clock = HandClock(began)
        with unit_of_work(self.sessions) as uow:
            a_city(uow.session, now=began, since=date(2016, 1, 1))
            lot = a_gate_lot(uow.session, now=began, spaces={SpaceClass.GENERAL: SPACES}, access=Access.STAFF)
            self.agreement_id = an_agreement(
                uow.session,
                lot.id,
                hours="Mo-Su 19:00-07:30",
                quota=LENT,
                from_on=self.since,
                until_on=self.until,
                now=began,
            ).id
            cloud = a_device(uow.session, "fourpyun", now=began)
            lots.map_lot(uow.session, CLI, cloud.id, LOT_KEY, lot.id, began)
            for word, lane_id in (("in", lot.entry_lane_id), ("out", lot.exit_lane_id)):
                lots.map_lane(uow.session, CLI, cloud.id, lot.id, word, lane_id, began)
        self.books = GateBooks(self.sessions, SEALER, self.clock)
        self.keys = PlateKeys(self.sessions, SEALER, self.clock)
        self.intake = Intake(self.sessions, self.clock, self.books, self.keys)
        self.device = self.books.now().device_by_id(cloud.id)

    def replay(self, visits: Sequence[RealVisit]) -> None:
        """Day by day: what passed is told in its order and paired, and the worker opens and ends windows."""
        told = sorted(
            (crossing for visit in visits for crossing in _crossings(visit)), key=lambda each: each.at
        )
        while told:
            self.clock.forward(days=1)
            if told[0].at >= self.clock.at:
                continue
            arrived = [each for each in told if each.at < self.clock.at]
            told = told[len(arrived) :]
            for first in range(0, len(arrived), 500):
                outcomes = self.intake.take(self.device, arrived[first : first + 500], self.clock.at)
                assert {each.kind for each in outcomes} == {OutcomeKind.NEW}
            while pair_waiting(self.sessions, self.keys, self.clock):
                pass
            for job in sharing_jobs.jobs(self.sessions, self.clock):
                if job.name in ("open_shared_windows", "end_shared_windows"):
                    job.run()

    def months(self) -> dict[date, Month]:
        """The evidence of each month, as the console shows it."""
        found = {}
        on = self.since.replace(day=1)
        while on <= self.until:
            with self.sessions() as session:
                lines = evidence(session, on, self.clock.now() + 30 * DAY)
            for line in lines:
                told = line.sum
                assert (line.agreement.id, told.unseen, told.booked) == (self.agreement_id, 0, 0)
                assert told.fulfilment == pytest.approx(told.used_hours / told.offered_hours)
                found[on] = Month(
                    told.windows, told.offered, told.used, told.uses, told.overstays, told.overstay_minutes
                )
            on = (on + 31 * DAY).replace(day=1)
        return found


def _crossings(visit: RealVisit) -> tuple[PassageTold, PassageTold]:
    """Both ends of a visit as the lot's cloud tells them; the record names no vehicle, so each is another."""
    own = vehicle(visit.number)
    told = ((Direction.ENTRY, visit.entered_at, "in"), (Direction.EXIT, visit.left_at, "out"))
    entry, exit_ = (
        PassageTold(
            at=at,
            event_id=f"{visit.number}:{word}",
            direction=direction,
            plate=own.plate,
            stay=StayKind.CASUAL,
            stay_id=f"{visit.number}",
            lot_key=LOT_KEY,
            lane_key=word,
        )
        for direction, at, word in told
    )
    return entry, exit_


def shared(sessions: Sessions, visits: Sequence[RealVisit], since: date, until: date) -> dict[date, Month]:
    """The months of evidence after the visits that entered in these days; they equal what is reckoned."""
    some = [each for each in visits if since <= each.entered_at.astimezone(ZONE).date() < until]
    office = Office(sessions, since, until)
    office.replay(some)
    expected = reckoned(some, since, until)
    assert office.months() == expected
    return expected


def test_nights_around_the_turn_of_a_month_are_told_as_they_were(
    sessions: Sessions, visits: list[RealVisit]
) -> None:
    months = shared(sessions, visits, date(2016, 7, 31), date(2016, 8, 2))
    assert months.keys() == {date(2016, 7, 1), date(2016, 8, 1)}
    assert all(each.uses and each.used < each.offered for each in months.values())
    # Both nights end in August, and whoever outstays one is told there.
    assert [month.overstays > 0 for month in months.values()] == [False, True]


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_four_months_of_nights_are_told_as_they_were(sessions: Sessions, visits: list[RealVisit]) -> None:
    months = shared(sessions, visits, date(2016, 7, 1), date(2016, 10, 31))
    assert len(months) == 4
