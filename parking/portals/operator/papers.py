"""Where are the papers of a filing: what I uploaded, and what the bureau wrote?"""

from __future__ import annotations

from flask import Response, make_response, url_for

from parking.accounts.rules import Permission
from parking.filings import queries as filings
from parking.filings.errors import FilingNotFound
from parking.portals._http import printing, uploads, work
from parking.portals._http.pages import Pages
from parking.portals.operator import desk

pages = Pages("operator_papers", __name__, "operator")


@pages.get("/filings/<filing_id>/papers/<paper_id>", permission=Permission.OPERATOR_FILINGS_READ)
def paper(filing_id: str, paper_id: str) -> Response:
    """A file that was attached to one of my filings, always as an attachment."""
    told = desk.own_filing(filing_id)
    found = next((each for each in told.papers if each.id == paper_id), None)
    if found is None:
        raise FilingNotFound
    return uploads.attachment(found.sha256, found.media_type, found.name)


@pages.get("/notices/<number>", permission=Permission.OPERATOR_FILINGS_READ)
def notice(number: str) -> Response:
    """A notice as it is printed."""
    told = filings.notice(work.session(), number, desk.organisation_id())
    pdf_url = url_for(".notice_pdf", number=number)
    back_url = url_for("operator_filings.filing", filing_id=told.filing_id)
    return make_response(printing.notice_page(told, pdf_url, back_url))


@pages.get("/notices/<number>/pdf", permission=Permission.OPERATOR_FILINGS_READ)
def notice_pdf(number: str) -> Response:
    """A notice as a PDF."""
    told = filings.notice(work.session(), number, desk.organisation_id())
    return uploads.download(printing.notice_pdf(told), "application/pdf", f"{told.number}.pdf")
