"""How is a vendor's cloud told who may enter: what may be said of it, and what follows from an answer?"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from parking.kernel.addresses import address_problems, network_problems
from parking.kernel.errors import N_, FieldProblem
from parking.kernel.schedule import back_off, next_due_at

LONGEST_TEXT = 200
# How many requests one entry may need of any vendor: look up, add, look up, make valid.
MOST_STEPS = 6
MOST_IN_A_ROUND = 100
REQUEST_TOTAL_S = 10.0
# Over so long, nobody asks any more what became of a pass at its vendor's.
KEPT = timedelta(days=30)
_EVERY_S = 15
_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=1)
_LONGEST_DETAIL = 300
_TEXTS = {
    "lot_key": N_("请填写厂商的车场编号，最多 %(most)s 个字符"),
    "app_id": N_("请填写应用编号，最多 %(most)s 个字符"),
    "secret": N_("请填写密钥，最多 %(most)s 个字符"),
    "desk_name": N_("请填写值班单位，最多 %(most)s 个字符"),
    "desk_phone": N_("请填写值班电话，最多 %(most)s 个字符"),
}


class PushState(StrEnum):
    """Provisioned: nothing was taken yet. Failed: at the last attempt the cloud took nothing at all."""

    PROVISIONED = "provisioned"
    ACTIVE = "active"
    FAILED = "failed"
    PAUSED = "paused"


class PushReason(StrEnum):
    """Why a round failed, beside what fetching and the writers say themselves."""

    WRITER_UNKNOWN = "writer_unknown"
    WRITER_ERROR = "writer_error"
    SECRET_UNREADABLE = "secret_unreadable"  # noqa: S105 - a reason, no secret
    TOO_MANY_STEPS = "too_many_steps"


@dataclass(frozen=True, slots=True)
class PushDraft:
    """A cloud as its author describes it; `lot_key` is the lot in the vendor's words."""

    lot_id: str
    adapter: str
    lot_key: str
    base_url: str
    app_id: str
    secret: str = field(repr=False)
    desk_name: str = ""
    desk_phone: str = ""
    allowed_networks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PushFailure:
    """Why a round ended before its end; `detail` holds no secret and no plate."""

    reason: str
    detail: str = ""

    @property
    def shown(self) -> str | None:
        return self.detail[:_LONGEST_DETAIL] or None


def draft_problems(draft: PushDraft, adapters: Collection[str]) -> list[FieldProblem]:
    """Everything that is wrong with a description, at once."""
    return [
        *_adapter_problems(draft.adapter, adapters),
        *_text_problems(draft),
        *url_problems(draft.base_url, draft.allowed_networks),
        *network_problems(draft.allowed_networks),
    ]


def secret_problems(secret: str) -> list[FieldProblem]:
    """What is wrong with a new secret."""
    return list(_text_problem("secret", secret))


def url_problems(base_url: str, allowed_networks: Collection[str]) -> Iterator[FieldProblem]:
    """What is wrong with a cloud's address: plates go there, so it is https but for opened private ranges."""
    yield from address_problems("base_url", base_url)
    if "?" in base_url or "#" in base_url:
        yield FieldProblem("base_url", "query_in_address", N_("接口地址不得带 ? 或 # 之后的部分"))
    elif urlsplit(base_url).scheme == "http" and not allowed_networks:
        yield FieldProblem("base_url", "plates_in_the_clear", N_("名单含车牌，接口地址须为 https"))


def state_of(paused_at: datetime | None, failures: int, succeeded_at: datetime | None) -> PushState:
    """How telling a cloud is."""
    if paused_at is not None:
        return PushState.PAUSED
    if failures:
        return PushState.FAILED
    return PushState.PROVISIONED if succeeded_at is None else PushState.ACTIVE


def cloud_due_at(push_id: str, failures: int, now: datetime) -> datetime:
    """When a cloud is tried again after so many rounds in a row that failed; at once after none."""
    return next_due_at(push_id, _EVERY_S, failures, now) if failures else now


def entry_due_at(attempts: int, now: datetime) -> datetime:
    """When an entry is told again that was not taken so many times: 1, 2, 4 ... minutes, an hour at most."""
    return now + back_off(attempts, _FIRST_WAIT, _LONGEST_WAIT)


def _adapter_problems(adapter: str, adapters: Collection[str]) -> Iterator[FieldProblem]:
    if adapter not in adapters:
        known = ", ".join(sorted(adapters))
        sentence = N_("请选择一种能接收名单的平台（%(known)s）")
        yield FieldProblem("adapter", "not_a_cloud_to_tell", sentence, {"known": known})


def _text_problems(draft: PushDraft) -> Iterator[FieldProblem]:
    for name in _TEXTS:
        yield from _text_problem(name, getattr(draft, name))


def _text_problem(name: str, value: str) -> Iterator[FieldProblem]:
    if not value.strip() or len(value) > LONGEST_TEXT:
        yield FieldProblem(name, "bad_text", _TEXTS[name], {"most": LONGEST_TEXT})
