"""What can go wrong with a filing, its decision or its certificate?"""

from __future__ import annotations

from parking.kernel.errors import N_, Conflict, InvalidInput, NotAllowed, NotFound, RuleBroken


class FilingNotFound(NotFound):
    """No filing has this id, or it is another organisation's."""

    code = "filing_not_found"
    text = N_("没有这份备案申请")


class NoticeNotFound(NotFound):
    """No notice has this number, or it is another organisation's."""

    code = "notice_not_found"
    text = N_("没有这份文书")


class CertificateNotFound(NotFound):
    """No certificate has this number or verification code."""

    code = "certificate_not_found"
    text = N_("没有查到这份备案证明")


class FilingRefused(InvalidInput):
    """Answers are wrong; each problem names its field."""

    code = "filing_refused"
    text = N_("填写的内容有 %(count)s 处需要更正")


class FilingIncomplete(InvalidInput):
    """Answers or papers are missing; each problem names its field or document."""

    code = "filing_incomplete"
    text = N_("还缺少 %(count)s 项，补齐后才能提交")


class PaperRefused(InvalidInput):
    """The checklist does not ask for this document, or it has too many files."""

    code = "filing_paper_refused"
    text = N_("清单中没有这项材料，或这项材料的文件过多")


class DeclarationMissing(InvalidInput):
    """Nobody stands for what is submitted."""

    code = "filing_declaration_missing"
    text = N_("请填写声明人姓名后再提交")


class ReasonMissing(InvalidInput):
    """A decision against the applicant says why."""

    code = "filing_reason_missing"
    text = N_("请至少说明一条理由")


class StepRefused(RuleBroken):
    """The filing's state does not allow this step."""

    code = "filing_step_refused"
    text = N_("当前状态下不能进行此操作")


class StepNotAllowed(NotAllowed):
    """This kind of actor may not take this step."""

    code = "filing_step_not_allowed"
    text = N_("您没有权限进行此操作")


class ApplicantNotChecked(RuleBroken):
    """The applicant's papers were in order at the submission and are not now: nothing is filed for it."""

    code = "filing_applicant_not_checked"
    text = N_("申请单位已停用，或资料需要重新核验：请先核验单位，再作决定")


class OrganisationNotChecked(RuleBroken):
    """An organisation drafts at once, and submits once an officer has checked it."""

    code = "filing_organisation_not_checked"
    text = N_("单位资料尚未通过核验，可以先保存草稿，核验通过后再提交")


class FilingChanged(Conflict):
    """Somebody else (or another tab) changed the filing since it was read; `version` is the present one.

    `saved` has the present values of the fields that this caller wanted to save.
    """

    code = "filing_changed"
    text = N_("此申请已在别处被更改（当前第 %(version)s 版），您的内容没有覆盖它，请核对后再保存")

    def __init__(self, version: int, saved: dict[str, object] | None = None) -> None:
        self.version = version
        self.saved = saved or {}
        super().__init__(version=version)


class AlreadyDecided(Conflict):
    """Somebody else was first: `by` (who, "officer:<account id>"), `at` (UTC), `step` (what was done)."""

    code = "filing_already_decided"
    text = N_("此申请已由他人处理")

    def __init__(self, by: str, at: object, step: str) -> None:
        self.by = by
        self.at = at
        self.step = step
        super().__init__(by=by, at=at, step=step)


class FilingClaimed(Conflict):
    """Another officer is working on it: `by` (account id), `until_at` (UTC)."""

    code = "filing_claimed"
    text = N_("此申请正由其他人员办理")

    def __init__(self, by: str, until_at: object) -> None:
        self.by = by
        self.until_at = until_at
        super().__init__(by=by, until_at=until_at)


class FilingOpen(Conflict):
    """An open filing of the same kind for the same lot exists: `filing_id`."""

    code = "filing_already_open"
    text = N_("这个停车场已有一份同类申请正在办理")

    def __init__(self, filing_id: str) -> None:
        self.filing_id = filing_id
        super().__init__()


class CorrectionsSpent(RuleBroken):
    """What is missing is told once (一次性告知补正)."""

    code = "filing_corrections_spent"
    text = N_("补正内容应一次性告知，此申请已经补正过")


class LotAlreadyFiled(Conflict):
    """The lot has a valid certificate: it is changed, renewed or closed, not registered."""

    code = "filing_lot_already_filed"
    text = N_("这个停车场已经备案，请办理变更、延续或注销")


class LotNotFiled(RuleBroken):
    """The lot has no standing certificate of this organisation."""

    code = "filing_lot_not_filed"
    text = N_("这个停车场没有本单位的有效备案")


class TooEarlyToRenew(RuleBroken):
    """A certificate is renewed within its last days."""

    code = "filing_too_early_to_renew"
    text = N_("证明在 %(from_on)s 之后才能办理延续")


class CertificateEnded(Conflict):
    """The certificate was already revoked or closed."""

    code = "certificate_ended"
    text = N_("这份备案证明已被撤销或注销")


class QueuePlaceUnreadable(InvalidInput):
    """Where a page of the queue begins was not told by the page before."""

    code = "filing_queue_place_unreadable"
    text = N_("无法识别翻页位置，请从第一页重新打开")


class NothingChanged(RuleBroken):
    """A change filing that changes nothing."""

    code = "filing_nothing_changed"
    text = N_("没有任何改动，无需提交变更")
