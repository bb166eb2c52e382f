"""What many do at once with accounts comes out as if one did it after the other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pyotp
import pytest

from parking.accounts import queries, service
from parking.accounts.errors import CodeRefused, LockedOut, LoginRefused, LoginUnfinished
from parking.accounts.rules import Audience
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.errors import ParkingError
from parking.kernel.sealing import Sealer
from tests.factories.accounts import PASSWORD, an_officer, an_owner, register
from tests.factories.city import NOW, a_city

SEALER = Sealer.from_secret("a secret of a test, 32 characters")
AT_ONCE = 8


@pytest.fixture(autouse=True)
def city(sessions):
    with unit_of_work(sessions) as uow:
        a_city(uow.session)


def at_once(sessions, work):
    """What each of several transactions came to: its value, or its refusal, which is committed."""
    together = Barrier(AT_ONCE)

    def one(number):
        together.wait(30)
        with unit_of_work(sessions) as uow:
            try:
                return work(uow.session, number)
            except ParkingError as refused:
                return type(refused)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(one, range(AT_ONCE)))


def test_of_many_guesses_at_once_five_are_looked_at(sessions):
    with unit_of_work(sessions) as uow:
        an_owner(uow.session)
    told = at_once(
        sessions,
        lambda session, number: service.log_in(
            session, Audience.MEMBER, "owner1", "wrong", f"10.0.{number}.1", NOW
        ),
    )
    assert sorted(each.__name__ for each in told) == ["LockedOut"] * 3 + ["LoginRefused"] * 5
    assert {*told} == {LockedOut, LoginRefused}


def test_of_many_registrations_of_a_code_one_founds_and_the_others_ask(sessions):
    told = at_once(
        sessions, lambda session, number: register(session, 1, login=f"person{number}").asked_to_join
    )
    assert sorted(told) == [False] + [True] * (AT_ONCE - 1)
    with sessions() as session:
        [only] = queries.organisations(session)
        assert len(queries.members(session, only.id)) == AT_ONCE


def test_of_many_uses_of_a_code_one_logs_in(sessions):
    with unit_of_work(sessions) as uow:
        an_officer(uow.session)
        begun = service.log_in(uow.session, Audience.OFFICER, "reviewer1", PASSWORD, "192.0.2.1", NOW)
        uri = service.enrol_totp(uow.session, SEALER, begun.token, NOW).uri
    code = pyotp.parse_uri(uri).at(NOW)
    told = at_once(
        sessions,
        lambda session, number: service.confirm_totp(session, SEALER, begun.token, code, "192.0.2.1", NOW),
    )
    finished = [each for each in told if isinstance(each, service.LoggedIn)]
    assert len(finished) == 1
    assert {each for each in told if each not in finished} <= {CodeRefused, LoginUnfinished, LockedOut}
