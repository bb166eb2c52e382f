"""How are times, ages, lengths and heights written for people, in the reader's language?"""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo
from math import floor
from zoneinfo import ZoneInfo

from babel.dates import format_date
from flask_babel import gettext

from parking.portals._http.i18n import language

WALKING_M_PER_MINUTE = 75
DETOUR = 1.3
"""Streets are longer than the straight line; 1.3 is the usual ratio in towns built on a grid."""


def age(seconds: float) -> str:
    """How long ago, in whole units, never finer than a minute: nobody can read a page that ticks."""
    minutes = int(max(seconds, 0) // 60)
    if minutes < 1:
        return gettext("不到 1 分钟前")
    if minutes < 60:
        return gettext("%(num)s 分钟前", num=minutes)
    hours = minutes // 60
    if hours < 24:
        return gettext("%(num)s 小时前", num=hours)
    return gettext("%(num)s 天前", num=hours // 24)


def lasting(seconds: float) -> str:
    """How long something has gone on: "40 分钟"."""
    minutes = max(1, int(seconds // 60))
    if minutes < 60:
        return gettext("%(num)s 分钟", num=minutes)
    hours = minutes // 60
    if hours < 24:
        return gettext("%(num)s 小时", num=hours)
    return gettext("%(num)s 天", num=hours // 24)


def distance(metres: float) -> str:
    """240 米, 1.2 公里: rounded to what the straight line is worth."""
    if metres < 995:
        return gettext("%(metres)s 米", metres=max(10, round(metres / 10) * 10))
    return gettext("%(km)s 公里", km=f"{metres / 1000:.1f}")


def walk_minutes(metres: float) -> int:
    """Minutes on foot over a straight distance in metres, with the detour of streets; at least 1."""
    return max(1, round(metres * DETOUR / WALKING_M_PER_MINUTE))


def walk(metres: float) -> str:
    """步行约 3 分钟."""
    return gettext("步行约 %(minutes)s 分钟", minutes=walk_minutes(metres))


def height(centimetres: int) -> str:
    """2.1 米, from whole centimetres."""
    text = f"{centimetres / 100:.2f}".rstrip("0")
    return gettext("%(metres)s 米", metres=text + "0" if text.endswith(".") else text)


def share(part: float | None) -> str:
    """99.9%, rounded down: what is not whole is never told as 100%. A dash for none."""
    return "–" if part is None else f"{floor(part * 1000 + 1e-9) / 10:.1f}%"


def zone_of(name: str) -> tzinfo:
    """The zone of an IANA name."""
    return ZoneInfo(name)


def clock_time(at: datetime, zone: tzinfo) -> str:
    """18:30 in the city's time."""
    return at.astimezone(zone).strftime("%H:%M")


def closing_time(at: datetime, zone: tzinfo) -> str:
    """A moment at which something ends: midnight is 24:00 of the day before, as people say it."""
    text = clock_time(at, zone)
    return "24:00" if text == "00:00" else text


def day(on: date) -> str:
    """2026年11月21日（周六）, Sat 21 Nov 2026."""
    if language() == "zh":
        return f"{on.year}年{on.month}月{on.day}日（{weekday(on)}）"
    return format_date(on, "EEE d MMM y", locale="en")


def month(on: date) -> str:
    """2026年11月, November 2026."""
    if language() == "zh":
        return f"{on.year}年{on.month}月"
    return format_date(on, "MMMM y", locale="en")


def short_day(on: date) -> str:
    """11月21日, 21 Nov."""
    return f"{on.month}月{on.day}日" if language() == "zh" else format_date(on, "d MMM", locale="en")


def near_day(on: date) -> str:
    """11月21日 周六, Sat 21 Nov: of a day so near that its year needs no word."""
    if language() == "zh":
        return f"{short_day(on)} {weekday(on)}"
    return format_date(on, "EEE d MMM", locale="en")


def weekday(on: date) -> str:
    """周六, Saturday."""
    return format_date(on, "EEE" if language() == "zh" else "EEEE", locale=language())


def day_and_time(at: datetime, zone: tzinfo) -> str:
    """2026年11月21日（周六）18:30."""
    local = at.astimezone(zone)
    return day(local.date()) + ("" if language() == "zh" else ", ") + local.strftime("%H:%M")


def near_time(at: datetime, now: datetime, zone: tzinfo) -> str:
    """07:00, 次日 07:00, 11月23日 07:00: with the day where that is not today."""
    return _beside(at, now, zone, clock_time(at, zone))


def near_end(at: datetime, now: datetime, zone: tzinfo) -> str:
    """The same of a moment at which something ends: midnight is 24:00 of the day before."""
    return _beside(at - timedelta(seconds=1), now, zone, closing_time(at, zone))


def _beside(at: datetime, now: datetime, zone: tzinfo, time: str) -> str:
    on = at.astimezone(zone).date()
    days = (on - now.astimezone(zone).date()).days
    if not days:
        return time
    if days == 1:
        return gettext("%(day)s %(time)s", day=gettext("次日"), time=time)
    return f"{short_day(on)} {time}"


def due_text(due_on: date | None, today: date) -> str:
    """By which day, and whether that is over."""
    if due_on is None:
        return ""
    if due_on < today:
        return gettext("期限 %(day)s，已逾期", day=day(due_on))
    if due_on == today:
        return gettext("期限就是今天")
    return gettext("期限 %(day)s", day=day(due_on))


def number(value: int) -> str:
    """12,345: thousands apart in both languages."""
    return f"{value:,}"


def money(fen: int) -> str:
    """¥9, ¥9.50: fen as people write yuan; a minus before the sign of money."""
    whole, rest = divmod(abs(fen), 100)
    return f"{'−' if fen < 0 else ''}¥{whole:,}" + (f".{rest:02d}" if rest else "")
