"""What can be wrong with an agreement or a window?"""

from __future__ import annotations

from parking.kernel.errors import N_, Conflict, InvalidInput, NotFound, RuleBroken


class AgreementRefused(InvalidInput):
    """Fields of an agreement are wrong; each problem names its field."""

    code = "agreement_refused"
    text = N_("共享协议有 %(count)s 处需要修改")


class AgreementUnknown(NotFound):
    """There is no such agreement, or it is another's."""

    code = "agreement_unknown"
    text = N_("没有这份共享协议")


class AgreementChanged(Conflict):
    """Somebody else took a step since the page was read."""

    code = "agreement_changed"
    text = N_("共享协议已被他人更改，请刷新后重试")


class AgreementStepRefused(RuleBroken):
    """The agreement is not in a state from which this may be done."""

    code = "agreement_step_refused"
    text = N_("共享协议目前的状态不能这样办理")


class AgreementReasonMissing(InvalidInput):
    """A step that others must live with needs its reason."""

    code = "agreement_reason_missing"
    text = N_("请说明理由")


class NoticeTooShort(RuleBroken):
    """The end comes before the notice that was agreed, or after the agreement's own end."""

    code = "agreement_notice_too_short"
    text = N_("须提前 %(days)s 天通知，最早 %(earliest_on)s 起终止，最迟 %(latest_on)s")


class SupervisorMissing(RuleBroken):
    """No officer supervises sharing in the lot's district."""

    code = "agreement_supervisor_missing"
    text = N_("该镇街没有负责错时共享监管的工作人员")


class OwnerConsentMissing(RuleBroken):
    """Nothing that was handed in says that the owner consents."""

    code = "agreement_owner_consent_missing"
    text = N_("材料中没有产权单位的书面同意")


class WindowUnknown(NotFound):
    """There is no such window, or it is another's."""

    code = "window_unknown"
    text = N_("没有这个共享时段")


class WindowNotOpen(RuleBroken):
    """The window was closed before."""

    code = "window_not_open"
    text = N_("这个共享时段已经关闭")


class WithdrawnTooLate(RuleBroken):
    """The owner may take a window back up to a stated time before it opens."""

    code = "window_withdrawn_too_late"
    text = N_("产权单位最迟可在时段开始前 %(minutes)s 分钟收回")
