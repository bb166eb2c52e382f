"""The journey of a notice: put down with the work, sent after its commit, once, also when things fail."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from parking.accounts import jobs, service
from parking.accounts.rules import Audience
from parking.boundary.notices import NoticeNotSent
from parking.kernel.db import outbox
from parking.kernel.db.outbox import OutboxMessage
from parking.kernel.db.unit_of_work import unit_of_work
from tests.factories.accounts import PHONE, register
from tests.factories.city import NOW, a_city
from tests.factories.sources import HandClock


@pytest.fixture
def clock():
    return HandClock(NOW)


def put(sessions, *numbers):
    with unit_of_work(sessions) as uow:
        for number in numbers:
            outbox.put(uow.session, "test", {"number": number, "code": "hidden"}, NOW)


def messages(sessions):
    with sessions() as session:
        return session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()


def test_a_reset_code_reaches_its_owner_and_nobody_else(sessions, clock):
    with unit_of_work(sessions) as uow:
        a_city(uow.session)
        register(uow.session)
        service.request_reset(uow.session, Audience.MEMBER, "owner1", "192.0.2.1", NOW)
    sent = []

    class Channel:
        def send(self, notice):
            sent.append(notice)

    relay, *_ = jobs.jobs(sessions, clock, Channel(), lambda text, params: text % params)
    relay.run()
    relay.run()
    [notice] = sent
    assert notice.phone == PHONE
    assert notice.params["code"] in notice.text
    [row] = messages(sessions)
    assert (row.payload, row.sent_at) == ({}, NOW)


def test_what_was_rolled_back_is_never_sent(sessions, clock):
    with pytest.raises(RuntimeError), unit_of_work(sessions) as uow:
        outbox.put(uow.session, "test", {}, NOW)
        raise RuntimeError
    assert outbox.relay(sessions, clock, {"test": pytest.fail}) == outbox.Relayed()


def test_a_failed_message_is_tried_again_later_with_the_same_number(sessions, clock):
    put(sessions, 1)
    tried = []

    def channel(payload):
        tried.append(payload[outbox.ID])
        if len(tried) < 3:
            raise NoticeNotSent("timed_out")

    assert outbox.relay(sessions, clock, {"test": channel}).failed == 1
    assert outbox.relay(sessions, clock, {"test": channel}) == outbox.Relayed()
    for rest in (30, 60):
        clock.forward(seconds=rest)
        outbox.relay(sessions, clock, {"test": channel})
    [row] = messages(sessions)
    assert (len(set(tried)), row.attempts, row.sent_at) == (1, 3, clock.at)


def test_after_twelve_attempts_a_message_is_given_up_and_forgets_what_it_said(sessions, clock):
    put(sessions, 1)

    def channel(payload):
        raise NoticeNotSent("bad_status")

    for _ in range(12):
        outbox.relay(sessions, clock, {"test": channel})
        clock.forward(hours=1)
    [row] = messages(sessions)
    assert row.given_up_at is not None
    assert (row.attempts, row.last_error, row.payload) == (12, "NoticeNotSent", {})
    assert outbox.relay(sessions, clock, {"test": pytest.fail}) == outbox.Relayed()


def test_two_relays_at_once_send_every_message_once(sessions, clock):
    put(sessions, *range(30))
    sent = []
    both = threading.Barrier(2)

    def run():
        both.wait(10)
        outbox.relay(sessions, clock, {"test": lambda payload: sent.append(payload["number"])})

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(sent) == list(range(30))


def test_what_a_dead_process_had_claimed_is_sent_by_another(sessions, clock):
    put(sessions, 1)

    class Died(BaseException):
        """As kill -9: nothing after it runs."""

    def dies(payload):
        raise Died

    with pytest.raises(Died):
        outbox.relay(sessions, clock, {"test": dies})
    assert outbox.relay(sessions, clock, {"test": pytest.fail}) == outbox.Relayed()
    clock.forward(minutes=2)
    sent = []
    outbox.relay(sessions, clock, {"test": sent.append})
    assert [each["number"] for each in sent] == [1]


def test_one_failing_message_does_not_hold_up_the_others_nor_a_topic_without_a_channel(sessions, clock):
    put(sessions, 1, 2, 3)
    with unit_of_work(sessions) as uow:
        outbox.put(uow.session, "elsewhere", {}, NOW)
    sent = []

    def channel(payload):
        if payload["number"] == 1:
            raise NoticeNotSent("timed_out")
        sent.append(payload["number"])

    assert outbox.relay(sessions, clock, {"test": channel}) == outbox.Relayed(sent=2, failed=1)
    assert sent == [2, 3]
