"""Which vehicle does a text name, and how is it written so that nobody is followed by it?

Kinds after GA 36-2018 (4.1, annex A) and what older plates still on the road look like.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from parking.kernel.errors import N_, FieldProblem
from parking.kernel.vocabulary import PlateColour

LONGEST = 20
"""Characters of a plate that are kept; no real one has more than ten."""

_READ_AT_MOST = 200


class PlateKind(StrEnum):
    """What a plate's text says of its vehicle; `odd` fits no kind, `none` is no plate at all."""

    ORDINARY = "ordinary"
    NEW_ENERGY_SMALL = "new_energy_small"
    NEW_ENERGY_LARGE = "new_energy_large"
    POLICE = "police"
    COACH = "coach"
    TRAILER = "trailer"
    HONG_KONG_MACAO = "hong_kong_macao"
    EMBASSY = "embassy"
    CONSULATE = "consulate"
    ARMED_POLICE = "armed_police"
    MILITARY = "military"
    EMERGENCY = "emergency"
    CIVIL_AVIATION = "civil_aviation"
    TEMPORARY = "temporary"
    ODD = "odd"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Plate:
    """A plate as we know it: `text` normalised, empty where there is none. `valid`: of a known kind."""

    text: str = field(repr=False)
    kind: PlateKind
    colour: PlateColour = PlateColour.UNKNOWN

    @property
    def valid(self) -> bool:
        return self.kind not in (PlateKind.ODD, PlateKind.NONE)

    @property
    def exists(self) -> bool:
        """Whether a plate was read at all; what does not exist is never hashed, sealed or paired."""
        return self.kind is not PlateKind.NONE


@dataclass(frozen=True, slots=True)
class PlateHash:
    """A plate under the key of a month (its first day): the same vehicle in that month, and no more."""

    month: date
    value: bytes


_PROVINCE = "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]"
# O stands for the police's own agency in some places; I is never given out.
_AGENCY = "[A-HJ-Z]"
_CHARACTER = "[A-HJ-NP-Z0-9]"
# Pure electric D A B C E, other new energy F G H J K.
_ENERGY = "[DFABCEGHJK]"

_HEAD = re.compile(rf"{_PROVINCE}[A-Z]")

# Tried in this order: WJ12345 is of the armed police before it is two letters and five digits.
_KINDS = tuple(
    (kind, re.compile(pattern, re.ASCII))
    for kind, pattern in (
        (PlateKind.ORDINARY, rf"{_PROVINCE}{_AGENCY}(?=.*\d){_CHARACTER}{{5}}"),
        (PlateKind.NEW_ENERGY_SMALL, rf"{_PROVINCE}{_AGENCY}{_ENERGY}{_CHARACTER}\d{{4}}"),
        (PlateKind.NEW_ENERGY_LARGE, rf"{_PROVINCE}{_AGENCY}\d{{5}}{_ENERGY}"),
        (PlateKind.POLICE, rf"{_PROVINCE}{_AGENCY}{_CHARACTER}{{4}}警"),
        (PlateKind.COACH, rf"{_PROVINCE}{_AGENCY}{_CHARACTER}{{4}}学"),
        (PlateKind.TRAILER, rf"{_PROVINCE}{_AGENCY}{_CHARACTER}{{4}}挂"),
        (PlateKind.HONG_KONG_MACAO, rf"粤Z{_CHARACTER}{{4}}[港澳]"),
        (PlateKind.EMBASSY, r"\d{6}使|使\d{6}"),
        (PlateKind.CONSULATE, rf"{_PROVINCE}\d{{5}}领|{_PROVINCE}[A-Z]\d{{4}}领"),
        (PlateKind.ARMED_POLICE, rf"WJ{_PROVINCE}?\d{{4}}[A-Z0-9]"),
        (PlateKind.MILITARY, r"[A-Z]{2}\d{5}"),
        (PlateKind.EMERGENCY, rf"{_PROVINCE}[A-Z]?[XS]\d{{4}}应急"),
        (PlateKind.CIVIL_AVIATION, r"民航[A-Z0-9]{1,6}"),
        (
            PlateKind.TEMPORARY,
            rf"临(?:{_PROVINCE})?[A-Z0-9]{{5,7}}|{_PROVINCE}[A-Z](?:临\d{{4,5}}|\d{{4,5}}临)",
        ),
    )
)
_ORDINARY = _KINDS[0][1]
# What cameras send where they read nothing.
_NOTHING = frozenset(
    {"", "无", "无牌", "无牌车", "无车牌", "未知", "未识别", "UNKNOWN", "车牌", "NOPLATE", "NONE", "NULL"}
)
# Separators between the agency and the number, in all the forms that devices have for a dot.
_DOTS = {ord("粵"): "粤"} | str.maketrans(dict.fromkeys("·•‧∙⋅・･.。‐‑–—"))
_SEPARATORS = _DOTS | str.maketrans(dict.fromkeys("-_"))

