"""A citizen looks for a place to park, with the page alone: HTTP in, pages out."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from parking.kernel.db.engine import make_engine, make_sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.lookup.queries import Lookup
from tests.databases import Server
from tests.factories.city import NOW
from tests.factories.lookup import SetClock
from tests.factories.portal import a_portal, a_town, tell


class Portal:
    """The app over a town, with the clock and the look-up in the test's hand."""

    def __init__(self, url: str) -> None:
        self.engine = make_engine(url)
        self.sessions = make_sessions(self.engine)
        with unit_of_work(self.sessions) as uow:
            self.town = a_town(uow.session)
        self.clock = SetClock(NOW)
        self.lookup = Lookup(None, self.sessions, self.clock)
        self.app = self.an_app()

    def an_app(self, **services: Any) -> Flask:
        return a_portal(self.sessions, self.lookup, self.clock, **services)

    def client(self) -> FlaskClient:
        return self.app.test_client()

    def at(self, instant: datetime) -> None:
        self.clock.at = instant
        self.lookup.load()


@pytest.fixture(scope="module")
def a_day(server: Server, database_prefix: str) -> Iterator[Portal]:
    name = f"{database_prefix}_pages"
    portal = Portal(server.clone(name))
    yield portal
    portal.engine.dispose()
    server.drop(name)


@pytest.fixture
def portal(a_day: Portal) -> Portal:
    """The same town for all these tests, at the same moment."""
    a_day.at(NOW)
    return a_day


def rows_of(html: str) -> dict[str, str]:
    """The rows of a page by the lot's name, as text without tags."""
    rows = {}
    for item in re.findall(r'<li class="lot".*?</li>', html, re.DOTALL):
        name = re.search(r'<a href="/lots/[^>]*>(.*?)</a>', item)
        assert name
        rows[name[1]] = " ".join(re.sub(r"<[^>]+>", " ", item).split())
    return rows


def test_each_state_has_a_word_and_unknown_has_no_number(portal: Portal) -> None:
    rows = rows_of(portal.client().get("/?rows=60").text)
    assert "有空位 86 个空位" in rows["人民医院东停车场"]
    assert "紧张 3" in rows["老街停车场"]
    assert "已满 0" in rows["新城天地地下停车场"]
    assert "不开放" in rows["实验小学停车场"]
    assert "18:00 开放" in rows["实验小学停车场"]
    assert "个空位" not in rows["实验小学停车场"]
    assert "未知 共 30 位" in rows["滨河路路内 12–58 号"]
    assert "数据中断 40 分钟" in rows["滨河路路内 12–58 号"]
    assert "没有实时数据" in rows["文庙停车场"]
    assert "12 分钟前" in rows["市图书馆停车场"]
    assert "¥6 / 2 小时" in rows["人民医院东停车场"]
    assert "免费" in rows["新城天地地下停车场"]
    assert sum("费用未知" in row for row in rows.values()) == len(rows) - 2


def test_a_stranger_is_not_offered_what_residents_may_use(portal: Portal) -> None:
    client = portal.client()
    assert "东苑小区停车场" not in rows_of(client.get("/?rows=60").text)
    residents = rows_of(client.get("/?rows=60&access=residents").text)
    assert "仅限住户" in residents["东苑小区停车场"]
    assert "人民医院东停车场" in residents


def test_a_car_is_not_offered_what_only_coaches_may_use(portal: Portal) -> None:
    client = portal.client()
    assert "汽车客运站停车场" not in rows_of(client.get("/?rows=60").text)
    assert "有空位 8" in rows_of(client.get("/?class=bus").text)["汽车客运站停车场"]


def test_a_place_is_found_by_landmark_district_name_and_address(portal: Portal) -> None:
    client = portal.client()
    assert "<span>人民医院</span>附近" in client.get("/?q=人民医院").text
    assert "河口镇公共停车场" in rows_of(client.get("/?q=河口镇").text)
    assert next(iter(rows_of(client.get("/?q=老街").text))) == "老街停车场"
    assert next(iter(rows_of(client.get("/?q=东风路 232 号").text))) == "人民医院东停车场"
    assert len(rows_of(client.get("/?q=西园").text)) == 16
    # Lots are called so too; people say where they go.
    assert "<span>人民医院</span>附近" in client.get("/?q=民医院").text
    assert next(iter(rows_of(client.get("/?q=人民医院东停车场").text))) == "人民医院东停车场"


