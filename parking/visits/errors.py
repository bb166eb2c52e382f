"""What can be wrong with what gates tell, and with stays and charges?"""

from __future__ import annotations

from parking.kernel.errors import N_, Conflict, InvalidInput, NotFound, RuleBroken, Unavailable


class VisitNotFound(NotFound):
    """There is no such visit, or the caller may not know of it."""

    code = "visit_not_found"
    text = N_("没有这次停车记录")


class FeeUnknown(RuleBroken):
    """The stay is doubtful: without its entry nobody knows what it costs."""

    code = "fee_unknown"
    text = N_("这次停车缺少进场记录，费用未知，请联系停车场")


class TariffMissing(FeeUnknown):
    """No tariff held at the lot when the vehicle entered: the fee is unknown, which is not nothing."""

    code = "tariff_missing"
    text = N_("这个停车场还没有登记收费标准，费用未知，请向停车场询问")


class StayUnpriced(FeeUnknown):
    """Longer than a tariff can say a price for: no parking, or a lost exit."""

    code = "stay_unpriced"
    text = N_("停车时间超过 %(days)s 天，无法计算停车费")


class ChargeNotFound(NotFound):
    """There is no such charge."""

    code = "charge_not_found"
    text = N_("没有这笔收费")


class NothingDue(RuleBroken):
    """The fee is paid, or there is none."""

    code = "nothing_due"
    text = N_("没有要付的停车费")


class ChargeUnderWay(Conflict):
    """Another network was asked for the same stay, and nobody knows yet whether it paid."""

    code = "charge_under_way"
    text = N_("另一笔扣款正在处理，请稍后再看，不要重复支付")


class NetworkUnknown(NotFound):
    """No such payment network is set up here."""

    code = "network_unknown"
    text = N_("没有这个支付渠道")


class RefundTooHigh(RuleBroken):
    """More than was paid and not yet given back."""

    code = "refund_too_high"
    text = N_("退款超过了还能退的金额（%(most)s 分）")


class RefundReasonMissing(InvalidInput):
    """A refund needs a reason that can be read later."""

    code = "refund_reason_missing"
    text = N_("请写明退款的理由")


class CodeWrong(InvalidInput):
    """The code is wrong, over, or nobody's: the same answer for all, so that it tells nothing."""

    code = "code_wrong"
    text = N_("停车场编号或缴费码不对，或缴费码已过期")


class CodeAttemptsExceeded(Unavailable):
    """Too many wrong codes; `minutes` until the next may be tried."""

    code = "code_attempts_exceeded"
    text = N_("输错次数太多，请 %(minutes)s 分钟后再试")


class TicketOver(NotFound):
    """The page of a visit's fee was open for too long."""

    code = "ticket_over"
    text = N_("页面已过期，请重新输入缴费码")


class CloudPullMissing(NotFound):
    """There is no such pull."""

    code = "cloud_pull_missing"
    text = N_("没有这条云平台拉取")


class CloudPullRefused(InvalidInput):
    """A pull's description is wrong; the fields are named."""

    code = "cloud_pull_refused"
    text = N_("云平台拉取的设置有误")


class CloudPullExists(Conflict):
    """A lot of a cloud is asked once."""

    code = "cloud_pull_exists"
    text = N_("这个平台的车场 %(lot_key)s 已在拉取")


class CloudPullBusy(Conflict):
    """Somebody is asking at this moment."""

    code = "cloud_pull_busy"
    text = N_("正在拉取，请稍后再试")


class CloudClaimLost(Conflict):
    """The claim ran out or was taken back; the cursor is left where it was, what was stored stays stored."""

    code = "cloud_claim_lost"
    text = N_("拉取权已失效，本次结果未记进度")
