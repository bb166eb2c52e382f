"""Claims about log-ins, lock-out, the second factor and sessions, against the database."""

from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select

from parking.accounts import queries, service
from parking.accounts.errors import (
    CodeRefused,
    JoinPending,
    LockedOut,
    LoginRefused,
    LoginUnfinished,
    SingleSignOnUnknown,
)
from parking.accounts.models import Account, LoginSession
from parking.accounts.rules import Audience, Needs, OfficerRole
from parking.audit.models import AuditEntry
from parking.kernel.actors import CLI
from parking.kernel.sealing import Sealer
from tests.factories.accounts import PASSWORD, an_officer, an_owner, logged_in, register
from tests.factories.city import NOW, a_city

HOME, AWAY, ELSEWHERE = "192.0.2.7", "198.51.100.9", "203.0.113.5"
SEALER = Sealer.from_secret("a secret of a test, 32 characters")
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def city(session):
    return a_city(session, accounts={"natural_persons": True})


@pytest.fixture
def owner(session):
    return an_owner(session)


def log_in(session, login="owner1", password=PASSWORD, ip=HOME, now=NOW, audience=Audience.MEMBER):
    return service.log_in(session, audience, login, password, ip, now)


def fail(session, times, login="owner1", ip=AWAY, now=NOW, audience=Audience.MEMBER):
    for _ in range(times):
        with pytest.raises(LoginRefused):
            log_in(session, login, "wrong", ip, now, audience)


def code_at(uri, at):
    return pyotp.parse_uri(uri).at(at)


def enrolled(session, officer="reviewer1", now=NOW):
    """An officer's log-in with a fresh second factor; returns its address and the finished log-in."""
    begun = log_in(session, officer, now=now, audience=Audience.OFFICER)
    assert begun.needs is Needs.ENROL_TOTP
    uri = service.enrol_totp(session, SEALER, begun.token, now).uri
    return uri, service.confirm_totp(session, SEALER, begun.token, code_at(uri, now), HOME, now)


def test_the_token_is_told_to_the_browser_alone(session, owner):
    token = log_in(session, "  OWNER1 ").token
    assert queries.caller_of(session, token, NOW).account_id == owner.id
    assert len(token) >= 43
    kept = [row.token_hash for row in session.scalars(select(LoginSession))]
    assert token.encode() not in kept
    assert all(len(each) == 32 for each in kept)


def test_members_and_officers_have_doors_of_their_own(session, owner):
    with pytest.raises(LoginRefused):
        log_in(session, audience=Audience.OFFICER)


def test_unknown_wrong_and_closed_are_told_in_the_same_words(session, owner):
    other = an_owner(session, 2)
    account = session.get_one(Account, other.id)
    account.state = "disabled"
    told = set()
    tries = (("nobody", PASSWORD), ("owner1", "wrong"), ("owner2", PASSWORD), ("owner1\x00", PASSWORD))
    for login, password in tries:
        with pytest.raises(LoginRefused) as refused:
            log_in(session, login, password)
        told.add((refused.value.code, refused.value.sentence, str(refused.value.params)))
    assert len(told) == 1


def test_an_unknown_login_costs_a_hash_too(session, monkeypatch, owner):
    from parking.accounts.service import hashing

    compared = []
    real = hashing._HASHER

    class Counting:
        def verify(self, kept, password):
            compared.append(kept.split("$")[1:4])
            return real.verify(kept, password)

        def hash(self, password):
            return real.hash(password)

    monkeypatch.setattr(hashing, "_HASHER", Counting())
    for login in ("nobody", "owner1"):
        with pytest.raises(LoginRefused):
            log_in(session, login, "wrong")
    assert len(compared) == 2
    assert compared[0] == compared[1]


def test_five_failures_lock_the_network_first(session, owner):
    an_owner(session, 2)
    fail(session, 5, "nobody")
    with pytest.raises(LockedOut) as locked:
        log_in(session, "owner2", ip="198.51.100.200")
    assert locked.value.params["until_at"] == NOW + 15 * MINUTE
    # What the locked network tries further does not count against anybody.
    log_in(session, "owner2", ip=ELSEWHERE)


def test_five_failures_from_anywhere_lock_a_login_also_an_unknown_one(session, owner):
    for login in ("owner1", "nobody"):
        for number in range(5):
            fail(session, 1, login, ip=f"10.{number}.{len(login)}.1")
        with pytest.raises(LockedOut):
            log_in(session, login, ip=ELSEWHERE)
    assert log_in(session, ip=ELSEWHERE, now=NOW + 15 * MINUTE).token


def test_nobody_is_locked_out_where_he_is_at_home(session, owner):
    log_in(session, ip=HOME)
    for number in range(5):
        fail(session, 1, ip=f"10.0.{number}.1")
    with pytest.raises(LockedOut):
        log_in(session, ip=ELSEWHERE)
    # A clumsy neighbour locks the network for strangers, not for those who are known there.
    fail(session, 5, "nobody", ip=HOME)
    assert log_in(session, ip=HOME).token
    fail(session, 5, ip=HOME)
    with pytest.raises(LockedOut):
        log_in(session, ip=HOME)


def test_one_network_locks_one_login_in_a_quarter_of_an_hour(session):
    for number in range(1, 7):
        an_owner(session, number)
    tried = 0
    for number in range(1, 7):
        for _ in range(5):
            try:
                log_in(session, f"owner{number}", "wrong", AWAY)
            except LoginRefused:
                tried += 1
            except LockedOut:
                pass
    assert tried == 5
    locked = []
    for number in range(1, 7):
        try:
            log_in(session, f"owner{number}", ip=ELSEWHERE)
        except LockedOut:
            locked.append(number)
    assert locked == [1]