def test_filters_narrow_and_an_empty_answer_says_what_to_loosen(portal: Portal) -> None:
    client = portal.client()
    assert list(rows_of(client.get("/?class=charging").text)) == ["人民医院东停车场"]
    assert "新城天地地下停车场" not in rows_of(client.get("/?min_free=1&rows=60").text)
    assert "人民医院东停车场" not in rows_of(client.get("/?height=2.2&rows=60").text)
    assert "实验小学停车场" not in rows_of(client.get("/?open=1&rows=60").text)
    assert "实验小学停车场" in rows_of(client.get("/?at=2026-11-20T18:30&rows=60").text)
    empty = client.get("/?class=charging&min_free=50")
    assert empty.status_code == 200
    assert "没有找到符合条件的停车场" in empty.text
    loosening = re.search(r'href="([^"]+)">不限空位数（1 个）', empty.text)
    assert loosening
    assert list(rows_of(client.get(loosening[1].replace("&amp;", "&")).text)) == ["人民医院东停车场"]


def test_an_arrival_is_judged_by_the_hours_then(portal: Portal) -> None:
    rows = rows_of(portal.client().get("/?at=2026-11-20T21:30&rows=60").text)
    assert "22:00 关闭" not in rows["实验小学停车场"]
    assert "开到 22:00" in rows["新城天地地下停车场"]


@pytest.mark.parametrize(
    ("query", "field", "said"),
    [
        ("height=480", "f-height", "应是 1 到 10 之间的数字"),
        ("height=1_0", "f-height", "应是 1 到 10 之间的数字"),
        ("height=nan", "f-height", "应是 1 到 10 之间的数字"),
        ("at=tomorrow", "f-at", "不是有效的时间"),
        ("at=0001-01-01T00:00", "f-at", "不是有效的时间"),
        ("stay=0", "f-stay", "应是 1 到 44640 之间的数字"),
        ("vehicle=tank", "f-vehicle", "没有这个选项"),
        ("max_fee=-1", "f-max_fee", "应是 0 到 100000 之间的数字"),
        ("lat=480&lon=120.6", "f-q", "应是 -90 到 90 之间的数字"),
        ("lat=32.06", "f-q", "纬度和经度要一起给出"),
        ("radius=-5", "f-q", "应是 1 到 20000 之间的数字"),
        ("rows=0", "f-q", "应是 1 到 100 之间的数字"),
        ("class=spaceship", "f-class", "没有这个选项"),
        ("lat=0&lon=0", "f-q", "这个位置不在本市范围内"),
        ("lat=120.62&lon=32.06", "f-q", "应是 -90 到 90 之间的数字"),
    ],
)
def test_a_value_without_sense_is_refused_and_named(
    portal: Portal, query: str, field: str, said: str
) -> None:
    answer = portal.client().get(f"/?{query}")
    assert answer.status_code == 422
    assert said in answer.text
    assert f'href="#{field}"' in answer.text
    assert not rows_of(answer.text)


def test_what_a_messenger_appends_to_an_address_is_passed_over(portal: Portal) -> None:
    assert portal.client().get("/?from=timeline&isappinstalled=0").status_code == 200


def test_the_tag_of_the_rows_covers_everything_but_ages(portal: Portal) -> None:
    client = portal.client()
    first = client.get("/rows")
    asked = {"If-None-Match": first.headers["ETag"]}
    portal.clock.forward(seconds=50)
    portal.lookup.sweep()
    assert client.get("/rows", headers=asked).status_code == 304
    # A lot that no other test asks for.
    tell(portal.sessions, portal.town["street 12"], 7, portal.clock)
    portal.lookup.load()
    changed = client.get("/rows", headers=asked)
    assert changed.status_code == 200
    assert "紧张 7 个空位" in rows_of(changed.text)["西园 12 号停车场"]
    assert "不到 1 分钟前" in rows_of(changed.text)["西园 12 号停车场"]
    assert client.get("/rows", headers={**asked, "Accept-Language": "en"}).status_code == 200


def test_a_number_that_grows_old_is_withheld_on_the_page(portal: Portal) -> None:
    client = portal.client()
    portal.clock.forward(minutes=20)
    portal.lookup.sweep()
    row = rows_of(client.get("/rows").text)["人民医院东停车场"]
    assert "未知 共 290 位" in row
    assert "数据中断 21 分钟" in row


