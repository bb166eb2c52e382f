"""By which mappings are sources read, what does each say, and who changed it when and why?"""

from __future__ import annotations

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from parking.accounts.rules import Permission
from parking.boundary.feeds import PRESET
from parking.guidance import queries, service
from parking.guidance.errors import MappingUnknown
from parking.guidance.queries import MappingView
from parking.kernel.errors import N_
from parking.portals._http import auth, work
from parking.portals._http.pages import Pages
from parking.portals.bureau import desk
from parking.portals.bureau.mapping_titles import mapping_title
from parking.portals.bureau.source_form import rules

pages = Pages("bureau_mappings", __name__, "bureau")
_READ, _EDIT = Permission.BUREAU_SOURCES_READ, Permission.BUREAU_SOURCES_EDIT


@pages.get("/mappings", permission=_READ, nav=N_("映射"), nav_order=51)
def mappings() -> Response:
    """Our mappings with who reads by them, and those that ship."""
    ours = queries.mapping_versions(work.session())
    ships = [PRESET + name for name in rules().presets]
    name_of = desk.names_of(view.saved_by for view in ours)
    return desk.page("sources/mappings.html", ours=ours, ships=ships, title_of=mapping_title, name_of=name_of)


@pages.get("/mappings/<mapping>", permission=_READ)
def mapping(mapping: str) -> Response:
    """One mapping: its text, and every version of it. `?version=`: an older one."""
    if mapping.startswith(PRESET):
        text = rules().presets.get(mapping.removeprefix(PRESET))
        if text is None:
            raise MappingUnknown(name=mapping)
        return desk.page(
            "sources/mapping.html", name=mapping, title=mapping_title(mapping), text=text, versions=[]
        )
    versions = _versions(mapping)
    asked = request.args.get("version", "")
    view = next((each for each in versions if str(each.version) == asked), versions[0])
    return desk.page(
        "sources/mapping.html",
        name=mapping,
        title=mapping,
        text=view.text,
        view=view,
        versions=versions,
        running=len(queries.running_readers(work.session(), mapping)),
        name_of=desk.names_of(each.saved_by for each in versions),
    )


@pages.post("/mappings/<mapping>/restore", permission=_EDIT, form="mapping")
def restore(mapping: str) -> BaseResponse:
    """Make an older version the newest one again; its sources have to be switched on again."""
    asked = request.form.get("version", "")
    version = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 7 else 0
    _versions(mapping)
    actor, now = auth.caller().actor, desk.now()
    newest = service.restore_mapping(work.session(), actor, mapping, version, rules(), now)
    flash(gettext("已恢复为第 %(version)s 版，现在是第 %(newest)s 版", version=version, newest=newest))
    return redirect(url_for("bureau_mappings.mapping", mapping=mapping), 303)


def _versions(mapping: str) -> list[MappingView]:
    found = queries.mapping_versions(work.session(), mapping)
    if not found:
        raise MappingUnknown(name=mapping)
    return found
