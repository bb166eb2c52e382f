"""Who acts? A person, a machine client or the platform itself, named in every audit entry."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """`kind` is system, cli, officer, member, client, device, or without an account citizen and driver.

    `name` is shown in the audit trail.
    """

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


SYSTEM = Actor("system", "platform")
CLI = Actor("cli", "console")
