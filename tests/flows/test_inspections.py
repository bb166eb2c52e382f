"""From a plan to a closed finding, over HTTP: officers and operators with their own eyes, nothing played."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from integrations.storage import LocalFolder
from parking.accounts.rules import OfficerRole
from parking.audit.queries import verify_chain
from parking.bootstrap import PAGES
from parking.inspections import jobs, queries
from parking.kernel.db.engine import Sessions
from parking.kernel.db.outbox import OutboxMessage
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.jobs import run_job
from parking.lookup.queries import Lookup
from parking.lots.queries import LotCard
from parking.portals._http.app import create_app
from parking.portals._http.services import PortalServices
from tests.factories import accounts
from tests.factories.city import DISTRICTS, NOW
from tests.factories.inspections import a_filed_lot, a_finding, an_inspected_city
from tests.factories.lookup import SetClock


@dataclass
class Someone:
    """A browser without scripts, of somebody who is logged in."""

    client: FlaskClient
    person: accounts.Person
    shown: TestResponse | None = None

    def show_token(self, token: str) -> None:
        audience = "bureau" if self.person.caller.kind == "officer" else "operator"
        self.client.set_cookie(f"{audience}_session", token)

    @property
    def text(self) -> str:
        assert self.shown is not None
        return unescape(re.sub(r"<[^>]+>", "", self.shown.text))

    @property
    def address(self) -> str:
        assert self.shown is not None
        return self.shown.request.path

    def open(self, address: str) -> Someone:
        self.shown = self.client.get(address, headers={"Accept-Language": "zh"}, follow_redirects=True)
        return self

    def follow(self, words: str) -> Someone:
        assert self.shown is not None
        links = re.findall(r'<a\b[^>]*\bhref="([^"]+)"[^>]*>(.*?)</a>', self.shown.text, re.S)
        found = [href for href, inner in links if words in unescape(re.sub(r"<[^>]+>", "", inner))]
        assert found, f"no link {words!r} on {self.address}"
        return self.open(unescape(found[0]))

    def form(self, ending: str) -> tuple[str, dict[str, str]]:
        """The form whose address ends so: where it goes, and its hidden fields."""
        assert self.shown is not None
        for action, inner in re.findall(
            r'<form\b[^>]*\baction="([^"]*)"[^>]*>(.*?)</form>', self.shown.text, re.S
        ):
            if unescape(action).split("?")[0].endswith(ending):
                pairs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', inner)
                return unescape(action), {name: unescape(value) for name, value in pairs}
        raise AssertionError(f"no form to {ending} on {self.address}")

    def send(self, ending: str, **fields: object) -> Someone:
        action, hidden = self.form(ending)
        return self.post(
            action, {**hidden, **{name.replace("__", "-"): value for name, value in fields.items()}}
        )

    def post(self, action: str, fields: dict[str, object]) -> Someone:
        self.shown = self.client.post(
            action, data=fields, headers={"Accept-Language": "zh"}, follow_redirects=True
        )
        return self


@dataclass
class Bureau:
    """The application with its people."""

    app: Flask
    sessions: Sessions
    clock: SetClock
    lot: LotCard
    inspector: Someone
    colleague: Someone
    elsewhere: Someone
    operator: Someone
    stranger: Someone

    def later(self, at: datetime) -> None:
        """It is then; everybody has logged in again."""
        self.clock.at = at
        with unit_of_work(self.sessions) as uow:
            for who in (self.inspector, self.colleague, self.elsewhere, self.operator, self.stranger):
                who.show_token(accounts.logged_in(uow.session, who.person.id, at).token)

    def run(self, name: str) -> None:
        job = next(job for job in jobs.jobs(self.sessions, self.clock) if job.name == name)
        assert run_job(job, self.sessions, self.clock) is None


def a_photo() -> tuple[BytesIO, str]:
    content = BytesIO()
    Image.new("RGB", (60, 40), "grey").save(content, "JPEG")
    content.seek(0)
    return content, "现场.jpg"


@pytest.fixture
def bureau(sessions: Sessions, tmp_path: Path) -> Iterator[Bureau]:
    clock = SetClock()
    inspector = (OfficerRole.INSPECTOR,)
    with unit_of_work(sessions) as uow:
        session = uow.session
        an_inspected_city(session)
        owner, other = accounts.an_owner(session, 1), accounts.an_owner(session, 2)
        lot = a_filed_lot(session, owner.organisation_id, name="人民医院停车场", filing_no=None)
        people = {
            "inspector": accounts.an_officer(session, "inspector1", inspector),
            "colleague": accounts.an_officer(session, "inspector2", inspector),
            "elsewhere": accounts.an_officer(session, "inspector3", inspector, [DISTRICTS[2]]),
            "operator": owner,
            "stranger": other,
        }
    lookup = Lookup(None, sessions, clock)
    lookup.load()
    services = PortalServices(
        sessions=sessions, clock=clock, lookup=lookup, files=LocalFolder(tmp_path), secure_cookies=False
    )
    app = create_app(services, pages=PAGES)
    seats = {name: Someone(app.test_client(), person) for name, person in people.items()}
    for who in seats.values():
        who.show_token(who.person.token)
    yield Bureau(app, sessions, clock, lot, **seats)


def planned(bureau: Bureau) -> Someone:
    """The inspector stands before the checklist of the one lot of a plan."""
    page = bureau.inspector.open("/bureau/inspections/plans/new?kind=safety&months_since=6")
    assert "共 1 个已备案的停车场符合条件" in page.text
    page.send("/new", name="冬季安全巡查", due_on="2026-11-30", choose="rule")
    assert "完成 0 / 1" in page.text
    return page.follow("人民医院停车场")


def with_a_finding(bureau: Bureau) -> str:
    """The address of what the visit found."""
    page = planned(bureau)
    visit = page.address
    page.send(
        visit,
        act="finish",
        item__fire_lane="failed",
        **{"item-fire_lane-note": "通道被杂物占用", "item-extinguishers": "passed"},
    )
    assert "登记了 1 个问题" in page.text
    return page.follow("人民医院停车场").address


def test_from_a_plan_to_a_closed_finding(bureau: Bureau) -> None:
    finding = with_a_finding(bureau)
    inspector, operator = bureau.inspector, bureau.operator
    assert operator.open("/operator/inspections").shown.status_code == 200
    assert "没有要整改的问题" in operator.text, "what is not ordered yet is not the operator's to see"

    inspector.open(finding).send("/photo", photo=a_photo())
    assert "照片已收到" in inspector.text
    inspector.open(finding).follow("交办整改").send("/order", note="请尽快清理")
    assert "停车场整改通知书" in inspector.text and "试改〔2026〕0001号" in inspector.text
    assert "2026年11月23日" in inspector.text, "one workday after Friday is Monday"

    operator.open("/operator/inspections").follow("人民医院停车场")
    assert "通道被杂物占用" in operator.text
    operator.send("/evidence", evidence=a_photo_of("整改后"))
    finding_id = finding.rsplit("/", 1)[1]
    operator.send(finding_id, text="已清理并安排专人巡视")
    assert "回复已收到，等待复核" in operator.text

    bureau.later(NOW + timedelta(hours=4))
    inspector.open(finding).follow("复核")
    assert "已清理并安排专人巡视" in inspector.text
    inspector.send("/recheck", passed="yes", text="现场属实")
    assert "已销号" in inspector.text
    with bureau.sessions() as session:
        seen = queries.finding(session, finding_id)
        steps = [str(each.step) for each in seen.steps]
        assert steps == ["found", "photographed", "ordered", "evidenced", "put_right", "rechecked", "closed"]
        assert verify_chain(session) is None
        told = [
            row.payload["key"] for row in session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
        ]
    assert {"inspection_ordered", "finding_put_right"} <= set(told)


def a_photo_of(what: str) -> tuple[BytesIO, str]:
    content = BytesIO()
    Image.new("RGB", (50, 50), "green").save(content, "PNG")
    content.seek(0)
    return content, f"{what}.png"


def test_a_form_that_arrives_twice_is_one_and_an_unfinished_one_keeps_every_word(bureau: Bureau) -> None:
    page = planned(bureau)
    visit = page.address
    typed = {"item-fire_lane": "failed", "item-fire_lane-note": "", "note": "地下二层灯光昏暗"}
    page.send(visit, act="finish", **typed)
    assert page.shown.status_code == 422
    assert "请写明不合格的情况" in page.text and "请选择合格、不合格或不适用" in page.text
    assert "地下二层灯光昏暗" in page.text, "nothing typed is lost"
    action, hidden = page.form(visit)
    full = (
        hidden
        | typed
        | {"item-fire_lane-note": "堆物", "item-extinguishers": "not_applicable", "act": "finish"}
    )
    for _ in range(2):
        page.post(action, full)
        assert "登记了 1 个问题" in page.text
    with bureau.sessions() as session:
        assert len(queries.findings(session).rows) == 1


def test_whoever_comes_second_learns_who_was_first(bureau: Bureau) -> None:
    finding = with_a_finding(bureau)
    second = bureau.colleague.open(finding).follow("撤回")
    bureau.inspector.open(finding).follow("交办整改").send("/order")
    second.send("/withdraw", text="其实没有问题")
    assert second.shown.status_code == 409
    assert "赵三已在" in second.text and "交办整改" in second.text
    with bureau.sessions() as session:
        assert queries.findings(session).rows[0].state == "ordered"


def test_nobody_sees_what_is_anothers(bureau: Bureau) -> None:
    finding = with_a_finding(bureau)
    finding_id = finding.rsplit("/", 1)[1]
    bureau.inspector.open(finding).send("/photo", photo=a_photo())
    photo = re.search(r'src="([^"]+/papers/[^"]+)"', bureau.inspector.shown.text)[1]
    shown = bureau.inspector.open(photo).shown
    assert (shown.status_code, shown.mimetype) == (200, "image/jpeg")
    assert shown.headers["Content-Disposition"].startswith("attachment")
    bureau.inspector.open(finding).follow("交办整改").send("/order")
    order = bureau.inspector.address
    for who, audience in ((bureau.elsewhere, "bureau"), (bureau.stranger, "operator")):
        for path in (finding, photo, order, f"/{audience}/findings/{finding_id}"):
            address = re.sub("^/bureau", f"/{audience}", path)
            assert who.open(address).shown.status_code == 404, address
        assert "人民医院" not in who.open(f"/{audience}/inspections").text


def test_a_road_point_goes_to_the_traffic_police_with_both_times(bureau: Bureau) -> None:
    page = bureau.inspector.open("/bureau/findings/new")
    page.send(
        "/findings/new",
        kind="facilities",
        grade="serious",
        text="人行道上停满机动车",
        place="滨河路与东风路口",
        district_code=DISTRICTS[0],
        found_on="2026-11-20",
        found_time="09:10",
    )
    assert "问题已登记" in page.text
    finding_id = page.address.rsplit("/", 1)[1]
    assert "交办整改" not in [*re.findall(r"<a class=\"action[^>]*>([^<]+)", page.shown.text)]
    page.follow("移交交警").send("/hand-over", to="交警大队二中队", at_on="2026-11-20", at_time="09:00")
    assert page.shown.status_code == 422 and "时间应在上一步之后" in page.text
    page.send("/hand-over", to="交警大队二中队", at_on="2026-11-20", at_time="09:40")
    page.follow("登记交警答复").send("/handover-answer", text="已劝离", at_on="", at_time="")
    page.follow("销号").send("/close", text="")
    assert "已销号" in page.text
    with bureau.sessions() as session:
        row = queries.finding(session, finding_id).row
    assert (row.found_at, row.handed_over_at) == (NOW - timedelta(minutes=50), NOW - timedelta(minutes=20))


def test_an_order_that_nobody_answers_is_asked_for_louder_each_time(bureau: Bureau) -> None:
    finding = with_a_finding(bureau)
    bureau.inspector.open(finding).follow("交办整改").send("/order")
    finding_id = finding.rsplit("/", 1)[1]
    levels = []
    # Ordered on Friday the 20th, due on Monday the 23rd; overdue workdays are counted from Tuesday on.
    for day in (23, 24, 25, 30):
        bureau.later(NOW.replace(day=day))
        for _ in range(2):
            bureau.run("escalate_findings")
        with bureau.sessions() as session:
            levels.append(queries.finding(session, finding_id).row.escalation)
    assert levels == [0, 1, 1, 2]
    with bureau.sessions() as session:
        steps = [each for each in queries.finding(session, finding_id).steps if each.step == "escalated"]
        told = [
            row.payload
            for row in session.scalars(select(OutboxMessage))
            if row.payload["key"] == "finding_overdue"
        ]
    assert [each.details["level"] for each in steps] == [1, 2]
    assert {payload["params"]["level"] for payload in told} == {1, 2}
    assert "第 2 级督办" in bureau.inspector.open("/bureau/findings?show=overdue").text
    assert "第 2 级督办" in bureau.operator.open("/operator/inspections").text


def test_a_months_score_names_its_rows_to_bureau_and_operator_alike(bureau: Bureau) -> None:
    finding = with_a_finding(bureau)
    bureau.inspector.open(finding).follow("交办整改").send("/order")
    bureau.later(NOW.replace(day=25))
    bureau.run("reckon_scores")
    score = f"/scores/{bureau.lot.id}/2026-11"
    for who, audience in ((bureau.inspector, "bureau"), (bureau.operator, "operator")):
        page = who.open(f"/{audience}{score}")
        assert "41.7" in page.text, "25 of 40 for an urgent finding, 0 of 20 for the late answer"
        assert "试巡〔2026〕00001号" in page.text and "扣 15 分" in page.text and "没有回复" in page.text
        assert "没有接入动态数据，不计分" in page.text
    assert bureau.stranger.open(f"/operator{score}").shown.status_code == 404
    assert bureau.elsewhere.open(f"/bureau{score}").shown.status_code == 404
    assert "41.7" in bureau.inspector.open("/bureau/scores").text


@pytest.mark.parametrize("month", ["0001-01", "9999-12", "2026-13", "x"])
def test_a_month_beyond_the_calendar_is_none(bureau: Bureau, month: str) -> None:
    with unit_of_work(bureau.sessions) as uow:
        person = accounts.an_officer(uow.session, "statistician1", (OfficerRole.STATISTICIAN,))
    statistician = Someone(bureau.app.test_client(), person)
    statistician.show_token(person.token)
    _, form = statistician.open("/bureau/scores").form("/reckon")
    assert statistician.post(f"/bureau/scores/{month}/reckon", form).shown.status_code == 404
    assert statistician.open(f"/bureau/scores?month={month}").shown.status_code == 404


def test_a_finding_that_nobody_can_read_holds_up_no_other(bureau: Bureau) -> None:
    with unit_of_work(bureau.sessions) as uow:
        broken, sound = sorted(a_finding(uow.session) for _ in range(2))
        uow.session.execute(text("UPDATE findings SET state = 'unheard' WHERE id = :id"), {"id": broken})
    bureau.later(NOW.replace(day=30))
    with pytest.raises(ValueError, match="unheard"):
        next(job for job in jobs.jobs(bureau.sessions, bureau.clock) if job.name == "escalate_findings").run()
    with bureau.sessions() as session:
        assert queries.finding(session, sound).row.escalation
