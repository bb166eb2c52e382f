"""What is a notice to a person, and who carries it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class NoticeText:
    """A kind of notice: `key` for machines and for a gateway's templates; Chinese sentences as msgids."""

    key: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice, ready to leave; `id` is the same at every attempt, so that a receiver knows a repetition.

    `params` are the values of the text, for gateways that fill in templates of their own.
    """

    id: str
    key: str
    subject: str
    text: str
    params: Mapping[str, Any]
    phone: str | None = None
    email: str | None = None


class NoticeNotSent(Exception):
    """It did not arrive; `reason` holds no address and no word of the notice."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class NoticeChannel(Protocol):
    """SMS, mail, a webhook or the console."""

    def send(self, notice: Notice) -> None:
        """Send one notice; nothing happens where it names no address of this kind. Raises NoticeNotSent."""
        ...