_LOOSE = "[A-Za-z0-9Ａ-Ｚａ-ｚ０-９]"
_BETWEEN = r"[\s·.\-\u200b-\u200f\ufeff]*+"
# What has the shape of a military plate is an id where it is told as one.
_NO_ID = "".join(
    rf"(?<![\"'<?&]{name}{told})"
    for name in ("[Ii][Dd]", "code", "lot_id", "lotId", "park_id", "parkId", "parking_id", "parkingId")
    for told in ("[\"']:[\"']", "[\"']: [\"']", "[>=]")
)

# A province, a letter and what follows; also where it stands in a text that is no JSON.
LIKE_A_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤粵青藏川宁琼使领军空海北沈兰济南广成]"
    # Possessive: over a page of blanks the two would try each way of sharing them, for seconds.
    rf"[\s\u200b-\u200f\ufeff]*+[A-Za-zＡ-Ｚａ-ｚ]?{_BETWEEN}临?{_LOOSE}{{4,7}}[挂学警港澳使领临]?"
    rf"|临{_BETWEEN}{_LOOSE}{{5,7}}"
    # Of the armed police, also as they were before 2012 (WJ32 1234B), and of civil aviation. Five signs or
    # more where no province is told: a lot's code (WJ-015) has fewer; an event may have its number behind it
    # (WJ-015-000123), where a plate is written in groups of two and five.
    rf"|(?<![A-Za-z])(?!WJ-[0-9]{{3}}-[0-9]{{4,}}(?![A-Za-z0-9]))[WwＷｗ][JjＪｊ][\s·.\-]*+(?:{_PROVINCE}|(?=(?:[\s·.\-]*+{_LOOSE}){{5}}))"
    rf"[\s·.\-]*+[0-9０-９]{{2,4}}[\s·.\-]*+"
    rf"{_LOOSE}{{1,5}}|民航[\s·.\-]*+{_LOOSE}{{4,6}}"
    # Of embassies (six digits, then 使; 使用 is a word), and of the forces: capitals that stand alone.
    rf"|(?<![0-9０-９])[0-9０-９]{{6}}{_BETWEEN}使(?!用)"
    rf"|(?<![A-Za-z0-9_\-/]){_NO_ID}[A-ZＡ-Ｚ]{{2}}[·.\- ]?[0-9０-９]{{5}}(?![A-Za-z0-9_])"
)
# Plates that are written out within something else, such as an id. What is two letters and five digits there
# is most likely none; a dash divides an id everywhere, a plate only after its agency.
_NOT_WITHIN = {PlateKind.MILITARY, PlateKind.EMBASSY, PlateKind.CIVIL_AVIATION, PlateKind.TEMPORARY}
_WITHIN = (
    *(
        re.compile(pattern.pattern.replace(_AGENCY, f"{_AGENCY}[-_]?"), re.ASCII)
        for kind, pattern in _KINDS
        if kind not in _NOT_WITHIN
    ),
    # A number after these words is more often of a ticket (临20261122) or a gate (民航1号门) than of a plate.
    re.compile(r"(?<!\d)\d{6}使(?!用)|使\d{6}(?!\d)", re.ASCII),
    re.compile(r"民航[A-Z]\d{4}(?![A-Z0-9])", re.ASCII),
    re.compile(rf"临{_PROVINCE}[A-Z0-9]{{5,7}}|{_PROVINCE}[A-Z](?:临\d{{4,5}}|\d{{4,5}}临)", re.ASCII),
)
_DASHES = frozenset("-_")


