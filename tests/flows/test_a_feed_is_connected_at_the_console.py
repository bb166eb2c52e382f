"""An officer connects a feed at the console: address, mapping, preview, decisions, and then it is pulled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import orjson
import pytest

from integrations.http import HardenedFetcher
from integrations.registry import MAPPING_RULES, SOURCE_ADAPTERS
from parking.accounts.rules import OfficerRole
from parking.bootstrap import PAGES
from parking.boundary.feeds import LotCandidate
from parking.guidance import queries, service
from parking.guidance.queries.drafts import draft_of
from parking.guidance.rules.pulls import PullState
from parking.guidance.service.candidates import keep_candidates
from parking.kernel.actors import CLI
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.lookup.queries import Lookup
from parking.lots import queries as lots
from parking.portals._http.app import create_app
from parking.portals._http.services import PortalServices
from tests.adapters.fault_server import LOOPBACK, FaultServer
from tests.factories.accounts import an_officer
from tests.factories.city import NOW, a_city
from tests.factories.console import Officer
from tests.factories.lookup import SetClock
from tests.factories.lots import a_lot
from tests.plain_browser import served

MAPPING = """version = 1
title = "A town"
[document]
format = "json"
[lots]
records = "parks.*"
id = "no"
name = "name"
lat = "lat"
lon = "lon"
spaces = "total"
[counts]
records = "parks.*"
id = "no"
time = "$.at"
[[counts.counters]]
free = "rest"
capacity = "total"
"""
PARKS = [
    {"no": "1", "name": "东门停车场", "lat": "32.06", "lon": "120.62", "total": "80", "rest": "12"},
    {"no": "2", "name": "河滨停车场", "lat": "32.07", "lon": "120.63", "total": "60", "rest": "60"},
    {"no": "3", "name": "老粮站停车点", "lat": "", "lon": "", "total": "45", "rest": "13"},
    {"no": "4", "name": "物流园停车场", "lat": "32.08", "lon": "120.64", "total": "六十", "rest": "-5"},
]


@pytest.fixture
def console(sessions: Sessions) -> Iterator[tuple[Officer, FaultServer]]:
    with unit_of_work(sessions) as uow:
        a_city(uow.session)
        a_lot(uow.session, name="东门停车场", code="D-1", filing_no="备1")
        admin = an_officer(uow.session, "admin1", [OfficerRole.ADMINISTRATOR])
    clock, fetcher = SetClock(NOW), HardenedFetcher()
    lookup = Lookup(None, sessions, clock)
    lookup.load()
    services = PortalServices(
        sessions, clock, lookup, adapters=SOURCE_ADAPTERS, fetcher=fetcher, mapping_rules=MAPPING_RULES,
        feed_networks=LOOPBACK,
    )  # fmt: skip
    with served(create_app(services, pages=PAGES)) as address, FaultServer() as feed:
        officer = Officer(address)
        officer.http.cookies.set("bureau_session", admin.token)
        feed.put("/parks", orjson.dumps({"at": "2026-11-20T10:00:00", "parks": PARKS}))
        yield officer, feed
    fetcher.close()


def connect(officer: Officer, feed: FaultServer, **typed: str) -> Officer:
    given = {"name": "镇平台", "live_url": feed.url("/parks?key=topsecret"), "reads_by": "text"}
    return officer.open("/bureau/connect").press("保存并预览", {**given, "mapping_text": MAPPING, **typed})


def test_a_feed_is_looked_at_decided_upon_and_switched_on(console, sessions):
    officer, feed = console
    wrong = {"mapping_text": MAPPING.replace("free =", "fre ="), "interval_s": "soon", "name": ""}
    connect(officer, feed, **wrong, live_url="https://li:Secr3tPw@gate.example/parks")
    assert officer.status == 422
    field = officer.page.get_element_by_id("live_url")
    assert (field.value, "Secr3tPw" in officer.shown.text) == ("https://gate.example/parks", False)
    assert all(text in officer.main for text in ("名称须为", "间隔须为", "第 17 行"))
    assert "fre = " in officer.page.get_element_by_id("mapping_text").text
    right = {"name": "镇平台", "live_url": feed.url("/parks?key=topsecret"), "mapping_text": MAPPING}
    officer.press("保存并预览", **right, interval_s="60")

    assert (officer.status, officer.path) == (200, "/bureau/sources/%E9%95%87%E5%B9%B3%E5%8F%B0/preview")
    assert "topsecret" not in officer.shown.text
    assert feed.requests["/parks"] == 1, "one document for both is asked for once"
    rows = " | ".join(officer.rows)
    assert "值无法识别 静态数据 1 4" in rows
    assert "值无法识别 实时数据 1 4" in rows
    assert "东门停车场 1 附近有登记的停车场，请决定 普通车位 80 空 12 / 80" in rows
    assert "河滨停车场 2 新的，只报告" in rows
    assert "老粮站停车点 3 没有位置，等人定位" in rows

    with sessions() as session:
        ours = lots.ids_by_code(session, ["D-1"])["D-1"]
    officer.press("启用", {"same:1": ours, "reason": ""})
    assert officer.status == 422
    assert "请说明为什么仍要启用" in officer.main
    assert officer.page.xpath(f"//input[@value='{ours}']/@checked"), "what was decided stays"
    officer.press("启用", {"same:1": ours, "reason": "物流园的车位数还没有填好"})
    assert officer.path.endswith("/sources/%E9%95%87%E5%B9%B3%E5%8F%B0")
    assert "物流园的车位数还没有填好" in officer.main
    assert "topsecret" not in officer.shown.text
    with sessions() as session:
        [view] = queries.source_views(session, "镇平台")
        assert queries.links(session, view.id) == {"1": ours}
    assert {pull.state for pull in view.pulls} == {PullState.PROVISIONED}

    officer.follow("修改")
    assert "topsecret" not in officer.shown.text
    officer.press("保存并预览", owner="镇政府")
    with sessions() as session:
        assert queries.source_views(session, "镇平台")[0].owner == "镇政府"
    assert "已关联 D-1" in " | ".join(officer.rows)
    tried = orjson.dumps({"at": "2026-11-20T10:00:00", "parks": PARKS[:1]})
    officer.press("试读", file=("answer.json", tried))
    assert "用文件 answer.json 试读" in officer.main
    assert "河滨停车场" not in officer.main
    assert feed.requests["/parks"] == 4, "a file is tried without asking anybody"


def test_a_mapping_that_is_read_by_gets_a_new_version_only_on_purpose_and_its_sources_wait(console, sessions):
    officer, feed = console
    connect(officer, feed).press("启用", reason="物流园的车位数还没有填好")
    connect(officer, feed, name="乡平台", mapping_name="镇平台", mapping_text=MAPPING + "# another")
    assert officer.status == 422
    assert "已有映射 镇平台，有 1 个启用的数据源在用" in officer.main
    with sessions() as session:
        assert queries.running_readers(session, "镇平台") == ["镇平台"]
    officer.press("保存并预览", new_version="1")
    assert officer.status == 200
    with sessions() as session:
        assert queries.running_readers(session, "镇平台") == []
        assert len(queries.mapping_versions(session, "镇平台")) == 2
    officer.open("/bureau/sources/镇平台/preview").press("启用", reason="仍是物流园")
    officer.open("/bureau/mappings/镇平台?version=1")
    assert "有 1 个启用的数据源在用" in officer.main
    officer.open("/bureau/sources/镇平台/change").press("保存并预览", time_zone="UTC")
    assert "已停止读取" in officer.page.text_content()
    assert "有疑点，启用须写明理由" in officer.main


def test_what_was_changed_after_the_page_or_while_the_feed_answers_is_shown_and_not_switched_on(
    console, sessions
):
    officer, feed = console
    connect(officer, feed)

    def move(path: str, name: str) -> None:
        parks = [{"no": "9", "name": name, "lat": "32.09", "lon": "120.65", "total": "9", "rest": "1"}]
        feed.put(path, orjson.dumps({"at": "2026-11-20T10:00:00", "parks": [*parks, PARKS[3]]}))
        with unit_of_work(sessions) as uow:
            draft = replace(draft_of(uow.session, "镇平台"), live_url=feed.url(path), adopts_lots=True)
            draft = replace(draft, static_url=feed.url(path))
            source_id = queries.by_name(uow.session, "镇平台").id
            service.change_source(uow.session, CLI, source_id, draft, SOURCE_ADAPTERS, NOW)

    note = feed.note_request

    def moved_meanwhile(path: str, headers: dict[str, str]) -> None:
        note(path, headers)
        feed.note_request = note
        move("/third", "第三停车场")

    move("/other", "第二停车场")
    officer.language = "en"
    for button, now in (("启用", "第二停车场"), ("Switch on", "第三停车场")):
        officer.press(button, reason="it is urgent")
        assert (officer.status, "was changed after its preview" in officer.main) == (409, True)
        assert now in " | ".join(officer.rows)
        with sessions() as session:
            assert queries.source_views(session, "镇平台")[0].switched_on_at is None
        feed.note_request = moved_meanwhile
    feed.note_request = note
    officer.press("Switch on")
    assert (officer.status, feed.requests["/third"]) == (200, 2)
    with sessions() as session:
        assert queries.source_views(session, "镇平台")[0].switched_on_at == NOW


def test_an_address_that_nobody_opened_is_refused_and_the_reason_told(console):
    officer, feed = console
    connect(officer, feed, live_url="http://10.1.2.3/parks")
    assert officer.status == 200
    assert "地址不允许访问" in officer.main
    officer.press("启用", reason="")
    assert officer.status == 422, "what could not be read is not switched on without a reason"


def test_a_lot_without_a_place_is_placed_or_linked_by_a_person(console, sessions):
    officer, feed = console
    connect(officer, feed)
    with unit_of_work(sessions) as uow:
        source_id = queries.by_name(uow.session, "镇平台").id
        keep_candidates(uow.session, source_id, [LotCandidate("a/3", "老粮站停车点")], NOW)
        keep_candidates(uow.session, source_id, [LotCandidate("b", "东门停车场（新）")], NOW)
    officer.open("/bureau/sources/镇平台/candidate?id=a/3")
    officer.press("收进登记", place_lat="52.0", place_lon="13.0")
    assert officer.status == 422
    officer.press("收进登记", place_lat="32.06", place_lon="120.62")
    assert "0 米处已有 D-1 东门停车场" in officer.main
    officer.press("收进登记", place_lat="32.06", place_lon="120.62", is_another="yes")
    assert "已收进登记，尚未备案" in officer.page.text_content()
    officer.open("/bureau/sources/镇平台/candidate?id=b").press("关联", other="D-1")
    assert officer.path.endswith("/candidates")
    with sessions() as session:
        codes = lots.ids_by_code(session, ["D-1", "镇平台:a/3"])
        assert queries.links(session, source_id) == {"b": codes["D-1"], "a/3": codes["镇平台:a/3"]}
    assert officer.open("/bureau/sources/镇平台/candidate?id=b").status == 404


def test_a_source_that_was_named_with_a_slash_before_names_were_checked_is_reached(console, sessions):
    officer, feed = console
    connect(officer, feed)
    with unit_of_work(sessions) as uow:
        source = queries.by_name(uow.session, "镇平台")
        source.name = "镇/平台"
        keep_candidates(uow.session, source.id, [LotCandidate("b", "东门")], NOW)
    officer.open("/bureau/sources").follow("镇/平台")
    assert officer.status == 200
    for page in ("preview", "change", "candidates", "credential", "candidate?id=b"):
        assert officer.open(f"/bureau/sources/镇/平台/{page}").status == 200, page
    officer.open("/bureau/sources/镇/平台/preview").press("启用", reason="")
    assert (officer.status, "请说明为什么仍要启用" in officer.main) == (422, True)
    officer.press("启用", reason="物流园的车位数还没有填好")
    assert officer.path.endswith("/sources/%E9%95%87/%E5%B9%B3%E5%8F%B0")
