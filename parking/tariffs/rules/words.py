"""In which words is a fee, a tariff and what is wrong with one told? Msgids; what ends in `_fen` is money."""

from __future__ import annotations

from parking.kernel.errors import N_

# The lines of a quote.
UNITS = N_("%(from)s–%(until)s：%(units)s 个 %(minutes)s 分钟，每个 %(unit_fen)s")
FLAT = N_("%(from)s–%(until)s：一次计 %(flat_fen)s")
FLAT_UNTIL = N_("%(from)s–%(until)s：%(minutes)s 分钟以内计 %(flat_fen)s")
BAND_CAP = N_("%(from)s–%(until)s 最高 %(cap_fen)s，减去超出部分")
CYCLE_CAP = N_("一个计费周期最高 %(cap_fen)s，减去超出部分")
STAY_CAP = N_("一次停车最高 %(cap_fen)s，减去超出部分")
WHOLE = N_("%(count)s 个完整计费周期，每个 %(cycle_fen)s")
WITHIN_FREE = N_("%(minutes)s 分钟以内免费")
DEDUCTED = N_("前 %(minutes)s 分钟免费，不计入收费时间")
NOTHING = N_("停放时间不收费")
MONTHLY = N_("月租车辆，不另收费")
EXEMPT = N_("该类车辆免收停车费")
COUPON_MINUTES = N_("优惠券：少计 %(minutes)s 分钟")
COUPON_PER_CENT = N_("优惠券：减免 %(per_cent)s%%")
COUPON_AMOUNT = N_("优惠券：减免 %(amount_fen)s")
COUPON_FREE = N_("优惠券：全免")
COUPON_TARIFF = N_("优惠券：按优惠标准计费")
DAYS_UNKNOWN = N_("%(year)s 年的节假日安排尚未录入，按平日和周末计算")
NEW_VERSION = N_("自 %(since)s 起按新的收费标准计费")

# Why a stay has no price.
TARIFF_INVALID = N_("收费标准有误")
STAY_REFUSED = N_("无法计算停车费")
STAY_ENDS_EARLY = N_("离场时间早于进场时间")
STAY_TOO_LONG = N_("停车时间超过 %(days)s 天，无法计算停车费")
COUPON_UNKNOWN = N_("优惠券所用的收费标准不存在")
TARIFF_UNKNOWN = N_("进场时该停车场还没有收费标准")

# What is wrong with a document, by code.
PROBLEMS = {
    "unknown_key": N_("没有这一项"),
    "missing": N_("缺少这一项"),
    "wrong_type": N_("应为%(wanted)s"),
    "out_of_range": N_("应在 %(least)s 与 %(most)s 之间"),
    "not_a_choice": N_("应为其中之一：%(choices)s"),
    "twice": N_("重复"),
    "empty": N_("不能为空"),
    "no_time": N_("应为 00:00 至 24:00 的时刻"),
    "no_date": N_("应为日期（2026-10-01）或每年的月日（10-01）"),
    "no_zone": N_("没有这个时区"),
    "ends_before_it_begins": N_("结束早于开始"),
    "mixed_dates": N_("开始和结束应同为日期或同为月日"),
    "overlap": N_("与下一时段重叠：下一时段从 %(from)s 开始"),
    "gap": N_("与下一时段之间有空缺：下一时段从 %(from)s 开始"),
    "cap_below_unit": N_("最高收费低于一个计费单位的价格 %(unit_fen)s"),
    "cap_above_longer_cap": N_("高于整段的最高收费 %(cap_fen)s，永远达不到"),
    "never_ends": N_("不是最后一级，必须写明到第几分钟为止，否则后面各级永远用不到"),
    "nothing_follows": N_("最后一级不能有终点：之后的时间没有价格"),
    "not_later": N_("必须大于上一级的 %(minutes)s 分钟"),
    "not_whole_units": N_("这一级长 %(minutes)s 分钟，不是计费单位的整数倍"),
    "never_reached": N_("这里最多计费 %(minutes)s 分钟，永远到不了"),
    "has_no_meaning": N_("在这里没有意义"),
    "hides_the_rest": N_("适用于所有情况，后面各项永远用不到"),
    "never_applies": N_("前面各项已包括这里的全部情况，这里永远用不到"),
    "leaves_some_out": N_("最后一项必须适用于其余所有情况"),
    "no_such_plan": N_("没有这个收费方案"),
    "unstorable": N_("含有无法保存的字符"),
    "too_many": N_("最多 %(most)s 项"),
    "far_date": N_("年份应在 %(least)s 与 %(most)s 之间"),
}

