"""What is wrong with a machine's call as such, before anything that it tells is looked at?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parking.kernel.errors import N_, FieldProblem, InvalidInput, NotAllowed, NotFound, Unavailable


class NotSigned(NotAllowed):
    """Who calls cannot be told; `header` is what is missing or cannot be read."""

    status = 401
    code = "not_signed"
    text = N_("缺少签名请求头，或请求头的内容不对：%(header)s")


class SignatureWrong(NotAllowed):
    """No living key of the named client made this signature. An unknown client is told the same."""

    status = 401
    code = "signature_wrong"
    text = N_("签名不对，或没有这个接入方。可以在 /developers/signature 检查签名")


class ClockSkew(NotAllowed):
    """The time that was signed is too far from ours."""

    status = 401
    code = "clock_skew"
    text = N_("签名的时间与服务器相差 %(skew_s)s 秒，最多允许 %(most_s)s 秒")

    def __init__(self, *, server_time: str, skew_s: int, most_s: int) -> None:
        self.members: Mapping[str, Any] = {"server_time": server_time, "skew_s": skew_s}
        super().__init__(skew_s=skew_s, most_s=most_s)


class ScopeMissing(NotAllowed):
    """The client was not granted this kind of call."""

    code = "scope_missing"
    text = N_("接入方没有这个权限：%(scope)s")


class UnknownDialect(NotFound):
    """Nobody here speaks so."""

    code = "unknown_dialect"
    text = N_("没有这种协议")


class UnknownLot(NotFound):
    """No such lot, or one that the client may not speak for: both look alike."""

    code = "unknown_lot"
    text = N_("没有这个停车场")

    def __init__(self, field: str | None = None) -> None:
        super().__init__(problems=[FieldProblem(field, self.code, self.text)] if field else ())


class NotJson(InvalidInput):
    """The body is no JSON object."""

    status = 400
    code = "not_json"
    text = N_("请求正文不是 JSON 对象")


class NotJsonType(InvalidInput):
    """The body is said to be something else."""

    status = 415
    code = "unsupported_type"
    text = N_("请求正文应为 application/json")


class TooMany(Unavailable):
    """More calls than agreed."""

    status = 429
    code = "too_many"
    text = N_("请求太频繁，请在 %(retry_after_s)s 秒后再试")


class MessageReused(InvalidInput):
    """An id that stood for another body."""

    code = "message_reused"
    text = N_("这个 %(header)s 已经用于另一个请求，内容不同")


class SameEvent(InvalidInput):
    """What comes in a passage's place must be told apart from it."""

    code = "same_event"
    text = N_("更正后的记录要有自己的事件编号")

    def __init__(self) -> None:
        super().__init__(problems=[FieldProblem("passage.event_id", self.code, self.text)])


class VoidedEvent(InvalidInput):
    """What comes in a passage's place would never count: its id is void."""

    code = "event_id_voided"
    text = N_("更正后的记录用了已作废的事件编号，不会计数")

    def __init__(self) -> None:
        super().__init__(problems=[FieldProblem("passage.event_id", self.code, self.text)])


class BadIdempotencyKey(InvalidInput):
    """The key cannot be read."""

    status = 400
    code = "bad_idempotency_key"
    text = N_("Idempotency-Key 应为 1 到 255 个可见的 ASCII 字符")
