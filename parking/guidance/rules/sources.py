"""How is a source described, and what may such a description say?"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from parking.boundary.feeds import MAPPED
from parking.guidance.rules.pulls import PullKind
from parking.kernel.addresses import address_problems
from parking.kernel.errors import N_, FieldProblem
from parking.kernel.vocabulary import Datum
from parking.occupancy.rules import AGEING_AFTER_S, UNKNOWN_AFTER_S

SHORTEST_INTERVAL_S = 5
LONGEST_INTERVAL_S = 7 * 86_400
LONGEST_LIMIT_S = 86_400
_LONGEST_NAME = 60
# A browser takes the first two for folders; the last is a page where the names stand in the addresses.
_NO_NAMES = frozenset({".", "..", "differences"})


@dataclass(frozen=True, slots=True)
class SourceDraft:
    """A source as its author describes it. Times in seconds; `crs` is a datum or an EPSG code.

    A limit that is not told is the city's (`limits.ageing_after_s`, `limits.unknown_after_s`).
    `lots` links the feed's ids to codes of the register. `allowed_networks` are private ranges (CIDR).
    `mapping` is the name of one of ours or "preset:" and that of one that ships; for a mapped source only.
    """

    name: str
    adapter: str
    live_url: str | None = None
    static_url: str | None = None
    interval_s: int = 60
    static_interval_s: int = 86_400
    owner: str | None = None
    time_zone: str = "Asia/Shanghai"
    crs: str = Datum.WGS84.value
    rank: int = 0
    ageing_after_s: int | None = None
    unknown_after_s: int | None = None
    adopts_lots: bool = False
    mapping: str | None = None
    allowed_networks: tuple[str, ...] = ()
    lots: Mapping[str, str] = field(default_factory=dict)

    @property
    def pulls(self) -> dict[PullKind, tuple[str, int]]:
        """Address and interval of each pull that the source has; static first."""
        told = (
            (PullKind.STATIC, self.static_url, self.static_interval_s),
            (PullKind.LIVE, self.live_url, self.interval_s),
        )
        return {kind: (url, interval_s) for kind, url, interval_s in told if url}


def draft_problems(
    draft: SourceDraft, known_adapters: Collection[str], *, is_new: bool = True
) -> list[FieldProblem]:
    """Everything that is wrong with a description, at once; empty when it is sound.

    The name of a source that there is already (`is_new` false) is taken as it is.
    """
    problems = name_problems(draft.name) if is_new else []
    if draft.adapter not in known_adapters:
        known = ", ".join(sorted(known_adapters))
        problems.append(
            FieldProblem("adapter", "unknown_adapter", N_("未知的适配器，可用：%(known)s"), {"known": known})
        )
    if (draft.adapter == MAPPED) != (draft.mapping is not None):
        problems.append(
            FieldProblem("mapping", "mapping_missing", N_("映射格式的数据源须选一份映射，其他格式不用"))
        )
    if not draft.pulls:
        problems.append(FieldProblem("live_url", "no_address", N_("至少需要一个地址")))
    for kind, (url, interval_s) in draft.pulls.items():
        problems.extend(address_problems(f"{kind}_url", url))
        if not SHORTEST_INTERVAL_S <= interval_s <= LONGEST_INTERVAL_S:
            name = "interval_s" if kind is PullKind.LIVE else "static_interval_s"
            problems.append(FieldProblem(name, "bad_interval", N_("间隔须为 5 秒至 7 天")))
    ageing_after_s = AGEING_AFTER_S if draft.ageing_after_s is None else draft.ageing_after_s
    unknown_after_s = UNKNOWN_AFTER_S if draft.unknown_after_s is None else draft.unknown_after_s
    if not 0 < ageing_after_s < unknown_after_s <= LONGEST_LIMIT_S:
        problems.append(FieldProblem("ageing_after_s", "bad_limits", N_("陈旧时限须小于失效时限")))
    if not _is_time_zone(draft.time_zone):
        problems.append(FieldProblem("time_zone", "unknown_time_zone", N_("未知的时区")))
    return problems


def name_problems(name: str) -> list[FieldProblem]:
    """What is wrong with the name of a new source: it has to be read by people and to fit into an address."""
    if not name.strip() or len(name) > _LONGEST_NAME:
        return [FieldProblem("name", "bad_name", N_("名称须为 1 至 60 个字符"))]
    # Unprintable are control characters and those that turn the direction of what follows.
    if "/" in name or name in _NO_NAMES or name != name.strip() or not name.isprintable():
        text = N_("名称不得含斜线和不可见字符，也不能是 .、.. 或 differences")
        return [FieldProblem("name", "bad_name", text)]
    return []


def reads_otherwise(before: SourceDraft, after: SourceDraft) -> bool:
    """Whether a mapped source would be read otherwise, or more of it, than somebody looked at.

    By another format, mapping, zone or datum, from a new address, or with unknown lots entering the register.
    """
    if MAPPED not in (before.adapter, after.adapter):
        return False
    told, wanted = ((d.adapter, d.mapping, d.time_zone, d.crs.upper()) for d in (before, after))
    has_new_address = any(url != before.pulls.get(kind, ("", 0))[0] for kind, (url, _) in after.pulls.items())
    return told != wanted or has_new_address or (after.adopts_lots and not before.adopts_lots)


def _is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
