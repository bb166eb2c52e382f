"""From a booking to the vendor's own list and off it again, over HTTP, whatever the cloud does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from integrations.http import HardenedFetcher
from integrations.registry import ALLOW_LIST_PUSHES
from parking.accounts.rules import OfficerRole
from parking.bootstrap import PAGES
from parking.entrypoints.simulator.barriers.asked import AskedLot
from parking.entrypoints.simulator.barriers.crossing import Leads
from parking.entrypoints.simulator.barriers.told import ToldLot
from parking.entrypoints.simulator.clouds import Cloud, CloudFault
from parking.entrypoints.simulator.course import Course
from parking.kernel.actors import CLI
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.vocabulary import Access
from parking.lookup.queries import Lookup
from parking.plates.service import PlateKeys
from parking.portals._http.app import create_app
from parking.portals._http.services import PortalServices
from parking.sharing.jobs.pushes import AllowListTeller
from parking.sharing.queries.agreements import agreements
from parking.sharing.queries.pushes import NotTaken, PushView, not_taken, push_views
from parking.sharing.queries.windows import open_windows
from parking.sharing.rules.pushes import PushDraft
from parking.sharing.service import push_rounds
from parking.sharing.service import pushes as service
from parking.sharing.service.bookings import cancel
from parking.sharing.service.ending import suspend
from parking.sharing.service.passes import forget_ended
from tests.factories.accounts import an_officer
from tests.factories.bookings import NETWORK, a_booking, a_window
from tests.factories.city import NOW, a_city
from tests.factories.clouds import played
from tests.factories.console import Console
from tests.factories.devices import SEALER
from tests.factories.lots import a_lot
from tests.factories.sharing import an_agreement
from tests.factories.sources import HERE, HandClock
from tests.plain_browser import served

APP_ID, SECRET, LOT_KEY = "12250", "a cloud's secret", "P-001"
PLATE, ANOTHER = "苏F12345", "苏F54321"
HOUR = timedelta(hours=1)
each_vendor = pytest.mark.parametrize("world", ["fourpyun", "keytop"], indirect=True)


@dataclass
class World:
    """A lot whose vendor's cloud is told, and the worker's real parts that tell it."""

    sessions: Sessions
    clock: HandClock
    cloud: Cloud
    keys: PlateKeys
    teller: AllowListTeller
    lot_id: str
    push_id: str

    def book(self, plate: str = PLATE, hours: float = 2) -> tuple[str, str]:
        """A booking from now on; number and code."""
        with unit_of_work(self.sessions) as uow:
            now = self.clock.now()
            [window] = open_windows(uow.session, [self.lot_id], now, now + HOUR)
            made = a_booking(uow.session, self.keys, window, plate, from_at=now, hours=hours, now=now)
            return made.id, made.code

    def cancel(self, booking: tuple[str, str]) -> None:
        with unit_of_work(self.sessions) as uow:
            cancel(uow.session, *booking, NETWORK, self.clock.now())

    def tell(self, **later: float) -> PushView:
        """Let the worker look once, after a while."""
        self.clock.forward(**later)
        self.teller.tell()
        with self.sessions() as session:
            return push_views(session, self.clock.now(), self.push_id)[0]

    def refused(self) -> list[NotTaken]:
        with self.sessions() as session:
            return not_taken(session, self.push_id)

    def lets_in(self, plate: str = PLATE, at: datetime | None = None) -> bool:
        return self.cloud.admissions.lets_in(plate, at or self.clock.now())

    @property
    def listed(self) -> list[str]:
        return [each.plate for each in self.cloud.admissions.listed.values()]


@pytest.fixture
def world(request: pytest.FixtureRequest, sessions: Sessions) -> Iterator[World]:
    clock, vendor = HandClock(), getattr(request, "param", "keytop")
    cloud = Cloud(APP_ID, SECRET, LOT_KEY)
    lanes = {Leads.ENTRY: "入口", Leads.EXIT: "出口"}
    lot = (
        ToldLot("lot", "lot", vendor, cloud)
        if vendor == "fourpyun"
        else AskedLot("lot", "lot", 1, Course.OFFICE, vendor, cloud, lanes, 1)
    )
    fetcher = HardenedFetcher()
    with played(lambda *told: lot.answer(*told, clock.now())) as address:
        with unit_of_work(sessions) as uow:
            a_city(uow.session)
            lot_id = a_lot(uow.session, access=Access.STAFF).id
            an_agreement(uow.session, lot_id, hours="Mo-Su 00:00-23:00", quota=9)
            draft = PushDraft(lot_id, vendor, LOT_KEY, address, APP_ID, SECRET, "值班室", "0513-1", HERE)
            push_id = service.add_push(uow.session, CLI, draft, ALLOW_LIST_PUSHES, SEALER, NOW)
        keys = PlateKeys(sessions, SEALER, clock)
        teller = AllowListTeller(sessions, clock, fetcher, ALLOW_LIST_PUSHES, keys, SEALER)
        try:
            yield World(sessions, clock, cloud, keys, teller, lot_id, push_id)
        finally:
            fetcher.close()


@each_vendor
def test_who_booked_stands_on_the_vendors_list_for_as_long_and_no_longer(world: World) -> None:
    booking = world.book()
    view = world.tell()
    assert (view.state, view.standing, view.waiting, view.refused) == ("active", 1, 0, 0)
    assert world.lets_in() and not world.lets_in(at=NOW + 3 * HOUR) and not world.lets_in(ANOTHER)
    asked = world.cloud.asked
    world.tell(seconds=3)
    assert world.cloud.asked == asked
    world.cancel(booking)
    view = world.tell(seconds=3)
    assert (view.standing, view.waiting, world.listed) == (0, 0, [])

    world.book(hours=1)
    told = world.cloud.admissions.told
    world.tell()
    assert world.lets_in()
    world.clock.forward(hours=2)
    with unit_of_work(world.sessions) as uow:
        forget_ended(uow.session, world.clock.now())
    assert world.tell().standing == 0
    assert not world.lets_in()
    # A reservation lapses by itself, a card would stand there for ever.
    assert len(world.listed) == (world.cloud.admissions.told == told + 1)

    world.book(ANOTHER)
    assert world.tell().standing == 1
    with unit_of_work(world.sessions) as uow:
        now = world.clock.now()
        [lent] = agreements(uow.session)
        suspend(uow.session, CLI, lent.id, lent.version, "消防检查", now)
    assert world.tell(seconds=3).standing == 0
    assert not world.lets_in(ANOTHER)


def test_a_cloud_in_trouble_is_told_later_and_in_the_way_of_no_booking(world: World) -> None:
    troubles = {
        CloudFault.BROKEN: "bad_status",
        CloudFault.SILENT: "broke_off",
        CloudFault.WRONG_SIGNATURE: "signature_wrong",
    }
    for number, (fault, reason) in enumerate(troubles.items(), 1):
        world.cloud.fault = fault
        world.book(f"苏F1000{number}", hours=6)
        view = world.tell()
        assert (view.state, view.reason, view.waiting) == ("failed", reason, 1)
        asked = world.cloud.asked
        world.book(f"苏F2000{number}", hours=6)
        # Left alone for a while: not asked at every look.
        assert (world.tell().failures, world.cloud.asked) == (1, asked)
        world.cloud.fault = CloudFault.NONE
        view = world.tell(minutes=2)
        assert (view.state, view.standing, view.waiting) == ("active", 2 * number, 0)
        assert len(set(world.listed)) == len(world.listed) == 2 * number


def test_a_worker_that_dies_after_the_cloud_took_it_tells_nothing_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.book()

    def dies(*_args: object, **_more: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(push_rounds, "hold", dies)
        world.tell()
    assert len(world.listed) == 1 and not world.lets_in()
    assert world.tell(minutes=2).standing == 1
    assert len(world.listed) == 1 and world.lets_in()


def test_one_that_is_refused_holds_up_nobody_and_is_shown(world: World) -> None:
    # Somebody with a monthly card of his own: it stays as it is.
    world.cloud.admissions.add(PLATE, "月卡", NOW, NOW + 1000 * HOUR)
    booking = world.book()
    world.book(ANOTHER)
    view = world.tell()
    assert (view.state, view.standing, view.refused) == ("active", 1, 1)
    [told] = world.refused()
    assert (told.code, told.attempts, told.plate_masked) == ("plate_has_card", 1, "苏F·1**45")
    world.cancel(booking)
    assert (world.tell(minutes=2).refused, world.refused()) == (0, [])
    assert world.listed.count(PLATE) == 1


def test_an_administrator_sees_when_the_list_was_taken(sessions: Sessions) -> None:
    clock = HandClock()
    with unit_of_work(sessions) as uow:
        a_city(uow.session)
        lot = a_lot(uow.session)
        a_window(uow.session, lot.id)
        chief = an_officer(uow.session, "chief", (OfficerRole.ADMINISTRATOR,)).token
        watcher = an_officer(uow.session, "watcher").token
    given = PortalServices(
        sessions=sessions,
        clock=clock,
        lookup=Lookup(None, sessions, clock),
        allow_list_pushes=ALLOW_LIST_PUSHES,
    )
    with served(create_app(given, pages=PAGES)) as address:
        console = Console(address, sessions, clock, given.lookup)
        officer = console.officer(chief).open("/bureau/allow-list-pushes").follow("添加下发")
        told = {"adapter": "keytop", "lot_key": LOT_KEY, "app_id": "1", "secret": SECRET}
        told |= {"desk_name": "值班室", "desk_phone": "0513-1", "lot": lot.code}
        officer.press("开始下发", base_url="http://cloud.example/api", **told)
        assert officer.status == 422 and "须为 https" in officer.text
        officer.press("开始下发", base_url="https://cloud.example/api", **told)
        assert "等待首次成功" in officer.text and SECRET not in officer.text
        officer.press("暂停").press("恢复下发").press("马上下发")
        [row] = console.officer(watcher).open("/bureau/allow-list-pushes").rows
        assert lot.name in row and "从未" in row
