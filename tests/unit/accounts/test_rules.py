"""Claims about roles, credit codes, logins, passwords and waiting, without a database."""

from __future__ import annotations

from datetime import timedelta
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parking.accounts.rules import Caller, Grant, MemberRole, OfficerRole, Permission
from parking.accounts.rules.identity import fold_login, mask_phone, person_problems, read_credit_code
from parking.accounts.rules.locking import keys_of, network_of, next_failure
from parking.accounts.rules.passwords import POLICIES, password_problem, policy_named
from parking.accounts.rules.permissions import PERMISSIONS_OF, permissions_of, roles_clash
from parking.kernel.db.outbox import wait
from parking.kernel.sealing import SealBroken, Sealer
from tests.factories.accounts import a_credit_code
from tests.factories.city import NOW

WRITING = {"edit", "decide", "check", "revoke", "record", "plan", "manage", "submit", "supervise", "disable"}


def test_every_role_has_its_row_and_every_permission_its_role():
    assert set(PERMISSIONS_OF) == {*MemberRole, *OfficerRole}
    assert permissions_of([*MemberRole, *OfficerRole]) == set(Permission) - {Permission.PUBLIC}


def test_members_and_officers_share_no_permission():
    members, officers = permissions_of([*MemberRole]), permissions_of([*OfficerRole])
    assert not members & officers
    assert {each.split(":")[0] for each in members} == {"operator"}
    assert {each.split(":")[0] for each in officers} == {"bureau"}


def test_who_manages_decides_nothing_and_who_audits_does_nothing():
    administrator = permissions_of([OfficerRole.ADMINISTRATOR])
    assert not {each for each in administrator if each.split(":")[1] in ("filings", "certificates")}
    auditor = permissions_of([OfficerRole.AUDIT_ADMINISTRATOR])
    assert not {each for each in auditor if each.split(":")[2] in WRITING}
    readers = [role for role in OfficerRole if Permission.BUREAU_AUDIT_READ in PERMISSIONS_OF[role]]
    assert readers == [OfficerRole.AUDIT_ADMINISTRATOR]


def test_the_two_administrators_stand_alone():
    alone = {OfficerRole.ADMINISTRATOR, OfficerRole.AUDIT_ADMINISTRATOR}
    for pair in combinations(OfficerRole, 2):
        assert roles_clash(pair) == bool(alone & set(pair))
    assert not any(roles_clash([role]) for role in OfficerRole)


def test_a_duty_that_is_lent_reaches_only_the_lender_s_districts():
    inspector = Grant(permissions_of([OfficerRole.INSPECTOR]), frozenset({"east"}))
    reviewer = Grant(permissions_of([OfficerRole.REVIEWER]), frozenset({"west"}))
    caller = Caller(
        "officer", "a", "s", "", inspector.permissions | reviewer.permissions, None,
        frozenset({"east", "west"}), frozenset(), False, (inspector, reviewer),
    )  # fmt: skip
    assert caller.may_in(Permission.BUREAU_FILINGS_DECIDE, "west")
    assert not caller.may_in(Permission.BUREAU_FILINGS_DECIDE, "east")
    assert not caller.may_in(Permission.BUREAU_FILINGS_DECIDE, None)


def test_a_credit_code_proves_its_check_digit():
    code = a_credit_code(7)
    assert read_credit_code(code.lower()) == read_credit_code(f" {code} ") == code
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    assert read_credit_code(wrong) is None
    assert read_credit_code(code[:8] + code[9] + code[8] + code[10:]) in (None, code)
    assert read_credit_code("") is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("login", "a"),
        ("login", "with blank"),
        ("login", "<b>"),
        ("name", " "),
        ("name", "a\nb"),
        ("name", "字" * 101),
        ("phone", "12345"),
        ("phone", "=1+1"),
        ("email", "a@b"),
        ("email", "a@b.example\r\nBcc: x@y.example"),
    ],
)
def test_what_is_no_login_name_phone_or_mail_is_named(field, value):
    assert [problem.field for problem in person_problems(**{field: value})] == [field]


