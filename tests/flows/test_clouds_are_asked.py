"""From a vendor's cloud over HTTP to stored passages: every one of them once, whatever the cloud does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text

from integrations.http import HardenedFetcher
from integrations.registry import PASSAGE_PULLS
from parking.accounts.rules import OfficerRole
from parking.bootstrap import PAGES
from parking.entrypoints.simulator.barriers.crossing import Crossing, Leads, vehicle
from parking.entrypoints.simulator.clouds import VENDORS, Cloud, CloudFault, ask
from parking.kernel.actors import CLI
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.vocabulary import SpaceClass
from parking.lookup.queries import Lookup
from parking.lots import service as lots
from parking.lots.queries import GateBooks, device_view
from parking.occupancy import service as occupancy
from parking.occupancy.queries import counter_views
from parking.occupancy.rules import CountInput
from parking.plates.service import PlateKeys
from parking.portals._http.app import create_app
from parking.portals._http.services import PortalServices
from parking.visits.errors import CloudClaimLost
from parking.visits.jobs.pulling import Asker
from parking.visits.models import Passage
from parking.visits.queries.pulls import CloudPullView, pull_views
from parking.visits.rules.pulls import PullDraft
from parking.visits.service import pull_rounds
from parking.visits.service import pulls as service
from parking.visits.service.intake import Intake
from tests.databases import migrate
from tests.factories.accounts import an_officer
from tests.factories.city import NOW, a_city
from tests.factories.clouds import played
from tests.factories.console import Console
from tests.factories.devices import SEALER, a_device, a_gate_lot
from tests.factories.sources import HERE, HandClock
from tests.plain_browser import served

each_vendor = pytest.mark.parametrize("world", sorted(VENDORS), indirect=True)
APP_ID, SECRET, LOT_KEY = "12250", "a cloud's secret", "P-001"


@dataclass
class World:
    """A lot that only its vendor's cloud tells of, and the worker's real parts that ask it."""

    sessions: Sessions
    clock: HandClock
    cloud: Cloud
    asker: Asker
    intake: Intake
    books: GateBooks
    lot_id: str
    device_id: str
    pull_id: str
    told: list[Crossing] = field(default_factory=list)

    def passes(self, at: datetime, leads: Leads, number: int, *, known_at: datetime | None = None) -> None:
        """A vehicle passes; the cloud knows of it at once, or from `known_at` on."""
        crossing = Crossing(len(self.told) + 1, at, leads, vehicle(number), f"stay-{number}")
        self.told.append(crossing)
        self.cloud.keep([(crossing, "入口1" if leads is Leads.ENTRY else "出口1")], known_at or at)

    def last_event_at(self) -> datetime | None:
        with self.sessions() as session:
            return session.execute(text("select last_event_at from device_sightings")).scalar()

    def ask(self) -> CloudPullView:
        """Let the worker look once, and wait until its rounds are recorded."""
        self.asker.dispatch()
        assert self.asker.wait_idle(30)
        return self.view()

    def view(self) -> CloudPullView:
        with self.sessions() as session:
            return pull_views(session, self.pull_id)[0]

    def stored(self) -> list[tuple[datetime, str]]:
        with self.sessions() as session:
            rows = session.execute(select(Passage.at, Passage.direction).order_by(Passage.at))
            return [(row.at, row.direction) for row in rows]

    def occupied(self) -> int | None:
        with self.sessions() as session:
            views = counter_views(session, [self.lot_id])
        return next((view.value for view in views if view.value is not None), None)


@pytest.fixture
def world(request: pytest.FixtureRequest, sessions: Sessions) -> Iterator[World]:
    clock, dialect = HandClock(), getattr(request, "param", "keytop")
    cloud = Cloud(APP_ID, SECRET, LOT_KEY)
    fetcher = HardenedFetcher()
    with played(
        lambda _method, path, query, body: ask(VENDORS[dialect], cloud, path, query, body, clock.now())
    ) as address:
        with unit_of_work(sessions) as uow:
            session = uow.session
            a_city(session)
            lot = a_gate_lot(session)
            device = a_device(session, dialect)
            lots.map_lot(session, CLI, device.id, LOT_KEY, lot.id, NOW)
            lots.map_lane(session, CLI, device.id, lot.id, "入口1", lot.entry_lane_id, NOW)
            lots.map_lane(session, CLI, device.id, lot.id, "出口1", lot.exit_lane_id, NOW)
            draft = PullDraft(device.id, LOT_KEY, address, APP_ID, SECRET, 60, HERE)
            pull_id = service.add_pull(session, CLI, draft, PASSAGE_PULLS, SEALER, NOW)
            start = CountInput(lot.id, SpaceClass.GENERAL, NOW - timedelta(hours=1), occupied=0)
            occupancy.record_counts(session, CLI, "hand", [start], NOW)
        books = GateBooks(sessions, SEALER, clock)
        intake = Intake(sessions, clock, books, PlateKeys(sessions, SEALER, clock))
        asker = Asker(sessions, clock, fetcher, PASSAGE_PULLS, intake, books, SEALER, threads=2)
        try:
            yield World(sessions, clock, cloud, asker, intake, books, lot.id, device.id, pull_id)
        finally:
            asker.close()
            fetcher.close()


@each_vendor
def test_what_passed_is_told_once_and_counted(world: World) -> None:
    for number in range(5):
        world.passes(NOW - timedelta(minutes=10 - number), Leads.ENTRY, number)
    world.passes(NOW - timedelta(minutes=1), Leads.EXIT, 0)
    view = world.ask()
    assert (view.state, view.told, view.new, view.problem_count) == ("active", 6, 6, 0)
    assert (view.complete_until_at, world.occupied()) == (NOW, 4)
    assert world.last_event_at() == NOW
    world.clock.forward(seconds=61)
    world.ask()
    # What is told again is no new record of the device.
    assert world.last_event_at() == NOW
    world.clock.forward(seconds=61)
    world.passes(world.clock.now(), Leads.ENTRY, 9)
    view = world.ask()
    # The look-back tells all of them again; one was new.
    assert (view.told, view.new, world.occupied()) == (7, 1, 5)
    assert len(world.stored()) == 7


@each_vendor
def test_pages_are_asked_one_after_another(world: World) -> None:
    world.cloud.page_most = 4
    for number in range(10):
        world.passes(NOW - timedelta(minutes=30 - number), Leads.ENTRY, number)
    view = world.ask()
    assert (view.state, view.new, world.cloud.asked) == ("active", 10, 3)


def test_a_record_that_reached_its_cloud_late_is_not_missed(world: World) -> None:
    world.passes(NOW - timedelta(minutes=50), Leads.ENTRY, 1)
    world.ask()
    minutes = world.clock.now() - timedelta(minutes=5)
    world.passes(minutes, Leads.ENTRY, 2, known_at=NOW + timedelta(minutes=4))
    hours = world.clock.now() - timedelta(minutes=40)
    world.passes(hours, Leads.ENTRY, 3, known_at=NOW + timedelta(minutes=50))
    world.clock.forward(minutes=5)
    assert world.ask().new == 1
    # The sweep of every hour finds what was cut off for longer than the usual look-back.
    world.clock.forward(minutes=56)
    assert world.ask().new == 1
    assert [at for at, _ in world.stored()] == sorted(c.at for c in world.told)
    assert world.occupied() == 3


@pytest.mark.parametrize(
    ("world", "fault", "reason"),
    [
        ("keytop", CloudFault.BROKEN, "bad_status"),
        ("keytop", CloudFault.SILENT, "broke_off"),
        ("keytop", CloudFault.WRONG_SIGNATURE, "cloud_said_no"),
        ("hikvision_cloud", CloudFault.WRONG_SIGNATURE, "token_refused"),
    ],
    indirect=["world"],
)
def test_a_cloud_in_trouble_loses_nothing_and_is_told_in_words(
    world: World, fault: CloudFault, reason: str
) -> None:
    world.ask()
    world.passes(NOW + timedelta(seconds=30), Leads.ENTRY, 1)
    world.cloud.fault = fault
    world.clock.forward(seconds=61)
    view = world.ask()
    assert (view.state, view.failures, view.complete_until_at) == ("failed", 1, NOW)
    assert view.reason == reason
    assert view.silent_since_at == world.clock.now()
    world.cloud.fault = CloudFault.NONE
    world.clock.forward(minutes=20)
    view = world.ask()
    assert (view.state, view.new, view.silent_since_at) == ("active", 1, None)


def test_a_cloud_that_repeats_its_pages_ends_the_round(world: World) -> None:
    world.cloud.page_most, world.cloud.fault = 2, CloudFault.REPEATED_PAGES
    for number in range(6):
        world.passes(NOW - timedelta(minutes=30 - number), Leads.ENTRY, number)
    view = world.ask()
    assert (view.state, view.reason, view.complete_until_at) == ("failed", "page_repeated", None)
    assert world.cloud.asked == 2
    world.cloud.fault = CloudFault.NONE
    world.clock.forward(minutes=10)
    assert world.ask().state == "active"
    assert len(world.stored()) == 6


def test_the_cursor_never_passes_what_is_not_stored(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker dies between the passages' commit and the cursor's: they are asked again and stored once."""
    world.passes(NOW - timedelta(minutes=5), Leads.ENTRY, 1)

    def dies(*_args: object, **_more: object) -> None:
        raise CloudClaimLost

    with monkeypatch.context() as patch:
        patch.setattr(pull_rounds, "keep_page", dies)
        world.ask()
    assert (len(world.stored()), world.view().complete_until_at) == (1, None)
    world.clock.forward(minutes=2)
    view = world.ask()
    assert (view.told, view.new, len(world.stored()), world.occupied()) == (1, 0, 1, 1)


