"""Which words of a price does this house know? Each becomes a token of one letter, with where it stood."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from parking.tariffs.rules.tariff import DAY_MINUTES

# Letters of a Chinese keyboard are read as the plain ones; its comma parts sentences.
_WIDE: dict[int, str] = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {
    ord("，"): ";",
    0x3000: " ",
    0x2013: "-",
    0x2014: "-",
}
_CHINESE = {char: number for number, char in enumerate("零一二三四五六七八九十")} | {"两": 2}
_NUMBER = r"(?:\d+(?:\.\d+)?|[一二三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九])"
# A minus before it is nothing that stands between words: it is no price at all.
_MONEY = rf"(?:(?:S\$|[$¥])\s*\d+(?:\.\d+)?|{_NUMBER}\s*(?:元|块))"
_TIME = (
    r"\d{1,2}(?:[.:]\d{2})?\s*(?:am|pm|noon|midnight)\b|\b(?:[01]\d|2[0-4])[0-5]\d\b(?!\s*元)"
    r"|\d{1,2}:\d{2}|\d{1,2}[时点](?!钟)"
)
_BARE = r"\d{1,2}(?:[.:]\d{2})?"
_DAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:days?)?\b|p\.?h\b\.?|public holidays?"
_DAG = r"(?:周|星期)[一二三四五六日天]|(?:法定)?节假日|周末|双休日|(?:非)?工作日"
_JOIN = r"\s*(?:-|/|,|&|to\b|and\b|incl\.?|至|到|、|和|及)\s*"

# In the order of trial; what stands in none of them is U, a word that nobody knows.
_KINDS: tuple[tuple[str, str], ...] = (
    (" ", r"\s+"),
    (
        "H",
        rf"(?:(?:the\s+)?car\s?park\s+)?\bclosed?\b(?:\s+(?:at|from)\s+(?:(?:{_TIME})(?:\s*-\s*(?:{_TIME}))?|midnight))?"
        rf"(?:\s+daily)?(?:\s+from\s+{_DAY}(?:{_JOIN}{_DAY})*)?|\bcar\s?park at [a-z][a-z ]+",
    ),
    ("V", r"\beves? of p\.?h\b|\bsch(?:ool)? holidays?\b|\(?per minute charging\)?"),
    ("X", r"\bexcluding p\.?h\b(?!,)"),
    ("B", r"or part there\s?of|不足(?P<part>[^,;。]{1,6}?)的?[,;]?按(?P=part)(?:计费|计算|收费|计)?"),
    ("Z", r"(?:charges\s+)?same as\s+(?P<same>wkdays|weekdays|saturday)"),
    (
        "R",
        rf"(?:(?:白天|夜间|日间|晚上|夜晚)\s*[;(]?\s*|from\s+)?(?:{_TIME}|{_BARE})\s*(?:-|~|to\b|至|到)\s*(?:次日)?\s*(?:{_TIME})",
    ),
    ("A", rf"\b(?:aft(?:er)?|from)\b\.?\s*(?:{_TIME})|(?:{_TIME})\s*(?:onwards\b|之后|以后|后|起)"),
    ("M", _MONEY),
    ("E", r"(?:per|/)\s*(?:entry|visit)\b|flat\b(?:\s+(?:fee|rate))?|(?:每|/|按)\s*次"),
    ("K", r"max(?:imum)?\.?\s*(?:/|per\s+)\s*day\b|max(?:imum)?\s+daily\s+charge"),
    ("C", r"cap(?:ped)?\s+at\b|max(?:imum)?\b\s*(?:charge\b)?|封顶|最高(?:收费|限价)?|不超过"),
    ("W", rf"\b(?:daily|w(?:ee)?kdays)\b|(?:{_DAY})(?:{_JOIN}(?:{_DAY}))*|(?:{_DAG})(?:{_JOIN}(?:{_DAG}))*"),
    ("Y", r"\bday\b|[每全一单][天日]|[天日](?![一-鿿])"),
    ("F", r"\b1st\b|\bfirst\b(?!-)|首个?|前|第一个?"),
    ("N", r"\b[2-9](?:nd|rd|th)\b|第[二三四五六七八九](?=小时)"),
    (
        "D",
        rf"(?:{_NUMBER}?\s*(?:½|\b1/2|half(?:\s+an)?\b)|{_NUMBER})?\s*-?\s*(?:hrs?|hours?|hourly|mins?|minutes?)\b"
        rf"|(?:半|{_NUMBER})?\s*个?半?(?:小时|分钟)",
    ),
    ("S", r"(?:next\s+)?sub(?:se\w+)?\b\.?|thereafter\b|[之以此]后|超[过出]部分|超[过出]后"),
    ("G", r"\baft(?:er)?\b\.?|超[过出]"),
    ("O", r"onwards\b|起"),
    ("I", r"(?:\(含\))?以?内(?:\(含\))?"),
    ("P", r"\bper\b|/|\bevery\b|\beach\b|每"),
    ("Q", r"\bfree\b(?:\s+parking\b)?|免费(?:停车|停放)?"),
    ("J", r"其余时间|其他时间|其余时段|其他时段|(?:all )?other (?:hours|times)\b"),
    # Words that change nothing where they stand between the others.
    (
        " ",
        rf"(?:[\s:,&]|-(?!{_MONEY}))+|\b(?:of parking|for|at|and|but|the|of|between|from|on|block|charges)\b"
        r"|\((?:the )?next day\)|time period \d:|停车费?|收费|计费|收取|按|的|为|则",
    ),
    (";", r"[;.()。]"),
    ("U", r"[A-Za-z0-9'*@½]+|."),
)
_COMMA = re.compile(r"(?<=[一-鿿)])\s*,|,(?=\s*[一-鿿])")
_ENDS_IN_DAYS, _DAYS = re.compile(rf"(?:{_DAG})\s*$"), re.compile(rf"\s*(?:{_DAG})")
_TOKEN = re.compile("|".join(f"(?P<k{n}>{p})" for n, (_, p) in enumerate(_KINDS)), re.IGNORECASE | re.DOTALL)
_CLOCK = re.compile(
    r"(?P<hour>\d{1,2})(?:[.:]?(?P<minute>\d{2}))?\s*(?P<half>am|pm|noon|midnight|[时点])?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Token:
    """`value`: fen, minutes, a minute of the day or two, a number; None where the letter says all.

    Money that is no whole number of fen has -1.
    """

    letter: str
    start: int
    end: int
    words: str
    value: object = None


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a text, first to last, without holes."""
    plain = _COMMA.sub(_parting, text.translate(_WIDE))
    for found in _TOKEN.finditer(plain):
        kind = found.lastgroup if found.lastgroup and found.lastgroup.startswith("k") else _kind_of(found)
        letter = _KINDS[int(kind[1:])][0]
        words = text[found.start() : found.end()]
        value = _value(letter, found[0])
        if letter in "RADM" and value is None:
            letter = "U"
        yield Token(letter, found.start(), found.end(), words, value)


