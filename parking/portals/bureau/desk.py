"""What do all pages of the console share? Today's city, whose eyes look, how tables are sorted and cut."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from flask import Response, g, make_response, render_template, request
from flask_babel import gettext

from parking.accounts import queries as accounts
from parking.portals._http import auth, formats, work
from parking.portals._http.i18n import language
from parking.portals._http.present import city as city
from parking.portals._http.present import in_language as in_language
from parking.portals._http.present import now as now
from parking.portals._http.present import today as today
from parking.portals._http.present import zone as zone
from parking.portals.bureau.feed_details import told_detail

ROWS = 50
_Row = TypeVar("_Row")


def district_name(code: str | None) -> str:
    """A district's name for this reader; a dash where none is known."""
    found = city().district(code) if code else None
    if found is None:
        return code or "–"
    return found.name_zh if language() == "zh" else found.name_en


def my_districts() -> list[tuple[str, str]]:
    """Code and name of each district that the caller's duties reach, for a filter."""
    caller = auth.caller()
    return [
        (each.code, district_name(each.code)) for each in city().districts if caller.sees_district(each.code)
    ]


def told(text: str, **params: object) -> str:
    """A msgid in the reader's language."""
    return gettext(text, **params) if text else ""


def options(names: Mapping[Any, str]) -> list[tuple[str, str]]:
    """Values and their names for a list to choose from."""
    return [(str(value), gettext(name)) for value, name in names.items()]


def names_of(actors: Iterable[str]) -> Callable[[str], str]:
    """How to call actors ("officer:<account id>"): people by their names, the others by what they are."""
    ids = {
        name for kind, _, name in (actor.partition(":") for actor in actors) if kind in ("officer", "member")
    }
    known = accounts.display_names(work.session(), ids) if ids else {}

    def name(actor: str) -> str:
        kind, _, told_name = actor.partition(":")
        if kind in ("officer", "member"):
            return known.get(told_name) or gettext("已注销的账号")
        return gettext("系统") if kind == "system" else gettext("命令行")

    return name


def page(template: str, **context: Any) -> Response:
    """A page of the console."""
    return make_response(
        render_template(
            f"bureau/{template}",
            formats=formats,
            told=told,
            told_detail=told_detail,
            zone=zone(),
            now=now(),
            today=today(),
            district_name=district_name,
            in_language=in_language,
            options=options,
            sorted_by=g.get("sorted_by"),
            **context,
        )
    )


def sort_of(known: Collection[str], default: str) -> tuple[str, bool]:
    """By which column and whether downwards: `?sort=name` or `?sort=-name`; else the default."""
    asked = request.args.get("sort", default)
    if asked.removeprefix("-") not in known:
        asked = default
    g.sorted_by = asked.removeprefix("-"), asked.startswith("-")
    return g.sorted_by


@dataclass(frozen=True, slots=True)
class Cut(Generic[_Row]):
    """A stretch of a long table: its rows, and the pages before and after."""

    rows: Sequence[_Row]
    total: int
    first: int
    page: int
    pages: int


def cut(rows: Sequence[_Row], size: int = ROWS) -> Cut[_Row]:
    """The page `?page=` of rows that are all known."""
    pages = max(1, -(-len(rows) // size))
    asked = request.args.get("page", "1")
    number = min(max(int(asked) if asked.isdecimal() and len(asked) < 7 else 1, 1), pages)
    start = (number - 1) * size
    return Cut(rows[start : start + size], len(rows), start + 1, number, pages)
