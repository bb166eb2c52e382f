"""How does a clerk edit the register in a spreadsheet? Take the workbook, bring it back, see the changes.

What is brought is kept and only looked at; it is written when the officer has seen it and says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from flask import Response, current_app, request
from flask_babel import gettext
from itsdangerous import BadSignature, URLSafeSerializer

from parking.accounts.rules import Permission
from parking.boundary.files import FileTypeUnknown, MediaType
from parking.kernel.errors import N_, InvalidInput
from parking.kernel.vocabulary import SPACE_CLASS_NAMES
from parking.lots import queries as lots
from parking.lots import service
from parking.lots.rules import REASON_NAMES, RowProblem
from parking.lots.rules.columns import CLASS_ACCESS_ZH, COLUMNS, ENGLISH
from parking.lots.rules.workbook import BookRead, Language, SheetName, read_book, write_book
from parking.lots.service import EntriesReport, ImportReport
from parking.portals._http import auth, uploads, work
from parking.portals._http.i18n import language
from parking.portals._http.pages import Pages
from parking.portals._http.problems import sentence
from parking.portals._http.texts import ACCESSES, KINDS, TYPES
from parking.portals.bureau import desk
from parking.portals.bureau.within import reach

pages = Pages("bureau_workbook", __name__, "bureau")
_EDIT = Permission.BUREAU_LOTS_EDIT
_FIELD = "file"
_SHOWN = 200
_VALUES: Mapping[str, Mapping[Any, str]] = {"kind": KINDS, "type": TYPES, "access": ACCESSES}


class PreviewLost(InvalidInput):
    """What is to be confirmed was not previewed by this account."""

    code = "workbook_preview_lost"
    text = N_("预览已失效，请重新上传工作簿")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and in which cell."""

    cell: str
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a workbook changes, or changed: the reports, and what was not taken."""

    lots: ImportReport
    entries: EntriesReport
    problems: Sequence[Problem]
    refused: int
    ignored: Sequence[str]
    has_ledger: bool

    @property
    def changes_something(self) -> bool:
        return bool(self.lots.changes or self.entries.added)


@pages.get("/lots/workbook", permission=_EDIT)
def book() -> Response:
    """Two steps: take the workbook, bring it back."""
    return _page(None)


@pages.get("/lots/workbook.xlsx", permission=_EDIT)
def download() -> Response:
    """The register and the ledger of the officer's districts, or of one, in the reader's language."""
    session, told, view = work.session(), Language(language()), desk.city()
    mine = reach(_EDIT)
    asked = request.args.get("district", "")
    within = frozenset({asked}) if asked and (not mine or asked in mine) else mine
    rows = lots.book_lots(session, desk.today(), view, told, within)
    body = write_book(rows, lots.book_entries(session, told, within), view, told)
    parts = [gettext("停车场登记"), *({asked} & within), f"{desk.today():%Y%m%d}"]
    return uploads.download(body, MediaType.XLSX, "-".join(parts) + ".xlsx")


@pages.post("/lots/workbook", permission=_EDIT, body_limit=uploads.BODY_LIMIT)
def preview() -> Response:
    """Keep the workbook and say what it would change; nothing is written into the register."""
    kept = uploads.kept(_FIELD)
    if kept.media_type is not MediaType.XLSX:
        raise FileTypeUnknown(at=_FIELD)
    outcome = _import(kept.sha256, dry_run=True)
    token = _signer().dumps([auth.caller().account_id, kept.sha256, kept.name])
    return _page(outcome, token=token, name=kept.name)


@pages.post("/lots/workbook/confirm", permission=_EDIT, form="book")
def confirm() -> Response:
    """Write what was previewed. What others changed meanwhile is told here too, and not overwritten."""
    try:
        account_id, sha256, name = _signer().loads(request.form.get("token", ""))
    except (BadSignature, ValueError) as problem:
        raise PreviewLost from problem
    if account_id != auth.caller().account_id:
        raise PreviewLost
    return _page(_import(sha256, dry_run=False), name=name, is_done=True)


def _signer() -> URLSafeSerializer:
    """A digest is no permission: only who brought a workbook may have it written."""
    return URLSafeSerializer(current_app.secret_key or "", salt="lots-workbook")


def _import(sha256: str, *, dry_run: bool) -> Outcome:
    session, actor, now, within = work.session(), auth.caller().actor, desk.now(), reach(_EDIT)
    read = read_book(uploads.store().read(sha256), desk.city(), desk.today())
    told = service.import_book_rows(
        session, actor, read.rows.drafts, read.rows.marks, now, dry_run=dry_run, districts=within
    )
    fresh = {change.code for change in told.changes if not change.fields} if dry_run else set()
    entries = service.import_book_entries(
        session,
        actor,
        read.entries.entries,
        read.codes,
        now,
        dry_run=dry_run,
        districts=within,
        coming={draft.code: draft for _, draft in read.rows.drafts if draft.code in fresh},
    )
    return _outcome(read, told, entries)


def _outcome(read: BookRead, told: ImportReport, entries: EntriesReport) -> Outcome:
    sheets = {
        SheetName.REGISTER: (*read.rows.problems, *told.problems),
        SheetName.LEDGER: (*read.entries.problems, *entries.problems),
    }
    return Outcome(
        lots=told + ImportReport(unchanged=read.rows.untouched),
        entries=entries,
        problems=[_problem(read, each, name) for name, found in sheets.items() for each in found],
        refused=sum(len({each.row for each in found}) for found in sheets.values()),
        ignored=read.register.ignored,
        has_ledger=read.ledger is not None,
    )


def _problem(read: BookRead, found: RowProblem, name: SheetName) -> Problem:
    told = found.problem
    params = dict(told.params)
    if names := params.pop("names", ()):
        params["fields"] = gettext("、").join(map(_column, cast(tuple[str, ...], names)))
    return Problem(read.where(found, name), (found.code or "")[:64], sentence(told.text, params))


def _column(name: str) -> str:
    """A column as the reader's workbook calls it."""
    return ENGLISH[name] if language() == "en" else COLUMNS.get(name) or CLASS_ACCESS_ZH[name]


def _value(name: str, value: str | None) -> str:
    names = _VALUES.get("access" if name.endswith("_access") else name, {})
    return gettext(names[value]) if value in names else value or "–"


def _page(outcome: Outcome | None, **context: Any) -> Response:
    mine = reach(_EDIT)
    return desk.page(
        "workbook.html",
        outcome=outcome,
        shown=_SHOWN,
        column=_column,
        value=_value,
        classes=SPACE_CLASS_NAMES,
        reasons=REASON_NAMES,
        districts=[each for each in desk.my_districts() if not mine or each[0] in mine],
        **{"token": None, "name": "", "is_done": False} | context,
    )
