"""What can go wrong, in words that every audience can be told?

A feature raises; only `portals/_http` and the command line decide how it looks.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar


def N_(text: str) -> str:  # noqa: N802 - the name that gettext's extractors know
    """Mark a sentence for the catalogue without translating it here."""
    return text


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One field and why it was refused; `text` is a Chinese sentence with %(name)s places for `params`."""

    field: str
    code: str
    text: str
    params: Mapping[str, object] = dataclasses.field(default_factory=dict)


class ParkingError(Exception):
    """The root of what services raise: a code for machines, a sentence for people, the fields concerned."""

    code: ClassVar[str] = "error"
    text: ClassVar[str] = N_("出错了")

    def __init__(self, *, problems: Sequence[FieldProblem] = (), **params: object) -> None:
        self.problems = tuple(problems)
        self.params = params
        super().__init__(self.sentence)

    @property
    def sentence(self) -> str:
        """The Chinese sentence with its values filled in; for logs and for readers without a catalogue."""
        return self.text % self.params if self.params else self.text


class InvalidInput(ParkingError):
    """The caller's values are wrong; the fields are named."""

    code = "invalid_input"
    text = N_("提交的内容有误")


class NotFound(ParkingError):
    """There is no such thing, or the caller may not know of it."""

    code = "not_found"
    text = N_("没有找到")


class NotAllowed(ParkingError):
    """The caller is known and may not do this."""

    code = "not_allowed"
    text = N_("没有权限")


class Conflict(ParkingError):
    """Somebody else was first."""

    code = "conflict"
    text = N_("内容已被他人更改")


class RuleBroken(ParkingError):
    """The values are well formed, but a rule of the domain forbids the step."""

    code = "rule_broken"
    text = N_("不符合规则")


class Unavailable(ParkingError):
    """Something that we need does not answer now."""

    code = "unavailable"
    text = N_("暂时无法使用")
