"""Which kinds of values do all JSON interfaces take, refused in words that can be told in two languages?"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from marshmallow import ValidationError, fields
from marshmallow.validate import Length, OneOf, Range

from parking.kernel.errors import N_
from parking.portals._http.problems import Told


def is_plain_number(text: str) -> bool:
    """Whether a text holds no digits of another script and none parted as in a program: Python reads both."""
    return text.isascii() and "_" not in text


class WholeText(fields.Integer):
    """A whole number as an address tells it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if isinstance(value, str) and not is_plain_number(value):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


class NumberText(fields.Float):
    """A finite number as an address tells it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> float:
        if isinstance(value, str) and not is_plain_number(value):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


class Within(Range):
    """A range whose refusal can be told in two languages."""

    def __call__(self, value: Any) -> Any:
        if not self.min <= value <= self.max:
            raise ValidationError(
                Told("out_of_range", N_("应在 %(min)s 到 %(max)s 之间"), min=self.min, max=self.max)
            )
        return value


class ChoiceField(fields.String):
    """A word of an enumeration, loaded as its member."""

    def __init__(self, choices: type[StrEnum], *only: StrEnum, **options: Any) -> None:
        self._members = {str(member): member for member in only or choices}
        super().__init__(validate=OneOf(list(self._members)), **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        member = self._members.get(value)
        if member is None:
            raise ValidationError(
                Told("not_a_choice", N_("只能是：%(choices)s"), choices=", ".join(self._members))
            )
        return member


class PlainText(fields.String):
    """A text of one line, of `least` to `most` signs that can be printed."""

    def __init__(self, most: int, *, least: int = 1, **options: Any) -> None:
        self.least, self.most = least, most
        super().__init__(validate=Length(least, most), **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = str(super()._deserialize(value, attr, data, **kwargs))
        if not self.least <= len(text) <= self.most:
            told = N_("应有 %(least)s 到 %(most)s 个字符")
            raise ValidationError(Told("bad_length", told, least=self.least, most=self.most))
        if not text.isprintable():
            raise ValidationError(Told("not_printable", N_("不能有换行等控制字符")))
        return text


class AtField(fields.AwareDateTime):
    """An instant in ISO 8601 with its offset."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        at = instant_of(value)
        if at is None:
            raise ValidationError(
                Told("not_an_instant", N_("不是有效的时间，应如 2026-11-21T18:30:00+08:00（须带时区）"))
            )
        return at


def instant_of(value: object) -> datetime | None:
    """The instant that a text names, None for anything else; at most 40 signs, between 1970 and 2100.

    Told in UTC: the database refuses offsets of more than 16 hours, and one instant has one name.
    """
    if not isinstance(value, str) or len(value) > 40 or "T" not in value.upper():
        return None
    try:
        at = datetime.fromisoformat(value.upper())
        # Far from every edge of the calendar, where an offset would step over it.
        return at.astimezone(UTC) if at.tzinfo is not None and 1970 <= at.year <= 2100 else None
    except ValueError:
        return None
