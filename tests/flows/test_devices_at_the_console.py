"""An administrator registers a lot's lane and camera; the address is told once, and others on duty read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from integrations.registry import GATE_DIALECTS
from parking.accounts import queries as accounts
from parking.accounts.rules import OfficerRole
from parking.bootstrap import PAGES
from parking.kernel.actors import CLI
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.vocabulary import SpaceClass
from parking.lookup.queries import Lookup
from parking.lots import service
from parking.lots.queries import GateBooks
from parking.lots.rules import DeviceKind
from parking.occupancy.rules import PassageInput
from parking.occupancy.service import record_passages, set_count_by_hand
from parking.portals._http.app import create_app
from parking.portals._http.services import PortalServices
from tests.factories.accounts import an_officer
from tests.factories.city import DISTRICTS, NOW, a_city
from tests.factories.console import Console
from tests.factories.devices import SEALER, SECRET, a_client, a_device, a_gate_lot
from tests.factories.lookup import SetClock
from tests.factories.lots import a_lot
from tests.plain_browser import Window, served


@pytest.fixture
def console(sessions: Sessions) -> Iterator[Console]:
    clock = SetClock()
    lookup = Lookup(None, sessions, clock)
    services = PortalServices(
        sessions=sessions,
        clock=clock,
        lookup=lookup,
        dialects=GATE_DIALECTS,
        secret_key=SECRET,
        books=GateBooks(sessions, SEALER, clock),
    )
    with served(create_app(services, pages=PAGES)) as address:
        yield Console(address, sessions, clock, lookup)


def test_a_camera_is_registered_at_a_lane_heard_renewed_and_disabled(console: Console) -> None:
    with unit_of_work(console.sessions) as uow:
        a_city(uow.session)
        lot = a_lot(uow.session, district_code=DISTRICTS[0])
        admin = an_officer(uow.session, "admin1", [OfficerRole.ADMINISTRATOR])
        here = an_officer(uow.session, "reviewer1", districts=DISTRICTS[:1])
        elsewhere = an_officer(uow.session, "reviewer2", districts=DISTRICTS[1:2])
    console.begin(NOW)
    books = GateBooks(console.sessions, SEALER, console.clock)
    browser = console.officer(admin.token).open(f"/bureau/lots/{lot.id}/lanes")
    browser.press("登记车道", name="东门入口", direction="entry")
    browser.follow("登记设备 东门入口")
    browser.press("登记并生成地址", name="东门相机", dialect="klingon")
    assert browser.status == 422 and "没有这种设备协议" in browser.text
    browser.press("登记并生成地址", dialect="vzenith", serial="f3a1", silence_minutes="15")
    address = re.search(r"/compat/(vzenith)/([\w-]{43})/", browser.text)
    assert address
    device = books.now().device(*address.groups())
    assert device and device.lane and device.lane.counting_source == device.source
    path = f"/bureau/devices/{device.id}"
    assert address[2] not in browser.open(path).text and "等待第一条消息" in browser.text

    with unit_of_work(console.sessions) as uow:
        service.seen(uow.session, [service.Sighting(device.id, NOW, skew_s=-640)])
        service.note_unknown(uow.session, "vzenith", "stranger-1", "203.0.113.9", NOW, times=7)
    reader = console.officer(here.token).open("/bureau/devices")
    assert any("东门相机" in row and "慢 640 秒" in row and lot.name in row for row in reader.rows)
    assert "停用这台设备" not in reader.open(path).text
    assert console.officer(elsewhere.token).open(path).status == 404
    assert console.officer(elsewhere.token).open("/bureau/devices").rows == []
    [stranger] = reader.open("/bureau/devices/unknown").rows
    assert "stranger-1" in stranger and "203.0.113.9" in stranger and "7" in stranger

    browser.press("加上对应", lot_key="P-1", lot_code="nowhere")
    assert browser.status == 422 and "没有这个停车场" in browser.text
    browser.press("加上对应", lot_key="P-1", lot_code=lot.code)
    assert "P-1" in browser.text
    browser.press("换新地址，旧的立即失效 东门相机")
    assert books.read_again().device(*address.groups()) is None
    fresh = re.search(r"/compat/(vzenith)/([\w-]{43})/", browser.text)
    assert fresh and books.now().device(*fresh.groups()).lots == {"P-1": lot.id}
    browser.open(path).press("停用这台设备 东门相机")
    assert "停用了" in browser.text and books.read_again().device(*fresh.groups()) is None
    assert books.now().lanes_of(lot.id)[0].counting_source is None


def test_an_administrator_of_one_district_changes_nothing_of_another(console: Console) -> None:
    with unit_of_work(console.sessions) as uow:
        a_city(uow.session)
        here, there = (a_lot(uow.session, district_code=code) for code in DISTRICTS[:2])
        own = a_device(uow.session, lot_id=here.id)
        other = a_device(uow.session, "keytop", lot_id=there.id)
        cloud = a_device(uow.session, "keytop")
        person = an_officer(uow.session, "admin1", [OfficerRole.ADMINISTRATOR], DISTRICTS[:1])
    console.begin(NOW)
    browser = console.officer(person.token).open(f"/bureau/devices/{own.id}/edit")
    form = next(form for form in browser.page.forms if "silence_minutes" in form.fields)
    draft = dict(form.form_values())

    def sent(path: str, **told: str) -> int:
        answer = browser.http.post(
            browser.address + path,
            data=draft | told,
            headers={"Referer": browser.address + browser.path},
            timeout=30,
            allow_redirects=False,
        )
        return answer.status_code

    before = _everything(console.sessions)
    for device in (other, cloud):
        at = f"/bureau/devices/{device.id}"
        assert sent(f"{at}/edit", name="mine now", dialect="keytop") == 404
        assert sent(f"{at}/address") == 404
        assert sent(f"{at}/secret", signing_secret="known to me") == 404
        assert sent(f"{at}/disable") == 404
        assert sent(f"{at}/lots", lot_key="P-1", lot_code=here.code) == 404
        assert sent(f"{at}/lanes", lane_key="1", lane_id="x") == 404
        pull = {
            "device_id": device.id,
            "lot_key": "1",
            "base_url": "https://93.184.216.34/",
            "interval_s": "60",
        }
        assert sent("/bureau/passage-pulls/new", app_id="a", secret="s", **pull) == 404
    # Nor may an own device speak for a lot elsewhere.
    at = f"/bureau/devices/{own.id}"
    assert sent(f"{at}/lots", lot_key="P-1", lot_code=there.code) == 422
    assert sent(f"{at}/edit", lot_id=there.code) == 422
    assert sent("/bureau/devices/new", lot_id=there.code, serial="another") == 422
    assert sent("/bureau/devices/new", lot_id="", kind="cloud", dialect="keytop", serial="") == 422
    assert _everything(console.sessions) == before
    assert sent(f"{at}/edit", lot_id=here.code, name="mine") == 303


def test_what_a_device_registered_anew_brings_along_no_more_is_named(console: Console) -> None:
    with unit_of_work(console.sessions) as uow:
        session = uow.session
        a_city(session)
        admin = an_officer(session, "admin1", [OfficerRole.ADMINISTRATOR])
        elsewhere = an_officer(session, "admin2", [OfficerRole.ADMINISTRATOR], DISTRICTS[1:2])
        old, other, new = (
            a_gate_lot(session, name=name, district_code=code)
            for name, code in zip(("旧场", "别场", "新场"), DISTRICTS[:1] * 2 + DISTRICTS[1:2], strict=True)
        )
        draft = {"kind": DeviceKind.CLOUD, "name": "甲云", "serial": "PY1"}
        cloud = a_device(session, "fourpyun", lot_id=old.id, **draft)
        service.map_lot(session, CLI, cloud.id, "K1", other.id, NOW)
        service.map_lane(session, CLI, cloud.id, other.id, "e", other.entry_lane_id, NOW)
        service.disable_device(session, CLI, cloud.id, NOW)
    console.begin(NOW)

    def registered(browser: Window, name: str) -> str:
        browser.open("/bureau/devices/new").press(
            "登记并生成地址",
            **{"name": name, "dialect": "fourpyun", "kind": "cloud", "serial": "PY1", "lot_id": new.lot.code},
            **{"signing_secret": "another", "silence_minutes": "15"},
        )
        told = re.search(r"/bureau/devices/([a-z0-9]{12})", browser.shown.text)
        assert told, browser.text
        return told[1]

    # Who has no say over the lots for which it spoke makes a device of their own.
    stranger = console.officer(elsewhere.token)
    theirs = registered(stranger, "乙云")
    assert theirs != cloud.id and "已结束" not in stranger.text
    with unit_of_work(console.sessions) as uow:
        service.disable_device(uow.session, CLI, theirs, NOW - timedelta(days=1))
    browser = console.officer(admin.token)
    assert registered(browser, "丙云") == cloud.id
    assert "已结束，需要的请重新登记：K1（别场）、e（别场 入口1）" in browser.text


def _everything(sessions: Sessions) -> list[str]:
    told = "select d::text from devices d union all select m::text from device_lots m order by 1"
    with sessions() as session:
        return list(session.scalars(text(told)))


def test_where_a_client_counted_is_told_when_it_is_disabled_and_it_gets_no_new_key(
    console: Console,
) -> None:
    with unit_of_work(console.sessions) as uow:
        session = uow.session
        a_city(session)
        admin = an_officer(session, "admin1", [OfficerRole.ADMINISTRATOR])
        here, there = a_gate_lot(session, name="人民医院停车场"), a_gate_lot(session, name="东门停车场")
        client = a_client(session, [here.id, there.id])
        for lane_id in (here.entry_lane_id, there.exit_lane_id):
            service.set_counting_source(session, CLI, lane_id, client.source, NOW)
        name = accounts.client(session, client.id).name
    console.begin(NOW)
    browser, stale = console.officer(admin.token), console.officer(admin.token)
    stale.open(f"/bureau/clients/{client.id}")
    browser.open(f"/bureau/clients/{client.id}").press("保存", scopes="passages:write", lots=here.lot.code)
    assert "没有计数来源，请重新选择：东门停车场 出口1" in browser.text
    browser.press(f"停用这个接入方 {name}")
    assert "接入方已停用" in browser.text
    assert "没有计数来源，请重新选择：人民医院停车场 入口1" in browser.text
    rows = browser.open("/bureau/devices").follow("4 没有计数来源的车道").rows
    assert len(rows) == 4 and any("人民医院停车场" in row and "入口1" in row for row in rows)
    browser.open(f"/bureau/clients/{client.id}")
    stale.press(f"换新密钥，旧的立即失效 {name}")
    assert stale.status == 422 and "换新密钥也不能使用" in stale.text


def test_a_device_of_which_nothing_counts_is_said_not_to_count(console: Console) -> None:
    with unit_of_work(console.sessions) as uow:
        session = uow.session
        a_city(session)
        admin = an_officer(session, "admin1", [OfficerRole.ADMINISTRATOR])
        lot = a_gate_lot(session)
        cloud = a_device(session, "fourpyun", name="P云", lot_id=lot.id, kind=DeviceKind.CLOUD)
        sensor = a_device(session, "airjoy", name="泊位", lot_id=lot.id, kind=DeviceKind.SENSOR)
    console.begin(NOW)
    browser = console.officer(admin.token)

    def says_so(path: str) -> list[str]:
        return [row for row in browser.open(path).rows if "记录现在不计数" in row]

    # While no lane counts, one cloud speaks for the whole lot.
    assert says_so("/bureau/devices") == []
    with unit_of_work(console.sessions) as uow:
        here = {"lot_id": lot.id, "lane_id": lot.entry_lane_id}
        camera = a_device(uow.session, name="东门相机", **here)
    for path in ("/bureau/devices", f"/bureau/lots/{lot.id}/lanes"):
        [row] = says_so(path)
        assert "P云" in row
    assert "只保存，不改变空位数" in browser.open(f"/bureau/devices/{cloud.id}").text
    with unit_of_work(console.sessions) as uow:
        service.map_lane(uow.session, CLI, cloud.id, lot.id, "2", lot.exit_lane_id, NOW)
        service.set_counting_source(uow.session, CLI, lot.entry_lane_id, cloud.source, NOW)
    [row] = says_so("/bureau/devices")
    assert "东门相机" in row
    for each in (cloud, sensor):
        assert "记录现在不计数" not in browser.open(f"/bureau/devices/{each.id}").text
    assert "记录现在不计数" in browser.open(f"/bureau/devices/{camera.id}").text


def test_the_bureau_reads_that_gates_count_on_from_a_person_s_number(console: Console) -> None:
    with unit_of_work(console.sessions) as uow:
        session = uow.session
        a_city(session)
        admin = an_officer(session, "admin1", [OfficerRole.ADMINISTRATOR])
        lot = a_lot(session)
        set_count_by_hand(session, CLI, lot.id, SpaceClass.GENERAL, NOW, reason="现场清点", free=20)
    console.begin(NOW)
    browser = console.officer(admin.token)
    assert "· 人工填报" in browser.open(f"/bureau/lots/{lot.id}").text
    with unit_of_work(console.sessions) as uow:
        passage = PassageInput(lot.id, NOW + timedelta(minutes=1), 1, "p")
        record_passages(uow.session, CLI, "gate", [passage], NOW + timedelta(minutes=1))
    console.begin(NOW + timedelta(minutes=1))
    assert "· 从人工填报的数起，按进出计数" in browser.open(f"/bureau/lots/{lot.id}").text