def holds_plate(text: str) -> bool:
    """Whether a plate of any kind but a military one stands in an id, which is kept, shown and given out."""
    if text.isascii():
        return False
    folded = unicodedata.normalize("NFKC", text).translate(_DOTS).upper()
    told = "".join(letter for letter in folded if letter in _DASHES or _is_kept(letter))
    return any(pattern.search(told) for pattern in _WITHIN)


def read_plate(text: str | None, colour: PlateColour = PlateColour.UNKNOWN) -> Plate:
    """The plate that a text names; whatever the text, one is made and nothing is raised.

    Spaces and separators fall away, letters are upper case and half width. Only the first 20 characters of
    an odd text are kept: two longer ones that begin alike are one odd plate.
    """
    # Nearly all are ordinary ones, written as we write them.
    if text is not None and _ORDINARY.fullmatch(text):
        return Plate(text, PlateKind.ORDINARY, colour)
    normal = _normal(text or "")
    if normal in _NOTHING:
        return Plate("", PlateKind.NONE, colour)
    kind = next((kind for kind, pattern in _KINDS if pattern.fullmatch(normal)), PlateKind.ODD)
    return Plate(normal[:LONGEST], kind, colour)


def plate_problems(text: str) -> Iterator[FieldProblem]:
    """What is wrong with a plate that somebody typed; no problem repeats it."""
    plate = read_plate(text)
    if not plate.exists:
        yield FieldProblem("plate", "plate_missing", N_("请填写车牌号"))
    elif not plate.valid or len(text) > 2 * LONGEST:
        yield FieldProblem("plate", "plate_odd", N_("车牌号不完整或格式不对"))


def masked(text: str) -> str:
    """A plate that may be shown: 沪A·1**45. At least two characters are hidden, also of an odd one."""
    if len(text) >= 7 and _HEAD.match(text):
        return f"{text[:2]}·{text[2]}{'*' * (len(text) - 5)}{text[-2:]}"
    if len(text) < 4:
        return "**" if text else ""
    return f"{text[0]}{'*' * (len(text) - 2)}{text[-1]}"


def without_plates(text: str) -> str:
    """A text in which everything that looks like a plate is masked, as nothing typed by hand may keep one."""
    return LIKE_A_PLATE.sub(lambda found: masked(found.group()), text)


def id_without_plates(text: str) -> str:
    """An id as it may be shown: one that holds a plate came before they were refused."""
    return without_plates(text) if holds_plate(text) else text


def month_of(at: datetime, zone: ZoneInfo) -> date:
    """The first day of the month of an instant in the city's time: which key hashes it."""
    return at.astimezone(zone).date().replace(day=1)


def _normal(text: str) -> str:
    # A picture sent in the field's place must not cost a minute.
    normal = text[:_READ_AT_MOST]
    # Once what stood between them is gone, two characters may be one; so again.
    for _ in range(3):
        before = normal
        folded = unicodedata.normalize("NFKC", before).translate(_SEPARATORS).upper()
        normal = folded if folded.isalnum() else "".join(filter(_is_kept, folded))
        if normal == before:
            break
    return normal


def _is_kept(letter: str) -> bool:
    return letter.isprintable() and not letter.isspace() and unicodedata.category(letter)[0] != "M"
