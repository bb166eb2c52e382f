"""Which kinds of values does the public interface take, each refused in words that name what is wrong?"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from datetime import datetime
from typing import Any

from marshmallow import ValidationError, fields
from marshmallow.validate import Length

from parking.kernel.errors import N_
from parking.kernel.vocabulary import Access
from parking.lookup.rules import ALL_MASK, access_mask
from parking.portals._http.fields import AtField, Within
from parking.portals._http.problems import Told

ALL = "all"
_LONGEST_TEXT = 80


class Latitude(Within):
    """Degrees north; what can only be a longitude is said to be swapped."""

    def __call__(self, value: Any) -> Any:
        if 90 < abs(value) <= 180:
            raise ValidationError(
                Told("swapped_coordinates", N_("纬度应在 -90 到 90 之间：经度和纬度好像写反了"))
            )
        return super().__call__(value)


class ShortText(Length):
    """A text of at least one sign, not longer than anyone would type."""

    def __init__(self) -> None:
        super().__init__(min=1, max=_LONGEST_TEXT)

    def __call__(self, value: Any) -> Any:
        if not value.strip() or len(value) > _LONGEST_TEXT:
            raise ValidationError(Told("bad_length", N_("应有 1 到 %(most)s 个字符"), most=_LONGEST_TEXT))
        return value


class AccessField(fields.String):
    """Permissions as a list with commas, or `all`; loaded as the mask of the look-up."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        names = [name.strip() for name in str(value).split(",")]
        if names == [ALL]:
            return ALL_MASK
        known = list(Access)
        if not set(names) <= set(known):
            choices = ", ".join([ALL, *known])
            raise ValidationError(Told("not_a_choice", N_("只能是：%(choices)s"), choices=choices))
        return access_mask(Access(name) for name in names)


class InstantField(AtField):
    """An instant with its offset. A plus that nobody escaped arrives as a space: it is taken as meant."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        return super()._deserialize(str(value).strip().replace(" ", "+"), attr, data, **kwargs)


class CursorField(fields.String):
    """The place where a page begins; only what we gave out ourselves."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        try:
            last = urlsafe_b64decode(str(value).encode("ascii") + b"==").decode()
        except (UnicodeError, NotBase64, ValueError):
            last = None
        if not last or not last.isprintable() or cursor_after(last) != value:
            raise ValidationError(Told("bad_cursor", N_("不是我们给出的翻页位置，请从第一页开始")))
        return last


def cursor_after(last: str) -> str:
    """The cursor of the page that begins after a lot's id or a certificate's number."""
    return urlsafe_b64encode(last.encode()).rstrip(b"=").decode("ascii")
