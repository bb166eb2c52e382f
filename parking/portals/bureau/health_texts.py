"""How is it said what is odd about a source, and from which numbers?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext

from parking.guidance.queries.health import AnomalyView
from parking.guidance.rules.health import AnomalyKind
from parking.kernel.errors import N_
from parking.kernel.vocabulary import SPACE_CLASS_NAMES

TITLES: Mapping[AnomalyKind, str] = {
    AnomalyKind.FROZEN: N_("数字长时间不变"),
    AnomalyKind.JUMP: N_("数字突变"),
    AnomalyKind.ABOVE_CAPACITY: N_("空位多于车位总数"),
    AnomalyKind.REVERSED: N_("空余与占用可能颠倒"),
    AnomalyKind.SUM_ABOVE_TOTAL: N_("各类之和超过总数"),
    AnomalyKind.CLOCK_AHEAD: N_("时钟偏快"),
    AnomalyKind.CLOCK_BEHIND: N_("时钟偏慢"),
    AnomalyKind.RECORDS_VANISHED: N_("记录减少"),
    AnomalyKind.LOTS_VANISHED: N_("静态数据中的停车场减少"),
    AnomalyKind.IDS_REPEATED: N_("编号重复"),
    AnomalyKind.SILENT: N_("数据中断"),
}

# The params are the evidence that the rules write down.
SENTENCES: Mapping[AnomalyKind, str] = {
    AnomalyKind.FROZEN: N_(
        "占用数 %(occupied)s（共 %(capacity)s 个车位）已 %(hours)s 小时不变；"
        "该处以往最长 %(own_hours)s 小时，达到 %(limit_hours)s 小时即为异常"
    ),
    AnomalyKind.JUMP: N_(
        "一刻钟内占用数由 %(before)s 变为 %(after)s（共 %(capacity)s 个车位）；"
        "该处以往最多变化 %(own_step)s 个，达到 %(limit)s 个即为异常"
    ),
    AnomalyKind.ABOVE_CAPACITY: N_(
        "上报空位 %(free)s 个，而车位共 %(capacity)s 个；超过 %(limit_percent)s%% 即为异常"
    ),
    AnomalyKind.REVERSED: N_(
        "最近一天与以往同时段的走势相关系数为 %(correlation_percent)s%%"
        "（不高于 %(limit_percent)s%% 即为异常）；"
        "与平时相差 %(off)s 个车位，若空余与占用互换则只差 %(off_turned)s 个"
    ),
    AnomalyKind.SUM_ABOVE_TOTAL: N_(
        "%(counters)s 类车位上报之和为 %(sum)s 个，而车位共 %(total)s 个；超过 %(limit_percent)s%% 即为异常"
    ),
    AnomalyKind.CLOCK_AHEAD: N_(
        "%(records)s 条记录中有 %(future)s 条的时间在未来，最多快 %(ahead_s)s 秒；超过 %(limit_s)s 秒即为异常"
    ),
    AnomalyKind.CLOCK_BEHIND: N_(
        "最新的记录刚到就已是 %(behind_s)s 秒前的时间；达到 %(limit_s)s 秒即为异常，请核对数据源的时区和时钟"
    ),
    AnomalyKind.RECORDS_VANISHED: N_(
        "只有 %(records)s 条记录，平时有 %(usual)s 条；少 %(limit_percent)s%% 即为异常"
    ),
    AnomalyKind.LOTS_VANISHED: N_(
        "静态数据里只有 %(records)s 个停车场，平时有 %(usual)s 个；少 %(limit_percent)s%% 即为异常。"
        "登记和关联都没有因此改动"
    ),
    AnomalyKind.IDS_REPEATED: N_(
        "%(records)s 条记录中有 %(repeated)s 条的编号重复（另有错误的不计）；"
        "达到 %(limit_percent)s%% 即为异常"
    ),
    AnomalyKind.SILENT: N_("已 %(minutes)s 分钟没有可用的数据；达到 %(limit_minutes)s 分钟即为异常"),
}


def words() -> dict[str, Any]:
    """What a template that tells anomalies asks for."""
    return {"anomaly_kinds": TITLES, "evidence": evidence, "subject_class": subject_class}


def evidence(view: AnomalyView) -> str:
    """The numbers as they were last seen; empty where an older row lacks one that the sentence asks for."""
    told = {name: _number(value) for name, value in view.evidence.items()}
    try:
        return gettext(SENTENCES[view.kind], **told)
    except KeyError:
        return ""


def subject_class(view: AnomalyView) -> str:
    """The class of spaces that it is of; empty for a whole lot or source."""
    return gettext(SPACE_CLASS_NAMES[view.space_class]) if view.space_class else ""


def _number(value: float | int | str) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