def test_a_lot_that_nobody_mapped_is_not_asked(world: World) -> None:
    world.passes(NOW - timedelta(minutes=5), Leads.ENTRY, 1)
    with unit_of_work(world.sessions) as uow:
        lots.map_lot(uow.session, CLI, world.device_id, LOT_KEY, None, NOW)
    view = world.ask()
    assert (view.reason, world.cloud.asked, view.lot_name) == ("lot_unmapped", 0, None)
    with unit_of_work(world.sessions) as uow:
        lots.map_lot(uow.session, CLI, world.device_id, LOT_KEY, world.lot_id, NOW)
    world.books.read_again()
    world.clock.forward(minutes=2)
    assert world.ask().new == 1


def test_the_cloud_of_a_disabled_device_is_asked_only_when_somebody_says_so_again(world: World) -> None:
    world.passes(NOW - timedelta(minutes=5), Leads.ENTRY, 1)
    with unit_of_work(world.sessions) as uow:
        session = uow.session
        known = device_view(session, world.device_id, NOW)
        lots.disable_device(session, CLI, known.id, NOW)
        assert service.pause_those_of(session, CLI, known.id, NOW) == [LOT_KEY]
        assert service.pause_those_of(session, CLI, known.id, NOW) == []
        # Another vendor's cloud may come back under the serial.
        elsewhere = a_gate_lot(session)
        a_device(session, known.dialect, kind=known.kind, serial=known.serial, lot_id=elsewhere.id)
    world.books.read_again()
    world.clock.forward(minutes=2)
    assert (world.ask().state, world.cloud.asked, world.stored()) == ("disabled", 0, [])


