"""In which words is a fee, a tariff and what is wrong with one told? Msgids; what ends in `_fen` is money."""

from __future__ import annotations


def T_(text: str) -> str:  # noqa: N802 - becomes N_ with the English texts
    return text


# The lines of a quote.
UNITS = T_("%(from)s–%(until)s：%(units)s 个 %(minutes)s 分钟，每个 %(unit_fen)s")
FLAT = T_("%(from)s–%(until)s：一次计 %(flat_fen)s")
FLAT_UNTIL = T_("%(from)s–%(until)s：%(minutes)s 分钟以内计 %(flat_fen)s")
BAND_CAP = T_("%(from)s–%(until)s 最高 %(cap_fen)s，减去超出部分")
CYCLE_CAP = T_("一个计费周期最高 %(cap_fen)s，减去超出部分")
STAY_CAP = T_("一次停车最高 %(cap_fen)s，减去超出部分")
WHOLE = T_("%(count)s 个完整计费周期，每个 %(cycle_fen)s")
WITHIN_FREE = T_("%(minutes)s 分钟以内免费")
DEDUCTED = T_("前 %(minutes)s 分钟免费，不计入收费时间")
NOTHING = T_("停放时间不收费")
MONTHLY = T_("月租车辆，不另收费")
EXEMPT = T_("该类车辆免收停车费")
COUPON_MINUTES = T_("优惠券：少计 %(minutes)s 分钟")
COUPON_PER_CENT = T_("优惠券：减免 %(per_cent)s%%")
COUPON_AMOUNT = T_("优惠券：减免 %(amount_fen)s")
COUPON_FREE = T_("优惠券：全免")
COUPON_TARIFF = T_("优惠券：按优惠标准计费")

# Why a stay has no price.
TARIFF_INVALID = T_("收费标准有误")
STAY_REFUSED = T_("无法计算停车费")
STAY_ENDS_EARLY = T_("离场时间早于进场时间")
STAY_TOO_LONG = T_("停车时间超过 %(days)s 天，无法计算停车费")
COUPON_UNKNOWN = T_("优惠券所用的收费标准不存在")

# What is wrong with a document, by code.
PROBLEMS = {
    "unknown_key": T_("没有这一项"),
    "missing": T_("缺少这一项"),
    "wrong_type": T_("应为%(wanted)s"),
    "out_of_range": T_("应在 %(least)s 与 %(most)s 之间"),
    "not_a_choice": T_("应为其中之一：%(choices)s"),
    "twice": T_("重复"),
    "empty": T_("不能为空"),
    "no_time": T_("应为 00:00 至 24:00 的时刻"),
    "no_date": T_("应为日期（2026-10-01）或每年的月日（10-01）"),
    "no_zone": T_("没有这个时区"),
    "ends_before_it_begins": T_("结束早于开始"),
    "mixed_dates": T_("开始和结束应同为日期或同为月日"),
    "overlap": T_("与下一时段重叠：下一时段从 %(from)s 开始"),
    "gap": T_("与下一时段之间有空缺：下一时段从 %(from)s 开始"),
    "cap_below_unit": T_("最高收费低于一个计费单位的价格 %(unit_fen)s"),
    "cap_above_longer_cap": T_("高于整段的最高收费 %(cap_fen)s，永远达不到"),
    "never_ends": T_("不是最后一级，必须写明到第几分钟为止，否则后面各级永远用不到"),
    "nothing_follows": T_("最后一级不能有终点：之后的时间没有价格"),
    "not_later": T_("必须大于上一级的 %(minutes)s 分钟"),
    "not_whole_units": T_("这一级长 %(minutes)s 分钟，不是计费单位的整数倍"),
    "never_reached": T_("一个计费周期只有 %(minutes)s 分钟，永远到不了这里"),
    "has_no_meaning": T_("在这里没有意义"),
    "hides_the_rest": T_("适用于所有情况，后面各项永远用不到"),
    "leaves_some_out": T_("最后一项必须适用于其余所有情况"),
    "no_such_plan": T_("没有这个收费方案"),
}

# What a document's values are called where one of the wrong kind is found.
A_TABLE, A_LIST, A_WHOLE_NUMBER = T_("一组项目"), T_("一个列表"), T_("整数")
A_TEXT, A_YES_OR_NO = T_("文字"), T_("是或否（true 或 false）")

