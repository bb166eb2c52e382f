"""What does the city ask, by when, and in which words? Dated rows, read here and set by the administrator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, redirect, request, url_for

from parking.accounts.rules import Permission
from parking.city import queries as city
from parking.city import service
from parking.city.errors import SettingRefused, SettingUnknown
from parking.city.queries import FactRow
from parking.city.rules.lists import LIST_NAMES, columns_of, read_row
from parking.city.rules.settings import SECTIONS, SETTINGS, Setting, ValueKind, read_setting, setting_of
from parking.kernel.errors import N_, FieldProblem
from parking.portals._http import auth, work
from parking.portals._http.moments import sent_day
from parking.portals._http.pages import Pages
from parking.portals.bureau import desk

pages = Pages("bureau_settings", __name__, "bureau")
NEW = "new"


@dataclass(frozen=True, slots=True)
class Line:
    """A setting with the row that holds today and the one that comes next."""

    key: str
    setting: Setting
    holds: FactRow | None
    coming: FactRow | None


@pages.get("/settings", permission=Permission.BUREAU_SETTINGS_READ, nav=N_("城市设置"), nav_order=70)
def settings() -> Response:
    """Every value and every list, as they hold today."""
    rows = _by_key(city.fact_rows(work.session()))
    lines = [_line(key, setting, rows.get(key, [])) for key, setting in SETTINGS.items()]
    return desk.page(
        "settings.html",
        sections=[
            (name, [line for line in lines if line.key.partition(".")[0] == section])
            for section, name in SECTIONS.items()
        ],
        lists=[(part, name, _line(part, _LIST, rows.get(part, []))) for part, name in LIST_NAMES.items()],
        written=written,
    )


@pages.get("/settings/values/<key>", permission=Permission.BUREAU_SETTINGS_READ)
def value(key: str) -> Response:
    """One value: its history, and a form to let another hold from a day on."""
    setting = setting_of(key)
    rows = city.fact_rows(work.session(), key)
    return desk.page(
        "setting.html",
        key=key,
        setting=setting,
        line=_line(key, setting, rows),
        rows=rows,
        stamp=service.stamp(rows),
        actor=desk.names_of(row.set_by for row in rows),
        written=written,
    )


@pages.post("/settings/values/<key>", permission=Permission.BUREAU_SETTINGS_EDIT)
def set_value(key: str) -> Response:
    """Let a value hold from a day on."""
    form = request.form
    told = read_setting(key, form.get("value", ""))
    _change(key, told)
    return redirect(url_for("bureau_settings.value", key=key), 303)  # type: ignore[return-value]


def _change(key: str, told: Any) -> None:
    service.change_setting(
        work.session(),
        auth.caller().actor,
        key,
        told,
        sent_day("from_on", SettingRefused),
        desk.now(),
        seen=request.form.get("version", ""),
    )


@pages.get("/settings/lists/<part>", permission=Permission.BUREAU_SETTINGS_READ)
def rows_of(part: str) -> Response:
    """One list as it holds today, and when it changed."""
    columns = columns_of(part)
    rows = city.fact_rows(work.session(), part)
    line = _line(part, _LIST, rows)
    return desk.page(
        "setting_list.html",
        part=part,
        name=LIST_NAMES[part],
        columns=columns,
        line=line,
        rows=rows,
        actor=desk.names_of(row.set_by for row in rows),
    )


@pages.get("/settings/lists/<part>/<key>", permission=Permission.BUREAU_SETTINGS_READ)
def row(part: str, key: str) -> Response:
    """One row of a list, or an empty one."""
    columns = columns_of(part)
    rows = city.fact_rows(work.session(), part)
    found = next((each for each in _newest(rows) if each["key"] == key), None)
    if found is None and key != NEW:
        raise SettingUnknown(key=f"{part}.{key}")
    return desk.page(
        "setting_row.html",
        part=part,
        name=LIST_NAMES[part],
        columns=columns,
        row=found or {},
        is_new=found is None,
        stamp=service.stamp(rows),
    )


@pages.post("/settings/lists/<part>/<key>", permission=Permission.BUREAU_SETTINGS_EDIT)
def set_row(part: str, key: str) -> Response:
    """Change a row, add one, or take one away, from a day on."""
    form = request.form
    told = None if form.get("act") == "remove" else _row_told(part, key)
    service.change_list_row(
        work.session(),
        auth.caller().actor,
        part,
        told["key"] if told else key,
        told,
        sent_day("from_on", SettingRefused),
        desk.now(),
        seen=form.get("version", ""),
    )
    return redirect(url_for("bureau_settings.rows_of", part=part), 303)  # type: ignore[return-value]


def _row_told(part: str, key: str) -> dict[str, Any]:
    """The row of the form. A row keeps its key: what was decided by it names it."""
    fields = request.form.to_dict(flat=False)
    told = read_row(part, fields if key == NEW else fields | {"key": [key]})
    if key == NEW:
        taken = {each["key"] for each in _newest(city.fact_rows(work.session(), part))}
        if told["key"] in taken:
            raise SettingRefused(problems=[FieldProblem("key", "taken", N_("这个代号已经有了"))])
    return told


def _newest(rows: list[FactRow]) -> list[dict[str, Any]]:
    """The list as it was set last, so that a change does not undo one that is still to come."""
    return list(rows[0].value or []) if rows else []


def written(setting: Setting, told: Any) -> str:
    """A value as people read it."""
    if told is None:
        return "–"
    if setting.kind is ValueKind.YES_NO:
        return desk.told(N_("是") if told else N_("否"))
    if setting.kind is ValueKind.CHOICE:
        return desk.told(setting.choices.get(str(told), str(told)))
    return f"{told} {desk.told(setting.unit)}".strip()


_LIST = Setting("")


def _by_key(rows: list[FactRow]) -> Mapping[str, list[FactRow]]:
    found: dict[str, list[FactRow]] = {}
    for each in rows:
        found.setdefault(each.key, []).append(each)
    return found


def _line(key: str, setting: Setting, rows: list[FactRow]) -> Line:
    today = desk.today()
    holds = next((each for each in rows if each.from_on <= today), None)
    coming = next((each for each in reversed(rows) if each.from_on > today), None)
    return Line(key, setting, holds, coming)
