"""How is a vendor's cloud asked: what may be said of it, how far back, and what follows from an answer?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from parking.kernel.addresses import address_problems, network_problems
from parking.kernel.errors import N_, FieldProblem
from parking.kernel.schedule import next_due_at

SHORTEST_INTERVAL_S, LONGEST_INTERVAL_S = 5, 86_400
LOOK_BACK_S = 900
"""So far before the cursor every round begins, in seconds: a record may reach its cloud some minutes late."""

SWEEP_LOOK_BACK_S = 86_400
SWEPT_EVERY = timedelta(hours=1)
"""A lot that was cut off tells its cloud hours late: so often a round looks back a whole day."""

MOST_PAGES = 200
"""Pages of one run; what is left is asked in the next one, from the cursor."""

PAGE_TOTAL_S = 20.0
CLAIM_S = 60
LONGEST_TEXT = 200
_LONGEST_DETAIL = 300
_TEXTS = {
    "lot_key": N_("请填写厂商的车场编号，最多 %(most)s 个字符"),
    "app_id": N_("请填写应用编号，最多 %(most)s 个字符"),
    "secret": N_("请填写密钥，最多 %(most)s 个字符"),
}


class PullState(StrEnum):
    """Provisioned: nothing good came yet. Failed: the last attempt brought nothing usable."""

    PROVISIONED = "provisioned"
    ACTIVE = "active"
    FAILED = "failed"
    DISABLED = "disabled"


class Reason(StrEnum):
    """Why a round failed, beside what fetching and the adapter say themselves."""

    ADAPTER_UNKNOWN = "adapter_unknown"
    ADAPTER_ERROR = "adapter_error"
    DEVICE_DISABLED = "device_disabled"
    LOT_UNMAPPED = "lot_unmapped"
    SECRET_UNREADABLE = "secret_unreadable"  # noqa: S105 - a reason, no secret
    PAGE_REPEATED = "page_repeated"
    TOO_BUSY = "too_busy"
    NOT_STORED = "not_stored"


@dataclass(frozen=True, slots=True)
class PullDraft:
    """A pull as its author describes it; `lot_key` is the lot in the vendor's words."""

    device_id: str
    lot_key: str
    base_url: str
    app_id: str
    secret: str = field(repr=False)
    interval_s: int = 60
    allowed_networks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DuePull:
    """A pull that `holder` claimed: all that is needed to ask and to reckon what follows."""

    id: str
    device_id: str
    lot_key: str
    adapter: str
    base_url: str
    app_id: str
    secret_sealed: bytes = field(repr=False)
    allowed_networks: tuple[str, ...]
    interval_s: int
    holder: str
    state: PullState
    failures: int
    cursor: str | None
    swept_at: datetime | None
    silent_since_at: datetime | None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a round ended before its end; `detail` holds no secret and no plate."""

    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class PullChange:
    """The row after a round."""

    state: PullState
    due_at: datetime
    failures: int
    reason: str | None
    detail: str | None
    silent_since_at: datetime | None
    went_silent: bool = False
    came_back: bool = False


def draft_problems(draft: PullDraft, adapters: Collection[str], adapter: str | None) -> list[FieldProblem]:
    """Everything that is wrong with a description, at once; `adapter` is the dialect of its device."""
    problems = []
    if adapter not in adapters:
        known = ", ".join(sorted(adapters))
        sentence = N_("请选择一个可以拉取的云平台设备（%(known)s）")
        problems.append(FieldProblem("device_id", "not_a_cloud_to_ask", sentence, {"known": known}))
    for name, sentence in _TEXTS.items():
        value = getattr(draft, name)
        if not value.strip() or len(value) > LONGEST_TEXT:
            problems.append(FieldProblem(name, "bad_text", sentence, {"most": LONGEST_TEXT}))
    problems += address_problems("base_url", draft.base_url)
    if "?" in draft.base_url or "#" in draft.base_url:
        problems.append(FieldProblem("base_url", "query_in_address", N_("接口地址不得带 ? 或 # 之后的部分")))
    if not SHORTEST_INTERVAL_S <= draft.interval_s <= LONGEST_INTERVAL_S:
        problems.append(FieldProblem("interval_s", "bad_interval", N_("间隔须为 5 秒至 1 天")))
    return problems + network_problems(draft.allowed_networks)


def is_sweep(swept_at: datetime | None, now: datetime) -> bool:
    """Whether a round that begins now looks back a whole day."""
    return swept_at is None or now - swept_at >= SWEPT_EVERY


def after(due: DuePull, failure: Failure | None, now: datetime, *, unfinished: bool = False) -> PullChange:
    """What follows for the pull; `unfinished`: all went well and more pages wait, so it goes on at once."""
    if failure is None:
        return PullChange(
            state=PullState.ACTIVE,
            due_at=now if unfinished else next_due_at(due.id, due.interval_s, 0, now),
            failures=0,
            reason=None,
            detail=None,
            silent_since_at=None,
            came_back=due.silent_since_at is not None,
        )
    failures = due.failures + 1
    return PullChange(
        state=PullState.FAILED,
        due_at=next_due_at(due.id, due.interval_s, failures, now),
        failures=failures,
        reason=failure.reason,
        detail=failure.detail[:_LONGEST_DETAIL] or None,
        silent_since_at=due.silent_since_at or now,
        went_silent=due.silent_since_at is None,
    )
