"""How does somebody come in who already logged in with the city?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from parking.kernel.errors import N_, NotAllowed


class SignOnFailed(NotAllowed):
    """The city's single sign-on did not vouch for anybody; `reason` is a word for the log."""

    code = "single_sign_on_failed"
    text = N_("统一身份认证没有成功，请重试或用账号密码登录")

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__()


@dataclass(frozen=True, slots=True)
class SignOnBegun:
    """Where to send the browser, and what it must bring back (in a sealed cookie of minutes)."""

    address: str
    kept: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SignedOn:
    """Who it is: `subject` is "issuer subject"; whether a second factor was asked for there."""

    subject: str
    has_second_factor: bool


class SingleSignOn(Protocol):
    """The city's single sign-on. Both steps ask outside addresses: no transaction may be open."""

    def begin(self, return_to: str) -> SignOnBegun:
        """Begin a log-in that comes back to `return_to`. Raises SignOnFailed."""
        ...

    def finish(self, return_to: str, kept: Mapping[str, str], told: Mapping[str, str]) -> SignedOn:
        """Who it is, from what was kept and the query that came back. Raises SignOnFailed."""
        ...
