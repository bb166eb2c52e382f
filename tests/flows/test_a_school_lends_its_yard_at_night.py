"""A school lends its yard: proposed, decided, booked, used and outstayed; the month tells just that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
import requests

from integrations.http import HardenedFetcher
from integrations.registry import NOTICE_CHANNELS, ChannelAddress
from integrations.storage import LocalFolder
from parking.accounts.rules import OfficerRole
from parking.bootstrap import INTERFACES, PAGES
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.jobs import Job
from parking.lookup.queries import Lookup
from parking.lots.queries import GateBooks
from parking.plates.service import PlateKeys
from parking.portals._http.app import create_app
from parking.portals._http.catalogue import words_in
from parking.portals._http.services import PortalServices
from parking.sharing import jobs as sharing_jobs
from parking.sharing.queries.evidence import evidence
from parking.sharing.service.booking_desk import BookingDesk
from parking.visits.jobs.pairing import pairing_jobs
from parking.visits.service.intake import Intake
from tests.adapters.fault_server import LOOPBACK, FaultServer
from tests.adapters.papers import a_pdf
from tests.factories.accounts import PASSWORD, Person, an_officer, logged_in
from tests.factories.city import NOW
from tests.factories.console import Officer
from tests.factories.devices import SEALER, SECRET, a_client
from tests.factories.filings import a_filed_lot, an_office
from tests.factories.gateway import Caller
from tests.factories.lookup import SetClock
from tests.factories.tariffs import a_tariff, hourly
from tests.plain_browser import Window, served

BOOKED, STRANGER = "苏F12345", "苏F54321"
PHONE, SCHOOLS = "13800000000", "051312345678"
CITY = ZoneInfo("Asia/Shanghai")
MINUTE = timedelta(minutes=1)
SPACES, OPENS, CLOSES = 2, time(18, 0), time(7, 30)
LENT = {
    "lend_general": str(SPACES),
    "lend_hours": "Mo-Su 18:00-07:30",
    "lend_from_on": "2026-11-20",
    "lend_until_on": "2026-12-20",
    "lend_withdraw_hours": "24",
    "lend_notice_days": "30",
}
DUTIES = {
    "lend_owner": "城东实验小学",
    "lend_owner_desk": "0513-12345678",
    "lend_owner_duties": "开放校门，照明",
    "lend_operator_desk": "0513-12345679",
    "lend_operator_duties": "值守，清场",
    "lend_grace_minutes": "15",
    "lend_on_overstay": "按收费标准计费",
}


def local(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of November 2026 by the city's clocks; the 31st is the first of December."""
    return datetime(2026, 11, 1, hour, minute, tzinfo=CITY) + timedelta(days=day - 1)


# What reaches the phone of who booked until 07:00; the window is over at 07:30, with the vehicle inside.
MORNING = (
    (local(21, 6, 30), ["notice.booking_reminded"]),
    (local(21, 6, 50), ["notice.booking_reminded"]),
    (local(21, 7, 15), []),
    (local(21, 7, 16), ["notice.booking_overstayed"]),
    (local(21, 7, 31), []),
)