@pytest.mark.parametrize("phone", ["13800000001", "0513-8888888", "+8613800000001", "138 0000 0001"])
def test_a_phone_is_shown_so_that_its_owner_knows_it_and_nobody_can_call_it(phone):
    assert not person_problems(phone=phone)
    shown = mask_phone(phone.replace(" ", ""))
    assert shown.count("*") >= 4
    assert shown[-4:] == phone[-4:]


@given(st.text(max_size=40))
def test_folding_a_login_twice_changes_nothing(text):
    assert fold_login(fold_login(text)) == fold_login(text)


@pytest.mark.parametrize(
    ("policy", "password", "code"),
    [
        ("djbh", "Ab1-Ab1", "too_short"),
        ("djbh", "regenbogen-lindenblatt", "too_plain"),
        ("djbh", "Password123!", "easily_guessed"),
        ("djbh", "Qwerty12345!", "easily_guessed"),
        ("djbh", "Tingche2026!", "easily_guessed"),
        ("djbh", "Owner1-Kranich-9", "names_you"),
        ("djbh", "Ab1-" + "x" * 125, "too_long"),
        ("djbh", "Kranich-9-Sommerregen", None),
        ("asvs", "Kranich-9x", "too_short"),
        ("asvs", "passwordpassword", "easily_guessed"),
        ("asvs", "regenbogen lindenblatt kranich", None),
        ("asvs", "一二三四五六七八九十甲乙丙丁戊己庚辛", None),
    ],
)
def test_each_policy_asks_for_what_its_standard_says(policy, password, code):
    problem = password_problem(POLICIES[policy], password, ["owner1"])
    assert (problem and problem.code) == code


@settings(max_examples=40)
@given(st.text(max_size=140), st.lists(st.text(max_size=30), max_size=3))
def test_no_password_breaks_the_policy_itself(password, about):
    for policy in POLICIES.values():
        problem = password_problem(policy, password, about)
        assert problem is None or problem.field == "password"


def test_a_policy_that_nobody_knows_is_the_stricter_one():
    assert policy_named(None) is policy_named("none") is POLICIES["djbh"]


def test_failures_long_ago_do_not_add_up():
    failures, since_at, until_at = 0, NOW, None
    for number in range(30):
        at = NOW + timedelta(minutes=15) * number
        failures, since_at, until_at = next_failure(failures, since_at, at)
        assert until_at is None
    for _ in range(4):
        failures, since_at, until_at = next_failure(failures, since_at, at)
    assert until_at == at + timedelta(minutes=15)


def test_a_network_is_the_neighbourhood_of_an_address():
    assert network_of("192.0.2.7") == network_of("::ffff:192.0.2.200") == "192.0.2.0/24"
    assert network_of("2001:db8:5:1::1") == network_of("2001:db8:5:2::1") != network_of("2001:db8:6::1")
    assert network_of("not an address") == "unknown"
    assert "owner" not in str(keys_of("member", "owner1", "192.0.2.7"))


def test_what_is_sealed_opens_for_its_context_and_key_alone():
    sealer = Sealer.from_secret("one" * 11)
    sealed = sealer.seal(b"secret", "a")
    assert sealer.seal(b"secret", "a") != sealed
    assert sealer.open(sealed, "a") == b"secret"
    changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for key, bytes_, context in (
        ("one", sealed, "b"),
        ("two", sealed, "a"),
        ("one", changed, "a"),
        ("one", b"", "a"),
    ):
        with pytest.raises(SealBroken):
            Sealer.from_secret(key * 11).open(bytes_, context)


def test_a_failed_message_rests_longer_each_time_up_to_an_hour():
    waits = [wait(attempts).total_seconds() for attempts in range(1, 12)]
    assert waits[:4] == [30, 60, 120, 240]
    assert waits[-1] == 3600
    assert waits == sorted(waits)
