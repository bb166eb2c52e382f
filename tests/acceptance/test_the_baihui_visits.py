"""27,588 real visits of a lot through the gates of six makers: does the count come out?

Whatever is told twice, late, in another order or never.
"""

from __future__ import annotations

import os
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from parking.entrypoints.simulator.barriers import DIALECTS
from parking.kernel.actors import CLI
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.vocabulary import Mark, SpaceClass
from parking.lots import queries as lots
from parking.occupancy import queries as occupancy_queries
from parking.occupancy import service as occupancy
from parking.occupancy.rules import public_count
from parking.visits.service import forgetting
from parking.visits.service.pairing import pair_waiting
from tests.acceptance.baihui import SPACES, ZONE, RealVisit, Told, read_visits, tell
from tests.factories.barriers import Platform, a_gated_lot, a_platform
from tests.factories.city import a_city
from tests.factories.sources import HandClock

pytestmark = pytest.mark.real_data
EMPTY_AT = datetime(2016, 6, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def visits() -> list[RealVisit]:
    [file] = (Path(os.environ["PARKING_REAL_DATA"]) / "shenzhen").glob("baihui_visits_*.csv")
    found = read_visits(file)
    assert len(found) == 27_588
    return found


class Replay:
    """A lot that was found empty before its record begins, with the clock set along."""

    def __init__(self, sessions: Sessions) -> None:
        self.sessions, self.clock = sessions, HandClock(EMPTY_AT)
        with unit_of_work(sessions) as uow:
            a_city(uow.session, now=EMPTY_AT, since=datetime(2016, 1, 1, tzinfo=UTC).date())
            self.lot_id, self.gates = a_gated_lot(
                uow.session, tuple(DIALECTS), self.clock, spaces={SpaceClass.GENERAL: SPACES}
            )
            occupancy.set_count_by_hand(
                uow.session, CLI, self.lot_id, SpaceClass.GENERAL, EMPTY_AT, reason="found empty", occupied=0
            )
        self.platform: Platform = a_platform(sessions, self.clock)
        self.clamped = self.unclamped = 0

    def run(self, told: Told, look_every: int) -> None:
        """Tell everything in the order of arrival; look at the count now and then, and at the end."""
        self.clock.at = max(self.clock.at, told.sent[0].arrives_at)
        for number, sent in enumerate(told.sent, 1):
            self.clock.at = sent.arrives_at
            heard = self.platform.tell(sent.gate, sent.crossing, resent=sent.resent)
            assert (heard.is_acknowledged, heard.opens) == (True, False)
            if number % look_every == 0 or number == len(told.sent):
                self.look(told)

    def look(self, told: Told) -> None:
        """The count is what the arrived crossings add up to; what is public lies in 0..capacity."""
        now = self.clock.at
        with self.sessions() as session:
            [view] = occupancy_queries.counter_views(session, [self.lot_id])
            capacity = lots.capacity_at(session, now.astimezone(ZONE).date(), [self.lot_id])
        assert view.basis == "occupied"
        assert view.value == told.inside(now), now
        public = public_count(view, capacity[self.lot_id, SpaceClass.GENERAL], view.as_of)
        assert public.free is not None and public.occupied is not None
        assert 0 <= public.free <= SPACES and public.free + public.occupied == SPACES
        assert public.occupied == min(max(view.value, 0), SPACES)
        is_clamped = Mark.CLAMPED in public.marks
        assert is_clamped == (view.value < 0 or view.value > SPACES)
        self.clamped += is_clamped
        self.unclamped += not is_clamped
        while pair_waiting(self.sessions, self.platform.keys, self.clock):
            pass

    def kinds(self) -> Counter[tuple[str, str | None]]:
        with unit_of_work(self.sessions) as uow:
            forgetting.close_too_long(uow.session, self.clock.at)
        with self.sessions() as session:
            assert not session.execute(text("select 1 from pairing_failures")).all()
            rows = session.execute(text("select state, doubt from visits where state <> 'voided'"))
            return Counter((row.state, row.doubt) for row in rows)

    def aside(self) -> Counter[str]:
        with self.sessions() as session:
            return Counter(session.scalars(text("select reason from quarantined")))


def replayed(sessions: Sessions, visits: list[RealVisit], look_every: int) -> tuple[Replay, Told]:
    replay = Replay(sessions)
    told = tell(visits, replay.gates, seed=20161031)
    replay.run(told, look_every)
    assert replay.aside() == Counter(too_old=told.aside)
    return replay, told


def test_a_day_counts_and_pairs_as_its_record_says(sessions: Sessions, visits: list[RealVisit]) -> None:
    # Among them are two of the five visits that end before they begin.
    first, last = datetime(2016, 8, 17, tzinfo=ZONE), datetime(2016, 8, 18, tzinfo=ZONE)
    some = [visit for visit in visits if first <= visit.entered_at < last]
    replay, told = replayed(sessions, some, look_every=100)
    expected = told.kinds(replay.clock.at)
    assert replay.kinds() == expected
    assert expected["closed", "zero_length"] > 1 and expected["closed", "negative"] == 1


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_every_visit_counts_and_pairs_as_its_record_says(sessions: Sessions, visits: list[RealVisit]) -> None:
    replay, told = replayed(sessions, visits, look_every=500)
    # A month later nobody knows better: what never left is a ghost.
    replay.clock.forward(days=31)
    expected = told.kinds(replay.clock.at)
    assert {doubt for _, doubt in expected} == {
        None, "zero_length", "negative", "too_long", "second_entry", "exit_without_entry"
    }  # fmt: skip
    assert replay.kinds() == expected
    # More came in than the lot has spaces: where the count leaves 0..120, the public number does not.
    assert replay.clamped > 0 and replay.unclamped > 0
