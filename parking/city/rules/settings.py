"""Which plain values of the profile may the bureau set, of what type, and within which bounds?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from parking.city.errors import SettingRefused, SettingUnknown
from parking.kernel.errors import N_, FieldProblem

_LONGEST_TEXT = 200


class ValueKind(StrEnum):
    """What a setting's value is."""

    WHOLE = "whole"
    YES_NO = "yes_no"
    TEXT = "text"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Setting:
    """One value: `label`, `unit` and the words of `choices` are msgids; bounds are included."""

    label: str
    kind: ValueKind = ValueKind.WHOLE
    unit: str = ""
    least: int = 0
    most: int = 0
    choices: Mapping[str, str] = field(default_factory=dict)
    required: bool = True


def _days(label: str, most: int, least: int = 1) -> Setting:
    return Setting(label, unit=N_("个工作日"), least=least, most=most)


def _calendar_days(label: str, most: int, least: int = 1) -> Setting:
    return Setting(label, unit=N_("天"), least=least, most=most)


def _seconds(label: str, most: int = 86_400) -> Setting:
    return Setting(label, unit=N_("秒"), least=1, most=most)


def _points(label: str) -> Setting:
    return Setting(label, unit=N_("分"), least=0, most=100)


def _percent(label: str, most: int = 100, least: int = 1) -> Setting:
    return Setting(label, unit="%", least=least, most=most)


def _hours(label: str, most: int) -> Setting:
    return Setting(label, unit=N_("小时"), least=1, most=most)


def _spaces(label: str) -> Setting:
    return Setting(label, unit=N_("个车位"), least=1, most=1_000)


def _text(label: str, *, required: bool = True) -> Setting:
    return Setting(label, ValueKind.TEXT, most=_LONGEST_TEXT, required=required)


def _yes_no(label: str) -> Setting:
    return Setting(label, ValueKind.YES_NO)


SECTIONS: Mapping[str, str] = {
    "filings": N_("备案办理"),
    "accounts": N_("账号"),
    "inspections": N_("巡查"),
    "tariffs": N_("收费标准"),
    "charges": N_("缴费"),
    "complaints": N_("市民反映"),
    "sharing": N_("错时共享"),
    "limits": N_("数据时限"),
    "health": N_("数据异常"),
    "site": N_("网站文字"),
}
"""The sections in the order in which they are shown."""