# What is wrong with a worked example, by code.
EXAMPLE_PROBLEMS = {
    "no_instant": N_("应为时刻，例如 2026-10-01 09:30"),
    "comes_out_differently": N_("应收 %(expected_fen)s，按这个标准算出 %(fee_fen)s"),
    "has_no_fee": N_("算不出停车费：%(reason)s"),
}

# What a document's values are called where one of the wrong kind is found.
A_TABLE, A_LIST, A_WHOLE_NUMBER = N_("一组项目"), N_("一个列表"), N_("整数")
A_TEXT, A_YES_OR_NO = N_("文字"), N_("是或否（true 或 false）")

# What a sign at the entrance says.
FOR_ALL = N_("所有车辆")
FOR_THE_REST = N_("其他车辆")
FOR_OTHER_ZONES = N_("其他路段")
FOR_OTHERS = N_("其他情况")
FOR_ZONE = N_("路段：%(zone)s")
STAYS = {"casual": N_("临时停车"), "monthly": N_("月租停车"), "shared": N_("错时共享停车")}
VEHICLES = {
    "small": N_("小型车"),
    "large": N_("大型车"),
    "motorcycle": N_("摩托车"),
    "new_energy": N_("新能源小型车"),
    "new_energy_large": N_("新能源大型车"),
}
EXEMPTIONS = {
    "military": N_("军车免费"),
    "police": N_("警车免费"),
    "fire": N_("消防车免费"),
    "ambulance": N_("救护车免费"),
    "rescue": N_("抢险救援车免费"),
    "municipal": N_("市政抢修车免费"),
    "sanitation": N_("环卫作业车免费"),
    "hearse": N_("殡葬车免费"),
    "cash": N_("运钞车免费"),
    "disabled": N_("残疾人专用车免费"),
}
DAY_TYPES = {"workday": N_("工作日（含调休上班日）"), "weekend": N_("周末"), "holiday": N_("法定节假日")}
WEEKDAYS = (
    N_("每星期一"),
    N_("每星期二"),
    N_("每星期三"),
    N_("每星期四"),
    N_("每星期五"),
    N_("每星期六"),
    N_("每星期日"),
)
DATES = N_("%(first)s 至 %(last)s")
DATES_EACH_YEAR = N_("每年 %(first)s 至 %(last)s")
OTHER_DAYS = N_("其他日期")
ALL_DAYS = N_("所有日期")
SIGN_FREE_BAND = N_("%(from)s–%(until)s：免费")
SIGN_UNIT = N_("%(from)s–%(until)s：每 %(minutes)s 分钟 %(unit_fen)s")
SIGN_FLAT = N_("%(from)s–%(until)s：每次 %(flat_fen)s")
SIGN_UNIT_UNTIL = N_(
    "%(from)s–%(until)s：计费第 %(first)s 至 %(last)s 分钟，每 %(minutes)s 分钟 %(unit_fen)s"
)
SIGN_FLAT_UNTIL = N_("%(from)s–%(until)s：计费第 %(first)s 至 %(last)s 分钟，共 %(flat_fen)s")
SIGN_UNIT_AFTER = N_("%(from)s–%(until)s：计费满 %(after_minutes)s 分钟后，每 %(minutes)s 分钟 %(unit_fen)s")
SIGN_FLAT_AFTER = N_("%(from)s–%(until)s：计费满 %(after_minutes)s 分钟后，再收一次 %(flat_fen)s")
SIGN_FREE_AFTER = N_("%(from)s–%(until)s：计费满 %(after_minutes)s 分钟后，不再收费")
SIGN_FREE_UNTIL = N_("%(from)s–%(until)s：计费第 %(first)s 至 %(last)s 分钟，免费")
SIGN_BAND_CAP = N_("%(from)s–%(until)s 最高 %(cap_fen)s")
# Of a band in which a day's cycle ends.
SIGN_BAND_CAP_TWICE = N_("%(from)s–%(until)s：%(again)s 之前、之后各最高 %(cap_fen)s")
# The same where a band is the whole day.
SIGN_ALL_DAY = {
    SIGN_FREE_BAND: N_("全天免费"),
    SIGN_UNIT: N_("每 %(minutes)s 分钟 %(unit_fen)s"),
    SIGN_FLAT: N_("每次 %(flat_fen)s"),
    SIGN_UNIT_UNTIL: N_("计费第 %(first)s 至 %(last)s 分钟，每 %(minutes)s 分钟 %(unit_fen)s"),
    SIGN_FLAT_UNTIL: N_("计费第 %(first)s 至 %(last)s 分钟，共 %(flat_fen)s"),
    SIGN_UNIT_AFTER: N_("计费满 %(after_minutes)s 分钟后，每 %(minutes)s 分钟 %(unit_fen)s"),
    SIGN_FLAT_AFTER: N_("计费满 %(after_minutes)s 分钟后，再收一次 %(flat_fen)s"),
    SIGN_FREE_AFTER: N_("计费满 %(after_minutes)s 分钟后，不再收费"),
    SIGN_FREE_UNTIL: N_("计费第 %(first)s 至 %(last)s 分钟，免费"),
}
SIGN_BEGUN = N_("不足一个计费单位的，按一个计费单位收费")
SIGN_CAP = {
    "stay": N_("一次停车最高 %(cap_fen)s"),
    "entry": N_("从进场起每 %(hours)s 小时最高 %(cap_fen)s"),
    "day": N_("每日（从 %(from)s 起）最高 %(cap_fen)s"),
}
SIGN_CYCLE = {
    "entry": N_("停车超过 %(hours)s 小时的，从进场起每 %(hours)s 小时重新计算"),
    "day": N_("停车跨日的，每日 %(from)s 起重新计算"),
}
SIGN_MOST = N_("一次停车总共最高 %(cap_fen)s")
SIGN_FREE = {
    (True, True): N_("%(minutes)s 分钟以内（含）免费，超过的从第一分钟起收费"),
    (True, False): N_("不满 %(minutes)s 分钟免费，满 %(minutes)s 分钟的从第一分钟起收费"),
    (False, True): N_("前 %(minutes)s 分钟免费，之后开始收费"),
}
SIGN_FREE_ONCE = N_("免费时间每次停车只有一次")
SIGN_FREE_AGAIN = {
    "entry": N_("从进场起每 %(hours)s 小时有一次免费时间"),
    "day": N_("每日（从 %(from)s 起）有一次免费时间"),
}
SIGN_CROSSING = {
    "restart_unit": N_("跨时段的，从新时段开始重新起算计费单位"),
    "carry": N_("跨时段的，已开始的计费单位按原时段价格计完"),
    "restart_steps": N_("跨时段的，从新时段开始分别计费"),
}
SIGN_BAND_CAP_ANEW = N_("重新计算时，时段最高收费也重新计算")
# Of days that have other prices.
SIGN_MIDNIGHT = {
    "restart_unit": N_(
        "停车跨 00:00 进入价格不同的日期时，00:00 起按新日期的价格另起计费单位，一段时间的总价也另计"
    ),
    "carry": N_("停车跨 00:00 进入价格不同的日期时，已开始的计费单位按原日期的价格计完"),
    "restart_steps": N_("停车跨 00:00 进入价格不同的日期时，00:00 起按新日期的价格从头计费"),
}
SIGN_MIDNIGHT_CAP = N_("进入价格不同的日期时，时段最高收费从 00:00 起重新计算")
SIGN_WHOSE_CAP = {
    "stay": N_("停车跨日的，最高收费按进场那一天的标准"),
    "entry": N_("计费周期跨日的，最高收费按周期开始那一天的标准"),
    "day": N_("计费周期跨日的，最高收费按周期开始那一天的标准"),
}
SIGN_GRACE = N_("付费后请在 %(minutes)s 分钟内离场，超过的继续计费")
SIGN_MONTHLY = N_("月租停车每月 %(month_fen)s")
SIGN_SECONDS = {True: N_("停车时间精确到秒"), False: N_("停车时间计到分钟，秒不计")}
