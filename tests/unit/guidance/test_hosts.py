"""Claims about turns: how often a host is asked, whichever sources lie there."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from parking.audit.models import AuditEntry
from parking.guidance import service
from parking.guidance.errors import HostLimitInvalid, HostUnknown
from parking.guidance.models import Pull, SourceHost
from parking.guidance.queries import outgoing
from parking.guidance.rules.hosts import HostLimits, HostTurns
from parking.guidance.rules.pulls import Failed, Lane
from parking.kernel.actors import CLI
from tests.factories.city import NOW, a_city
from tests.factories.sources import a_source

LIMITS = HostLimits(at_once=2, per_minute=60)
POLITE, QUICK = "polite.example", "quick.example"


@pytest.fixture(autouse=True)
def city(session):
    a_city(session)


def claim(session, now=NOW, limits=LIMITS, most=50):
    return service.claim_due(session, "me", now, Lane.FAST, most, limits)


def hosts_of(claimed) -> Counter[str]:
    return Counter(each.host for each in claimed)


@given(
    st.integers(1, 20),
    st.integers(1, 600),
    st.lists(st.tuples(st.floats(0, 90), st.integers(0, 30)), max_size=60),
)
def test_a_host_never_gets_more_than_its_rate_and_one_burst(at_once, per_minute, looks):
    """Whoever looks, whenever, and takes as many turns as there are."""
    turns = HostTurns("h", at_once, per_minute, NOW - timedelta(minutes=1))
    now, began, taken = NOW, NOW, 0
    for after_s, wanted in looks:
        now += timedelta(seconds=after_s)
        free = turns.free(now)
        assert 0 <= free <= at_once
        taken += min(wanted, free)
        turns = HostTurns("h", at_once, per_minute, turns.after(min(wanted, free), now))
        minutes = (now - began) / timedelta(minutes=1)
        assert taken <= min(at_once, per_minute) + minutes * per_minute + 1e-6


def test_a_host_is_asked_so_many_at_once_and_nobody_waits_behind_it(session):
    for n in range(13):
        a_source(session, live_url=f"https://{POLITE}/{n}")
    a_source(session, live_url=f"https://{QUICK}/live")
    assert hosts_of(claim(session)) == {POLITE: 2, QUICK: 1}
    # The two are still being asked, and the third turn has to wait for one of them.
    assert claim(session, NOW + timedelta(seconds=30)) == []


def test_the_rate_holds_when_answers_are_quick_and_other_workers_claim_too(session):
    for n in range(13):
        a_source(session, live_url=f"http://{POLITE.upper()}:81/{n}")
    started = 0
    for second in range(11):
        now = NOW + timedelta(seconds=second)
        for due in [*claim(session, now), *claim(session, now)]:
            service.record_pull(session, due, Failed("empty"), now)
            started += 1
    assert started == 2 + 10


def test_a_machine_that_is_ours_is_not_waited_for(session):
    for n in range(20):
        a_source(session, live_url=f"http://[::1]:80{n:02}/live")
    assert len(claim(session)) == 20
    assert session.scalars(select(SourceHost)).all() == []


def test_a_hosts_own_limit_stands_in_for_the_deployments(session):
    for n in range(6):
        a_source(session, live_url=f"https://{POLITE}/{n}", interval_s=10)
    service.limit_host(session, CLI, POLITE, 5, None, NOW)
    [view] = outgoing.hosts(session, LIMITS)
    assert (view.pulls, view.wanted, view.at_once, view.per_minute, view.own) == (6, 36.0, 5, 60, True)
    assert hosts_of(claim(session)) == {POLITE: 5}
    service.limit_host(session, CLI, POLITE, None, 1, NOW)
    assert outgoing.hosts(session, LIMITS)[0].too_tight
    told = select(AuditEntry.action, AuditEntry.details).where(AuditEntry.subject_kind == "source_host")
    assert [each.details["after"] for each in session.execute(told)] == [
        {"at_once": 5, "per_minute": None},
        {"at_once": None, "per_minute": 1},
    ]
    with pytest.raises(HostUnknown):
        service.limit_host(session, CLI, "nobody.example", 1, 1, NOW)
    with pytest.raises(HostLimitInvalid) as refused:
        service.limit_host(session, CLI, POLITE, 0, 10**6, NOW)
    assert [problem.field for problem in refused.value.problems] == ["at_once", "per_minute"]


def test_who_wants_to_be_left_alone_is_and_too_many_requests_close_the_whole_host(session):
    for n in range(3):
        a_source(session, live_url=f"https://{POLITE}/{n}", interval_s=5)
    [first, second] = claim(session)
    refused = Failed("bad_status", retry_after_s=120.0, too_many=True)
    service.record_pull(session, first, refused, NOW)
    service.record_pull(session, second, Failed("bad_status", retry_after_s=10**9), NOW)
    due_at = dict(iter(session.execute(select(Pull.source_id, Pull.due_at))))
    assert due_at[first.source_id] >= NOW + timedelta(seconds=120)
    assert due_at[second.source_id] == NOW + timedelta(days=1)
    assert claim(session, NOW + timedelta(seconds=119)) == []
    claimed = {each.source_id for each in claim(session, NOW + timedelta(seconds=121))}
    assert (len(claimed), second.source_id in claimed) == (2, False)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("HTTPS://Feeds.Example:8443/a?b=http://other.example/", "feeds.example"),
        ("http://[2001:DB8::1]:8080/live", "2001:db8::1"),
        ("https://feeds.example./live", "feeds.example"),
        ("http://feeds.example?x=1", "feeds.example"),
    ],
)
def test_a_host_is_named_in_one_way(session, url, host):
    a_source(session, live_url=url)
    assert session.scalars(select(Pull.host)).one() == host