def test_failures_are_written_down_without_what_was_typed(session, owner):
    fail(session, 1, "owner1")
    fail(session, 1, "my-password-in-the-wrong-field")
    rows = session.scalars(select(AuditEntry).where(AuditEntry.action == "account:refuse_log_in")).all()
    assert [row.subject_id for row in rows] == [owner.id, "unknown"]
    assert rows[0].details == {"step": "password", "network": "198.51.100.0/24"}
    assert "my-password" not in str([row.details for row in rows])


def test_who_asks_to_join_waits(session, owner):
    register(session, 1, login="second", contact_name="钱四")
    with pytest.raises(JoinPending):
        log_in(session, "second")


def test_a_session_ends_when_idle_and_after_eight_hours(session, owner):
    token = log_in(session).token
    assert service.recognise(session, token, NOW + 29 * MINUTE)
    assert service.recognise(session, token, NOW + 58 * MINUTE)
    assert service.recognise(session, token, NOW + 90 * MINUTE) is None
    token, at = log_in(session).token, NOW
    while at < NOW + timedelta(hours=8):
        assert service.recognise(session, token, at)
        at += 20 * MINUTE
    assert service.recognise(session, token, at) is None


def test_an_officer_is_nobody_before_the_second_factor(session):
    an_officer(session)
    begun = log_in(session, "reviewer1", audience=Audience.OFFICER)
    assert begun.needs is Needs.ENROL_TOTP
    assert service.recognise(session, begun.token, NOW) is None
    assert queries.needs_of(session, begun.token, NOW) is Needs.ENROL_TOTP
    _, done = enrolled(session)
    assert done.needs is None
    assert queries.caller_of(session, done.token, NOW).kind == "officer"
    # The half-way token of another browser cannot see the secret, the finished one is no half-way token.
    for token in (begun.token, done.token):
        with pytest.raises(LoginUnfinished):
            service.enrol_totp(session, SEALER, token, NOW)


def test_no_code_of_the_second_factor_is_good_twice(session):
    an_officer(session)
    uri, _ = enrolled(session)
    for code, later in ((code_at(uri, NOW), 10), (code_at(uri, NOW - timedelta(seconds=30)), 15)):
        at = NOW + timedelta(seconds=later)
        begun = log_in(session, "reviewer1", now=at, audience=Audience.OFFICER)
        assert begun.needs is Needs.TOTP
        with pytest.raises(CodeRefused):
            service.confirm_totp(session, SEALER, begun.token, code, HOME, at)
    at = NOW + timedelta(seconds=30)
    spaced = code_at(uri, at)[:3] + " " + code_at(uri, at)[3:]
    assert service.confirm_totp(session, SEALER, begun.token, spaced, HOME, at).needs is None


def test_guessing_codes_locks(session):
    an_officer(session)
    enrolled(session)
    begun = log_in(session, "reviewer1", audience=Audience.OFFICER)
    for _ in range(5):
        with pytest.raises(CodeRefused):
            service.confirm_totp(session, SEALER, begun.token, "abcdef", AWAY, NOW)
    with pytest.raises(LockedOut):
        service.confirm_totp(session, SEALER, begun.token, "abcdef", AWAY, NOW)


def test_the_secret_of_the_second_factor_is_sealed_for_its_owner(session):
    officer = an_officer(session)
    uri, _ = enrolled(session)
    account = session.get_one(Account, officer.id)
    secret = pyotp.parse_uri(uri).secret
    assert secret.encode() not in account.totp_secret
    assert SEALER.open(account.totp_secret, f"totp:{officer.id}") == secret.encode()


def test_a_city_may_do_without_the_second_factor(session):
    a_city(session, accounts={"officers_second_factor": False})
    an_officer(session)
    assert log_in(session, "reviewer1", audience=Audience.OFFICER).needs is None


def test_single_sign_on_lets_in_whom_an_administrator_linked(session):
    officer = an_officer(session)
    subject = "https://sso.example s-1"
    with pytest.raises(SingleSignOnUnknown):
        service.log_in_by_single_sign_on(session, subject, HOME, NOW, has_second_factor=True)
    service.link_single_sign_on(session, CLI, officer.id, subject, NOW)
    done = service.log_in_by_single_sign_on(session, subject, HOME, NOW, has_second_factor=True)
    assert queries.caller_of(session, done.token, NOW).account_id == officer.id
    half = service.log_in_by_single_sign_on(session, subject, HOME, NOW, has_second_factor=False)
    assert half.needs is Needs.ENROL_TOTP
    service.disable_officer(session, CLI, officer.id, NOW)
    with pytest.raises(SingleSignOnUnknown):
        service.log_in_by_single_sign_on(session, subject, HOME, NOW, has_second_factor=True)


def test_logging_out_ends_this_session_alone(session, owner):
    token = log_in(session).token
    service.log_out(session, token, NOW)
    service.log_out(session, token, NOW)
    assert queries.caller_of(session, token, NOW) is None
    assert queries.caller_of(session, owner.token, NOW)


def test_a_closed_account_is_logged_out_everywhere(session):
    officer = an_officer(session, roles=[OfficerRole.INSPECTOR])
    again = logged_in(session, officer.id)
    service.disable_officer(session, CLI, officer.id, NOW)
    assert queries.caller_of(session, officer.token, NOW) is None
    assert queries.caller_of(session, again.token, NOW) is None
