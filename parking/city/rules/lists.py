"""Of which columns are the lists of the bureau: papers, reasons, items to check, criteria to score by?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from parking.city.errors import SettingRefused, SettingUnknown
from parking.kernel.errors import N_, FieldProblem
from parking.kernel.vocabulary import LotType

_KEY = re.compile(r"[a-z][a-z0-9_]{1,39}")
_LONGEST = 300


class ColumnKind(StrEnum):
    """What a cell holds."""

    KEY = "key"
    TEXT = "text"
    WHOLE = "whole"
    YES_NO = "yes_no"
    CHOICE = "choice"
    SEVERAL = "several"


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `label`, `hint` and the words of `choices` are msgids."""

    name: str
    label: str
    kind: ColumnKind = ColumnKind.TEXT
    required: bool = False
    hint: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    most: int = _LONGEST


_KINDS = {
    "registration": N_("新备案"),
    "change": N_("变更"),
    "renewal": N_("延续"),
    "closure": N_("注销"),
    "sharing": N_("错时共享"),
}
_LOT_TYPES = {
    LotType.PUBLIC.value: N_("公共停车场"),
    LotType.ANCILLARY.value: N_("配建停车场"),
    LotType.DEDICATED.value: N_("专用停车场"),
    LotType.TEMPORARY.value: N_("临时停车场"),
}
_WHEN = {
    "always": N_("总是"),
    "mechanical": N_("有机械车位时"),
    "charges_fee": N_("收费时"),
    "civil_defence": N_("占用人防工程时"),
    "not_owner": N_("不是产权人时"),
    "underground": N_("在地下时"),
}
_STEPS = {
    "correct": N_("要求补正"),
    "refuse": N_("不予受理"),
    "return": N_("退回"),
    "revoke": N_("撤销备案"),
}
_PLANS = {"safety": N_("安全"), "hygiene": N_("卫生"), "facilities": N_("设施")}
_GRADES = {"minor": N_("一般"), "serious": N_("较重"), "urgent": N_("紧急")}
_ROW_KEY = Column("key", N_("代号"), ColumnKind.KEY, True, N_("小写字母、数字和下划线，设定后不变"))
_ALL_IF_NONE = N_("一个也不选就是全部")


def _names(what_zh: str, what_en: str) -> tuple[Column, Column]:
    return Column(what_zh, N_("中文"), required=True), Column(what_en, N_("英文"), required=True)


LISTS: Mapping[str, tuple[Column, ...]] = {
    "documents": (
        _ROW_KEY,
        *_names("name_zh", "name_en"),
        Column("hint_zh", N_("提示（中文）")),
        Column("hint_en", N_("提示（英文）")),
        Column("kinds", N_("用于哪些备案"), ColumnKind.SEVERAL, True, choices=_KINDS),
        Column("lot_types", N_("用于哪些停车场"), ColumnKind.SEVERAL, hint=_ALL_IF_NONE, choices=_LOT_TYPES),
        Column("when", N_("什么时候要"), ColumnKind.CHOICE, True, choices=_WHEN),
        Column("required", N_("必须提交"), ColumnKind.YES_NO),
        Column("proves", N_("证明哪一项"), hint=N_("申请表里的项目或分组的代号")),
    ),
    "reasons": (
        _ROW_KEY,
        Column("step", N_("用于哪一步"), ColumnKind.CHOICE, True, choices=_STEPS),
        *_names("text_zh", "text_en"),
        Column("about", N_("关于哪一项"), hint=N_("材料或项目的代号；留空则不限")),
    ),
    "inspection_items": (
        _ROW_KEY,
        Column("plan", N_("属于哪种巡查"), ColumnKind.CHOICE, True, choices=_PLANS),
        *_names("name_zh", "name_en"),
        Column("lot_types", N_("用于哪些停车场"), ColumnKind.SEVERAL, hint=_ALL_IF_NONE, choices=_LOT_TYPES),
        Column("grade_default", N_("发现问题时的等级"), ColumnKind.CHOICE, choices=_GRADES),
    ),
    "score_criteria": (
        _ROW_KEY,
        *_names("name_zh", "name_en"),
        Column("points", N_("分值"), ColumnKind.WHOLE, True, most=100),
        Column("rule", N_("计分规则")),
    ),
}
LIST_NAMES: Mapping[str, str] = {
    "documents": N_("要提交的材料"),
    "reasons": N_("理由模板"),
    "inspection_items": N_("巡查项目"),
    "score_criteria": N_("考核标准"),
}


def columns_of(part: str) -> tuple[Column, ...]:
    """The columns of a list. Raises SettingUnknown."""
    known = LISTS.get(part)
    if known is None:
        raise SettingUnknown(key=part)
    return known


def read_row(part: str, raw: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """A row from what a form says, by column. Raises SettingUnknown, or SettingRefused with every problem."""
    row: dict[str, Any] = {}
    problems: list[FieldProblem] = []
    for column in columns_of(part):
        told = [text.strip() for text in raw.get(column.name, ()) if text.strip()]
        value, problem = _READ[column.kind](column, told)
        if problem is not None:
            problems.append(problem)
        elif value is not None:
            row[column.name] = value
    if problems:
        raise SettingRefused(problems=problems)
    return row


_Read = tuple[Any, FieldProblem | None]


def _absent(column: Column) -> _Read:
    return None, FieldProblem(column.name, "missing", N_("缺少这一项")) if column.required else None


def _key(column: Column, told: Sequence[str]) -> _Read:
    if not told:
        return _absent(column)
    if not _KEY.fullmatch(told[0]):
        return None, FieldProblem(column.name, "not_a_key", N_("以小写字母开头，只用小写字母、数字和下划线"))
    return told[0], None


def _text(column: Column, told: Sequence[str]) -> _Read:
    if not told:
        return _absent(column)
    if len(told[0]) > column.most:
        return None, FieldProblem(column.name, "too_long", N_("最多 %(most)s 个字"), {"most": column.most})
    return told[0], None


def _whole(column: Column, told: Sequence[str]) -> _Read:
    if not told:
        return _absent(column)
    if not told[0].isdecimal() or int(told[0]) > column.most:
        params = {"least": 0, "most": column.most}
        return None, FieldProblem(
            column.name, "out_of_range", N_("应是 %(least)s 到 %(most)s 之间的数字"), params
        )
    return int(told[0]), None


def _yes_no(column: Column, told: Sequence[str]) -> _Read:
    return bool(told) and told[0] == "true", None


def _choice(column: Column, told: Sequence[str]) -> _Read:
    if not told:
        return _absent(column)
    if told[0] not in column.choices:
        return None, FieldProblem(column.name, "unknown_value", N_("没有这个选项"))
    return told[0], None


def _several(column: Column, told: Sequence[str]) -> _Read:
    if not told and column.required:
        return _absent(column)
    if unknown := [text for text in told if text not in column.choices]:
        return None, FieldProblem(column.name, "unknown_value", N_("没有这个选项"), {"value": unknown[0]})
    return list(dict.fromkeys(told)), None


_READ = {
    ColumnKind.KEY: _key,
    ColumnKind.TEXT: _text,
    ColumnKind.WHOLE: _whole,
    ColumnKind.YES_NO: _yes_no,
    ColumnKind.CHOICE: _choice,
    ColumnKind.SEVERAL: _several,
}