SETTINGS: Mapping[str, Setting] = {
    "filings.authority_zh": _text(N_("备案机关（中文）")),
    "filings.authority_en": _text(N_("备案机关（英文）")),
    "filings.number_prefix": _text(N_("编号的字头")),
    "filings.accept_days": _days(N_("收到后多久决定是否受理"), 30),
    "filings.correction_days": _days(N_("经营单位补正的期限"), 90),
    "filings.decide_days": _days(N_("受理后多久作出决定"), 60),
    "filings.deemed_acceptance": _yes_no(N_("逾期未决定即视为受理")),
    "filings.corrections": Setting(N_("最多要求补正几次"), unit=N_("次"), least=1, most=5),
    "filings.claim_minutes": Setting(N_("领取后多久自动退还"), unit=N_("分钟"), least=5, most=480),
    "filings.remind_before_days": _days(N_("办理期限前多久提醒"), 10),
    "filings.certificate_years": Setting(N_("备案证明的有效期"), unit=N_("年"), least=1, most=20),
    "filings.renew_before_days": _calendar_days(N_("到期前多久提醒延续"), 365),
    "accounts.password_policy": Setting(
        N_("密码规则"),
        ValueKind.CHOICE,
        choices={"djbh": N_("等级保护：三类字符，定期更换"), "asvs": N_("ASVS：长密码，不强制更换")},
    ),
    "accounts.natural_persons": _yes_no(N_("允许自然人登记")),
    "accounts.officers_second_factor": _yes_no(N_("工作人员登录须用动态验证码")),
    "inspections.minor_days": _days(N_("一般问题的整改期限"), 90),
    "inspections.serious_days": _days(N_("较重问题的整改期限"), 60),
    "inspections.urgent_days": _days(N_("紧急问题的整改期限"), 30),
    "inspections.order_days": _days(N_("发现问题后多久交办"), 30),
    "inspections.recheck_days": _days(N_("经营单位答复后多久复核"), 30),
    "inspections.recheck_closes": _yes_no(N_("复核通过即销号")),
    "inspections.number_prefix": _text(N_("巡查编号的字头"), required=False),
    "tariffs.four_eyes": _yes_no(N_("起草收费标准的人不能批准它")),
    "charges.grace_minutes": Setting(N_("付款后多久之内离场不再收费"), unit=N_("分钟"), least=0, most=240),
    "charges.code_hours": Setting(N_("缴费码多久后失效"), unit=N_("小时"), least=1, most=168),
    "complaints.count_wrong_days": _days(N_("“空位数不对”的答复期限"), 30),
    "complaints.closed_days": _days(N_("“不开放”的答复期限"), 30),
    "complaints.fee_wrong_days": _days(N_("“收费不对”的答复期限"), 30),
    "complaints.overstay_days": _days(N_("“超时占用”的答复期限"), 30),
    "complaints.blocked_days": _days(N_("“被堵占”的答复期限"), 30),
    "complaints.remind_before_days": _days(N_("答复期限前多久提醒"), 10),
    "complaints.reopen_days": _calendar_days(N_("答复后多久之内可以再次提出"), 90),
    "complaints.doubt_people": Setting(N_("多少人反映后提示空位数存疑"), unit=N_("人"), least=1, most=50),
    "complaints.doubt_hours": Setting(N_("空位数存疑的提示保留多久"), unit=N_("小时"), least=1, most=720),
    "complaints.count_wrong_points": _points(N_("每件属实的“空位数不对”扣分")),
    "complaints.closed_points": _points(N_("每件属实的“不开放”扣分")),
    "complaints.fee_wrong_points": _points(N_("每件属实的“收费不对”扣分")),
    "complaints.overstay_points": _points(N_("每件属实的“超时占用”扣分")),
    "complaints.blocked_points": _points(N_("每件属实的“被堵占”扣分")),
    "complaints.points_most": _points(N_("一个月最多扣多少分")),
    "complaints.number_prefix": _text(N_("反映编号的字头"), required=False),
    "sharing.early_minutes": Setting(N_("预约车辆可提前多久入场"), unit=N_("分钟"), least=0, most=120),
    "sharing.late_minutes": Setting(N_("迟到多久后把预约的车位让给他人"), unit=N_("分钟"), least=5, most=240),
    "sharing.shortest_minutes": Setting(N_("一次预约最短多久"), unit=N_("分钟"), least=1, most=240),
    "sharing.ahead_days": _calendar_days(N_("最多提前多久预约"), 60),
    "sharing.counted_days": _calendar_days(N_("统计多久以内的超时次数"), 366),
    "sharing.suspend_days": _calendar_days(N_("多次超时后暂停预约多久"), 366),
    "sharing.hourly_per_network": Setting(
        N_("同一网络一小时内最多预约几次"), unit=N_("次"), least=1, most=100_000
    ),
    "sharing.move_within_m": Setting(
        N_("时段被收回时，预约可改到多远的停车场"), unit=N_("米"), least=0, most=5_000
    ),
    "sharing.evening_hour": Setting(
        N_("几点起通知次日共享时段结束时的留车"), unit=N_("时"), least=15, most=23
    ),
    "limits.ageing_after_s": _seconds(N_("实时数字多久后算“稍旧”")),
    "limits.unknown_after_s": _seconds(N_("实时数字多久后不再显示")),
    "limits.hand_ageing_after_s": _seconds(N_("人工填报的数字多久后算“稍旧”")),
    "limits.hand_unknown_after_s": _seconds(N_("人工填报的数字多久后不再显示"), 7 * 86_400),
    "limits.fact_retention_days": _calendar_days(N_("原始计数保存多久"), 3650),
    "limits.plate_key_days": _calendar_days(N_("车牌密钥保存多久，之后销毁"), 3650, least=31),
    "limits.complaint_contact_days": _calendar_days(N_("反映办结后，联系电话和照片保存多久"), 3650),
    "health.frozen_hours": _hours(N_("空位数多久不变即为异常"), 168),
    "health.frozen_full_hours": _hours(N_("一直满位或全空，多久不变即为异常"), 504),
    "health.frozen_times": Setting(N_("不变的时间须超过该场以往最长的几倍"), unit=N_("倍"), least=1, most=10),
    "health.frozen_most_hours": _hours(N_("不论以往如何，空位数多久不变都为异常"), 504),
    "health.frozen_full_most_hours": _hours(N_("不论以往如何，一直满位或全空多久不变都为异常"), 8_760),
    "health.frozen_least_spaces": _spaces(N_("少于多少车位的不判断“不变”")),
    "health.jump_percent": _percent(N_("一刻钟内变化超过总数的多少即为突变")),
    "health.jump_least_spaces": _spaces(N_("突变至少多少车位")),
    "health.jump_times": Setting(N_("突变须超过该场以往最大变化的几倍"), unit=N_("倍"), least=1, most=10),
    "health.jump_most_percent": _percent(N_("不论以往如何，一刻钟内变化达到总数的多少都为突变")),
    "health.above_percent": _percent(N_("上报空位超过总数多少即为异常"), least=0),
    "health.sum_percent": _percent(N_("各类之和超过总数多少即为异常"), least=0),
    "health.reversed_percent": _percent(N_("与以往走势的负相关达到多少，即疑为空余与占用颠倒")),
    "health.clock_ahead_s": _seconds(N_("数据源时钟快多少即为异常")),
    "health.clock_behind_s": _seconds(N_("数据源时钟慢多少即为异常")),
    "health.vanished_percent": _percent(N_("上报的记录比平时少多少即为异常")),
    "health.repeated_percent": _percent(N_("重复的记录占多少即为异常")),
    "health.silent_minutes": Setting(N_("数据源中断多久即为异常"), unit=N_("分钟"), least=1, most=1_440),
    "health.calm_minutes": Setting(N_("数字恢复多久后异常自动关闭"), unit=N_("分钟"), least=0, most=1_440),
    "health.quiet_hours": _hours(N_("同一数据源多久之内不再发第二条通知"), 168),
    "site.bureau_zh": _text(N_("主办单位（中文）")),
    "site.bureau_en": _text(N_("主办单位（英文）")),
    "site.phone": _text(N_("联系电话"), required=False),
    "site.icp": _text(N_("网站备案号"), required=False),
}


