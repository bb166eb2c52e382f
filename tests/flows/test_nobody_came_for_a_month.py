"""Nobody used a yard for a month: its parties are asked, each answers, and the evidence tells it."""

from __future__ import annotations

from datetime import UTC, datetime

from parking.accounts.rules import OfficerRole
from parking.bootstrap import INTERFACES, PAGES
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.lookup.queries import Lookup
from parking.portals._http.app import create_app
from parking.portals._http.services import PortalServices
from parking.sharing import jobs as sharing_jobs
from tests.factories.accounts import PASSWORD, an_officer, an_owner, logged_in
from tests.factories.city import a_city
from tests.factories.console import Officer
from tests.factories.devices import SECRET
from tests.factories.lookup import SetClock
from tests.factories.lots import a_lot
from tests.factories.sharing import an_agreement
from tests.plain_browser import Window, served

# 10:00 in the city on the first day of the year.
NEW_YEAR = datetime(2027, 1, 1, 2, tzinfo=UTC)


def test_a_month_in_which_nobody_came_is_asked_about_and_answered(sessions: Sessions) -> None:
    with unit_of_work(sessions) as uow:
        session = uow.session
        a_city(session)
        supervisor = an_officer(session, "supervisor1", (OfficerRole.SHARING_SUPERVISOR,))
        owner = an_owner(session, 1)
        lot = a_lot(session, name="城东实验小学停车场", access="staff")
        lent = an_agreement(session, lot.id, organisation_id=owner.organisation_id)
    clock = SetClock(NEW_YEAR)
    (ask,) = (job for job in sharing_jobs.jobs(sessions, clock) if job.name == "ask_unused_agreements")
    assert ask.exclusive
    ask.run()
    ask.run()
    lookup = Lookup(None, sessions, clock)
    lookup.load()
    services = PortalServices(sessions=sessions, clock=clock, lookup=lookup, secret_key=SECRET)
    with served(create_app(services, pages=PAGES, interfaces=INTERFACES)) as address:
        window = Window(address).open("/operator/login").press("登录", login="owner1", password=PASSWORD)
        assert "2026年12月" in window.main and "城东实验小学停车场" in window.main
        window.follow("错时共享 2026年12月 没人用过：请答复").press("提交答复", reason="")
        assert "请选择继续履行还是提议终止" in window.main
        window.press("提交答复", opinion="continue", reason="门口修路，十二月封闭")
        assert "门口修路，十二月封闭" in window.main and "提交答复" not in window.main

        with unit_of_work(sessions) as uow:
            token = logged_in(uow.session, supervisor.id, clock.at).token
        officer = Officer(address)
        officer.http.cookies.set("bureau_session", token)
        officer.open("/bureau/sharing?asked=yes").follow("城东实验小学停车场")
        officer.press("登记答复", party="owner", opinion="end", reason="不想再开门")
        assert officer.path == f"/bureau/sharing/{lent.id}" and "提议终止" in officer.main
        evidence = officer.open("/bureau/sharing/evidence?month=2026-12").main
        for said in ("没有人用过", "门口修路，十二月封闭", "不想再开门", "待答复：监管部门"):
            assert said in evidence
