"""How are the fields of a tariff's form called, and where in the form stands what is wrong?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from flask_babel import gettext

from parking.kernel.errors import N_, FieldProblem
from parking.kernel.vocabulary import StayKind
from parking.portals._http.tariff_texts import VEHICLES as VEHICLES
from parking.portals._http.tariff_texts import with_money
from parking.portals.bureau.tariff_fields import Tree
from parking.portals.bureau.tariff_form import field_of, is_money, names_of
from parking.tariffs.rules.tariff import CouponKind, Exemption

STAYS: Mapping[str, str] = {
    StayKind.CASUAL: N_("临时停车"),
    StayKind.MONTHLY: N_("月租停车"),
    StayKind.SHARED: N_("错时共享停车"),
}
EXEMPTIONS: Mapping[str, str] = {
    Exemption.MILITARY: N_("军车"),
    Exemption.POLICE: N_("警车"),
    Exemption.FIRE: N_("消防车"),
    Exemption.AMBULANCE: N_("救护车"),
    Exemption.RESCUE: N_("抢险救援车"),
    Exemption.MUNICIPAL: N_("市政抢修车"),
    Exemption.SANITATION: N_("环卫作业车"),
    Exemption.HEARSE: N_("殡葬车"),
    Exemption.CASH: N_("运钞车"),
    Exemption.DISABLED: N_("残疾人专用车"),
}
COUPONS: Mapping[str, str] = {
    CouponKind.AMOUNT: N_("减免若干元"),
    CouponKind.MINUTES: N_("减免若干分钟"),
    CouponKind.PER_CENT: N_("减免百分之几"),
    CouponKind.FREE: N_("全免"),
    CouponKind.TARIFF: N_("按另一个收费方案"),
}
DAYS: Mapping[str, str] = {
    "workday": N_("工作日（含调休上班日）"),
    "weekend": N_("周末"),
    "holiday": N_("法定节假日"),
}
WEEKDAYS: Mapping[str, str] = {
    "1": N_("每星期一"),
    "2": N_("每星期二"),
    "3": N_("每星期三"),
    "4": N_("每星期四"),
    "5": N_("每星期五"),
    "6": N_("每星期六"),
    "7": N_("每星期日"),
}
CYCLES: Mapping[str, tuple[str, str]] = {
    "stay": (N_("整次停车"), N_("免费时间、各级价格和最高收费从进场到出场只算一次")),
    "entry": (N_("从进场起每若干小时"), N_("例如 24 小时：满 24 小时后重新起算")),
    "day": (N_("每日"), N_("每日从同一时刻重新起算：自然日填 00:00，按收费时段填其开始时刻")),
}
FREE_HOW: Mapping[str, tuple[str, str]] = {
    "inclusive": (N_("以内（含）免费，超过的从第一分钟起收费"), N_("例如 30 分钟：正好 30 分钟不收费")),
    "exclusive": (N_("不满才免费，满了就从第一分钟起收费"), N_("例如 30 分钟：正好 30 分钟要收费")),
    "deducted": (N_("前若干分钟总是免费，之后开始收费"), N_("停得久的也少算这几分钟")),
}
FREE_PER: Mapping[str, str] = {"cycle": N_("每个计费周期一次"), "stay": N_("每次停车只有一次")}
CROSSINGS: Mapping[str, tuple[str, str]] = {
    "restart_unit": (N_("计费单位重新起算"), N_("到新时段开始一个新的计费单位")),
    "carry": (N_("已开始的计费单位按原价计完"), N_("计完后再按新时段的价格")),
    "restart_steps": (N_("分别计费"), N_("到新时段连首小时等各级价格也重新起算")),
}
LABELS: Mapping[str, str] = {
    "plans": N_("收费方案"),
    "schedules": N_("适用日期"),
    "dates": N_("日期"),
    "bands": N_("时段"),
    "steps": N_("价格"),
    "choices": N_("适用对象"),
    "examples": N_("样例"),
    "name": N_("名称"),
    "cycle": N_("计费周期"),
    "hours": N_("小时数"),
    "free_minutes": N_("免费分钟"),
    "free_how": N_("免费的算法"),
    "free_per": N_("免费的次数"),
    "crossing": N_("跨时段"),
    "most": N_("一次停车总共最高"),
    "cap": N_("最高收费"),
    "from": N_("开始"),
    "until": N_("结束"),
    "fee": N_("单价"),
    "unit_minutes": N_("每多少分钟"),
    "until_minutes": N_("到第几分钟为止"),
    "days": N_("哪些日子"),
    "weekdays": N_("星期几"),
    "plan": N_("收费方案"),
    "vehicles": N_("车型"),
    "zones": N_("路段"),
    "stays": N_("停车方式"),
    "exempt": N_("免费的特种车辆"),
    "grace_minutes": N_("付费后离场时间"),
    "monthly": N_("月租价格"),
    "time_zone": N_("时区"),
    "seconds": N_("停车时间精确到秒"),
    "vehicle": N_("车型"),
    "stay": N_("停车方式"),
    "zone": N_("路段"),
    "exemption": N_("特种车辆"),
    "fen": N_("应收金额"),
    "note": N_("说明"),
}
_ONE_OF_MANY: Mapping[str, str] = {
    "plans": N_("方案“%(name)s”"),
    "schedules": N_("第 %(number)s 组日期"),
    "dates": N_("第 %(number)s 段日期"),
    "bands": N_("第 %(number)s 个时段"),
    "steps": N_("第 %(number)s 级"),
    "choices": N_("第 %(number)s 条适用对象"),
    "examples": N_("样例 %(number)s"),
}
_TOKEN = re.compile(r"([a-z_]+)(?:\[(\d+)\])?")
_AT = N_("%(place)s：%(reason)s")


def place_in_words(field: str, tree: Tree) -> str:
    """Where a field stands: 方案“大型车” › 第 2 个时段 › 单价. What there is only one of is not told."""
    told = []
    here = tree
    for key, number in _TOKEN.findall(field):
        if not number:
            told.append(gettext(LABELS.get(key, key)))
            continue
        parts = here.get(key, [])
        here = parts[int(number)] if int(number) < len(parts) else {}
        if len(parts) > 1 or key in ("steps", "choices", "examples"):
            name = here.get("name", "").strip() or int(number) + 1
            told.append(gettext(_ONE_OF_MANY[key], number=int(number) + 1, name=name))
        elif field.endswith("]"):
            told.append(gettext(LABELS[key]))
    return " › ".join(told)


def in_words(problems: Sequence[FieldProblem], own: Sequence[FieldProblem], tree: Tree) -> list[FieldProblem]:
    """A document's problems at the fields of its form, each with its place, in the reader's words.

    `own`: what the form itself found wrong; what a document says of these fields beside is left out.
    """
    names = names_of(tree)
    told = {each.field: each for each in own}
    found = list(told.values())
    for each in problems:
        field = field_of(each.field, names)
        if field not in told:
            found.append(FieldProblem(field, each.code, each.text, _params(field, each.params)))
    return [_placed(each, tree) for each in found]


def _params(field: str, params: Mapping[str, object]) -> dict[str, object]:
    """Bounds of what is typed in yuan are told in yuan."""
    told = dict(params)
    for key in ("least", "most"):
        if key in told and is_money(field):
            told[f"{key}_fen"] = told.pop(key)
    return told


def _placed(problem: FieldProblem, tree: Tree) -> FieldProblem:
    told: dict[str, object] = {}
    for key, value in with_money(problem.params).items():
        told[key] = told[key.removesuffix("_fen")] = gettext(str(value)) if key == "wanted" else value
    params = {"place": place_in_words(problem.field, tree), "reason": gettext(problem.text, **told)}
    return FieldProblem(problem.field, problem.code, _AT if params["place"] else "%(reason)s", params)
