"""From a lot's page to the answer that is read with the receipt code, over HTTP, with nothing played."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import text

from integrations.storage import LocalFolder
from parking.bootstrap import PAGES
from parking.complaints import jobs
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.jobs import run_job
from parking.lookup.queries import Lookup
from parking.portals._http.app import create_app
from parking.portals._http.services import PortalServices
from tests.factories import accounts
from tests.factories.city import DISTRICTS, NOW, a_city
from tests.factories.console import Officer
from tests.factories.inspections import a_filed_lot
from tests.factories.lookup import SetClock
from tests.plain_browser import Window, served

PLATE, PHONE = "苏F12345", "138 0000 0000"
PLACE = 0x8825


@dataclass
class Town:
    """A served application, its lot, and the people."""

    address: str
    sessions: Sessions
    clock: SetClock
    files: Path
    lot_id: str
    tokens: dict[str, str]

    def citizen(self) -> Window:
        return Window(self.address)

    def person(self, login: str) -> Officer:
        browser = Officer(self.address)
        audience = "operator" if login in ("owner", "stranger") else "bureau"
        browser.http.cookies.set(f"{audience}_session", self.tokens[login])
        return browser

    def one(self, column: str) -> object:
        with self.sessions() as session:
            return session.execute(text(f"SELECT {column} FROM complaints")).scalars().first()


@pytest.fixture
def town(sessions: Sessions, tmp_path: Path) -> Iterator[Town]:
    with unit_of_work(sessions) as uow:
        session = uow.session
        a_city(session)
        owner, stranger = accounts.an_owner(session, 1), accounts.an_owner(session, 2)
        lot = a_filed_lot(session, owner.organisation_id, name="人民路停车场")
        officers = {
            "officer": accounts.an_officer(session, "officer1", districts=[DISTRICTS[0]]),
            "colleague": accounts.an_officer(session, "officer2"),
            "elsewhere": accounts.an_officer(session, "officer3", districts=[DISTRICTS[1]]),
        }
        people = {"owner": owner, "stranger": stranger, **officers}
        tokens = {name: person.token for name, person in people.items()}
    clock = SetClock(NOW)
    lookup = Lookup(None, sessions, clock)
    lookup.load()
    files = LocalFolder(tmp_path)
    services = PortalServices(sessions=sessions, clock=clock, lookup=lookup, files=files)
    with served(create_app(services, pages=PAGES)) as address:
        yield Town(address, sessions, clock, tmp_path, lot.id, tokens)


def a_photo(size: tuple[int, int] = (40, 30)) -> bytes:
    """A JPEG that says where it was taken."""
    image, content = Image.new("RGB", size, "gray"), BytesIO()
    exif = Image.Exif()
    exif.get_ifd(PLACE)[2] = (32.0, 3.0, 41.0)
    image.save(content, "JPEG", exif=exif)
    return content.getvalue()


def code_on(browser: Window) -> str:
    return browser.page.find_class("complaint__code")[0].text_content()


def report(browser: Window, lot_id: str, **fields: object) -> Window:
    told = {"kind": "count_wrong", "text": f"{PLATE} 进去没有空位"} | fields
    return browser.open(f"/lots/{lot_id}/report").press("提交反映", **told)


def test_from_the_lots_page_to_the_answer(town: Town) -> None:
    citizen = town.citizen().open(f"/lots/{town.lot_id}").follow("反映问题")
    citizen.press(
        "提交反映", kind="count_wrong", text=f"{PLATE} 进去没有空位", phone=PHONE, photo=("a.jpg", a_photo())
    )
    code = code_on(citizen)
    assert citizen.path == "/complaints/receipt" and "11月24日" in citizen.main
    assert not citizen.open("/complaints/receipt").page.find_class("complaint__code")
    # What is kept of the photo says no more where it was taken.
    kept = [path for path in town.files.rglob("*") if path.is_file()]
    assert len(kept) == 1 and PLACE not in Image.open(BytesIO(kept[0].read_bytes())).getexif()

    officer, elsewhere = town.person("officer"), town.person("elsewhere")
    assert "逾期的反映" in officer.open("/bureau/").main
    officer.open("/bureau/complaints")
    assert PLATE not in officer.main and "苏F·1**45" in officer.main
    assert "苏F" not in elsewhere.open("/bureau/complaints?show=all").main
    officer.follow("人民路停车场")
    mine = officer.path
    # The caller's number is for the answer, and no number of the city's.
    assert officer.main.count(PHONE) == 1 and PHONE not in officer.page.find_class("foot")[0].text_content()
    assert elsewhere.open(mine).status == 404
    slow = town.person("colleague").open(mine).follow("不予办理")
    officer.follow("转停车场").press("转停车场", text="请核实")
    assert slow.press("不予办理", text="重复").status == 409 and "转停车场" in slow.main

    owner, stranger = town.person("owner"), town.person("stranger")
    assert "市民反映：空位数不对" in owner.open("/operator/").main
    owner.follow("市民反映：空位数不对")
    assert PHONE in owner.main
    assert stranger.open(owner.path).status == 404 and stranger.open(f"{owner.path}/photo").status == 404
    photo = owner.http.get(town.address + owner.path + "/photo", timeout=30)
    assert (
        photo.headers["Content-Type"] == "image/jpeg" and photo.headers["X-Content-Type-Options"] == "nosniff"
    )
    owner.press("提交答复", text="地磁已修好")
    assert PHONE not in owner.main

    citizen = town.citizen().open("/complaints").press("查看", code=code.lower())
    assert (
        citizen.path == "/complaints/mine" and "地磁已修好" in citizen.main and "停车场的答复" in citizen.main
    )
    officer.open(mine).follow("办结").press("办结", confirmed="yes")
    assert "空位数不对 1 × 2 = 2" in officer.open("/bureau/complaints/numbers").main
    citizen.open("/complaints/mine").press("再次提出", text="今天还是不对")
    assert "正在重新处理" in citizen.main
    assert PLATE not in town.person("officer").open("/bureau/complaints").main
    town.clock.forward(minutes=31)
    assert citizen.open("/complaints/mine").main.startswith("查看反映的处理结果")


@pytest.mark.parametrize(
    ("name", "content", "status"),
    [
        ("a.jpg", b"MZ\x90\x00" + b"\0" * 2000, 422),
        ("a.png", b"\x89PNG\r\n\x1a\n" + b"no picture", 422),
        ("a.jpg", b"\xff\xd8\xff" + b"\0" * 10_000_001, 422),
        ("a.jpg", b"\xff\xd8\xff" + b"\0" * 21_100_000, 422),
    ],
    ids=["program", "no picture", "too large", "far too large"],
)
def test_what_is_no_photo_is_refused(town: Town, name: str, content: bytes, status: int) -> None:
    citizen = report(town.citizen(), town.lot_id, photo=(name, content))
    assert citizen.status == status
    assert town.one("count(*)") == 0 and not [path for path in town.files.rglob("*") if path.is_file()]


def test_nobody_floods_or_guesses(town: Town) -> None:
    citizen = town.citizen()
    for _ in range(10):
        assert report(citizen, town.lot_id).path == "/complaints/receipt"
    assert report(citizen, town.lot_id).status == 429
    assert int(citizen.shown.headers["Retry-After"]) >= 60
    assert town.one("count(*)") == 10
    for _ in range(10):
        assert citizen.open("/complaints").press("查看", code="AAAA-BBBB-CCCC").status == 422
    assert citizen.press("查看", code="AAAA-BBBB-CCCC").status == 429
    assert int(citizen.shown.headers["Retry-After"]) >= 60
    bare = citizen.http.post(f"{town.address}/lots/{town.lot_id}/report", data={"kind": "closed"}, timeout=30)
    assert bare.status_code in (400, 422) and town.one("count(*)") == 10
    for fields in ({"text": " "}, {"text": "字" * 10_000}, {"kind": "smelly"}):
        page = town.citizen().open(f"/lots/{town.lot_id}/report")
        values = {**dict(page.page.forms[-1].form_values()), "kind": "closed", "text": "x", **fields}
        answer = page.http.post(town.address + page.path, data=values, timeout=30)
        assert answer.status_code == 422
    assert town.citizen().open("/lots/zzzzzzzzzzzz/report").status == 404


def test_a_call_of_the_hotline_is_entered_and_its_caller_forgotten(town: Town) -> None:
    officer = town.person("officer").open(f"/bureau/complaints/new?lot_id={town.lot_id}")
    officer.press(
        "登记", source="hotline", source_number="WC2026-1", kind="blocked", text="出口被堵", phone=PHONE
    )
    code, mine = code_on(officer), officer.path
    assert not officer.open(mine).page.find_class("complaint__code")
    officer.follow("主管部门自办").press("主管部门自办")
    officer.follow("答复").press("答复", text="已清理")
    officer.follow("办结").press("办结", confirmed="no")
    assert "已清理" in town.citizen().open("/complaints").press("查看", code=code).main
    town.clock.at = NOW + timedelta(days=30)
    for job in jobs.jobs(town.sessions, town.clock):
        assert run_job(job, town.sessions, town.clock) is None
    assert town.one("phone_sealed") is None and town.one("erased_at") is not None
