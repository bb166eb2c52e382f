"""How do people say whether one may park in tidal bays now, and when that ends?"""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from flask_babel import gettext

from parking.portals._http import formats
from parking.sharing.rules.tidal import Lawful

HALF_AN_HOUR = timedelta(minutes=30)
AN_HOUR = timedelta(minutes=60)


def ends_in_words(now: Lawful, at: datetime, zone: tzinfo, present: datetime) -> str:
    """07:00 起禁止停放，不到 30 分钟; or 禁止停放，19:00 起可停. What holds at `at`, said at `present`."""
    if not now.is_lawful:
        if now.next_from_at is None:
            return gettext("禁止停放，近期没有可停时间")
        return gettext("禁止停放，%(time)s 起可停", time=formats.near_time(now.next_from_at, present, zone))
    if now.until_at is None:
        return gettext("可以停放")
    text = gettext("%(time)s 起禁止停放", time=formats.near_time(now.until_at, present, zone))
    left = left_in_words(now.until_at, at)
    return gettext("%(what)s，%(left)s", what=text, left=left) if left else text


def left_in_words(until: datetime, at: datetime) -> str | None:
    """不到 30 分钟, 不到 1 小时; None where more is left."""
    if until - at <= HALF_AN_HOUR:
        return gettext("不到 30 分钟")
    return gettext("不到 1 小时") if until - at <= AN_HOUR else None
