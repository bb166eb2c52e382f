"""Claims about officers, leaves, passwords, resets and machine clients, against the database."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from parking.accounts import queries, service
from parking.accounts.errors import (
    AccountChanged,
    AccountNotFound,
    ClientNameTaken,
    LastOfItsKind,
    LeaveWrong,
    LockedOut,
    LoginRefused,
    OwnAccount,
    PasswordRefused,
    RegistrationRefused,
    ResetRefused,
    RolesClash,
)
from parking.accounts.models import Account, ClientKey
from parking.accounts.rules import Audience, OfficerRole, Permission, Scope, read_key
from parking.accounts.rules.scopes import key_context, key_id
from parking.kernel.actors import CLI
from parking.kernel.db.outbox import OutboxMessage
from tests.factories.accounts import OTHER_PASSWORD, PASSWORD, an_officer, an_owner, logged_in
from tests.factories.city import DISTRICTS, NOW, a_city
from tests.factories.devices import SEALER

EAST, WEST, TOWN = DISTRICTS
TODAY = date(2026, 11, 20)
DAY = timedelta(days=1)
IP = "192.0.2.1"
ADMINISTRATOR, REVIEWER, INSPECTOR = OfficerRole.ADMINISTRATOR, OfficerRole.REVIEWER, OfficerRole.INSPECTOR


@pytest.fixture(autouse=True)
def city(session):
    return a_city(session)


@pytest.fixture
def administrator(session):
    return an_officer(session, "administrator", [ADMINISTRATOR])


def fields_of(problem):
    return [(each.field, each.code) for each in problem.value.problems]


def test_the_first_administrator_needs_no_city(session):
    appointed = service.appoint_officer(
        session, CLI, login="first", name="周六", roles=[ADMINISTRATOR], now=NOW
    )
    begun = service.log_in(session, Audience.OFFICER, "first", appointed.password, IP, NOW)
    assert begun.needs == "enrol_totp"
    [view] = queries.officers(session)
    assert (view.login, view.roles, view.has_second_factor) == ("first", {ADMINISTRATOR}, False)


def test_duties_that_would_cover_each_other_are_not_joined(session):
    with pytest.raises(RolesClash):
        an_officer(session, roles=[ADMINISTRATOR, REVIEWER])
    with pytest.raises(RegistrationRefused) as refused:
        an_officer(session, roles=[], districts=["999999999"])
    assert fields_of(refused) == [("roles", "missing"), ("districts", "unknown")]


def test_other_duties_hold_at_once(session, administrator):
    officer = an_officer(session, districts=[EAST])
    actor = administrator.caller.actor
    service.change_officer(
        session, actor, officer.id, roles=[INSPECTOR], districts=[WEST], version=1, now=NOW
    )
    assert queries.caller_of(session, officer.token, NOW) is None
    caller = logged_in(session, officer.id).caller
    assert caller.may_in(Permission.BUREAU_INSPECTIONS_RECORD, WEST)
    assert not caller.sees_district(EAST)
    assert not caller.may(Permission.BUREAU_FILINGS_DECIDE)
    with pytest.raises(AccountChanged):
        service.change_officer(session, actor, officer.id, name="吴七", version=1, now=NOW)


def test_nobody_changes_the_own_duties_and_one_administrator_stays(session, administrator):
    own = administrator.caller.actor
    with pytest.raises(OwnAccount):
        service.change_officer(session, own, administrator.id, roles=[REVIEWER], version=1, now=NOW)
    with pytest.raises(OwnAccount):
        service.disable_officer(session, own, administrator.id, NOW)
    with pytest.raises(LastOfItsKind):
        service.disable_officer(session, CLI, administrator.id, NOW)
    other = an_officer(session, "other", [ADMINISTRATOR])
    service.disable_officer(session, other.caller.actor, administrator.id, NOW)


def test_a_member_is_no_officer(session, administrator):
    owner = an_owner(session)
    for step in (service.disable_officer, service.reset_officer, service.enable_officer):
        with pytest.raises(AccountNotFound):
            step(session, administrator.caller.actor, owner.id, NOW)


def test_a_substitute_has_the_duties_of_the_absent_one_meanwhile(session):
    absent = an_officer(session, "absent", [REVIEWER], [EAST])
    substitute = an_officer(session, "substitute", [INSPECTOR], [WEST])
    leave = service.set_leave(session, absent.caller, absent.id, substitute.id, TODAY, TODAY + 2 * DAY, NOW)
    caller = queries.caller_of(session, substitute.token, NOW)
    assert caller.may_in(Permission.BUREAU_FILINGS_DECIDE, EAST)
    assert not caller.may_in(Permission.BUREAU_FILINGS_DECIDE, WEST)
    assert caller.districts == {EAST, WEST}
    assert [each.substitute_id for each in queries.leaves(session, TODAY)] == [substitute.id]
    decide = Permission.BUREAU_FILINGS_DECIDE
    assert queries.officers_who_may(session, decide, EAST, NOW) == [absent.id, substitute.id]
    later = NOW + 2 * DAY
    assert queries.officers_who_may(session, decide, EAST, later) == [absent.id]
    service.end_leave(session, absent.caller, leave, NOW)
    assert not queries.caller_of(session, substitute.token, NOW).may(decide)


def test_a_leave_is_set_by_oneself_or_an_administrator(session, administrator):
    absent, other = an_officer(session, "absent"), an_officer(session, "other", [INSPECTOR])
    span = (TODAY, TODAY + DAY, NOW)
    with pytest.raises(AccountNotFound):
        service.set_leave(session, other.caller, absent.id, other.id, *span)
    service.set_leave(session, administrator.caller, absent.id, other.id, *span)
    with pytest.raises(RolesClash):
        service.set_leave(session, absent.caller, absent.id, administrator.id, *span)
    for from_on, until_on in ((TODAY, TODAY), (TODAY - 9 * DAY, TODAY), (TODAY, TODAY + 400 * DAY)):
        with pytest.raises(LeaveWrong):
            service.set_leave(session, absent.caller, absent.id, other.id, from_on, until_on, NOW)
    with pytest.raises(LeaveWrong):
        service.set_leave(session, absent.caller, absent.id, absent.id, *span)


def test_a_changed_password_ends_every_other_session(session):
    officer = an_officer(session)
    elsewhere = logged_in(session, officer.id)
    done = service.change_password(session, officer.caller, PASSWORD, OTHER_PASSWORD, NOW, ip=IP)
    assert queries.caller_of(session, done.token, NOW)
    assert not any(queries.caller_of(session, each.token, NOW) for each in (officer, elsewhere))


def test_a_password_is_not_used_again_and_grows_old(session):
    owner = an_owner(session)
    for old, new in ((PASSWORD, PASSWORD), (PASSWORD, OTHER_PASSWORD), (OTHER_PASSWORD, PASSWORD)):
        if new == PASSWORD:
            with pytest.raises(PasswordRefused) as refused:
                service.change_password(session, owner.caller, old, new, NOW, ip=IP)
            assert fields_of(refused) == [("password", "used_before")]
        else:
            service.change_password(session, owner.caller, old, new, NOW, ip=IP)
    in_time, late = NOW + 89 * DAY, NOW + 90 * DAY
    log_in = (session, Audience.MEMBER, "owner1", OTHER_PASSWORD, IP)
    assert service.log_in(*log_in, in_time).needs is None
    assert service.log_in(*log_in, late).needs == "new_password"
    a_city(session, accounts={"password_policy": "asvs"})
    session.get_one(Account, owner.id).must_change_password = False
    assert service.log_in(*log_in, late).needs is None


def test_guessing_the_old_password_locks(session):
    owner = an_owner(session)
    for _ in range(5):
        with pytest.raises(PasswordRefused):
            service.change_password(session, owner.caller, "wrong", OTHER_PASSWORD, NOW, ip=IP)
    with pytest.raises(LockedOut):
        service.change_password(session, owner.caller, PASSWORD, OTHER_PASSWORD, NOW, ip=IP)


def sent_codes(session):
    told = session.scalars(select(OutboxMessage.payload).order_by(OutboxMessage.id)).all()
    return [each["params"]["code"] for each in told if each["key"] == "reset_code"]


def test_a_code_sets_a_new_password_once_and_for_a_quarter_of_an_hour(session):
    owner = an_owner(session)
    service.request_reset(session, Audience.MEMBER, "owner1", IP, NOW)
    [code] = sent_codes(session)
    reset = (session, Audience.MEMBER, "owner1", f" {code[:5]}-{code[5:]} ".upper())
    with pytest.raises(PasswordRefused):
        service.reset_password(*reset, "short", IP, NOW)
    late = NOW + timedelta(minutes=15)
    with pytest.raises(ResetRefused):
        service.reset_password(*reset, OTHER_PASSWORD, IP, late)
    service.reset_password(*reset, OTHER_PASSWORD, IP, NOW)
    assert queries.caller_of(session, owner.token, NOW) is None
    with pytest.raises(ResetRefused):
        service.reset_password(*reset, PASSWORD, IP, NOW)
    assert service.log_in(session, Audience.MEMBER, "owner1", OTHER_PASSWORD, IP, NOW).token


def test_asking_for_codes_tells_nothing_and_floods_nobody(session):
    an_owner(session)
    for login in ("nobody", *["owner1"] * 5):
        assert service.request_reset(session, Audience.MEMBER, login, IP, NOW) is None
    assert len(sent_codes(session)) == 3


def test_a_code_is_good_for_its_own_account_alone(session):
    an_owner(session)
    an_owner(session, 2)
    service.request_reset(session, Audience.MEMBER, "owner1", IP, NOW)
    [code] = sent_codes(session)
    with pytest.raises(ResetRefused):
        service.reset_password(session, Audience.MEMBER, "owner2", code, OTHER_PASSWORD, IP, NOW)


def test_the_console_recovers_who_lost_everything(session):
    officer = an_officer(session)
    for number in range(5):
        with pytest.raises(LoginRefused):
            service.log_in(session, Audience.OFFICER, "reviewer1", "wrong", f"10.0.{number}.1", NOW)
    again = service.reset_officer(session, CLI, officer.id, NOW)
    assert queries.caller_of(session, officer.token, NOW) is None
    with pytest.raises(LoginRefused):
        service.log_in(session, Audience.OFFICER, "reviewer1", PASSWORD, IP, NOW)
    begun = service.log_in(session, Audience.OFFICER, "reviewer1", again.password, IP, NOW)
    assert begun.needs == "enrol_totp"
    assert session.get_one(Account, officer.id).must_change_password


def test_a_key_is_told_once_kept_sealed_and_used_is_written_down(session):
    first = service.register_client(
        session, CLI, name="东门道闸", scopes=[Scope.COUNTS_WRITE], sealer=SEALER, now=NOW
    )
    kept = session.scalars(select(ClientKey)).one()
    secret = read_key(first.key)
    assert len(secret) == 32 and secret not in kept.sealed and first.key not in repr(first)
    assert SEALER.open(kept.sealed, key_context(first.client_id)) == secret
    with pytest.raises(ClientNameTaken):
        service.register_client(session, CLI, name="东门道闸", scopes=[], sealer=SEALER, now=NOW)
    with pytest.raises(RegistrationRefused):
        service.register_client(session, CLI, name="西门", scopes=["gates"], sealer=SEALER, now=NOW)
    service.keys_used(session, {key_id(kept.key_hash): NOW + DAY})
    service.keys_used(session, {key_id(kept.key_hash): NOW})
    service.set_client_scopes(session, CLI, first.client_id, [Scope.FEES_READ], NOW)
    second = service.rotate_client_key(
        session, CLI, first.client_id, overlap=DAY, sealer=SEALER, now=NOW + DAY
    )
    view = queries.client(session, first.client_id)
    assert view.scopes == {Scope.FEES_READ}
    assert [(key.expires_at, key.last_used_at) for key in view.keys] == [
        (None, None),
        (NOW + 2 * DAY, NOW + DAY),
    ]
    assert second.key.startswith(view.keys[0].hint)
