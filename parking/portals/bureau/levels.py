"""At which service level did lots and sources tell their counts in a month? The evidence of assessment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import floor
from typing import Any

from flask import Response, request
from flask_babel import gettext

from parking.accounts.rules import Permission
from parking.guidance.queries import source_views
from parking.kernel.days import month_after, months_back
from parking.kernel.errors import N_
from parking.lots.queries import LotCard
from parking.occupancy import queries
from parking.occupancy.rules import ServiceLevel
from parking.portals._http import auth, work
from parking.portals._http.pages import Pages
from parking.portals._http.sheets import SheetKind, sheet
from parking.portals.bureau import desk
from parking.portals.bureau.within import cards_within

pages = Pages("bureau_levels", __name__, "bureau")
_READ, _EXPORT = Permission.BUREAU_SOURCES_READ, Permission.BUREAU_EXPORTS_READ
_MONTHS = 12
# The least share of which a part of a thousand is still told.
_EXACT = 10_000
BY = {"lot": N_("按停车场"), "source": N_("按数据源")}


@dataclass(frozen=True, slots=True)
class Row:
    """A lot's month (`card`) or a source's over `lots` lots (`source`); both are told of a source's lot."""

    level: ServiceLevel
    card: LotCard | None = None
    source: str | None = None
    lots: int = 1

    @property
    def name(self) -> str:
        return self.source or (self.card.name if self.card else "")


SORTS: Mapping[str, Callable[[Row], Any]] = {
    "name": lambda row: row.name,
    "district": lambda row: ((row.card and row.card.district_code) or "", row.name),
    "lots": lambda row: row.lots,
    "due": lambda row: row.level.due,
    "fresh": lambda row: row.level.fresh,
    "suspect": lambda row: row.level.suspect,
    "late": lambda row: row.level.late,
    "unknown": lambda row: row.level.unknown,
    "level": lambda row: (row.level.share or 0.0, row.name),
}


@pages.get("/levels", permission=_READ, nav=N_("服务水平"), nav_order=44)
def listed() -> Response:
    """A month by lot or by source, the lowest level first, with the course of its days."""
    month_on, district, by = _month(), request.args.get("district", ""), _by()
    cards = _cards(_READ, district)
    if by == "lot":
        rows, days = _lot_rows(month_on, cards), _lot_days(month_on, cards)
    else:
        rows, days = _source_rows(month_on, cards), _source_days(month_on, cards)
    column, is_down = desk.sort_of(SORTS, "level")
    rows.sort(key=SORTS[column], reverse=is_down)
    return desk.page(
        "levels.html",
        cut=desk.cut(rows),
        total=sum((row.level for row in rows), ServiceLevel()),
        days=sorted(days.items()),
        by=by,
        by_options=desk.options(BY),
        month=f"{month_on:%Y-%m}",
        months=[(f"{each:%Y-%m}",) * 2 for each in months_back(desk.today(), _MONTHS)],
        is_running=month_on == desk.today().replace(day=1),
        district=district,
        districts=desk.my_districts(),
        may_export=auth.caller().may(_EXPORT),
    )


@pages.get("/levels.<any(csv, xlsx):form>", permission=_EXPORT)
def export(form: str) -> Response:
    """A month's table as a file: each lot, or each source with each of its lots."""
    month_on, by = _month(), _by()
    cards = _cards(_EXPORT, request.args.get("district", ""))
    rows = _lot_rows(month_on, cards) if by == "lot" else _source_lot_rows(month_on, cards)
    rows.sort(key=lambda row: (row.source or "", row.card.code if row.card else ""))
    header = [
        gettext("月份"),
        *([gettext("数据源")] if by == "source" else []),
        gettext("停车场编号"),
        gettext("停车场"),
        gettext("镇（街道）"),
        gettext("应上报（分钟）"),
        gettext("新鲜可信（分钟）"),
        gettext("异常（分钟）"),
        gettext("过时（分钟）"),
        gettext("未知（分钟）"),
        gettext("服务水平"),
    ]
    lines = [_cells(month_on, row) for row in rows]
    return sheet(SheetKind(form), f"levels-{by}-{month_on:%Y%m}", header, lines)


def exact(share: float | None) -> float | None:
    """A share with four decimals, rounded down: what is not whole is never told as 1."""
    return None if share is None else floor(share * _EXACT + 1e-9) / _EXACT


def _month() -> date:
    """The month that is asked for, among the last twelve; else the present one."""
    known = {f"{each:%Y-%m}": each for each in months_back(desk.today(), _MONTHS)}
    return known.get(request.args.get("month", ""), desk.today().replace(day=1))


def _by() -> str:
    asked = request.args.get("by", "")
    return asked if asked in BY else "lot"


def _cards(permission: Permission, district: str) -> dict[str, LotCard]:
    return {
        lot_id: card
        for lot_id, card in cards_within(permission).items()
        if district in ("", card.district_code)
    }


def _lot_rows(month_on: date, cards: Mapping[str, LotCard]) -> list[Row]:
    levels = queries.service_levels(work.session(), cards, month_on, month_after(month_on))
    return [Row(level, cards[lot_id]) for lot_id, level in levels.items()]


def _lot_days(month_on: date, cards: Mapping[str, LotCard]) -> dict[date, ServiceLevel]:
    return queries.level_days(work.session(), cards, month_on, month_after(month_on))


def _connected() -> set[str]:
    """The names of the connected sources; what barriers and bays tell is in the levels of the lots."""
    return {each.name for each in source_views(work.session())}


def _source_lot_rows(month_on: date, cards: Mapping[str, LotCard]) -> list[Row]:
    levels = queries.levels_by_source_and_lot(work.session(), month_on, month_after(month_on))
    connected = _connected()
    return [
        Row(level, cards[lot_id], source)
        for (source, lot_id), level in levels.items()
        if source in connected and lot_id in cards
    ]


def _source_days(month_on: date, cards: Mapping[str, LotCard]) -> dict[date, ServiceLevel]:
    return queries.source_level_days(
        work.session(), _connected(), month_on, month_after(month_on), lot_ids=cards
    )


def _source_rows(month_on: date, cards: Mapping[str, LotCard]) -> list[Row]:
    by_source: dict[str, list[ServiceLevel]] = defaultdict(list)
    for row in _source_lot_rows(month_on, cards):
        by_source[str(row.source)].append(row.level)
    return [
        Row(sum(levels, ServiceLevel()), source=source, lots=len(levels))
        for source, levels in by_source.items()
    ]


def _cells(month_on: date, row: Row) -> Sequence[Any]:
    level, card = row.level, row.card
    return [
        f"{month_on:%Y-%m}",
        *([row.source] if row.source is not None else []),
        card.code if card else "",
        card.name if card else "",
        desk.district_name(card.district_code) if card else "",
        level.due,
        level.fresh,
        level.suspect,
        level.late,
        level.unknown,
        exact(level.share),
    ]
