"""Which papers may an officer read: those handed in, and those that we issued?"""

from __future__ import annotations

from flask import Response, make_response, url_for

from parking.accounts.rules import Permission
from parking.filings import queries
from parking.filings.errors import FilingNotFound, NoticeNotFound
from parking.filings.queries import NoticeView
from parking.portals._http import auth, printing, work
from parking.portals._http.pages import Pages
from parking.portals._http.uploads import attachment, download
from parking.portals.bureau.one_filing import in_my_districts

pages = Pages("bureau_papers", __name__, "bureau")
_READ = Permission.BUREAU_FILINGS_READ
_PDF = "application/pdf"


@pages.get("/filings/<filing_id>/papers/<paper_id>", permission=_READ)
def paper(filing_id: str, paper_id: str) -> Response:
    """A file that was handed in, withdrawn ones too, to be saved."""
    filing = in_my_districts(filing_id, _READ)
    found = next((each for each in filing.papers if each.id == paper_id), None)
    if found is None:
        raise FilingNotFound
    return attachment(found.sha256, found.media_type, found.name)


@pages.get("/notices/<number>", permission=_READ)
def notice(number: str) -> Response:
    """A notice as it is printed."""
    found = _notice(number)
    pdf = url_for("bureau_papers.notice_file", number=number)
    back = url_for("bureau_decisions.filing", filing_id=found.filing_id)
    return make_response(printing.notice_page(found, pdf, back))


@pages.get("/notices/<number>.pdf", permission=_READ)
def notice_file(number: str) -> Response:
    """A notice as a file."""
    return download(printing.notice_pdf(_notice(number)), _PDF, f"{number}.pdf")


def _notice(number: str) -> NoticeView:
    """A notice about a filing of my districts. Raises NoticeNotFound."""
    found = queries.notice(work.session(), number)
    about = queries.filing(work.session(), found.filing_id)
    if not auth.caller().may_in(_READ, about.district_code):
        raise NoticeNotFound
    return found
