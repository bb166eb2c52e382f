"""What is asked, one group a page? Answers, and the papers beside them, are saved page by page.

A page keeps what can be read even where one answer cannot, so that nothing typed is lost; the version in the
form keeps two windows apart: who comes second sees both, and overwrites nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from http import HTTPStatus
from typing import Any

import orjson
from flask import Response, flash, g, redirect, request, url_for
from flask_babel import gettext

from parking.accounts.rules import Permission
from parking.boundary.files import FileRefused
from parking.filings import service
from parking.filings.errors import FilingNotFound
from parking.filings.queries import FilingView
from parking.filings.rules import EDITABLE, Field, FieldType, FilingKind, Group, groups_for, read_answers
from parking.kernel.errors import N_, FieldProblem, InvalidInput
from parking.portals._http import auth, forms, uploads, work
from parking.portals._http.filing_texts import answer_text, district_text
from parking.portals._http.pages import Pages
from parking.portals._http.places import centre_of
from parking.portals._http.problems import sentence
from parking.portals.operator import desk
from parking.portals.operator.filings import not_editable
from parking.portals.operator.mending import items_by_group
from parking.portals.operator.places import find_known, with_known

pages = Pages("operator_forms", __name__, "operator")

_EDIT = Permission.OPERATOR_FILINGS_EDIT


class AnswersUnreadable(InvalidInput):
    """Some answers of the page cannot be read; the others are saved."""


@dataclass(frozen=True, slots=True)
class Block:
    """Fields that stand together; spaces by class stand side by side."""

    fields: list[Field]
    is_spaces: bool = False


@dataclass(frozen=True, slots=True)
class Differing:
    """A field that another window saved otherwise than this one wants to."""

    key: str
    label: str
    saved: str
    mine: str


@pages.get("/filings/<filing_id>/questions/<group_key>", permission=_EDIT)
def questions(filing_id: str, group_key: str) -> Response:
    """One group of questions."""
    told = desk.own_filing(filing_id)
    if told.state not in EDITABLE:
        return not_editable(told)
    return _page(told, _group(told, group_key))


def _page(told: FilingView, group: Group, status: int = 200) -> Response:
    groups = [each for each in groups_for(told.kind, told.answers.get("kind")) if each.key != "declaration"]
    needs = desk.needs_of(told)
    asked = str(forms.typed("known_q", ""))
    seen = _digest(told, group)
    return desk.page(
        "questions.html",
        status,
        filing=told,
        group=group,
        position=groups.index(group) + 1,
        total=len(groups),
        items=items_by_group(told).get(group.key, []),
        blocks=_blocks(told, group),
        must=lambda field: field.required or field.key == "spaces_reason",
        needs=needs if group.key == "papers" else [each for each in needs if _is_beside(each, group)],
        has_place=any(each.type is FieldType.PLACE for each in group.fields),
        centre=centre_of(desk.city()),
        found=find_known(asked) if asked else None,
        districts=[(each.code, district_text(desk.city(), each.code)) for each in desk.city().districts],
        options_of=lambda field: [(each.value, gettext(each.label)) for each in field.choices],
        seen=seen if g.get("overtaken") else forms.typed("seen", seen),
        kept=status == HTTPStatus.UNPROCESSABLE_ENTITY,
        differing=_differing(told, group) if forms.is_shown_again() and g.get("overtaken") else [],
    )


def _is_beside(need: Mapping[str, Any], group: Group) -> bool:
    return need["proves"] == group.key or group.field(need["proves"]) is not None


def _blocks(told: FilingView, group: Group) -> list[Block]:
    # A new lot says where its spaces come from; one that the register has, why the numbers differ.
    is_new = told.kind is FilingKind.REGISTRATION and told.claimed_lot_id is None
    unasked = "difference_reason" if is_new else "spaces_reason"
    blocks: list[Block] = []
    for field in group.fields:
        if field.key == unasked:
            continue
        is_spaces = field.key.startswith("spaces_") and field.type is FieldType.INT
        if not blocks or blocks[-1].is_spaces != is_spaces:
            blocks.append(Block([], is_spaces))
        blocks[-1].fields.append(field)
    return blocks


def _differing(told: FilingView, group: Group) -> list[Differing]:
    """What the other window saved beside what was sent from here."""
    values, problems = read_answers(group, request.form, desk.city(), told.answers)
    raw = {problem.field: request.form.get(problem.field, "") for problem in problems}
    found = []
    for field in group.fields:
        saved = answer_text(field, told.answers.get(field.key), desk.city())
        mine = raw.get(field.key) or answer_text(field, values.get(field.key), desk.city())
        if saved != mine:
            found.append(Differing(field.key, gettext(field.label), saved, mine))
    return found


@pages.post("/filings/<filing_id>/questions/<group_key>", permission=_EDIT, body_limit=uploads.BODY_LIMIT)
def save(filing_id: str, group_key: str) -> Response:
    """Save the answers that can be read, then do what the pressed button says."""
    told = desk.own_filing(filing_id)
    if told.state not in EDITABLE:
        return not_editable(told)
    group, what = _group(told, group_key), request.form.get("do", "next")
    raw = with_known(request.form)
    values, problems = read_answers(group, raw, desk.city(), told.answers)
    version = _saved(told, group, values)
    try:
        version = _papers(told, what, version)
    except FileRefused as refused:
        problems = [*problems, *refused.problems]
    if problems and what != "find":
        return _with_problems(filing_id, group, problems)
    if what == "next" or what == "exit":
        flash(gettext("已保存"))
        return redirect(_after(told, group, what), 303)  # type: ignore[return-value]
    if what == "find":
        return _shown(filing_id, group)
    anchor = "papers." + what.partition(":")[2] if what.startswith("upload:") else None
    back = request.args.get("back")
    here = url_for(".questions", filing_id=filing_id, group_key=group.key, back=back, _anchor=anchor)
    return redirect(here, 303)  # type: ignore[return-value]


def _saved(told: FilingView, group: Group, values: Mapping[str, Any]) -> int:
    """Save a page's answers; returns the filing's version. Raises FilingChanged.

    Another window that saved another page is no reason to refuse: what counts is what this page had.
    """
    unchanged = request.form.get("seen") == _digest(told, group)
    return service.save_answers(
        work.session(),
        auth.caller().actor,
        filing_id=told.id,
        organisation_id=desk.organisation_id(),
        group_key=group.key,
        values=values,
        version=told.version if unchanged else forms.sent_version(),
        now=desk.now(),
    )


def _digest(told: FilingView, group: Group) -> str:
    """What stands in the fields of a page, in a few characters."""
    answers = [told.answers.get(field.key) for field in group.fields]
    return blake2b(orjson.dumps(answers, option=orjson.OPT_SORT_KEYS), digest_size=12).hexdigest()


def _papers(told: FilingView, what: str, version: int) -> int:
    """Attach or withdraw the one file that the pressed button names. Raises FileRefused at its paper."""
    verb, _, key = what.partition(":")
    actor, mine, now = auth.caller().actor, desk.organisation_id(), desk.now()
    if verb == "upload":
        try:
            kept = uploads.kept(f"file-{key}")
        except FileRefused as refused:
            raise refused.moved_to(f"papers.{key}") from refused
        flash(gettext("已上传：%(name)s", name=kept.name))
        return service.attach_paper(work.session(), actor, mine, told.id, key, kept, version, now)
    if verb == "withdraw":
        flash(gettext("已移除"))
        return service.withdraw_paper(work.session(), actor, mine, told.id, key, version, now)
    return version


def _with_problems(filing_id: str, group: Group, problems: list[FieldProblem]) -> Response:
    """The page as typed with what is wrong; what could be read is kept."""
    forms.refuse(AnswersUnreadable(problems=[_named(each, group) for each in problems]))
    return _shown(filing_id, group, HTTPStatus.UNPROCESSABLE_ENTITY)


def _named(problem: FieldProblem, group: Group) -> FieldProblem:
    """A problem that says of which question it speaks; a paper's stands under its name."""
    field = group.field(problem.field)
    if field is None:
        return problem
    params = {"label": gettext(field.label), "text": sentence(problem.text, problem.params)}
    return FieldProblem(problem.field, problem.code, N_("%(label)s：%(text)s"), params)


def _shown(filing_id: str, group: Group, status: int = 200) -> Response:
    """The page as typed, from this very transaction, which is kept whatever the status."""
    work.keep()
    # The version moved with what was saved here: the form goes on from the present one.
    g.typed, g.overtaken = request.form, True
    return _page(desk.own_filing(filing_id), group, status)


def _after(told: FilingView, group: Group, what: str) -> str:
    if what == "exit":
        return url_for("operator_home.home")
    if request.args.get("back") == "check":
        return url_for("operator_declaring.check", filing_id=told.id)
    return url_for("operator_filings.filing", filing_id=told.id)


def _group(told: FilingView, key: str) -> Group:
    found = next((each for each in groups_for(told.kind, told.answers.get("kind")) if each.key == key), None)
    if found is None or key == "declaration":
        raise FilingNotFound
    return found