def test_the_page_of_a_lot_says_what_a_driver_needs(portal: Portal) -> None:
    page = portal.client().get(f"/lots/{portal.town['free']}").text
    for said in (
        "东门",
        "南侧入口",
        "普通车位",
        "充电车位",
        "东风路 232 号",
        "试停备〔2025〕001号",
        "2.1 米",
    ):
        assert said in page
    assert "西侧出口" not in page
    for host in (
        "uri.amap.com/navigation",
        "api.map.baidu.com/direction",
        "apis.map.qq.com/uri/v1/routeplan",
    ):
        assert page.count(host) == 2


def test_the_hours_of_the_week_follow_the_holiday_calendar(portal: Portal) -> None:
    portal.at(NOW.replace(month=9, day=28))
    page = portal.client().get(f"/lots/{portal.town['closed']}").text
    week = dict(re.findall(r'<th scope="row">([^<]+)</th><td class="figures">([^<]+)</td>', page))
    assert week["9月30日 周三"] == "18:00–24:00"
    assert week["10月1日 周四"] == "全天开放"


def test_the_fee_of_a_planned_stay_is_told_before_driving(portal: Portal) -> None:
    client = portal.client()
    rows = rows_of(client.get("/rows?stay=240&sort=cheap&rows=60&view=list").text)
    assert list(rows)[:2] == ["新城天地地下停车场", "人民医院东停车场"]
    assert "¥12 / 4 小时" in rows["人民医院东停车场"]
    assert "停 30 分钟 免费" in client.get("/?stay=30").text
    assert "¥16 / 4 小时" in client.get("/?stay=240&at=2027-01-02T09:00").text
    assert list(rows_of(client.get("/?stay=240&max_fee=10").text)) == ["新城天地地下停车场"]
    assert "不限费用（1 个）" in client.get("/?max_fee=0&class=charging").text


def test_the_page_of_a_lot_tells_the_fee_with_its_reasons(portal: Portal) -> None:
    client, lot_id = portal.client(), portal.town["free"]
    listed = client.get("/?stay=240&at=2026-11-21T09:00&vehicle=new_energy").text
    link = re.search(rf'href="(/lots/{lot_id}[^"]*)"', listed)
    assert link
    page = client.get(link[1].replace("&amp;", "&"))
    said = " ".join(re.sub(r"<[^>]+>", " ", page.text).split())
    assert "¥12 停 4 小时 2026年11月21日（周六）09:00 到 13:00" in said
    assert "2026年11月21日（周六）13:01 起是 ¥15" in said
    assert "00:00–24:00：4 个 60 分钟，每个 ¥3 ¥12" in said
    examples = dict(re.findall(r'<th scope="row">([^<]+)</th><td class="num">([^<]+)</td>', page.text))
    assert (examples["30 分钟"], examples["1 小时"]) == ("免费", "¥3")
    assert examples["24 小时"] == examples["过夜（20:00 到次日 08:00）"] == "¥20"
    assert "30 分钟以内（含）免费，超过的从第一分钟起收费" in said
    assert "2027年1月1日（周五）起按新的收费标准" in said
    assert "停 4 小时 将是 ¥16，按现行标准是 ¥12" in said
    unknown = client.get(f"/lots/{portal.town['far']}").text
    assert "这里还没有登记收费标准" in unknown
    assert "¥" not in unknown
    assert "这里停车不收费" in client.get(f"/lots/{portal.town['full']}").text
    refused = client.get(f"/lots/{lot_id}?stay=0&at=soon")
    assert refused.status_code == 422
    assert "不是有效的时间" in refused.text


