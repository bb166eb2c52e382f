"""How are thirty lots filed at once? A workbook becomes drafts; a bad row says in one line what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response
from flask_babel import gettext

from parking.accounts.rules import Permission
from parking.boundary.files import FileTypeUnknown, MediaType
from parking.filings import queries as filings
from parking.filings import service
from parking.filings.rules import OPEN, FilingKind, groups_for, read_answers
from parking.filings.service import RowRefused
from parking.kernel.errors import FieldProblem
from parking.portals._http import auth, uploads, work
from parking.portals._http.pages import Pages
from parking.portals._http.problems import sentence
from parking.portals.operator import desk, workbook
from parking.portals.operator.workbook import MOST_ROWS, BookRow

pages = Pages("operator_bulk", __name__, "operator")

_EDIT = Permission.OPERATOR_FILINGS_EDIT


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft that a row became."""

    id: str
    name: str
    row: int


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with a row, in one line, and the draft that holds the rest of it."""

    row: int
    name: str
    text: str
    filing_id: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a workbook."""

    heading: str
    drafts: list[Draft]
    problems: list[RowProblem]


@pages.get("/bulk", permission=_EDIT)
def bulk() -> Response:
    """Two steps: take the template, bring it back."""
    return desk.page("bulk.html", most=MOST_ROWS, result=None)


@pages.get("/bulk/template", permission=_EDIT)
def template() -> Response:
    """The workbook to fill, in the reader's language."""
    name = gettext("停车场备案模板") + ".xlsx"
    return uploads.download(workbook.template(desk.city()), MediaType.XLSX, name)


@pages.post("/bulk", permission=_EDIT, body_limit=uploads.BODY_LIMIT)
def drafts() -> Response:
    """Make a draft of each row; nothing is submitted."""
    kept = uploads.kept("workbook")
    if kept.media_type is not MediaType.XLSX:
        raise FileTypeUnknown(at="workbook")
    rows, beyond = workbook.over(workbook.read(uploads.store().read(kept.sha256), desk.city()))
    fresh, repeated = _apart(rows)
    made = service.draft_from_rows(
        work.session(), auth.caller().actor, desk.organisation_id(), [row.texts for row in fresh], desk.now()
    )
    refused = {each.row: each for each in made.refused}
    ids = iter(made.filing_ids)
    done, halves = [], []
    for place, row in enumerate(fresh, start=1):
        name = row.texts.get("name", "")
        if place in refused:
            halves.append(_half_read(row, refused[place]))
        else:
            done.append(Draft(next(ids), name, row.number))
    problems = [*repeated, *halves]
    if beyond:
        text = gettext("一次最多 %(most)s 行，从这一行起没有读取，请另存后再传一次。", most=MOST_ROWS)
        problems.append(RowProblem(beyond[0].number, beyond[0].texts.get("name", ""), text))
    heading = gettext(
        "读取 %(rows)s 行：建立草稿 %(drafts)s 份，有问题 %(problems)s 行",
        rows=len(rows),
        drafts=len(done) + sum(each.filing_id is not None for each in halves),
        problems=len(problems),
    )
    told = Result(heading, done, sorted(problems, key=lambda each: each.row))
    return desk.page("bulk.html", most=MOST_ROWS, result=told)


def _apart(rows: Sequence[BookRow]) -> tuple[list[BookRow], list[RowProblem]]:
    """The new rows; and those whose lot is being filed already, as when a workbook is sent twice."""
    mine = filings.filings_of(work.session(), desk.organisation_id(), limit=200)
    taken = {
        row.lot_name: row.id
        for row in mine
        if row.lot_name and row.kind is FilingKind.REGISTRATION and row.state in OPEN
    }
    fresh, repeated, names = [], [], set()
    for row in rows:
        name = row.texts.get("name", "")
        if name in taken:
            text = gettext("已有同名的申请，没有重复建立")
            repeated.append(RowProblem(row.number, name, text, taken[name]))
        elif name and name in names:
            text = gettext("工作簿里前面已有同名的停车场，没有重复建立")
            repeated.append(RowProblem(row.number, name, text))
        else:
            names.add(name)
            fresh.append(row)
    return fresh, repeated


def _half_read(row: BookRow, refused: RowRefused) -> RowProblem:
    """A draft of what can be read of a bad row, so that nothing that was typed is lost."""
    name = row.texts.get("name", "")
    text = gettext("；").join(_told(each) for each in refused.problems)
    answers: dict[str, object] = {}
    for group in groups_for(FilingKind.REGISTRATION):
        values, _ = read_answers(group, row.texts, desk.city(), answers)
        answers |= {key: value for key, value in values.items() if value is not None}
    if "name" not in answers:
        return RowProblem(row.number, name, text)
    filing_id = service.draft_filing(
        work.session(),
        auth.caller().actor,
        desk.organisation_id(),
        FilingKind.REGISTRATION,
        desk.now(),
        answers=answers,
    )
    return RowProblem(row.number, name, text, filing_id)


def _told(problem: FieldProblem) -> str:
    """限高（厘米）：请填写不小于零的整数."""
    headers = {column.field.key: gettext(column.field.label) for column in workbook.columns()}
    said = sentence(problem.text, problem.params)
    label = headers.get(problem.field)
    return gettext("%(label)s：%(text)s", label=label, text=said) if label else said
