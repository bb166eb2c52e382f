"""How does an officer connect a feed? Nothing is pulled before somebody looked at it."""

from __future__ import annotations

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from parking.accounts.rules import Permission
from parking.guidance import queries, service
from parking.guidance.errors import SourceExists, SourceInvalid
from parking.guidance.queries.drafts import draft_of
from parking.kernel.errors import FieldProblem
from parking.portals._http import auth, work
from parking.portals._http.pages import Pages
from parking.portals._http.services import services
from parking.portals.bureau import desk
from parking.portals.bureau.source_form import Typed, form_context, rules, typed_source

pages = Pages("bureau_source_connect", __name__, "bureau")
_EDIT = Permission.BUREAU_SOURCES_EDIT


@pages.get("/connect", permission=_EDIT)
def new() -> Response:
    """The form of a new source."""
    return desk.page("sources/form.html", **form_context(None, request.args.get("like")))


@pages.post("/connect", permission=_EDIT)
def add() -> BaseResponse:
    """Keep the source, switched off, and look at what it gives."""
    typed = typed_source(None)
    session, actor, now = work.session(), auth.caller().actor, desk.now()
    if queries.find(session, typed.draft.name) is not None:
        fault = FieldProblem("name", SourceExists.code, SourceExists.text, {"name": typed.draft.name})
        raise SourceInvalid(problems=[fault], name=typed.draft.name)
    _save_mapping(typed)
    here = services()
    service.add_source(
        session,
        actor,
        typed.draft,
        here.adapters,
        now,
        presets=rules().presets,
        opened=here.feed_networks,
        # Of every kind: an officer sees what it gives before it is pulled.
        waits=True,
    )
    return _to_preview(typed.draft.name)


@pages.get("/sources/<path:name>/change", permission=_EDIT)
def change(name: str) -> Response:
    """The form of a source that there is."""
    return desk.page("sources/form.html", **form_context(draft_of(work.session(), name)))


@pages.post("/sources/<path:name>/change", permission=_EDIT)
def save(name: str) -> BaseResponse:
    """Change it, and look at what it gives; a mapped one that is read otherwise waits to be switched on."""
    session = work.session()
    typed = typed_source(draft_of(session, name))
    source = queries.by_name(session, name)
    was_on = source.switched_on_at is not None
    _save_mapping(typed)
    service.change_source(
        session,
        auth.caller().actor,
        source.id,
        typed.draft,
        services().adapters,
        desk.now(),
        presets=rules().presets,
    )
    if was_on and source.switched_on_at is None:
        flash(gettext("读取的内容变了，已停止读取：看过预览之后请重新启用"))
    return _to_preview(name)


def _save_mapping(typed: Typed) -> None:
    if typed.mapping_text is None or typed.draft.mapping is None:
        return
    service.save_mapping(
        work.session(),
        auth.caller().actor,
        typed.draft.mapping,
        typed.mapping_text,
        rules(),
        desk.now(),
        typed.note,
    )


def _to_preview(name: str) -> BaseResponse:
    return redirect(url_for("bureau_source_preview.preview", name=name), 303)
