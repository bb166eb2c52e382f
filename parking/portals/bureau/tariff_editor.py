"""How is a draft of a tariff written by forms? Each button answers with the form, and only “save” saves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import Response, flash, redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from parking.kernel.errors import FieldProblem
from parking.portals._http import auth, forms, work
from parking.portals._http.moments import sent_day
from parking.portals._http.pages import Pages
from parking.portals.bureau import desk, tariff_desk
from parking.portals.bureau.tariff_fields import Tree, act, tree_of
from parking.portals.bureau.tariff_filled import form_of
from parking.portals.bureau.tariff_form import document_of, examples_of
from parking.portals.bureau.tariff_words import in_words
from parking.tariffs import queries, service
from parking.tariffs.errors import NotADraft, TariffRefused
from parking.tariffs.queries import VersionView
from parking.tariffs.rules.document import read
from parking.tariffs.rules.errors import TariffInvalid
from parking.tariffs.rules.examples import Example, read_examples, write_example

pages = Pages("bureau_tariff_editor", __name__, "bureau")


@pages.get("/tariffs/versions/<version_id>/edit", permission=tariff_desk.EDIT)
def edit(version_id: str) -> Response:
    """The form of a draft."""
    view = _draft(version_id)
    if forms.is_shown_again():
        return _page(view, tree_of(request.form.lists()))
    tree = form_of(view.document, [write_example(_local(each)) for each in view.examples])
    return _page(view, tree | {"from_on": view.from_on.isoformat(), "note": view.note})


@pages.post("/tariffs/versions/<version_id>/edit", permission=tariff_desk.EDIT)
def change(version_id: str) -> BaseResponse:
    """Add, remove, look at what it says so far, or save."""
    view = _draft(version_id)
    tree = tree_of(request.form.lists())
    asked = request.form.get("act", "save")
    if asked not in ("save", "check"):
        return _page(view, act(tree, asked)[0])
    document, examples = _read(tree)
    if asked == "check":
        return _page(view, tree)
    service.save_draft(
        work.session(),
        auth.caller().actor,
        view.tariff_id,
        document,
        sent_day("from_on", TariffRefused),
        examples,
        desk.now(),
        note=request.form.get("note", ""),
        version_id=view.id,
        seen=forms.sent_version(),
    )
    flash(gettext("草稿已保存"))
    return redirect(tariff_desk.version_url(view.id), 303)


def _local(example: Example) -> Example:
    """Its times as the city's clocks show them."""
    zone = desk.zone()
    return replace(
        example,
        entered_at=example.entered_at.astimezone(zone),
        until_at=example.until_at.astimezone(zone),
    )


def _draft(version_id: str) -> VersionView:
    view = queries.version(work.session(), version_id)
    tariff_desk.tariff_to_change(view.tariff_id)
    if view.state != "draft":
        raise NotADraft
    return view


def _read(tree: Tree) -> tuple[dict[str, Any], Sequence[Example]]:
    """The document and examples of a form. Raises TariffRefused with every fault at its field."""
    document, own = document_of(tree)
    rows, own_of_examples = examples_of(tree)
    found: list[FieldProblem] = []
    examples: Sequence[Example] = ()
    try:
        read(document)
    except TariffInvalid as error:
        found += error.problems
    try:
        examples = read_examples(rows, desk.city().time_zone)
    except TariffInvalid as error:
        found += error.problems
    if told := in_words(found, own + own_of_examples, tree):
        raise TariffRefused(problems=told)
    return document, examples


def _page(view: VersionView, tree: Tree) -> Response:
    tree = {"plans": [], "choices": [], "examples": [], "time_zone": desk.city().time_zone} | tree
    rules = tariff_desk.rules_of(document_of(tree)[0])
    return desk.page(
        "tariffs/edit.html",
        view=view,
        tariff=tariff_desk.tariff(view.tariff_id),
        tree=tree,
        texts=tariff_desk.texts_of(rules) if rules else [],
        **tariff_desk.words(),
    )
