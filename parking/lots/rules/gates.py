"""What may be said of a lane and of the devices that watch it?"""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from parking.kernel.errors import N_, FieldProblem
from parking.kernel.vocabulary import SpaceClass

LONGEST_NAME = 100
LONGEST_KEY = 64
LONGEST_PROFILE = 20_000
LONGEST_SECRET = 500
SILENCE_AFTER_S = 900
"""After how long without a word a device is told as silent, unless its registration says otherwise."""

LEAST_SILENCE_S, MOST_SILENCE_S = 60, 7 * 86_400
_LONGEST_OVERLAP = timedelta(days=90)


class LaneDirection(StrEnum):
    """Which way a lane leads; `told`: each event says it."""

    ENTRY = "entry"
    EXIT = "exit"
    TOLD = "told"


class DeviceKind(StrEnum):
    """A plate camera at a lane, a sensor in a bay, or a vendor's cloud that speaks for whole lots."""

    CAMERA = "camera"
    SENSOR = "sensor"
    CLOUD = "cloud"


class DeviceRole(StrEnum):
    """Whether what it tells is counted, or kept as evidence beside what counts."""

    COUNTING = "counting"
    EVIDENCE = "evidence"


@dataclass(frozen=True, slots=True)
class LaneDraft:
    """A lane as it is to be: `space_class` None is general."""

    name: str
    direction: LaneDirection
    entrance_id: str | None = None
    space_class: SpaceClass | None = None


@dataclass(frozen=True, slots=True)
class DeviceDraft:
    """A device as it is to be. `signing_secret` is what its vendor signs with, where the dialect signs;
    None leaves it as it is. A camera or sensor stands in a lot; a cloud's lots are mapped one by one."""

    name: str
    kind: DeviceKind
    dialect: str
    role: DeviceRole = DeviceRole.COUNTING
    serial: str | None = None
    lot_id: str | None = None
    lane_id: str | None = None
    space_class: SpaceClass | None = None
    time_zone: str = "Asia/Shanghai"
    silence_after_s: int = SILENCE_AFTER_S
    signing_secret: str | None = field(default=None, repr=False)
    profile: str | None = None


def device_source(device_id: str) -> str:
    """The name under which a device's facts are counted."""
    return f"device:{device_id}"


def client_source(client_id: str) -> str:
    """The name under which a machine client's facts are counted."""
    return f"client:{client_id}"


def is_silent(last_seen_at: datetime | None, registered_at: datetime, after_s: int, now: datetime) -> bool:
    """Whether nothing was heard for too long; one that never spoke is measured from its registration."""
    return now - (last_seen_at or registered_at) > timedelta(seconds=after_s)


def within_limits(overlap: timedelta) -> timedelta:
    """How long an old secret stays good: 0 to 90 days."""
    return min(max(overlap, timedelta(0)), _LONGEST_OVERLAP)


def lane_problems(draft: LaneDraft) -> list[FieldProblem]:
    """What is wrong with a lane, by field."""
    return _name_problems(draft.name)


def device_problems(draft: DeviceDraft, dialects: Collection[str]) -> list[FieldProblem]:
    """What is wrong with a device, by field; `dialects` are those that are spoken here."""
    found = _name_problems(draft.name)
    if draft.dialect not in dialects:
        found.append(FieldProblem("dialect", "unknown_dialect", N_("没有这种设备协议")))
    if not is_key(draft.serial) and draft.serial is not None:
        found.append(FieldProblem("serial", "not_a_key", NOT_A_KEY, {"most": LONGEST_KEY}))
    if draft.kind is not DeviceKind.CLOUD and draft.lot_id is None:
        found.append(FieldProblem("lot_id", "missing", N_("请选择设备所在的停车场")))
    if draft.lane_id is not None and draft.lot_id is None:
        found.append(FieldProblem("lane_id", "lane_without_lot", N_("选了车道就要选停车场")))
    if not _is_zone(draft.time_zone):
        found.append(FieldProblem("time_zone", "unknown_zone", N_("不是已知的时区")))
    if not LEAST_SILENCE_S <= draft.silence_after_s <= MOST_SILENCE_S:
        limits = {"least": LEAST_SILENCE_S // 60, "most": MOST_SILENCE_S // 60}
        text = N_("应是 %(least)s 到 %(most)s 之间的分钟数")
        found.append(FieldProblem("silence_after_s", "out_of_range", text, limits))
    if len(draft.signing_secret or "") > LONGEST_SECRET:
        found.append(FieldProblem("signing_secret", "too_long", TOO_LONG, {"most": LONGEST_SECRET}))
    return found + _profile_problems(draft.profile)


NOT_A_KEY = N_("应是 1 到 %(most)s 个字符，不含空白和控制字符")
TOO_LONG = N_("最多 %(most)s 个字")


def is_key(text: str | None) -> bool:
    """Whether it can be a vendor's number of a device, lot or lane."""
    return text is not None and 0 < len(text) <= LONGEST_KEY and text.isprintable() and text == text.strip()


def _name_problems(name: str) -> list[FieldProblem]:
    if name.strip() and len(name.strip()) <= LONGEST_NAME and name.isprintable():
        return []
    return [FieldProblem("name", "not_a_name", N_("请填写名称，最多 %(most)s 个字"), {"most": LONGEST_NAME})]


def _profile_problems(text: str | None) -> list[FieldProblem]:
    if len(text or "") > LONGEST_PROFILE:
        return [FieldProblem("profile", "too_long", TOO_LONG, {"most": LONGEST_PROFILE})]
    try:
        tomllib.loads(text or "")
    except tomllib.TOMLDecodeError:
        return [FieldProblem("profile", "not_toml", N_("不是 TOML 格式"))]
    return []


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def signing_context(device_id: str) -> str:
    """To whom a sealed signing secret belongs."""
    return f"device:{device_id}"
