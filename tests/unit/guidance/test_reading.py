"""Claims about pulls that end in a way that nobody foresaw: they are failures too."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from sqlalchemy import bindparam, select, text
from sqlalchemy.exc import DataError

from parking.boundary.fetching import Fetched, FetchRequest
from parking.guidance import service
from parking.guidance.jobs.reading import read_source
from parking.guidance.models import Pull
from parking.guidance.rules.pulls import Lane, NotModified, Reason
from tests.factories.city import NOW, a_city
from tests.factories.sources import HandClock, a_source

LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def due(session):
    a_city(session)
    a_source(session, name="east", live_url="https://gate.example/live")
    [due] = service.claim_due(session, "me", NOW, Lane.FAST, 5)
    return due


class Breaking:
    """A door out with a mistake in it."""

    def fetch(self, request: FetchRequest) -> Fetched:
        raise OverflowError(f"s3cr3t of {request.url}")


def test_a_mistake_of_ours_while_asking_is_a_failure_that_is_recorded_and_logged(session, due, caplog):
    with caplog.at_level(logging.ERROR):
        outcome = read_source(due, Breaking(), {"plain": object()}, HandClock())
    assert (outcome.reason, outcome.detail) == (Reason.ADAPTER_ERROR, "OverflowError")
    service.record_pull(session, due, outcome, LATER - timedelta(seconds=50))
    assert silent_since(session) == LATER - timedelta(seconds=50)
    [told] = caplog.records
    assert (told.message, told.source, told.at[:15]) == ("read_broke", "east", "test_reading.py")
    assert "s3cr3t" not in caplog.text + repr(vars(told))


def test_a_pull_that_nobody_recorded_is_silent_from_the_next_claim_on(session, due):
    assert silent_since(session) is None
    assert service.claim_due(session, "me", NOW + timedelta(seconds=20), Lane.FAST, 5) == []
    [again] = service.claim_due(session, "you", LATER, Lane.FAST, 5)
    [once_more] = service.claim_due(session, "me", LATER + timedelta(minutes=1), Lane.FAST, 5)
    assert silent_since(session) == again.silent_since_at == once_more.silent_since_at == LATER
    service.record_pull(session, once_more, NotModified(), LATER + timedelta(minutes=1))
    assert silent_since(session) is None


def test_what_was_given_back_was_no_silence(session, due):
    service.give_back(session, "me", [due])
    service.claim_due(session, "you", LATER, Lane.FAST, 5)
    assert silent_since(session) is None


def test_an_error_of_the_database_repeats_no_value(session):
    asked = text("select :told").bindparams(bindparam("told", "s3cr3t\0"))
    with pytest.raises(DataError) as failed, session.begin_nested():
        session.execute(asked)
    assert "s3cr3t" not in str(failed.value)


def silent_since(session):
    return session.scalar(select(Pull.silent_since_at))
