"""The sign at the entrance, the page, the public interface, the barrier and the bill tell one fee."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from parking.bootstrap import INTERFACES, PAGES
from parking.kernel.actors import SYSTEM
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.vocabulary import Access
from parking.lookup.queries import Lookup
from parking.lots.queries.gate_books import GateBooks
from parking.plates.service import PlateKeys
from parking.portals._http import formats
from parking.portals._http.app import create_app
from parking.portals._http.services import PortalServices
from parking.sharing.rules.bookings import BookingAsk
from parking.visits.models import Charge
from parking.visits.queries.visits import visits_of_day
from parking.visits.service import charges, codes
from parking.visits.service.intake import Intake
from parking.visits.service.pairing import pair_waiting
from tests.factories.bookings import booked
from tests.factories.city import NOW, a_city
from tests.factories.devices import SEALER, SECRET, a_client, a_gate_lot
from tests.factories.gateway import Caller
from tests.factories.lookup import SetClock
from tests.factories.sharing import an_agreement
from tests.factories.tariffs import a_tariff, hourly
from tests.plain_browser import Window, served

ZONE = ZoneInfo("Asia/Shanghai")
PLATE = "苏F12345"


def document() -> dict[str, object]:
    """Dearer by day than by night, half an hour free, a most for 24 hours; large vehicles twice as dear."""

    def plan(times: int) -> dict[str, object]:
        day = {"from": "08:00", "until": "20:00", "steps": [{"fen": 250 * times, "unit_minutes": 30}]}
        night = {"from": "20:00", "until": "08:00", "steps": [{"fen": 100 * times, "unit_minutes": 60}]}
        return {
            "cycle": {"kind": "entry", "hours": 24},
            "free": {"minutes": 30},
            "schedules": [{"bands": [day, night], "cap_fen": 4000 * times}],
        }

    return {
        "time_zone": ZONE.key,
        "plans": {"small": plan(1), "large": plan(2)},
        "choices": [{"vehicles": ["large"], "plan": "large"}, {"plan": "small"}],
        "grace_minutes": 20,
    }


class Town:
    """A lot with a tariff, its gate, and the whole application.

    `night`: it is for its staff, and lends spaces from 18:00 to 07:30 by this tariff of the agreement's own.
    """

    def __init__(self, sessions: Sessions, night: dict[str, object] | None = None) -> None:
        self.sessions, self.clock = sessions, SetClock(NOW)
        with unit_of_work(sessions) as uow:
            a_city(uow.session)
            access = Access.PUBLIC if night is None else Access.STAFF
            self.lot = a_gate_lot(uow.session, name="文化宫停车场", access=access).lot
            a_tariff(uow.session, [self.lot.id], document(), name="文化宫收费")
            if night is not None:
                own = a_tariff(uow.session, [], night, name="文化宫夜间共享收费")
                an_agreement(uow.session, self.lot.id, tariff_id=own)
            client = a_client(uow.session, [self.lot.id])
        lookup = Lookup(None, sessions, self.clock)
        lookup.load()
        books = GateBooks(sessions, SEALER, self.clock)
        self.keys = PlateKeys(sessions, SEALER, self.clock)
        services = PortalServices(
            sessions=sessions,
            clock=self.clock,
            lookup=lookup,
            secret_key=SECRET,
            books=books,
            intake=Intake(sessions, self.clock, books, self.keys),
            plate_keys=self.keys,
        )
        self.app = create_app(services, pages=PAGES, interfaces=INTERFACES)
        self.gate = Caller(self.app.test_client(), client)
        self.address = ""

    def enter(self, colour: str) -> None:
        """A vehicle comes in now."""
        told = {"lot": self.lot.id, "direction": "entry", "plate": PLATE, "colour": colour}
        told |= {"at": self.clock.now().isoformat(), "event_id": f"e-{self.clock.now():%d%H%M}"}
        self.gate.at = self.clock.now()
        assert self.gate.post("/passages", told).status_code == 200
        pair_waiting(self.sessions, self.keys, self.clock)

    def book(self, window_id: str, from_at: datetime, stay: timedelta) -> None:
        """The vehicle books a space that is lent."""
        with unit_of_work(self.sessions) as uow:
            asked = BookingAsk(window_id, from_at, from_at + stay, PLATE)
            booked(uow.session, self.keys, asked, self.clock.now())

    def at_the_barrier(self) -> dict[str, object]:
        self.gate.at = self.clock.now()
        answer = self.gate.post("/fees-due", {"lot": self.lot.id, "plate": PLATE})
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    def on_the_sign(self) -> str:
        return Window(self.address).open(f"/lots/{self.lot.id}/price-sign").main

    def on_the_page(self, entered_at: datetime, stay: timedelta, vehicle: str) -> str:
        at, minutes = entered_at.astimezone(ZONE), stay // timedelta(minutes=1)
        return (
            Window(self.address)
            .open(f"/lots/{self.lot.id}?at={at:%Y-%m-%dT%H:%M}&stay={minutes}&vehicle={vehicle}")
            .main
        )

    def from_the_interface(self, entered_at: datetime, stay: timedelta, vehicle: str) -> dict[str, object]:
        asked = {"from": entered_at.isoformat(), "to": (entered_at + stay).isoformat(), "vehicle": vehicle}
        url = f"/api/v1/lots/{self.lot.id}/quote"
        return self.app.test_client().get(url, query_string=asked).get_json()

    def on_the_bill(self) -> tuple[str, int]:
        """What the driver's own page says, and what a network would be asked for."""
        now = self.clock.now()
        with unit_of_work(self.sessions) as uow:
            today = now.astimezone(ZONE).date()
            days = (today - timedelta(days=back) for back in range(4))
            visit = next(
                each
                for day in days
                for each in visits_of_day(uow.session, self.lot.id, day, ZONE, limit=1)
                if each.exited_at is None
            )
            code = codes.issue_code(uow.session, visit.id, now).code
        page = Window(self.address).open("/pay").press("查看费用", lot=self.lot.code, code=code).main
        with unit_of_work(self.sessions) as uow:
            charge_id = charges.start_charge(uow.session, SYSTEM, visit.id, "bolink", now)
            return page, uow.session.get_one(Charge, charge_id).amount_fen


