"""What can go wrong on the way from a plan to a closed finding?"""

from __future__ import annotations

from datetime import datetime

from parking.kernel.errors import N_, Conflict, InvalidInput, NotFound, RuleBroken


class PlanNotFound(NotFound):
    """No plan has this id, or it is not for the caller to see."""

    code = "inspection_plan_not_found"
    text = N_("没有这个巡查计划")


class VisitNotFound(NotFound):
    """No visit has this id, or it lies in another's district."""

    code = "inspection_not_found"
    text = N_("没有这次巡查")


class FindingNotFound(NotFound):
    """No finding has this id, or it is another's to see."""

    code = "finding_not_found"
    text = N_("没有这个问题")


class OrderNotFound(NotFound):
    """No order has this id, or it is addressed to somebody else."""

    code = "order_not_found"
    text = N_("没有这份整改通知书")


class PaperNotFound(NotFound):
    """The finding has no such photo."""

    code = "finding_paper_not_found"
    text = N_("没有这张照片或这份材料")


class ScoreNotFound(NotFound):
    """The lot has no score of that month that the caller may see."""

    code = "score_not_found"
    text = N_("没有这个月的考核得分")


class PlanRefused(InvalidInput):
    """Fields of a plan are wrong; each problem names its field."""

    code = "inspection_plan_refused"
    text = N_("巡查计划有 %(count)s 处需要更正")


class PlanMeetsNoLot(RuleBroken):
    """The rule of a plan meets no filed lot, so that there is nothing to inspect."""

    code = "inspection_plan_empty"
    text = N_("按这些条件没有已备案的停车场，请放宽条件")


class VisitRefused(InvalidInput):
    """Items of a visit are unanswered or badly answered; each problem names its item."""

    code = "inspection_refused"
    text = N_("巡查记录有 %(count)s 处需要更正，已填写的内容仍在表中")


class FindingRefused(InvalidInput):
    """Fields of a finding are wrong; each problem names its field."""

    code = "finding_refused"
    text = N_("问题登记有 %(count)s 处需要更正，已填写的内容仍在表中")


class StepNotAllowed(RuleBroken):
    """The finding is not in a state from which this step leads anywhere."""

    code = "finding_step_not_allowed"
    text = N_("这个问题现在的状态不能进行这一步")


class NotOneLot(RuleBroken):
    """An order is addressed to one lot; the findings stand on several or on none."""

    code = "order_not_one_lot"
    text = N_("一份整改通知书只能写同一个停车场的问题")


class AlreadyStepped(Conflict):
    """Somebody else was first: `who` is the actor, `at` the instant of the step that was taken."""

    code = "already_decided"
    text = N_("这一项已经由他人处理，请看最新内容后再决定")

    def __init__(self, *, who: str, at: datetime, step: str) -> None:
        self.who, self.at, self.step = who, at, step
        super().__init__(who=who, at=at.isoformat(), step=step)


class SendingReused(Conflict):
    """The key of a form was used before, for something else."""

    code = "sending_reused"
    text = N_("这份表单已经用于另一次提交，请打开新的表单")