def setting_of(key: str) -> Setting:
    """What is known of a key. Raises SettingUnknown for one that the console does not set."""
    known = SETTINGS.get(key)
    if known is None:
        raise SettingUnknown(key=key)
    return known


def read_setting(key: str, text: str) -> Any:
    """The typed value of what an officer wrote; None where a text that may be absent was emptied.

    Raises SettingUnknown, and SettingRefused with the problem of the field `value`.
    """
    setting, text = setting_of(key), text.strip()
    if setting.kind is ValueKind.YES_NO:
        return _one_of(text, {"true": True, "false": False})
    if setting.kind is ValueKind.CHOICE:
        return _one_of(text, {each: each for each in setting.choices})
    if setting.kind is ValueKind.TEXT:
        if not text and setting.required:
            raise _refused("missing", N_("缺少这一项"))
        if len(text) > setting.most:
            raise _refused("too_long", N_("最多 %(most)s 个字"), most=setting.most)
        return text or None
    return _whole(setting, text)


def _whole(setting: Setting, text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        raise _refused("not_whole", N_("应是整数")) from None
    if not setting.least <= value <= setting.most:
        raise _refused(
            "out_of_range",
            N_("应是 %(least)s 到 %(most)s 之间的数字"),
            least=setting.least,
            most=setting.most,
        )
    return value


def _one_of(text: str, known: Mapping[str, Any]) -> Any:
    if text not in known:
        raise _refused("unknown_value", N_("没有这个选项"))
    return known[text]


def _refused(code: str, text: str, **params: object) -> SettingRefused:
    return SettingRefused(problems=[FieldProblem("value", code, text, params)])