# What a sign at the entrance says.
FOR_ALL = T_("所有车辆")
FOR_THE_REST = T_("其他车辆")
FOR_ZONE = T_("路段：%(zone)s")
STAYS = {"casual": T_("临时停车"), "monthly": T_("月租停车"), "shared": T_("错时共享停车")}
VEHICLES = {
    "small": T_("小型车"),
    "large": T_("大型车"),
    "motorcycle": T_("摩托车"),
    "new_energy": T_("新能源小型车"),
    "new_energy_large": T_("新能源大型车"),
}
EXEMPTIONS = {
    "military": T_("军车免费"),
    "police": T_("警车免费"),
    "fire": T_("消防车免费"),
    "ambulance": T_("救护车免费"),
    "rescue": T_("抢险救援车免费"),
    "municipal": T_("市政抢修车免费"),
    "sanitation": T_("环卫作业车免费"),
    "hearse": T_("殡葬车免费"),
    "cash": T_("运钞车免费"),
    "disabled": T_("残疾人专用车免费"),
}
DAY_TYPES = {"workday": T_("工作日（含调休上班日）"), "weekend": T_("周末"), "holiday": T_("法定节假日")}
WEEKDAYS = (
    T_("每星期一"),
    T_("每星期二"),
    T_("每星期三"),
    T_("每星期四"),
    T_("每星期五"),
    T_("每星期六"),
    T_("每星期日"),
)
DATES = T_("%(first)s 至 %(last)s")
OTHER_DAYS = T_("其他日期")
SIGN_FREE_BAND = T_("%(from)s–%(until)s：免费")
SIGN_UNIT = T_("%(from)s–%(until)s：每 %(minutes)s 分钟 %(unit_fen)s")
SIGN_FLAT = T_("%(from)s–%(until)s：每次 %(flat_fen)s")
SIGN_UNIT_UNTIL = T_("%(from)s–%(until)s：计费 %(until_minutes)s 分钟以内，每 %(minutes)s 分钟 %(unit_fen)s")
SIGN_FLAT_UNTIL = T_("%(from)s–%(until)s：计费 %(until_minutes)s 分钟以内，共 %(flat_fen)s")
SIGN_UNIT_AFTER = T_("%(from)s–%(until)s：计费满 %(after_minutes)s 分钟后，每 %(minutes)s 分钟 %(unit_fen)s")
SIGN_FLAT_AFTER = T_("%(from)s–%(until)s：计费满 %(after_minutes)s 分钟后，再收一次 %(flat_fen)s")
SIGN_BEGUN = T_("不足一个计费单位的，按一个计费单位收费")
SIGN_BAND_CAP = T_("%(from)s–%(until)s 最高 %(cap_fen)s")
SIGN_CAP = {
    "stay": T_("一次停车最高 %(cap_fen)s"),
    "entry": T_("从进场起每 %(hours)s 小时最高 %(cap_fen)s"),
    "day": T_("每日（从 %(from)s 起）最高 %(cap_fen)s"),
}
SIGN_CYCLE = {
    "entry": T_("停车超过 %(hours)s 小时的，从进场起每 %(hours)s 小时重新计算"),
    "day": T_("停车跨日的，每日 %(from)s 起重新计算"),
}
SIGN_MOST = T_("一次停车总共最高 %(cap_fen)s")
SIGN_FREE = {
    (True, True): T_("%(minutes)s 分钟以内（含）免费，超过的从第一分钟起收费"),
    (True, False): T_("不满 %(minutes)s 分钟免费，满 %(minutes)s 分钟的从第一分钟起收费"),
    (False, True): T_("前 %(minutes)s 分钟免费，之后开始收费"),
}
SIGN_FREE_PER = {
    "cycle": T_("每个计费周期都有免费时间"),
    "stay": T_("免费时间每次停车只有一次"),
}
SIGN_CROSSING = {
    "restart_unit": T_("跨时段的，从新时段开始重新起算计费单位"),
    "carry": T_("跨时段的，已开始的计费单位按原时段价格计完"),
    "restart_steps": T_("跨时段的，从新时段开始分别计费"),
}
SIGN_GRACE = T_("付费后请在 %(minutes)s 分钟内离场，超过的继续计费")
SIGN_MONTHLY = T_("月租 %(month_fen)s")
SIGN_SECONDS = {True: T_("停车时间精确到秒"), False: T_("停车时间计到分钟，秒不计")}
