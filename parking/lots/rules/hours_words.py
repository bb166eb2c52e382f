"""How do people say these hours, in Chinese and in English?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from parking.lots.errors import UnreadableHours
from parking.lots.rules.hours_text import Joint, Rule, Saying, Weekdays, split_rules

_SPAN = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")
_WEEK = 7


@dataclass(frozen=True, slots=True)
class _Words:
    """One language's words, with {} where a value stands."""

    days: tuple[str, ...]
    run: str
    between: str
    daily: str
    holidays: str
    around_the_clock: str
    all_day: str
    next_day: str
    closed_always: str
    closed_on: str
    closed_at: str
    between_rules: str


_ZH = _Words(
    days=("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    run="{}至{}",
    between="、",
    daily="每天",
    holidays="节假日",
    around_the_clock="24 小时",
    all_day="{} 全天",
    next_day="{}–次日 {}",
    closed_always="不开放",
    closed_on="{}不开放",
    closed_at="{} {} 不开放",
    between_rules="；",
)
_EN = _Words(
    days=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    run="{}–{}",
    between=", ",
    daily="Daily",
    holidays="public holidays",
    around_the_clock="24 hours",
    all_day="{} all day",
    next_day="{}–{} next day",
    closed_always="Closed",
    closed_on="closed on {}",
    closed_at="{} closed {}",
    between_rules="; ",
)


class _NoWords(Exception):
    """These hours are said best as they were written."""


@lru_cache(maxsize=20_000)
def describe(text: str, locale: str) -> str:
    """Hours as people say them ("周一至周五 18:00–次日 07:30"); `locale` begins with zh, else it is English.

    What has no simple words (sunset, weeks, the first Monday) or cannot be read is given back as it is.
    """
    words = _ZH if locale.lower().startswith("zh") else _EN
    try:
        said = [_rule(rule, words) for rule in split_rules(text) if not _is_for_schools(rule)]
    except (UnreadableHours, _NoWords):
        return text
    sentence = words.between_rules.join(said) or text
    return sentence[:1].upper() + sentence[1:]


def _is_for_schools(rule: Rule) -> bool:
    """School holidays are no fact of our calendar; such a rule never holds."""
    week = rule.weekdays
    return week is not None and week.school_holidays and not (week.days or week.holiday_offsets or week.nth)


def _rule(rule: Rule, words: _Words) -> str:
    if rule.saying is Saying.UNKNOWN and rule.comment and not rule.times and rule.weekdays is None:
        return rule.comment
    if rule.dates or rule.saying is Saying.UNKNOWN or rule.joint is Joint.OTHERWISE:
        raise _NoWords
    days = _days(rule.weekdays, words)
    times = words.between.join(_time(span, words) for span in rule.times.split(",")) if rule.times else ""
    if times == "00:00–24:00":
        times = ""
    if rule.saying is Saying.CLOSED:
        return _closed(days, times, words)
    if not times:
        return words.around_the_clock if days == words.daily else words.all_day.format(days)
    return f"{days} {times}"


def _closed(days: str, times: str, words: _Words) -> str:
    if times:
        return words.closed_at.format(days, times)
    return words.closed_always if days == words.daily else words.closed_on.format(days)


def _days(week: Weekdays | None, words: _Words) -> str:
    if week is None or len(week.days) == _WEEK:
        return words.daily
    if week.nth or week.holiday_offsets - {0}:
        raise _NoWords
    parts = []
    for run in _runs(week.days):
        if len(run) > 2:
            parts.append(words.run.format(words.days[run[0]], words.days[run[-1]]))
        else:
            parts += [words.days[day] for day in run]
    if week.holiday_offsets:
        parts.append(words.holidays)
    return words.between.join(parts)


def _runs(days: frozenset[int]) -> list[list[int]]:
    """Days of the week as runs; a run may pass from Sunday to Monday (周五至周一)."""
    starts = sorted(day for day in days if (day - 1) % _WEEK not in days)
    runs = []
    for start in starts:
        length = next(step for step in range(1, _WEEK + 1) if (start + step) % _WEEK not in days)
        runs.append([(start + step) % _WEEK for step in range(length)])
    return runs


def _time(span: str, words: _Words) -> str:
    found = _SPAN.fullmatch(span)
    if not found:
        raise _NoWords
    start_hour, start_minute, end_hour, end_minute = (int(part) for part in found.groups())
    start, end = start_hour * 60 + start_minute, end_hour * 60 + end_minute
    start_text, end_text = span.split("-")
    if end <= start:
        return words.next_day.format(start_text, end_text)
    if end > 24 * 60:
        return words.next_day.format(start_text, f"{end_hour - 24:02d}:{end_minute:02d}")
    return f"{start_text}–{end_text}"