def _parting(comma: re.Match[str]) -> str:
    """A plain comma beside Chinese words parts sentences as theirs does, but not days in a row."""
    before, text = comma.string[max(0, comma.start() - 9) : comma.start()], comma.string
    is_list = _ENDS_IN_DAYS.search(before) and _DAYS.match(text, comma.end())
    return comma[0] if is_list else comma[0][:-1] + ";"


def _kind_of(found: re.Match[str]) -> str:
    return next(
        name for name, words in found.groupdict().items() if name.startswith("k") and words is not None
    )


def _value(letter: str, words: str) -> object:
    match letter:
        case "M":
            return _fen(words)
        case "D":
            return _minutes(words)
        case "R":
            return _range(words)
        case "A":
            return next((_minute(found) for found in _CLOCK.finditer(words)), None)
        case "N":
            return int(_number(re.sub(r"[^\d一-鿿]|第", "", words)))
        case "Z":
            return "saturday" if words.lower().endswith("saturday") else "workdays"
    return None


def _number(words: str) -> Decimal:
    if "十" in words:
        tens, ones = words.split("十")
        return Decimal(_CHINESE.get(tens, 1) * 10 + _CHINESE.get(ones, 0))
    return Decimal(_CHINESE[words]) if words in _CHINESE else Decimal(words)


def _fen(words: str) -> int:
    found = re.search(_NUMBER, words)
    assert found is not None
    fen = _number(found[0]) * 100
    return int(fen) if fen == int(fen) else -1


def _minutes(words: str) -> int | None:
    unit = 1 if re.search(r"min|分钟", words, re.IGNORECASE) else 60
    words = words.replace("1/2", "½")
    half = Decimal("0.5") if re.search("½|half|半", words, re.IGNORECASE) else Decimal(0)
    told = re.search(_NUMBER, words)
    number = _number(told[0]) + half if told else half or Decimal(1)
    minutes = number * unit
    return int(minutes) if minutes == int(minutes) and minutes > 0 else None


def _minute(found: re.Match[str], half: str = "") -> int | None:
    """A minute of the day, 1440 among them; None for what is no time."""
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    half = (found["half"] or half).lower()
    if half in ("am", "pm", "noon", "midnight"):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half in ("pm", "noon") else 0)
    return hour * 60 + minute if hour * 60 + minute <= DAY_MINUTES and minute < 60 else None


def _range(words: str) -> tuple[int, int] | None:
    """[from, until): an end at :59 is the next minute, a begin at :01 the one before; 0:00 ends a day."""
    first, last = list(_CLOCK.finditer(words))[:2]
    until = _minute(last)
    half = (last["half"] or "") if not first["half"] else ""
    begins = _minute(first, half)
    if until is None or begins is None or (half.lower() in ("am", "pm") and begins >= until):
        return None
    if until % 60 == 59:
        until += 1
    if begins % 60 == 1:
        begins -= 1
    return begins % DAY_MINUTES, until or DAY_MINUTES
