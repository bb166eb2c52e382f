"""How are charges, refunds, networks and differences called? Chinese here, English in the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from parking.kernel.errors import N_
from parking.visits.rules.charges import ChargeState, RefundState
from parking.visits.rules.reconciling import DifferenceKind

CHARGE_STATES: Mapping[ChargeState, str] = {
    ChargeState.DUE: N_("待扣费"),
    ChargeState.REQUESTED: N_("已发起，等待结果"),
    ChargeState.IN_DOUBT: N_("结果未知，正在查询"),
    ChargeState.PAID: N_("已付"),
    ChargeState.REFUSED: N_("未付（渠道拒绝）"),
    ChargeState.REFUNDED: N_("已全额退款"),
}

REFUND_STATES: Mapping[RefundState, str] = {
    RefundState.DUE: N_("待退款"),
    RefundState.REQUESTED: N_("已发起，等待结果"),
    RefundState.IN_DOUBT: N_("结果未知，正在重试"),
    RefundState.MADE: N_("已退款"),
    RefundState.REFUSED: N_("渠道拒绝退款"),
}

NETWORKS: Mapping[str, str] = {
    "xinlian": N_("信联 ETC（按车牌扣费）"),
    "bolink": N_("泊链 ETC（按车牌扣费）"),
    "etc_lane": N_("ETC 车道自行扣费"),
    "demo": N_("演示支付"),
}

DIFFERENCES: Mapping[DifferenceKind, str] = {
    DifferenceKind.OURS_ONLY: N_("只在本平台有"),
    DifferenceKind.THEIRS_ONLY: N_("只在渠道有"),
    DifferenceKind.AMOUNT_DIFFERS: N_("金额不一致"),
}

ENTRY_KINDS: Mapping[str, str] = {
    "payment": N_("付款"),
    "refund": N_("退款"),
    "correction": N_("更正"),
}

# Why nothing was paid, in words for the driver; "" for what the network does not explain.
REFUSALS: Mapping[str, str] = {
    "": N_("支付渠道没有收到这笔款。"),
    "cancelled": N_("您取消了这次支付。"),
    "expired": N_("支付页面超时，没有付款。"),
    "no_longer_due": N_("这笔费用已不需要支付。"),
    "account_not_bound": N_("这辆车没有开通 ETC 停车扣费。"),
    "no_plate": N_("没有识别到车牌，无法自动扣费。"),
}
