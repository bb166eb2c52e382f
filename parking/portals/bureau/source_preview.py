"""What would be read of a source, what is wrong in it, and which of its lots are ours already?"""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, flash, redirect, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from parking.accounts.rules import Permission
from parking.boundary.fetching import FetchRequest
from parking.guidance import queries, service
from parking.guidance.errors import SourceChanged, SourceDoubtful, SourceInvalid
from parking.guidance.rules.preview import Preview, Reading
from parking.kernel.errors import N_, FieldProblem
from parking.kernel.vocabulary import SPACE_CLASS_NAMES
from parking.portals._http import auth, forms, uploads, work
from parking.portals._http.pages import Pages
from parking.portals._http.services import services
from parking.portals.bureau import desk, source_same
from parking.portals.bureau.feed_details import told_doubt, told_failure
from parking.portals.bureau.source_asking import readings_of, readings_of_file
from parking.portals.bureau.source_form import rules
from parking.portals.bureau.source_rows import STATES, rows_of
from parking.portals.bureau.texts import FIELDS, PROBLEMS, PULL_KINDS

pages = Pages("bureau_source_preview", __name__, "bureau")
_EDIT = Permission.BUREAU_SOURCES_EDIT
_MOST_BYTES = FetchRequest("").max_bytes
_MOST_POINTS = 5_000
# A file cannot be sent again for the next page.
_ROWS_OF_A_FILE = 1_000


@pages.get("/sources/<path:name>/preview", permission=_EDIT)
def preview(name: str) -> Response:
    """What the addresses of a source give now."""
    return _page(name, _previewed(readings_of(name)))


@pages.post("/sources/<path:name>/preview", permission=_EDIT, body_limit=uploads.BODY_LIMIT)
def preview_file(name: str) -> Response:
    """What the source would give if it answered with this file."""
    sent = uploads.received("file")
    if sent is None or len(sent[1]) > _MOST_BYTES:
        told = N_("文件超过 %(most)s MB，地址的回答也不能更大") if sent else N_("请选择文件")
        fault = FieldProblem("file", "bad_file", told, {"most": _MOST_BYTES // 1_000_000})
        raise SourceInvalid(problems=[fault], name=name)
    return _page(name, _previewed(readings_of_file(name, sent[1])), file=sent[0])


@pages.post("/sources/<path:name>/switch-on", permission=_EDIT, form="preview")
def switch_on(name: str) -> BaseResponse:
    """Keep what was decided of lots nearby, and pull the source from now on.

    Where the source was changed after the page was made, the page comes back with what it gives now.
    """
    found = _previewed(readings_of(name))
    session, actor, now = work.session(), auth.caller().actor, desk.now()
    source = queries.by_name(session, name)
    if forms.sent("asked") != found.asked:
        raise SourceChanged(name=name)
    service.hold_as_previewed(session, source.id, found, now)
    linked = source_same.keep(source.id, found)
    if forms.sent("act") == "links":
        flash(gettext("已关联 %(count)s 个停车场", count=linked))
        return redirect(url_for("bureau_source_preview.preview", name=name), 303)
    try:
        service.switch_on(session, actor, source.id, found, now, forms.sent("reason"))
    except SourceDoubtful as doubtful:
        told = FieldProblem("reason", doubtful.code, N_("上面写明了疑点：请说明为什么仍要启用"))
        raise SourceDoubtful(problems=[told], name=name) from doubtful
    flash(gettext("已启用，马上开始读取"))
    return redirect(url_for("bureau_sources.source", name=name), 303)


def _previewed(readings: Sequence[Reading]) -> Preview:
    return service.preview(work.session(), readings, rules(), desk.now())


def _page(name: str, found: Preview, file: str | None = None) -> Response:
    here = services()
    rows = rows_of(found)
    view = next(iter(queries.source_views(work.session(), name)))
    return desk.page(
        "sources/preview.html",
        source=view,
        name_of=desk.names_of(pull.put_off_by for pull in view.pulls if pull.put_off_by),
        found=found,
        file=file,
        rows=rows,
        cut=desk.cut(rows, _ROWS_OF_A_FILE if file else desk.ROWS),
        same=source_same.pairs(found),
        points=[[each.lat, each.lon, each.state, each.name] for each in found.points[:_MOST_POINTS]],
        left_out=max(0, len(found.points) - _MOST_POINTS),
        states=STATES,
        classes=SPACE_CLASS_NAMES,
        fields=FIELDS,
        problem_words=PROBLEMS,
        places={f"{kind}_url": text for kind, text in PULL_KINDS.items()},
        pull_kinds=PULL_KINDS,
        told_failure=told_failure,
        told_doubt=told_doubt,
        has_tiles=here.map_pmtiles is not None,
        tianditu_key=here.map_tianditu_key,
    )
