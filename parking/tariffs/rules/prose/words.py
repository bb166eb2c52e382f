"""In which words is told what a price in prose became, and why a part of it did not? Msgids."""

from __future__ import annotations

from parking.kernel.errors import N_

# What an understood phrase became.
DAYS = N_("适用日期")
HOURS = N_("时段 %(from)s–%(until)s")
AFTER = N_("从 %(from)s 起，到下一个写明的时段为止")
FIRST = N_("前 %(minutes)s 分钟共 %(flat_fen)s")
FIRST_UNITS = N_("前 %(until_minutes)s 分钟，每 %(minutes)s 分钟 %(unit_fen)s")
NEXT_UNITS = N_("到第 %(until_minutes)s 分钟为止，每 %(minutes)s 分钟 %(unit_fen)s")
THEN = N_("之后每 %(minutes)s 分钟 %(unit_fen)s")
UNITS = N_("每 %(minutes)s 分钟 %(unit_fen)s")
ENTRY = N_("每次 %(flat_fen)s")
FREE = N_("免费")
FREE_FIRST = N_("前 %(minutes)s 分钟免费，之后开始收费")
FREE_HOURS = N_("%(from)s–%(until)s 免费")
REST = N_("其余时间")
FREE_WITHIN = N_("%(minutes)s 分钟以内免费")
CAP_HOURS = N_("每 %(hours)s 小时最高 %(cap_fen)s")
CAP_DAY = N_("每日最高 %(cap_fen)s")
CAP_BAND = N_("该时段最高 %(cap_fen)s")
SAME_WORKDAYS = N_("与工作日相同")
SAME_SATURDAY = N_("与星期六相同")
BEGUN = N_("不足一个计费单位的，按一个计费单位收费")

REMARK = N_("开放时间或位置，与价格无关")
NO_HOLIDAY = N_("法定节假日除外")

# What the text leaves open, and how the document answers.
ASSUMED_CURRENCY = N_("金额以 %(currency)s 计，1 分即百分之一 %(currency)s")
ASSUMED_BEGUN = N_("文字没有说不足一个计费单位怎么算：按一个计费单位收费")
ASSUMED_CROSSING = N_("文字没有说跨时段怎么算：每个时段分别计费")
ASSUMED_MIDNIGHT = N_("文字没有说停到价格不同的另一天怎么算：零点起按新一天的价格")
ASSUMED_OVERNIGHT = N_("文字没有说停车多日怎么算：每次停车只算一个计费周期")
ASSUMED_FREE = N_("文字没有说超过免费时间怎么算：超过的从第一分钟起收费，刚好 %(minutes)s 分钟免费")
ASSUMED_DAY = N_("文字没有说一日从几点算起：从 00:00 起")
ASSUMED_MIDNIGHT_ENDS = N_("文字没有说到几点为止：到 24:00")
ASSUMED_REST = N_("没有写时段的价格，用于其余时间")
ASSUMED_REST_DAYS = N_("没有写日期的价格，用于其余日期")
ASSUMED_HOLIDAYS = N_("文字没有说法定节假日怎么算：与当天是星期几的价格相同")
ASSUMED_EACH = N_("“%(words)s”读作每 %(minutes)s 分钟")

# Why a part of the text became nothing.
UNKNOWN = N_("没有读懂")
NO_WHOLE_FEN = N_("价格不是整分，无法准确表示")
NO_SCOPE = N_("前面的时段或日期没有读懂，不知道这个价格用于何时")
FITS_NOT = N_("与前面的价格接不上")
TWO_PRICES = N_("同一时间有两个价格")
THEN_WHAT = N_("没有说 %(minutes)s 分钟以后的价格")
SAME_AS_WHAT = N_("所指的价格没有读懂")
CAP_OF_WHAT = N_("没有说多长时间的最高收费")
OTHER_CURRENCY = N_("文字里有两种货币")
CANNOT = N_("收费标准的文档无法表示")
NO_PRICE = N_("只有时段、免费时间或最高收费，没有价格")
DAYS_DIFFER = N_("各日的免费时间或计费周期不同，一个收费方案无法表示")
SILENT_HOURS = N_("没有说 %(from)s–%(until)s 的价格")
SILENT_DAYS = N_("没有说这些星期几的价格（1 为星期一）：%(days)s")
SILENT_WORKDAYS = N_("没有说工作日的价格")
SILENT_WEEKENDS = N_("没有说周末的价格")
SILENT_HOLIDAYS = N_("没有说法定节假日的价格")
# The text is understood, and says nothing of these.
SILENT = {SILENT_HOURS, SILENT_DAYS, SILENT_WORKDAYS, SILENT_WEEKENDS, SILENT_HOLIDAYS}
# Where the document of the text contradicts itself: those whose own words point at a place in it.
REFUSED = {
    "cap_above_longer_cap": N_("时段的最高收费高于一日或一个周期的最高收费 %(cap_fen)s，永远达不到"),
    "never_reached": N_("最多计费 %(minutes)s 分钟，免费时间用不完，永远不收费"),
    "never_applies": N_("有的日期写了几次价格，后面的永远用不到"),
}
