"""What are the codes of feeds and of the register called on the bureau's pages? Chinese here."""

from __future__ import annotations

from collections.abc import Mapping

from parking.boundary.feeds import MAPPED, BreakReason, ProblemKind
from parking.boundary.fetching import FetchFailure
from parking.guidance.rules.exchanges import FAULTY_RECORDS
from parking.guidance.rules.pulls import PullKind, PullState, Reason
from parking.kernel.errors import N_
from parking.kernel.vocabulary import SPACE_CLASS_NAMES, SpaceClass

PULL_KINDS = {PullKind.STATIC: N_("静态数据"), PullKind.LIVE: N_("实时数据")}
PULL_STATES = {
    PullState.PROVISIONED: N_("等待首次成功"),
    PullState.ACTIVE: N_("正常"),
    PullState.FAILED: N_("失败"),
    PullState.DISABLED: N_("已停用"),
}
WHY: Mapping[str, str] = {
    FetchFailure.ADDRESS_REFUSED: N_("地址不允许访问"),
    FetchFailure.NAME_UNKNOWN: N_("域名无法解析"),
    FetchFailure.CONNECT_FAILED: N_("连接不上"),
    FetchFailure.TLS_FAILED: N_("证书有问题"),
    FetchFailure.TIMED_OUT: N_("没有及时回答"),
    FetchFailure.TOO_LARGE: N_("回答太大"),
    FetchFailure.REDIRECTED: N_("要求跳转到别处"),
    FetchFailure.BAD_STATUS: N_("对方报错"),
    FetchFailure.BAD_ENCODING: N_("编码无法识别"),
    FetchFailure.BROKE_OFF: N_("回答中途断开"),
    FetchFailure.CREDENTIAL_UNUSABLE: N_("访问凭据用不了"),
    BreakReason.NOT_JSON: N_("回答不是有效的 JSON"),
    BreakReason.NOT_XML: N_("回答不是有效的 XML"),
    BreakReason.WRONG_ENCODING: N_("回答的字符编码有误"),
    BreakReason.UNKNOWN_DOCUMENT: N_("回答是另一种文件"),
    BreakReason.NOT_CSV: N_("回答不是有效的 CSV"),
    BreakReason.NOT_WORKBOOK: N_("回答不是有效的工作簿"),
    BreakReason.MAPPING_WRONG: N_("映射有误"),
    Reason.EMPTY: N_("回答是空的"),
    Reason.NOTHING_USABLE: N_("没有一条可用"),
    Reason.ADAPTER_UNKNOWN: N_("没有这种格式的读取程序"),
    Reason.ADAPTER_ERROR: N_("读取程序出错"),
    Reason.NOT_RECORDED: N_("未能记录"),
    Reason.CREDENTIAL_UNREADABLE: N_("访问凭据读不出来，请重新设置"),
    FAULTY_RECORDS: N_("记录有问题"),
}
PROBLEMS = {
    ProblemKind.MISSING_FIELD: N_("缺少字段"),
    ProblemKind.NO_PLACE: N_("没有位置"),
    ProblemKind.BAD_VALUE: N_("值无法识别"),
    ProblemKind.OUT_OF_RANGE: N_("超出范围"),
    ProblemKind.NEGATIVE: N_("是负数"),
    ProblemKind.TOO_LARGE: N_("数字太大"),
    ProblemKind.FUTURE_TIME: N_("时间在将来"),
    ProblemKind.REPEATED: N_("重复"),
    ProblemKind.UNKNOWN_LOT: N_("登记库里没有这个停车场"),
    ProblemKind.OUTSIDE_CITY: N_("不在本市范围内"),
    ProblemKind.ANOTHER_LOT: N_("疑为另一停车场，名称或位置未采用"),
    ProblemKind.PLACEHOLDER: N_("占位内容"),
    ProblemKind.NO_COUNT: N_("没有数字"),
    ProblemKind.ABOVE_CAPACITY: N_("多于泊位总数"),
    ProblemKind.UNPARSED_HOURS: N_("开放时间无法识别"),
    ProblemKind.UNPARSED_FEES: N_("收费说明保留原文"),
}
# The formats that a source may answer in, by the name of what reads them.
FORMATS: Mapping[str, str] = {
    "plain": N_("本平台的标准格式（JSON）"),
    "datex2": N_("DATEX II（XML）"),
    "parkapi_v1": N_("ParkAPI（JSON）"),
    MAPPED: N_("按映射读取"),
}
FIELDS = {
    "name": N_("名称"),
    "kind": N_("类别"),
    "access": N_("谁可以停放"),
    "address": N_("地址"),
    "operator_name": N_("经营单位"),
    "opening_hours": N_("开放时间"),
    "hours_note": N_("开放时间说明"),
    "max_height_cm": N_("限高（厘米）"),
    "place": N_("位置"),
    **{f"spaces.{each}": SPACE_CLASS_NAMES[each] for each in SpaceClass},
}
