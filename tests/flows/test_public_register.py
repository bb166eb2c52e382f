"""Anyone verifies a certificate and reads the register of filed lots: HTTP in, pages, tables and JSON out."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from parking.accounts.rules import OfficerRole, OrganisationKind
from parking.filings import queries, service
from parking.filings.queries import CertificateView
from parking.kernel.db.engine import make_engine, make_sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.lookup.queries import Lookup
from tests.databases import Server
from tests.factories.accounts import an_officer, an_owner
from tests.factories.city import DISTRICTS, NOW, a_city, a_profile
from tests.factories.filings import DOCUMENTS, REASONS, TERMS, Office, a_filed_lot
from tests.factories.lookup import SetClock
from tests.factories.portal import a_portal

PERSON = "欧阳试名"
PHONE = "13800000001"
FORMULA = '=HYPERLINK("http://evil.example","点我")'
YEAR = timedelta(days=365)


class Filed:
    """The app over a city with five filed lots, each certificate by what is special about it."""

    def __init__(self, url: str) -> None:
        self.engine = make_engine(url)
        self.sessions = make_sessions(self.engine)
        self.clock = SetClock(NOW)
        with unit_of_work(self.sessions) as uow:
            session = uow.session
            districts = a_profile()["districts"]
            parts = {"filings": TERMS, "documents": DOCUMENTS, "reasons": REASONS, "districts": districts}
            city = a_city(session, accounts={"natural_persons": True}, **parts)
            reviewer = an_officer(session, roles=(OfficerRole.REVIEWER,))
            body = Office(city, an_owner(session), reviewer, reviewer)
            person = an_owner(
                session, 2, kind=OrganisationKind.PERSON, name=PERSON, credit_code=None, contact_name=PERSON
            )
            man = Office(city, person, reviewer, reviewer)
            told = (
                ("plain", body, {"name_en": "Chengdong First"}),
                ("person", man, {"name": "河口一号停车场", "district_code": DISTRICTS[2]}),
                ("formula", body, {"name": FORMULA, "address": "+86 路<script>1</script>"}),
                (
                    "street",
                    body,
                    {"name": "滨河路 1–20 号", "district_code": DISTRICTS[1]},
                ),
                ("revoked", body, {"name": "已撤销停车场"}),
            )
            numbers = {}
            for step, (what, office, fields) in enumerate(told):
                place = {"lat": 32.06 + step * 0.01, "lon": 120.64, "datum": "wgs84"}
                _, filing = a_filed_lot(session, office, position=place, **fields)
                numbers[what] = filing.certificate_number
            revoked = queries.certificate(session, str(numbers["revoked"]), city, NOW.date())
            service.revoke_certificate(
                session, reviewer.caller.actor, revoked.number, "不实", None, revoked.version, NOW
            )
            self.certificates: dict[str, CertificateView] = {
                what: queries.certificate(session, str(number), city, NOW.date())
                for what, number in numbers.items()
            }
        self.lookup = Lookup(None, self.sessions, self.clock)
        self.lookup.load()
        self.app = a_portal(self.sessions, self.lookup, self.clock, public_url="https://parking.test")

    def get(self, path: str, language: str = "zh", **arguments: object):
        client: FlaskClient = self.app.test_client()
        return client.get(path, query_string=arguments or None, headers={"Accept-Language": language})


@pytest.fixture(scope="module")
def _filed(server: Server, database_prefix: str) -> Iterator[Filed]:
    name = f"{database_prefix}_filed"
    filed = Filed(server.clone(name))
    yield filed
    filed.engine.dispose()
    server.drop(name)


@pytest.fixture
def filed(_filed: Filed) -> Filed:
    _filed.clock.at = NOW
    return _filed


def text_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_a_code_or_a_number_leads_to_what_the_certificate_stands_for(filed: Filed) -> None:
    certificate = filed.certificates["plain"]
    for told in (certificate.code, certificate.code.upper(), certificate.number):
        page = filed.get(f"/verify/{quote(told)}")
        said = text_of(page.text)
        assert page.status_code == 200
        assert "● 有效" in said and certificate.number in said
        assert "城东第一停车场" in said and "试城物业1有限公司" in said and "城东街道" in said
        assert "2029年11月" in said and "parking.test" in said
        assert page.headers["Cache-Control"] == "no-store"
    typed = filed.get("/verify", number=f"  {certificate.number} ")
    assert typed.status_code == 303
    assert filed.get(typed.headers["Location"]).status_code == 200


@pytest.mark.parametrize(
    ("what", "after", "says"),
    [
        ("plain", 3 * YEAR - timedelta(days=30), "▲ 即将到期 这份备案证明真实，现在仍然有效"),
        ("plain", 3 * YEAR + timedelta(days=2), "■ 已到期 这份备案证明曾经签发，现在无效"),
        ("revoked", timedelta(), "✕ 已撤销 这份备案证明曾经签发，现在无效"),
    ],
)
def test_what_has_become_of_a_certificate_is_said_in_words_and_shape(
    filed: Filed, what: str, after: timedelta, says: str
) -> None:
    filed.clock.at = NOW + after
    assert says in text_of(filed.get(f"/verify/{filed.certificates[what].code}").text)


@pytest.mark.parametrize("told", ["没有-2026-00001", "x" * 500, "\u200b", "a/b", "<script>alert(1)</script>"])
def test_an_unknown_code_gets_a_clear_page_of_its_own(filed: Filed, told: str) -> None:
    page = filed.get(f"/verify/{quote(told)}")
    assert page.status_code == 404
    assert "没有这个备案证明" in text_of(page.text)
    assert "<script>alert" not in page.text
    assert "查验另一份" not in page.text and 'name="number"' in page.text


def test_no_name_or_number_of_a_person_is_in_any_public_answer(filed: Filed) -> None:
    certificate = filed.certificates["person"]
    answers = [
        filed.get(path).data.decode("utf-8", "replace")
        for path in (
            f"/verify/{certificate.code}",
            "/register",
            "/register.csv",
            "/api/v1/register",
            f"/verify/{filed.certificates['plain'].code}",
        )
    ]
    book = load_workbook(io.BytesIO(filed.get("/register.xlsx").data))
    answers.append(str(list(book.worksheets[0].iter_rows(values_only=True))))
    assert all("河口一号停车场" in answer for answer in answers[:4])
    for answer in answers:
        assert PERSON not in answer and PHONE not in answer
    assert "个人" in answers[0]
    # Nor does a person's name find their lots.
    assert "没有找到" in filed.get("/register", q=PERSON).text
    assert filed.get("/api/v1/register", q=PERSON).json["items"] == []
    assert "试城物业1" in filed.get("/register", q="试城物业1").text


def test_the_list_holds_what_is_in_force_and_is_found_by_words_and_district(filed: Filed) -> None:
    said = text_of(filed.get("/register").text)
    assert "城东第一停车场" in said and "滨河路 1–20 号" in said and "已撤销停车场" not in said
    assert "河口一号停车场" not in text_of(filed.get("/register", district=DISTRICTS[0]).text)
    assert "河口一号停车场" in text_of(filed.get("/register", district=DISTRICTS[2]).text)
    assert "滨河路" in text_of(filed.get("/register", q="滨河").text)
    assert "没有找到备案的停车场" in text_of(filed.get("/register", q="不存在\u200b").text)
    unknown = filed.get("/register", district="999")
    assert (unknown.status_code, "没有这个镇街" in text_of(unknown.text)) == (422, True)
    refused = filed.get("/api/v1/register", district="999")
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, "district")
    filed.clock.at = NOW + 3 * YEAR + timedelta(days=2)
    assert "没有找到备案的停车场" in text_of(filed.get("/register").text)


def test_the_list_is_paged_without_losing_or_repeating_a_lot(
    filed: Filed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("parking.portals.citizen.register._ROWS", 3)
    first = filed.get("/register")
    following = re.search(r'href="(/register\?after=[^"]+)" rel="next"', first.text)
    assert following
    second = filed.get(unescape(following[1]))
    found = [re.findall(r'href="/lots/(\w+)"', page.text) for page in (first, second)]
    assert [len(lots) for lots in found] == [3, 1] and len(set(found[0] + found[1])) == 4
    assert 'rel="next"' not in second.text and "回到第一页" in second.text


def test_a_table_of_the_list_runs_no_formula(filed: Filed) -> None:
    sent = filed.get("/register.csv")
    assert sent.headers["Content-Disposition"].startswith("attachment")
    rows = list(csv.reader(io.StringIO(sent.data.decode("utf-8-sig"))))
    assert rows[0][0] == "备案编号" and len(rows) == 5
    assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "@") or cell.startswith("-")]
    assert "'" + FORMULA in {row[2] for row in rows}
    assert {row[7] for row in rows[1:]} == {"试城物业1有限公司", "个人"}
    sheet = load_workbook(io.BytesIO(filed.get("/register.xlsx").data)).worksheets[0]
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert FORMULA in {cell.value for cell in cells}
    # A search is taken along.
    assert len(filed.get("/register.csv", district=DISTRICTS[2]).data.splitlines()) == 2
    assert filed.get("/register.csv", "en").data.decode("utf-8-sig").splitlines()[0] != ",".join(rows[0])


def test_the_interface_tells_the_list_and_is_documented(filed: Filed) -> None:
    page = filed.get("/api/v1/register", limit=3).json
    rest = filed.get(page["next"]).json
    items = page["items"] + rest["items"]
    assert (len(page["items"]), len(rest["items"]), rest["next"]) == (3, 1, None)
    assert [item["number"] for item in items] == sorted(item["number"] for item in items)
    by_number = {item["number"]: item for item in items}
    assert by_number[filed.certificates["person"].number]["holder"] is None
    plain = by_number[filed.certificates["plain"].number]
    assert plain["state"] == "valid" and plain["spaces"] == 100 and plain["name_en"] == "Chengdong First"
    assert plain["last_on"] == filed.certificates["plain"].last_on.isoformat()
    documented = filed.get("/api/openapi.json").json["paths"]["/api/v1/register"]["get"]
    assert {each["name"] for each in documented["parameters"]} == {"q", "district", "cursor", "limit"}
    moved = filed.get("/register.json", q="滨河")
    assert moved.status_code == 308 and len(filed.get(moved.headers["Location"]).json["items"]) == 1
    for wrong in ({"limit": 201}, {"cursor": "ä"}, {"cursor": "AA"}, {"page": 1}):
        assert filed.get("/api/v1/register", **wrong).status_code == 422


def test_the_page_of_a_lot_says_that_it_is_on_file_while_it_is(filed: Filed) -> None:
    certificate = filed.certificates["plain"]
    page = filed.get(f"/lots/{certificate.lot_id}").text
    assert "已备案" in page and f'href="/verify/{quote(certificate.number)}"' in page
    revoked = filed.get(f"/lots/{filed.certificates['revoked'].lot_id}").text
    assert "已备案" not in revoked and "尚未备案" in revoked