@dataclass
class School:
    """The running platform with the school's lot, and everybody who deals with it."""

    address: str
    sessions: Sessions
    clock: SetClock
    lookup: Lookup
    lot_id: str
    gate: Caller
    jobs: tuple[Job, ...]
    phones: FaultServer
    reviewer: Person
    supervisor: Person

    def at(self, now: datetime) -> None:
        """Let time pass until then; the worker does what is due."""
        self.clock.at = now
        for job in self.jobs:
            job.run()

    def operator(self) -> Window:
        window = Window(self.address).open("/operator/login")
        return window.press("登录", login="owner1", password=PASSWORD)

    def officer(self, who: Person) -> Officer:
        """The browser of an officer who has just given every factor."""
        with unit_of_work(self.sessions) as uow:
            token = logged_in(uow.session, who.id, self.clock.at).token
        browser = Officer(self.address)
        browser.http.cookies.set("bureau_session", token)
        return browser

    def passes(self, way: str, plate: str, at: datetime) -> None:
        """The gate tells who passed, signed; the worker pairs it."""
        self.clock.at = self.gate.at = at
        told = {"event_id": f"{way}-{plate[-5:]}", "at": at, "lot": self.lot_id, "direction": way}
        answer = self.gate.post("/passages", orjson.dumps(told | {"plate": plate}))
        assert (answer.status_code, answer.get_json()["outcome"]) == (200, "new"), answer.text
        self.at(at)

    def shared(self) -> list[dict[str, Any]]:
        """The windows that the lot's page tells a program."""
        self.lookup.load()
        answer = requests.get(f"{self.address}/api/v1/lots/{self.lot_id}", timeout=20)
        return answer.json()["shared"]

    def booking(self, booked: dict[str, Any]) -> dict[str, Any]:
        """How a booking stands, for whoever has its code."""
        where = f"{self.address}/api/v1/bookings/{booked['id']}"
        answer = requests.get(where, headers={"Booking-Code": booked["code"]}, timeout=20)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def told(self) -> list[str]:
        """What reached the driver's phone since the last question, after what reached the school's desk."""
        sent = [orjson.loads(body) for _, body in self.phones.posted]
        self.phones.posted.clear()
        assert {each["data"]["phone"] for each in sent} <= {PHONE, SCHOOLS}
        sent.sort(key=lambda each: each["data"]["phone"] == PHONE)
        return [each["type"] for each in sent]


@pytest.fixture
def school(sessions: Sessions, tmp_path: Path) -> Iterator[School]:
    clock = SetClock(NOW)
    with unit_of_work(sessions) as uow:
        office = an_office(uow.session)
        lot_id, _ = a_filed_lot(uow.session, office, name="城东实验小学停车场", access="staff")
        supervisor = an_officer(uow.session, "supervisor1", (OfficerRole.SHARING_SUPERVISOR,))
        a_tariff(uow.session, [lot_id], hourly(100, free_minutes=0))
        client = a_client(uow.session, [lot_id])
    lookup = Lookup(None, sessions, clock)
    lookup.load()
    books, keys = GateBooks(sessions, SEALER, clock), PlateKeys(sessions, SEALER, clock)
    services = PortalServices(
        sessions=sessions,
        clock=clock,
        lookup=lookup,
        secret_key=SECRET,
        files=LocalFolder(tmp_path),
        books=books,
        intake=Intake(sessions, clock, books, keys),
        plate_keys=keys,
        booking_desk=BookingDesk(sessions, keys),
    )
    app = create_app(services, pages=PAGES, interfaces=INTERFACES)
    with ExitStack() as open_now:
        phones = open_now.enter_context(FaultServer())
        phones.answers["/notices"] = (204, b"")
        fetcher = HardenedFetcher()
        open_now.callback(fetcher.close)
        where = ChannelAddress(phones.url("/notices"), SECRET, LOOPBACK)
        channel = NOTICE_CHANNELS["webhook"](fetcher, where)
        jobs = (
            *pairing_jobs(sessions, clock, keys),
            *sharing_jobs.jobs(sessions, clock),
            *sharing_jobs.notice_jobs(sessions, clock, keys, channel, words_in("zh")),
        )
        address = open_now.enter_context(served(app))
        gate = Caller(app.test_client(), client)
        people = office.reviewer, supervisor
        yield School(address, sessions, clock, lookup, lot_id, gate, jobs, phones, *people)


def propose(school: School) -> str:
    """The operator files what is to be lent, page by page; the filing's id."""
    window = school.operator().open("/operator/filings/new")
    window.press("开始填写", kind="sharing", lot_id=school.lot_id)
    filing_id = window.path.rsplit("/", 1)[1]
    window.follow("共享车位与时段").press("保存并继续", LENT | {"lend_hours": "off"})
    # What is wrong is told as soon as it can be known, beside what is missing.
    window.open(f"/operator/filings/{filing_id}/check")
    assert "请填写“产权单位”" in window.main and "没有一个时段会开放" in window.main
    window.open(f"/operator/filings/{filing_id}").follow("共享车位与时段").press("保存并继续", LENT)
    window.open(f"/operator/filings/{filing_id}/check")
    assert "需要改正" not in window.main
    window.open(f"/operator/filings/{filing_id}").follow("三方责任").press("保存并继续", DUTIES)
    window.open(f"/operator/filings/{filing_id}").follow("证明材料")
    window.press("上传", {"file-owner_consent": ("产权单位同意书.pdf", a_pdf())})
    window.open(f"/operator/filings/{filing_id}").follow("核对与声明")
    window.press("提交申请", declared="yes", declared_by="王一")
    assert window.path.endswith("/receipt"), window.main
    return filing_id


