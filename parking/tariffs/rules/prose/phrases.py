"""What does a sentence of known words say? One rule a phrase; with a word left over it says nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import cast

from parking.tariffs.rules.prose import words
from parking.tariffs.rules.prose.tokens import Token
from parking.tariffs.rules.tariff import clock


class Kind(StrEnum):
    """What a phrase is."""

    DAYS = "days"
    HOURS = "hours"
    AFTER = "after"
    REST = "rest"
    FIRST = "first"
    FIRST_UNITS = "first_units"
    NEXT_UNITS = "next_units"
    NTH = "nth"
    BEYOND = "beyond"
    THEN = "then"
    UNIT = "unit"
    ENTRY = "entry"
    FREE = "free"
    FREE_HOURS = "free_hours"
    FREE_WITHIN = "free_within"
    CAP = "cap"
    SAME = "same"
    SAME_BUT = "same_but"
    REMARK = "remark"
    NO_HOLIDAY = "no_holiday"


SCOPES = {Kind.DAYS, Kind.HOURS, Kind.AFTER, Kind.REST}
_P = "P+"
# Letters of tokens, in the order of trial; where two forms say the same they are one rule.
_RULES: tuple[tuple[Kind, str], ...] = (
    (Kind.SAME_BUT, "ZMEA"),
    (Kind.SAME, "Z"),
    (Kind.REMARK, "H"),
    (Kind.NO_HOLIDAY, "X"),
    (Kind.DAYS, "W"),
    (Kind.HOURS, "R"),
    (Kind.AFTER, "A"),
    (Kind.REST, "J"),
    (Kind.FREE_HOURS, "(?<![RAJ])QW?RW?$"),
    (Kind.FIRST, "QFD|FDQ"),
    (Kind.FREE_WITHIN, "DIQ"),
    (Kind.FIRST_UNITS, f"M{_P}DFD"),
    (Kind.BEYOND, f"M{_P}DS?D?GD"),
    (Kind.NTH, "MSDN+DO?"),
    (Kind.NEXT_UNITS, f"M{_P}DSD"),
    (Kind.THEN, f"MSD|SDM|SM{_P}D|S{_P}DM"),
    (Kind.NTH, f"NDO?M{_P}D|NDO?{_P}DM"),
    (Kind.BEYOND, f"GDS?M{_P}D|GDS?{_P}DM"),
    (Kind.FIRST, "MFD|FDM|DIM"),
    (Kind.CAP, "[CK]MP?D|[CK]MP?Y|P?DI?CM|P?YCM|[CK]M|MC"),
    (Kind.UNIT, f"M{_P}D|{_P}DM|MD"),
    (Kind.ENTRY, "ME|EM"),
    (Kind.FREE, "Q"),
)
_COMPILED = [(kind, re.compile(pattern)) for kind, pattern in _RULES]


@dataclass(frozen=True, slots=True)
class Item:
    """A phrase and the values of its tokens: fen, minutes, hours (from, until), days as keys.

    `last` is the duration told second, `first` to `number` the hours counted. `text` and `params` say
    what the phrase became.
    """

    kind: Kind
    start: int
    end: int
    words: str
    letters: str
    fen: int = 0
    minutes: int = 0
    last: int = 0
    hours: tuple[int, int] | None = None
    at: int = 0
    days: tuple[str, ...] = ()
    first: int = 0
    number: int = 0
    same: str = ""
    params: Mapping[str, int | str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """What the phrase became, as a msgid."""
        if self.kind is Kind.SAME or self.kind is Kind.SAME_BUT:
            return words.SAME_SATURDAY if self.same == "saturday" else words.SAME_WORKDAYS
        if self.kind is Kind.CAP:
            return (
                words.CAP_HOURS if self.minutes else words.CAP_DAY if "day" in self.days else words.CAP_BAND
            )
        if self.kind is Kind.FIRST and not self.fen:
            return words.FREE_FIRST
        return _TEXTS[self.kind]


_TEXTS = {
    Kind.DAYS: words.DAYS,
    Kind.HOURS: words.HOURS,
    Kind.AFTER: words.AFTER,
    Kind.REST: words.REST,
    Kind.FIRST: words.FIRST,
    Kind.FIRST_UNITS: words.FIRST_UNITS,
    Kind.NEXT_UNITS: words.NEXT_UNITS,
    Kind.NTH: words.THEN,
    Kind.BEYOND: words.THEN,
    Kind.THEN: words.THEN,
    Kind.UNIT: words.UNITS,
    Kind.ENTRY: words.ENTRY,
    Kind.FREE: words.FREE,
    Kind.FREE_HOURS: words.FREE_HOURS,
    Kind.FREE_WITHIN: words.FREE_WITHIN,
    Kind.REMARK: words.REMARK,
    Kind.NO_HOLIDAY: words.NO_HOLIDAY,
}


def items(clause: list[Token], text: str) -> list[Item] | str:
    """What a sentence says, phrase by phrase; or why it says nothing, as a msgid.

    All or nothing: half a sentence may mean the opposite of the whole.
    """
    kept = [token for token in clause if token.letter not in " BV"]
    letters = "".join(token.letter for token in kept)
    if letters == "QW":
        kept, letters = kept[::-1], "WQ"
    if any(token.letter == "M" and token.value == -1 for token in kept):
        return words.NO_WHOLE_FEN
    found: list[Item] = []
    at = 0
    while at < len(letters):
        tried = ((kind, pattern.match(letters, at)) for kind, pattern in _COMPILED)
        kind, match = next((each for each in tried if each[1]), (Kind.REMARK, None))
        if match is None:
            return words.UNKNOWN
        found.append(_item(kind, kept[at : match.end()], text))
        at = match.end()
    return found


def _item(kind: Kind, told: list[Token], text: str) -> Item:
    letters = "".join(token.letter for token in told)
    by_letter = {token.letter: token.value for token in reversed(told)}
    durations = [cast(int, token.value) for token in told if token.letter == "D"]
    fen = cast(int, by_letter.get("M", 0))
    days = tuple(day for token in told if token.letter == "W" for day in day_keys(token.words))
    hours = cast(tuple[int, int] | None, by_letter.get("R"))
    minutes, last = [*durations, 0, 0][:2]
    if kind in (Kind.NTH, Kind.BEYOND):
        # The price of a unit may stand before or behind the hours that it is for.
        minutes, last = (durations[0], durations[-1]) if letters[0] == "M" else (durations[-1], durations[0])
    if kind is Kind.NEXT_UNITS and minutes == last:
        kind = Kind.THEN
    if kind is Kind.CAP and ("Y" in letters or "K" in letters):
        days = ("day",)
    start, end = told[0].start, told[-1].end
    numbers = [cast(int, token.value) for token in told if token.letter == "N"] or [0]
    at = cast(int, by_letter.get("A", 0))
    params = _params(kind, fen, minutes, last, hours, at)
    return Item(
        kind,
        start,
        end,
        text[start:end],
        letters,
        fen,
        minutes,
        last,
        hours,
        at,
        days,
        numbers[0],
        numbers[-1],
        cast(str, by_letter.get("Z", "")),
        params,
    )


def _params(
    kind: Kind, fen: int, minutes: int, last: int, hours: tuple[int, int] | None, at: int
) -> dict[str, int | str]:
    if hours:
        return {"from": clock(hours[0]), "until": clock(hours[1])}
    match kind:
        case Kind.AFTER:
            return {"from": clock(at)}
        case Kind.FIRST | Kind.ENTRY:
            return {"minutes": minutes, "flat_fen": fen}
        case Kind.CAP:
            return {"hours": minutes // 60, "cap_fen": fen}
        case Kind.FREE_WITHIN:
            return {"minutes": minutes}
    return {"minutes": minutes, "until_minutes": last, "unit_fen": fen}


_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CHINESE_WEEK = "一二三四五六日"
ALL_DAYS = ("1", "2", "3", "4", "5", "6", "7", "holiday")
_DAY_WORD = re.compile(
    r"(?P<name>mon|tue|wed|thu|fri|sat|sun)[a-z]*|(?P<holiday>p\.?h\b|public|节假日)|(?P<all>daily)"
    r"|(?P<work>w(?:ee)?kdays|工作日)|(?P<rest>周末|双休日|非工作日)|(?:周|星期)(?P<chinese>[一二三四五六日天])"
    r"|(?P<to>-|\bto\b|至|到)",
    re.IGNORECASE,
)


def day_keys(told: str) -> Iterator[str]:
    """Which days some words name: 1 (Monday) to 7 and `holiday`, or `workday`, `weekend`, `holiday`."""
    last, runs = 0, False
    for found in _DAY_WORD.finditer(told):
        if found["to"]:
            runs = True
            continue
        if found["all"]:
            yield from ALL_DAYS
        elif found["holiday"]:
            yield "holiday"
        elif found["rest"]:
            yield "weekend"
        elif found["work"]:
            yield from ("workday",) if found["work"] == "工作日" else ALL_DAYS[:5]
        else:
            name, chinese = found["name"], found["chinese"]
            day = (
                _WEEK.index(name.lower()) + 1
                if name
                else _CHINESE_WEEK.index(chinese.replace("天", "日")) + 1
            )
            between = (day - last - 1) % 7 if runs and last else 0
            yield from (str((day - back - 1) % 7 + 1) for back in range(between, -1, -1))
            last = day
        runs = False