def test_an_unknown_lot_is_a_page_with_its_code(portal: Portal) -> None:
    answer = portal.client().get("/lots/nope", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert "没有这个停车场" in answer.text
    assert "lot_unknown" in answer.text


def test_language_and_letter_size_are_remembered(portal: Portal) -> None:
    client = portal.client()
    assert '<html lang="zh-CN">' in client.get("/").text
    assert '<html lang="en" class="large">' in client.get("/?lang=en&size=large").text
    assert '<html lang="en" class="large">' in client.get("/favourites").text
    assert '<html lang="zh-CN">' in client.get("/favourites?lang=zh&size=normal").text
    stranger = portal.client()
    assert '<html lang="en">' in stranger.get("/", headers={"Accept-Language": "en-GB,en"}).text
    assert '<html lang="zh-CN">' in stranger.get("/", headers={"Accept-Language": "fr"}).text


def test_the_lots_of_a_browser_are_told_by_their_ids(portal: Portal) -> None:
    query = f"id={portal.town['far']}&id=gone&id={portal.town['full']}"
    rows = rows_of(portal.client().get(f"/rows?{query}").text)
    assert list(rows) == ["河口镇公共停车场", "新城天地地下停车场"]


PAGES = ("/", "/?rows=60", "/?class=charging&min_free=50", "/?q=zzz", "/?height=99", "/map", "/favourites")
CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")


def visible(html: str) -> str:
    """The words of a page: texts and what attributes say to people; what is marked as Chinese left out."""
    html = re.sub(r'<(\w+)[^>]* lang="zh-CN"[^>]*>.*?</\1>', " ", html.split("<body>")[1], flags=re.DOTALL)
    html = re.sub(r'<a [^>]*hreflang="zh-CN".*?</a>', " ", html, flags=re.DOTALL)
    # Names of places are offered as they are; a hand-over tells the map the name on the sign.
    return re.sub(r"<option [^>]*>|<li class=.lot.*?>|href=\"[^\"]*\"", " ", html)


@pytest.mark.parametrize("page", [*PAGES, "lot", "missing"])
def test_an_english_page_has_no_chinese_but_names(portal: Portal, page: str) -> None:
    address = {"lot": f"/lots/{portal.town['free']}", "missing": "/lots/nope"}.get(page, page)
    html = portal.client().get(address, headers={"Accept-Language": "en", "Accept": "text/html"}).text
    found = [line.strip() for line in visible(html).splitlines() if CHINESE.search(line)]
    assert not found


@pytest.mark.parametrize("page", [*PAGES, "lot", "missing"])
def test_a_chinese_page_has_no_english_sentence(portal: Portal, page: str) -> None:
    address = {"lot": f"/lots/{portal.town['free']}", "missing": "/lots/nope"}.get(page, page)
    html = portal.client().get(address, headers={"Accept": "text/html"}).text
    text = re.sub(r'<span lang="en">.*?</span>|<[^>]*>', "\n", html.split("<body>")[1], flags=re.DOTALL)
    # Units, codes and the name of a technique are no sentences.
    found = [line for line in text.splitlines() if re.search(r"[A-Za-z]{3,} [A-Za-z]{2,}", line)]
    assert not found


def test_the_whole_list_page_weighs_at_most_60_kb(portal: Portal) -> None:
    client = portal.client()
    sizes = {}
    todo = ["/"]
    while todo:
        address = todo.pop()
        with client.get(address, headers={"Accept-Encoding": "gzip"}) as answer:
            assert answer.status_code == 200, address
            sizes[address] = len(answer.data)
        if answer.headers.get("Content-Encoding") == "gzip":
            text = gzip.decompress(answer.data).decode()
        else:
            text = answer.data.decode()
        found = re.findall(r'<(?:script|link)[^>]*(?:src|href)="(/[^"]+)"', text) if address == "/" else []
        todo += [each for each in found if each not in sizes]
    assert len(sizes) >= 5
    assert not any("leaflet" in address or "map" in address for address in sizes)
    assert sum(sizes.values()) <= 60_000, sizes


def test_a_file_of_tiles_is_served_by_ranges(portal: Portal, tmp_path: Path) -> None:
    tiles = tmp_path / "city.pmtiles"
    tiles.write_bytes(bytes(range(256)) * 8)
    client = portal.an_app(map_pmtiles=tiles).test_client()
    with client.get("/map/tiles.pmtiles", headers={"Range": "bytes=127-130"}) as part:
        assert part.status_code == 206
        assert part.data == bytes([127, 128, 129, 130])
        assert part.headers["Content-Range"] == "bytes 127-130/2048"
    assert "protomaps-leaflet" in client.get("/map").text


def test_without_a_file_of_tiles_there_is_none(portal: Portal) -> None:
    client = portal.client()
    assert client.get("/map/tiles.pmtiles").status_code == 404
    assert "protomaps" not in client.get("/map").text


def test_only_a_key_for_tianditu_lets_its_tiles_in(portal: Portal) -> None:
    client = portal.an_app(map_tianditu_key="k-1").test_client()
    answer = client.get("/map")
    assert 'data-tianditu="k-1"' in answer.text
    assert "tianditu.gov.cn" in answer.headers["Content-Security-Policy"]


def test_before_the_city_is_read_the_page_says_so(portal: Portal) -> None:
    unread = Lookup(None, portal.sessions, portal.clock)
    client = a_portal(portal.sessions, unread, portal.clock).test_client()
    answer = client.get("/", headers={"Accept": "text/html"})
    assert answer.status_code == 503
    assert "停车数据正在载入" in answer.text