def book(school: School, window_id: str) -> dict[str, Any]:
    """A citizen books from 19:00 to 07:00; the booking with its code."""
    span = {"from": local(20, 19).isoformat(), "until": local(21, 7).isoformat()}
    ask = {"window": window_id, **span, "plate": BOOKED, "phone": PHONE}
    answer = requests.post(f"{school.address}/api/v1/bookings", json=ask, timeout=20)
    assert answer.status_code == 201, answer.text
    return answer.json()


def counted(stays: list[tuple[datetime, datetime]]) -> tuple[int, int]:
    """The minutes offered and used in November, by looking at each: no code of the platform's."""
    offered = used = 0
    at = local(1, 0)
    while at < local(31, 0):
        wall = at.time()
        evening = at.day if wall >= OPENS else at.day - 1 if wall < CLOSES else 0
        if evening >= 20:
            offered += SPACES
            used += sum(came <= at < left for came, left in stays)
        at += MINUTE
    return offered, used


def check_evidence(school: School, offered: int, used: int) -> None:
    """What the bureau is told of November is so many minutes, two uses and the overstay: kept and shown."""
    with school.sessions() as session:
        (line,) = evidence(session, local(1, 0).date(), school.clock.at)
    assert (line.sum.offered / MINUTE, line.sum.used / MINUTE) == (offered, used)
    assert (line.sum.uses, line.sum.booked, line.sum.overstays, line.sum.overstay_minutes) == (2, 1, 1, 70)
    page = school.officer(school.supervisor).open("/bureau/sharing/evidence?month=2026-11")
    hours = f"{offered / 60:.1f} {used / 60:.1f} {used / offered:.1%}"
    for said in (f" {hours} 2 预约 1 ", "1 次，共 70 分钟"):
        assert said in page.rows[0]


def test_a_night_in_a_schools_yard_from_the_proposal_to_the_months_evidence(school: School) -> None:
    filing_id = propose(school)
    school.at(NOW)
    assert school.shared() == []
    officer = school.officer(school.reviewer).open(f"/bureau/filings/{filing_id}")
    officer.follow("受理").press("确认受理").follow("予以备案").press("确认予以备案")
    # The school consented on paper, the operator by declaring; the supervisor still has to.
    assert school.shared() == []
    watches = school.officer(school.supervisor).open("/bureau/sharing?state=proposed")
    watches.follow("城东实验小学停车场").press("确认并生效")
    assert "履行中" in watches.main and "凭书面同意" in watches.main
    school.at(NOW + MINUTE)
    tonight = school.shared()[0]
    spoken = [datetime.fromisoformat(tonight[each]) for each in ("from_at", "until_at")]
    assert (spoken, tonight["left"]) == ([local(20, 18), local(21, 7, 30)], SPACES)

    booked = book(school, tonight["window_id"])
    school.gate.at = school.clock.at
    let_in = school.gate.get(f"/allow-lists/{school.lot_id}").get_json()["items"]
    assert [each["plate"] for each in let_in] == [BOOKED]

    came, left = local(20, 18, 50), local(21, 8, 10)
    stranger = local(20, 21), local(20, 23, 15)
    school.passes("entry", BOOKED, came)
    assert school.booking(booked)["state"] == "inside"
    school.passes("entry", STRANGER, stranger[0])
    assert school.shared()[0]["left"] == 0
    school.passes("exit", STRANGER, stranger[1])
    # In the evening the school hears that a vehicle may still stand there in the morning.
    assert school.told() == ["notice.agreement_leftovers"]

    for at, told in MORNING:
        school.at(at)
        assert school.told() == told, at
    assert school.booking(booked)["state"] == "overstayed"
    school.passes("exit", BOOKED, left)
    # 14 begun hours until 08:10, 13 of them until the end that was booked.
    over = {"state": "left", "overstay_minutes": 70, "fee_fen": 1400, "overstay_fen": 100}
    assert school.booking(booked).items() >= over.items()

    school.at(local(32, 10))
    check_evidence(school, *counted([(came, left), stranger]))
