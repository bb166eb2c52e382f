"""Is a source said to agree with the register only once its lots were read?"""

from __future__ import annotations

from parking.boundary.feeds import LotCandidate, Parsed
from parking.guidance import queries, service
from parking.guidance.rules.pulls import Answered, PullKind
from parking.portals.bureau.sources import none_differ
from tests.factories.city import NOW, a_city
from tests.factories.sources import a_source

URL = "https://gate.example/lots"


def said(session, *names):
    return none_differ([view for view in queries.source_views(session) if view.name in names])


def test_nothing_agrees_before_the_lots_were_read(session):
    a_city(session)
    east = a_source(session, name="east", static_url=URL, live_url=URL)
    a_source(session, name="west", live_url=URL)
    assert said(session, "east") == said(session, "east", "west") == "停车场资料还没有读到，无从比较。"
    assert said(session, "west") == "只有余位，没有停车场资料可以比较。"
    due = service.claim_one(session, "test", NOW, east, PullKind.STATIC)
    service.record_pull(session, due, Answered(Parsed(candidates=(LotCandidate("1", "东门"),))), NOW)
    session.expire_all()
    assert said(session, "east") == said(session, "east", "west") == "数据源与登记一致。"