@pytest.fixture
def town(sessions: Sessions) -> Iterator[Town]:
    made = Town(sessions)
    with served(made.app) as made.address:
        yield made


def by_hand(sign: str, vehicle: str, entered_at: datetime, stay: timedelta) -> int:
    """The fee in fen as somebody works it out who stands before the sign, a unit at a time."""
    words = sign.split("其他车辆")[vehicle != "large"]
    day, night = re.findall(r"(\d\d):00–(\d\d):00：每 (\d+) 分钟 ¥([\d.]+)", words)
    (free,) = re.findall(r"(\d+) 分钟以内（含）免费", words)
    (cap,) = re.findall(r"每 24 小时最高 ¥([\d.]+)", words)
    if stay <= timedelta(minutes=int(free)):
        return 0
    fee, at = 0, entered_at.astimezone(ZONE)
    while at < entered_at + stay:
        cycle_ends, of_cycle = min(at + timedelta(hours=24), entered_at + stay), 0
        while at < cycle_ends:
            by_day = int(day[0]) <= at.hour < int(day[1])
            _, until, minutes, yuan = day if by_day else night
            of_cycle += round(float(yuan) * 100)
            edge = at.replace(hour=int(until), minute=0) + timedelta(days=at.hour >= int(until))
            # A unit is begun anew where the other band begins, and where 24 hours do.
            at = min(at + timedelta(minutes=int(minutes)), edge, cycle_ends)
        fee += min(of_cycle, round(float(cap) * 100))
    return fee


@pytest.mark.parametrize(
    ("colour", "vehicle", "stay", "fen"),
    [
        ("blue", "small", timedelta(minutes=30), 0),
        ("blue", "small", timedelta(hours=2, minutes=10), 1250),
        ("yellow", "large", timedelta(hours=11, minutes=5), 8000),
        ("blue", "small", timedelta(days=1, hours=10, minutes=1), 4000 + 4000),
    ],
)
def test_everybody_tells_the_same_fee(town: Town, colour: str, vehicle: str, stay, fen: int) -> None:
    entered_at = town.clock.now()
    sign = town.on_the_sign()
    before = town.from_the_interface(entered_at, stay, vehicle)
    page = town.on_the_page(entered_at, stay, vehicle)
    town.enter(colour)
    town.clock.at = entered_at + stay
    due = town.at_the_barrier()

    assert by_hand(sign, vehicle, entered_at, stay) == fen
    assert (before["fee_fen"], due["fee_fen"], due["due_fen"]) == (fen, fen, fen)
    assert (formats.money(fen) if fen else "免费") in page
    # And why, by which version, and when it changes.
    assert [line["text"] for line in before["lines"]] == [line["text_zh"] for line in due["lines"]]
    assert before["next_change"] == {"at": due["next_change_at"], "fee_fen": due["next_fee_fen"]}
    assert before["tariff"]["name"] == due["tariff"]["name"] == "文化宫收费"
    assert (due["grace_minutes"], "20 分钟内离场" in sign) == (20, True)
    if fen:
        bill, asked_fen = town.on_the_bill()
        assert (formats.money(fen) in bill, asked_fen) == (True, fen)
        assert all(line["text_zh"] in bill and line["text_zh"] in page for line in due["lines"])


@pytest.mark.parametrize("is_booked", [True, False])
def test_in_a_lent_window_everybody_tells_the_agreements_fee(sessions: Sessions, is_booked: bool) -> None:
    night = Town(sessions, hourly(100, cap_fen=500, free_minutes=0))
    entered_at = datetime(2026, 11, 20, 19, 10, tzinfo=ZONE)
    stay, fen = timedelta(hours=3, minutes=20), 400
    with served(night.app) as night.address:
        sign = night.on_the_sign()
        night.clock.at = entered_at
        before = night.from_the_interface(entered_at, stay, "small")
        page = night.on_the_page(entered_at, stay, "small")
        if is_booked:
            night.book(before["window_id"], entered_at, stay)
        night.enter("blue")
        night.clock.at = entered_at + stay
        due = night.at_the_barrier()
        bill, asked_fen = night.on_the_bill()

    lent = sign[sign.index("错时共享") :]
    assert "18:00" in lent and "每 60 分钟 ¥1" in lent and "2.50" not in lent
    assert (before["fee_fen"], due["fee_fen"], due["due_fen"], asked_fen) == (fen, fen, fen, fen)
    assert all(formats.money(fen) in told for told in (page, bill))
    assert [line["text"] for line in before["lines"]] == [line["text_zh"] for line in due["lines"]]
    assert before["tariff"]["name"] == due["tariff"]["name"] == "文化宫夜间共享收费"
