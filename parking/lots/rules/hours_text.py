"""Of which rules does an OSM `opening_hours` text consist?

`opening-hours-py` parses, corrects and prints it in one canonical form; this cuts that form into rules,
because which rule holds on a Chinese holiday or make-up workday is for our own calendar to say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from opening_hours import OpeningHours, ParserError  # type: ignore[attr-defined] # its stub forgot it

from parking.kernel.month_days import names_no_day
from parking.lots.errors import UnreadableHours

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


class Joint(StrEnum):
    """How a rule stands to those before it."""

    INSTEAD = ";"
    BESIDES = ","
    OTHERWISE = "||"


class Saying(StrEnum):
    """What a rule says of its times."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Weekdays:
    """Days of the week (0 is Monday); public holidays as offsets in days, 0 the holiday itself.

    `nth` holds what only the library reads, such as "Mo[1]".
    """

    days: frozenset[int] = frozenset()
    holiday_offsets: frozenset[int] = frozenset()
    school_holidays: bool = False
    nth: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: `dates` (months, weeks, years) as text, `weekdays` None for every day, `times` as text.

    Empty `times` means the whole day.
    """

    joint: Joint
    dates: str
    weekdays: Weekdays | None
    times: str
    saying: Saying
    comment: str


_COMMENT = re.compile(r'"[^"]*"')
_JOINT = re.compile(r" ?(\|\||;|,) ")
_SAYING = re.compile(r"(?:^| )(open|closed|unknown)$")
_EVENT = r"\(|sunrise|sunset|dawn|dusk"
_TIMES = re.compile(rf"(?:^| )((?:\d\d:\d\d|{_EVENT}).*)$")
_NAME = rf"(?:{'|'.join(DAYS)})"
_ITEM = rf"(?:(?:PH|SH)(?: [+-]?\d+ days?)?|{_NAME}(?:-{_NAME})?(?:\[[^\]]*\])?(?: [+-]\d+ days?)?)"
_WEEKDAYS = re.compile(rf"(?:^| )({_ITEM}(?:,{_ITEM})*)$")
_SPAN = re.compile(rf"({_NAME})(?:-({_NAME}))?")
# "Mo, We 08:00-12:00" lists two days; with the space the library reads a whole Monday and a Wednesday.
_LISTED = re.compile(rf"\b({_NAME}|PH|SH)\s*,\s+(?=(?:{_NAME}|PH|SH)\b)")
_HOLIDAY = re.compile(r"(PH|SH)(?: ([+-]?\d+) days?)?")


def canonical(text: str) -> str:
    """The text in the library's own spelling. Raises UnreadableHours.

    A day that its month does not have is refused: the library reads "Feb 30" as every day.
    """
    tidy = _LISTED.sub(r"\1,", text.strip().rstrip(";").strip())
    try:
        told = str(OpeningHours(tidy))
    except ParserError as problem:
        raise UnreadableHours(text=text) from problem
    if names_no_day(told):
        raise UnreadableHours(text=text)
    return told


def split_rules(text: str) -> tuple[Rule, ...]:
    """Cut a text into its rules. Raises UnreadableHours."""
    comments: list[str] = []

    def put_aside(match: re.Match[str]) -> str:
        comments.append(match.group()[1:-1])
        return f"\x00{len(comments) - 1}\x00"

    # A comment may hold every separator, so it is put aside while the text is cut.
    bare = _COMMENT.sub(put_aside, canonical(text))
    parts = _JOINT.split(bare)
    joints = [Joint.INSTEAD, *(Joint(sign) for sign in parts[1::2])]
    return tuple(_rule(joint, part, comments) for joint, part in zip(joints, parts[::2], strict=True))


def _rule(joint: Joint, text: str, comments: list[str]) -> Rule:
    text, comment = _take_comment(text.strip(), comments)
    said = _SAYING.search(text)
    text = text[: said.start()] if said else text
    if text == "24/7":
        text = ""
    timed = _TIMES.search(text)
    times = timed.group(1) if timed else ""
    text = text[: timed.start()] if timed else text
    # A rule that is nothing but a remark ("by appointment") says neither open nor closed.
    saying = Saying(said.group(1)) if said else Saying.UNKNOWN if comment and not times else Saying.OPEN
    week = _WEEKDAYS.search(text)
    dates = text[: week.start()] if week else text
    return Rule(joint, dates.strip(), _weekdays(week.group(1)) if week else None, times, saying, comment)


def _take_comment(text: str, comments: list[str]) -> tuple[str, str]:
    match = re.search(r"\x00(\d+)\x00", text)
    if not match:
        return text, ""
    return (text[: match.start()] + text[match.end() :]).strip(), comments[int(match.group(1))]


def _weekdays(text: str) -> Weekdays:
    days: set[int] = set()
    offsets: set[int] = set()
    nth = []
    school = False
    # "Mo[1,3]" holds a comma of its own.
    for item in re.split(r",(?![^\[]*\])", text):
        if holiday := _HOLIDAY.fullmatch(item):
            school = school or holiday.group(1) == "SH"
            if holiday.group(1) == "PH":
                offsets.add(int(holiday.group(2) or 0))
        elif span := _SPAN.fullmatch(item):
            first = DAYS.index(span.group(1))
            last = DAYS.index(span.group(2) or span.group(1))
            days.update((first + step) % 7 for step in range((last - first) % 7 + 1))
        else:
            nth.append(item)
    return Weekdays(frozenset(days), frozenset(offsets), school, tuple(nth))
