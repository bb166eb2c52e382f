"""Which tariffs does the city have, which lots have none, and what is one tariff's history?"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from parking.kernel.days import month_after
from parking.kernel.errors import N_
from parking.kernel.vocabulary import LotKind
from parking.portals._http import auth, work
from parking.portals._http.pages import Pages
from parking.portals.bureau import desk, tariff_desk
from parking.portals.bureau.tariff_templates import TEMPLATES, document_of, examples_of
from parking.tariffs import queries, service

pages = Pages("bureau_tariffs", __name__, "bureau")


@pages.get("/tariffs", permission=tariff_desk.READ, nav=N_("收费标准"), nav_order=48)
def tariffs() -> Response:
    """All tariffs, and how many lots of my districts have each."""
    lines = tariff_desk.my_lots(tariff_desk.book())
    return desk.page(
        "tariffs/list.html",
        tariffs=queries.tariffs(work.session(), desk.today()),
        lots=Counter(line.now.tariff_id for line in lines if line.now),
        total=len(lines),
        without=sum(line.now is None for line in lines),
        **tariff_desk.words(),
    )


@pages.get("/tariffs/new", permission=tariff_desk.EDIT)
def new() -> Response:
    """With what to begin."""
    return desk.page("tariffs/new.html", templates=TEMPLATES, **tariff_desk.words())


@pages.post("/tariffs/new", permission=tariff_desk.EDIT)
def create() -> BaseResponse:
    """A tariff with a first draft, made of a template."""
    form, now = request.form, desk.now()
    kind = LotKind.ON_STREET if form.get("kind") == LotKind.ON_STREET else LotKind.OFF_STREET
    tariff_id = service.create_tariff(
        work.session(), auth.caller().actor, form.get("code", ""), form.get("name", ""), kind, now
    )
    key = form.get("template", "")
    from_on = desk.today() + timedelta(days=1)
    version_id = service.save_draft(
        work.session(),
        auth.caller().actor,
        tariff_id,
        document_of(key, desk.city().time_zone),
        from_on,
        examples_of(key, tariff_desk.coming_monday(from_on), desk.zone()),
        now,
    )
    flash(gettext("草稿已建立，请按实际收费修改"))
    return redirect(url_for("bureau_tariff_editor.edit", version_id=version_id), 303)


@pages.get("/tariffs/<tariff_id>", permission=tariff_desk.READ)
def tariff(tariff_id: str) -> Response:
    """One tariff: what holds now in words, its versions, its lots."""
    view = tariff_desk.tariff(tariff_id)
    session = work.session()
    known = queries.versions(session, tariff_id)
    mine = {card.id for card in tariff_desk.my_cards()}
    of_tariff = queries.lots_of(session, tariff_id, desk.today())
    rules = tariff_desk.rules_of(view.in_force.document) if view.in_force else None
    return desk.page(
        "tariffs/one.html",
        view=view,
        versions=[(each, tariff_desk.state_of(each, view.in_force)) for each in known],
        lots=[each for each in of_tariff if each.lot_id in mine],
        elsewhere=sum(each.lot_id not in mine for each in of_tariff),
        texts=tariff_desk.texts_of(rules) if rules else [],
        actor=desk.names_of(actor for each in known for actor in (each.made_by, each.approved_by) if actor),
        edits=tariff_desk.may_change(view),
        **tariff_desk.words(),
    )


@pages.post("/tariffs/<tariff_id>/name", permission=tariff_desk.EDIT, form="tariff")
def rename(tariff_id: str) -> BaseResponse:
    """Another name."""
    view = tariff_desk.tariff_to_change(tariff_id)
    name = request.form.get("name", "")
    service.rename_tariff(work.session(), auth.caller().actor, view.id, name, desk.now())
    flash(gettext("名称已保存"))
    return redirect(url_for("bureau_tariffs.tariff", tariff_id=tariff_id), 303)


@pages.post("/tariffs/<tariff_id>/versions", permission=tariff_desk.EDIT, form="tariff")
def draft(tariff_id: str) -> BaseResponse:
    """A new draft, like the version that was chosen."""
    view = tariff_desk.tariff_to_change(tariff_id)
    like = queries.version(work.session(), request.form.get("like", ""))
    version_id = service.save_draft(
        work.session(),
        auth.caller().actor,
        view.id,
        like.document,
        month_after(desk.today()),
        like.examples,
        desk.now(),
    )
    return redirect(url_for("bureau_tariff_editor.edit", version_id=version_id), 303)
