"""What can go wrong with accounts, and what may a stranger learn from it?"""

from __future__ import annotations

from parking.kernel.errors import N_, Conflict, InvalidInput, NotAllowed, NotFound, RuleBroken


class RegistrationRefused(InvalidInput):
    """A registration or a person's data are wrong; the fields are named."""

    code = "registration_invalid"
    text = N_("登记内容有误，请按提示修改")


class PasswordRefused(InvalidInput):
    """The city's policy does not take this password; the field says why."""

    code = "password_refused"
    text = N_("密码不符合要求")


class LoginRefused(NotAllowed):
    """Unknown login, wrong password, closed account: one sentence for all."""

    code = "login_refused"
    text = N_("账号或密码不对")


class LockedOut(NotAllowed):
    """Too many failures; `until_at` says when to try again."""

    code = "locked_out"
    text = N_("尝试次数过多，请在 %(minutes)s 分钟后再试")


class JoinPending(NotAllowed):
    """Right password, but the organisation's owner has not said yes."""

    code = "join_pending"
    text = N_("您的加入申请还在等待单位负责人同意")


class CodeRefused(NotAllowed):
    """The second factor's code is wrong, late or was used before."""

    code = "code_refused"
    text = N_("验证码不对或已用过，请等下一个验证码")


class ResetRefused(NotAllowed):
    """Wrong login, wrong code or too late: one sentence for all."""

    code = "reset_refused"
    text = N_("账号或重置码不对，或重置码已过期")


class LoginUnfinished(NotAllowed):
    """No log-in waits for this step: it ran out or is already done."""

    code = "login_unfinished"
    text = N_("登录已过期，请重新登录")


class SingleSignOnUnknown(NotAllowed):
    """The city's single sign-on names somebody who is no officer here."""

    code = "single_sign_on_unknown"
    text = N_("统一身份认证账号没有关联到本平台的人员")


class OrganisationNotFound(NotFound):
    """There is no such organisation, or it is not the caller's."""

    code = "organisation_not_found"
    text = N_("没有找到这个单位")


class AccountNotFound(NotFound):
    """There is no such person, or not in the caller's organisation."""

    code = "account_not_found"
    text = N_("没有找到这个人员")


class LeaveNotFound(NotFound):
    """There is no such leave."""

    code = "leave_not_found"
    text = N_("没有找到这次请假")


class ClientNotFound(NotFound):
    """There is no such machine client."""

    code = "client_not_found"
    text = N_("没有找到这个接入方")


class ClientDisabled(RuleBroken):
    """A client that was disabled stays so: a new key of it would open nothing."""

    code = "client_disabled"
    text = N_("接入方“%(name)s”已停用，换新密钥也不能使用；需要时请另外添加接入方")


class LoginTaken(Conflict):
    """Logins are used once."""

    code = "login_taken"
    text = N_("这个账号名已被使用")


class ClientNameTaken(Conflict):
    """Names of clients are used once."""

    code = "client_name_taken"
    text = N_("已有名为 %(name)s 的接入方")


class CreditCodeTaken(Conflict):
    """Another organisation of this code was registered meanwhile."""

    code = "credit_code_taken"
    text = N_("该统一社会信用代码已由其他登记使用")


class AccountChanged(Conflict):
    """Somebody changed the account or the organisation meanwhile."""

    code = "account_changed"
    text = N_("内容已被他人更改，请查看最新内容后再试")


class AlreadyChecked(Conflict):
    """Another officer was first."""

    code = "organisation_already_checked"
    text = N_("该单位已由其他人员处理")


class ReasonMissing(InvalidInput):
    """A refusal names its reason."""

    code = "reason_missing"
    text = N_("请写明理由")


class PersonsNotAllowed(RuleBroken):
    """This city registers no natural persons."""

    code = "persons_not_allowed"
    text = N_("本市不接受自然人登记，请以单位名义登记")


class RolesClash(RuleBroken):
    """These roles must not be in one hand (separation of duties)."""

    code = "roles_clash"
    text = N_("管理员和审计管理员不能兼任其他角色")


class OwnAccount(RuleBroken):
    """Nobody changes or closes the own account's rights."""

    code = "own_account"
    text = N_("不能更改自己的角色或停用自己")


class LastOfItsKind(RuleBroken):
    """The last administrator or owner cannot go."""

    code = "last_of_its_kind"
    text = N_("这是最后一个管理员或负责人，请先指定另一位")


class LeaveWrong(InvalidInput):
    """The days or the substitute of a leave are wrong."""

    code = "leave_wrong"
    text = N_("请假日期或代理人有误")


class PapersMissing(RuleBroken):
    """There is no licence to be checked."""

    code = "papers_missing"
    text = N_("该单位还没有上传营业执照，不能核验通过")