def test_an_upgrade_pauses_what_is_asked_for_a_disabled_device(world: World) -> None:
    with unit_of_work(world.sessions) as uow:
        migrate(uow.session, "20261122_2020")
    assert world.view().state == "provisioned"
    with unit_of_work(world.sessions) as uow:
        lots.disable_device(uow.session, CLI, world.device_id, NOW)
        migrate(uow.session, "20261122_2020")
    assert world.view().state == "disabled"


def test_two_workers_ask_once_and_a_paused_pull_is_left_alone(world: World) -> None:
    fetcher = HardenedFetcher()
    second = Asker(
        world.sessions, world.clock, fetcher, PASSAGE_PULLS, world.intake, world.books, SEALER, threads=1
    )
    for _ in range(3):
        world.asker.dispatch()
        second.dispatch()
    assert world.asker.wait_idle(30)
    assert second.wait_idle(30)
    second.close()
    fetcher.close()
    assert world.cloud.asked == 1
    with unit_of_work(world.sessions) as uow:
        service.pause(uow.session, CLI, world.pull_id, NOW)
    world.clock.forward(minutes=5)
    assert (world.ask().state, world.cloud.asked) == ("disabled", 1)
    with unit_of_work(world.sessions) as uow:
        service.resume(uow.session, CLI, world.pull_id, world.clock.now())
    assert world.ask().state == "active"


def test_an_administrator_adds_watches_and_pauses_a_pull(sessions: Sessions) -> None:
    with unit_of_work(sessions) as uow:
        a_city(uow.session)
        lot = a_gate_lot(uow.session)
        device = a_device(uow.session, "keytop", name="科拓云")
        lots.map_lot(uow.session, CLI, device.id, LOT_KEY, lot.id, NOW)
        chief = an_officer(uow.session, "chief", (OfficerRole.ADMINISTRATOR,)).token
        watcher = an_officer(uow.session, "watcher").token
    clock = HandClock()
    given = PortalServices(
        sessions=sessions, clock=clock, lookup=Lookup(None, sessions, clock), passage_pulls=PASSAGE_PULLS
    )
    with served(create_app(given, pages=PAGES)) as address:
        console = Console(address, sessions, clock, given.lookup)
        officer = console.officer(chief).open("/bureau/passage-pulls").follow("添加拉取")
        officer.press("开始拉取", device_id=device.id)
        assert officer.status == 422 and "请填写密钥" in officer.text
        told = {"lot_key": LOT_KEY, "base_url": "https://cloud.example/api", "app_id": "1"}
        officer.press("开始拉取", device_id=device.id, secret=SECRET, **told)
        assert "等待首次成功" in officer.text and SECRET not in officer.text
        officer.press("暂停")
        assert "已暂停" in officer.text
        officer.press("恢复拉取").press("马上拉取")
        [row] = console.officer(watcher).open("/bureau/passage-pulls").rows
        assert "科拓云" in row and "还没有收全过" in row
        with sessions() as session:
            [view] = pull_views(session)
        shown = console.officer(watcher).open(f"/bureau/passage-pulls/{view.id}")
        assert "马上拉取" not in shown.text and shown.open("/bureau/passage-pulls/new").status == 403
