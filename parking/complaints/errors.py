"""What can go wrong between a complaint and its answer?"""

from __future__ import annotations

from datetime import datetime

from parking.kernel.errors import N_, Conflict, InvalidInput, NotAllowed, NotFound, RuleBroken


class ComplaintNotFound(NotFound):
    """No complaint has this id, or it is another's to see."""

    code = "complaint_not_found"
    text = N_("没有这件反映")


class PhotoNotFound(NotFound):
    """The complaint has no photo, or it was erased."""

    code = "complaint_photo_not_found"
    text = N_("这件反映没有照片")


class ComplaintRefused(InvalidInput):
    """Fields of a complaint, or of a step on it, are wrong; each problem names its field."""

    code = "complaint_refused"
    text = N_("有 %(count)s 处需要更正，已填写的内容仍在表中")


class StepNotAllowed(RuleBroken):
    """The complaint is not in a state from which this step leads anywhere."""

    code = "complaint_step_not_allowed"
    text = N_("这件反映现在的状态不能进行这一步")


class NobodyToForwardTo(RuleBroken):
    """No organisation has the lot on file: there is nobody to whom the complaint could go."""

    code = "complaint_lot_without_operator"
    text = N_("这个停车场还没有登记的经营单位，请由主管部门办理")


class ReopenedAlready(RuleBroken):
    """It was reopened once, or the days in which that may be done are over."""

    code = "complaint_not_reopened"
    text = N_("这件反映不能再次提出：只能在答复后 %(days)s 天之内提出一次")


class AlreadyStepped(Conflict):
    """Somebody else was first: `who` is the actor, `at` the instant of the step that was taken."""

    code = "complaint_already_handled"
    text = N_("这件反映已经由他人处理，请看最新内容后再决定")

    def __init__(self, *, who: str, at: datetime, step: str) -> None:
        self.who, self.at, self.step = who, at, step
        super().__init__(who=who, at=at.isoformat(), step=step)


class CodeWrong(InvalidInput):
    """No complaint has this receipt code."""

    code = "complaint_code_wrong"
    text = N_("没有这个回执码，请核对后再试")


class AttemptsExceeded(NotAllowed):
    """Too many wrong codes, or too many complaints from one place; nothing more is looked at for a while."""

    code = "complaint_attempts_exceeded"
    text = N_("从这个网络来的次数太多，请 %(minutes)s 分钟后再试，或拨打 12345")
