"""Claims about organisations and their members, against the database."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from parking.accounts import queries, service
from parking.accounts.errors import (
    AccountChanged,
    AccountNotFound,
    AlreadyChecked,
    CreditCodeTaken,
    LastOfItsKind,
    LoginRefused,
    LoginTaken,
    OrganisationNotFound,
    OwnAccount,
    PapersMissing,
    PasswordRefused,
    PersonsNotAllowed,
    ReasonMissing,
    RegistrationRefused,
)
from parking.accounts.models import Account
from parking.accounts.rules import AccountState, Audience, MemberRole, OrganisationKind, OrganisationState
from parking.audit.models import AuditEntry
from parking.kernel.actors import CLI
from parking.kernel.db.outbox import OutboxMessage
from tests.factories.accounts import (
    PASSWORD,
    PHONE,
    a_clerk,
    a_paper,
    an_owner,
    logged_in,
    register,
)
from tests.factories.city import NOW, a_city


@pytest.fixture(autouse=True)
def city(session):
    return a_city(session)


def check(session, organisation_id, *, accepted=True, version=1, **more):
    service.check_organisation(
        session, CLI, organisation_id, accepted=accepted, version=version, now=NOW, **more
    )


def test_an_organisation_drafts_at_once_and_submits_once_it_was_checked(session):
    made = register(session)
    assert not made.asked_to_join
    assert logged_in(session, made.member_id).caller.may("operator:filings:edit")
    assert not queries.may_submit(session, made.organisation_id)
    check(session, made.organisation_id)
    assert queries.may_submit(session, made.organisation_id)
    with pytest.raises(AlreadyChecked):
        check(session, made.organisation_id, version=2)


def test_everything_that_is_wrong_is_told_at_once(session):
    with pytest.raises(RegistrationRefused) as refused:
        register(session, name=" ", credit_code="913209990000000011", contact_name="", phone="1", login="é")
    fields = [problem.field for problem in refused.value.problems]
    assert fields == ["login", "contact_name", "phone", "name", "credit_code"]
    with pytest.raises(PasswordRefused):
        register(session, password="password")


def test_the_second_who_registers_a_code_asks_to_join_the_first(session):
    owner = an_owner(session)
    second = register(session, login="second", name="Somebody else", licence=a_paper("forged.pdf"))
    assert second.asked_to_join
    assert second.organisation_id == owner.organisation_id
    assert queries.organisation(session, owner.organisation_id).licence_file == a_paper().sha256
    asking, _ = queries.members(session, owner.organisation_id)
    assert (asking.state, asking.roles) == (AccountState.ASKED, {MemberRole.CLERK})
    told = session.scalars(select(OutboxMessage.payload)).all()
    assert [(each["account_id"], each["key"]) for each in told][-1] == (owner.id, "join_asked")
    service.decide_join(session, owner.caller, second.member_id, accepted=True, now=NOW)
    assert logged_in(session, second.member_id).organisation_id == owner.organisation_id
    with pytest.raises(AccountNotFound):
        service.decide_join(session, owner.caller, second.member_id, accepted=False, now=NOW)


def test_whoever_is_not_let_in_cannot_log_in(session):
    owner = an_owner(session)
    second = register(session, login="second")
    service.decide_join(session, owner.caller, second.member_id, accepted=False, now=NOW)
    with pytest.raises(LoginRefused):
        service.log_in(session, Audience.MEMBER, "second", PASSWORD, "192.0.2.1", NOW)


def test_a_login_is_used_once_whatever_its_letters(session):
    register(session)
    with pytest.raises(LoginTaken):
        register(session, 2, login="OWNER1")


def test_a_refused_registration_does_not_keep_the_rightful_body_out(session):
    squatter = an_owner(session, checked=False)
    with pytest.raises(ReasonMissing):
        check(session, squatter.organisation_id, accepted=False, reason=" ")
    with pytest.raises(ReasonMissing) as told:
        check(session, squatter.organisation_id, accepted=False, reason="缺" * 501)
    assert told.value.problems[0].code == "too_long"
    check(session, squatter.organisation_id, accepted=False, reason="营业执照看不清")
    assert queries.organisation(session, squatter.organisation_id).refusal == "营业执照看不清"
    rightful = register(session, login="rightful")
    assert not rightful.asked_to_join
    with pytest.raises(CreditCodeTaken):
        service.hand_in_papers(session, squatter.caller, licence=a_paper("x"), version=2, now=NOW)


def test_after_a_refusal_other_papers_are_handed_in(session):
    owner = an_owner(session, checked=False)
    check(session, owner.organisation_id, accepted=False, reason="营业执照看不清")
    service.hand_in_papers(session, owner.caller, licence=a_paper("sharp.pdf"), version=2, now=NOW)
    view = queries.organisation(session, owner.organisation_id)
    assert (view.state, view.refusal, view.licence_file) == ("registered", None, a_paper("sharp.pdf").sha256)
    assert view.authorisation_file == a_paper("authorisation.pdf").sha256
    check(session, owner.organisation_id, version=3)


def test_nobody_is_checked_without_a_licence_or_on_an_old_page(session):
    made = register(session, licence=None)
    with pytest.raises(PapersMissing):
        check(session, made.organisation_id)
    with pytest.raises(AccountChanged):
        check(session, made.organisation_id, version=7)


def test_natural_persons_register_where_the_profile_allows_it(session):
    person = {"kind": OrganisationKind.PERSON, "credit_code": None, "name": "王一", "licence": None}
    with pytest.raises(PersonsNotAllowed):
        register(session, **person)
    a_city(session, accounts={"natural_persons": True})
    made = register(session, **person)
    check(session, made.organisation_id)
    assert queries.organisation(session, made.organisation_id).credit_code is None


def test_a_closed_organisation_is_logged_out_and_its_code_is_free(session):
    owner = an_owner(session)
    service.disable_organisation(session, CLI, owner.organisation_id, reason="已注销", version=2, now=NOW)
    assert queries.caller_of(session, owner.token, NOW) is None
    with pytest.raises(LoginRefused):
        service.log_in(session, Audience.MEMBER, "owner1", PASSWORD, "192.0.2.1", NOW)
    assert not queries.may_submit(session, owner.organisation_id)
    assert not register(session, login="next").asked_to_join


def test_a_foreign_member_and_nobody_look_alike(session):
    ours, theirs = an_owner(session), an_owner(session, 2)
    told = set()
    for member_id in (theirs.id, "nobody"):
        with pytest.raises(AccountNotFound) as refused:
            service.disable_member(session, ours.caller, member_id, NOW)
        told.add((refused.value.code, refused.value.sentence))
    assert len(told) == 1
    with pytest.raises(OrganisationNotFound):
        service.change_contact(
            session,
            replace(ours.caller, organisation_id="none"),
            contact_name="a",
            phone=PHONE,
            version=1,
            now=NOW,
        )


def test_an_owner_adds_changes_and_closes_members_but_not_the_own_account(session):
    owner = an_owner(session)
    added = service.add_member(
        session, owner.caller, login="clerk", name="李二", role=MemberRole.CLERK, now=NOW
    )
    begun = service.log_in(session, Audience.MEMBER, "clerk", added.password, "192.0.2.1", NOW)
    assert begun.needs == "new_password"
    clerk = queries.caller_of(session, begun.token, NOW)
    assert clerk.must_change_password
    assert not clerk.may("operator:members:manage")
    service.change_member_role(session, owner.caller, clerk.account_id, role=MemberRole.OWNER, now=NOW)
    assert queries.caller_of(session, begun.token, NOW).may("operator:members:manage")
    session.get_one(Account, clerk.account_id).phone = PHONE
    service.disable_member(session, owner.caller, clerk.account_id, NOW)
    assert session.get_one(Account, clerk.account_id).phone is None
    assert queries.caller_of(session, begun.token, NOW) is None
    for own in (service.disable_member, lambda *a: service.change_member_role(*a[:3], role="clerk", now=NOW)):
        with pytest.raises(OwnAccount):
            own(session, owner.caller, owner.id, NOW)


def test_two_owners_who_depose_each_other_at_once_leave_one(session):
    owner = an_owner(session)
    other = a_clerk(session, owner)
    service.change_member_role(session, owner.caller, other.id, role=MemberRole.OWNER, now=NOW)
    # Both were let in as owners before either was deposed.
    service.change_member_role(session, owner.caller, other.id, role=MemberRole.CLERK, now=NOW)
    with pytest.raises(LastOfItsKind):
        service.change_member_role(session, other.caller, owner.id, role=MemberRole.CLERK, now=NOW)
    assert logged_in(session, owner.id).caller.may("operator:members:manage")


def test_lists_show_phones_masked_and_page_by_the_last_one_seen(session):
    for number in range(1, 4):
        register(session, number)
    first, second = queries.organisations(session, limit=2)
    [third] = queries.organisations(session, after=second.id)
    assert len({first.id, second.id, third.id}) == 3
    assert first.contact_phone == "138****0001"
    assert queries.organisation(session, first.id).contact_phone == PHONE
    assert [each.name for each in queries.organisations(session, text="物业2")] == ["试城物业2有限公司"]
    assert queries.organisations(session, OrganisationState.CHECKED) == []
    assert queries.organisations(session, text="%") == []


def test_no_name_and_no_phone_reaches_audit_or_outbox(session):
    owner = an_owner(session)
    a_clerk(session, owner)
    service.change_contact(
        session, owner.caller, contact_name="孙五", phone="13811112222", version=2, now=NOW
    )
    rows = session.scalars(select(AuditEntry))
    written = str([(row.actor, row.details, row.reason) for row in rows])
    written += str(session.scalars(select(OutboxMessage.payload)).all())
    account = session.get_one(Account, owner.id)
    for secret in ("王一", "李二", "孙五", PHONE, "13811112222", PASSWORD, account.password_hash):
        assert secret not in written
    assert "organisation:change_contact" in {row.action for row in session.scalars(select(AuditEntry))}
