"""What do all pages of an operator share? Today's city, whose filings these are, words for templates."""

from __future__ import annotations

from typing import Any

from flask import Response, g, make_response, render_template
from flask_babel import gettext
from markupsafe import Markup

from parking.accounts import queries as accounts
from parking.city import queries as city_queries
from parking.city.rules import Calendar
from parking.filings import queries as filings
from parking.filings.queries import FilingView
from parking.filings.rules import DocumentNeed, checklist
from parking.portals._http import auth, formats, work
from parking.portals._http.filing_texts import (
    CERTIFICATE_STATES,
    CERTIFICATE_TAGS,
    DATUMS,
    KINDS,
    NOTICES,
    STATE_TAGS,
    STATES,
)
from parking.portals._http.i18n import language
from parking.portals._http.present import city as city
from parking.portals._http.present import in_language as in_language
from parking.portals._http.present import now as now
from parking.portals._http.present import today as today
from parking.portals._http.present import zone as zone
from parking.portals._http.services import services
from parking.portals._http.texts import CONNECTIONS
from parking.portals.operator.telling import PROGRESS, PROGRESS_TAGS, due_of

_TYPES = {
    "application/pdf": "PDF",
    "image/jpeg": "JPG",
    "image/png": "PNG",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "XLSX",
}


def calendar() -> Calendar:
    """The city's working days."""
    found: Calendar | None = g.get("operator_calendar")
    if found is None:
        found = g.operator_calendar = city_queries.calendar(work.session())
    return found


def organisation_id() -> str:
    """The organisation for which the caller acts. Raises NotLoggedIn."""
    found = auth.caller().organisation_id
    if found is None:
        raise auth.NotPermitted
    return found


def own_filing(filing_id: str) -> FilingView:
    """A filing of the caller's organisation; another's is as unknown as none. Raises FilingNotFound."""
    return filings.filing(work.session(), filing_id, organisation_id())


def may_submit() -> bool:
    """Whether an officer has checked the organisation."""
    return accounts.may_submit(work.session(), organisation_id())


def name_of(actor: str) -> str:
    """Colleagues by their names, officers as the authority."""
    kind, _, account_id = actor.partition(":")
    if kind == "member":
        known = accounts.display_names(work.session(), [account_id])
        return known.get(account_id) or gettext("已注销的账号")
    return authority() if kind == "officer" else gettext("系统")


def authority() -> str:
    """Who decides, as the city's profile names it."""
    told = city().told
    return in_language(told("filings.authority_zh"), told("filings.authority_en"))


def foreign(text: str) -> Markup:
    """The `lang` of what people wrote in Chinese, on a page in another language."""
    is_foreign = language() != "zh" and any("\u3400" <= letter <= "\u9fff" for letter in text)
    return Markup(' lang="zh-CN"') if is_foreign else Markup("")


def need_of(need: DocumentNeed, filing: FilingView | None = None) -> dict[str, Any]:
    """A paper of the checklist in the reader's language, with what was attached for it."""
    papers = filing.papers if filing else ()
    return {
        "key": need.key,
        "name": in_language(need.name_zh, need.name_en),
        "hint": in_language(need.hint_zh, need.hint_en),
        "required": need.required,
        "proves": need.proves,
        "files": [each for each in papers if each.document_key == need.key and each.withdrawn_at is None],
    }


def needs_of(filing: FilingView) -> list[dict[str, Any]]:
    """The papers that are asked of a filing, as it was answered so far."""
    return [need_of(each, filing) for each in checklist(city(), filing.kind, filing.answers)]


def file_size(size: int) -> str:
    """1.2 MB, 340 KB."""
    return f"{size / 1_000_000:.1f} MB" if size >= 1_000_000 else f"{max(1, round(size / 1000))} KB"


def page(template: str, status: int = 200, **context: Any) -> Response:
    """A page of an operator."""
    here = services()
    text = render_template(
        f"operator/{template}",
        formats=formats,
        zone=zone(),
        today=today(),
        kind_names=KINDS,
        state_names=STATES,
        state_tags=STATE_TAGS,
        certificate_names=CERTIFICATE_STATES,
        certificate_tags=CERTIFICATE_TAGS,
        notice_names=NOTICES,
        connection_names=CONNECTIONS,
        progress_names=PROGRESS,
        progress_tags=PROGRESS_TAGS,
        datums=DATUMS,
        due_of=lambda filing: due_of(filing, today(), calendar()),
        file_type=lambda media_type: _TYPES.get(media_type, gettext("文件")),
        file_size=file_size,
        foreign=foreign,
        has_tiles=here.map_pmtiles is not None,
        tianditu_key=here.map_tianditu_key,
        **context,
    )
    return make_response(text, status)
