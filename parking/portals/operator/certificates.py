"""What proves that my lot is filed? The certificate as it stands, to be shown, printed and verified."""

from __future__ import annotations

from flask import Response, make_response, url_for

from parking.accounts.rules import Permission
from parking.filings import queries as filings
from parking.filings.errors import CertificateNotFound
from parking.filings.queries import CertificateView
from parking.filings.rules import CertificateState
from parking.portals._http import printing, uploads, work
from parking.portals._http.pages import Pages
from parking.portals.operator import desk

pages = Pages("operator_certificates", __name__, "operator")

_RENEWABLE = (CertificateState.EXPIRING, CertificateState.EXPIRED)


@pages.get("/certificates/<number>", permission=Permission.OPERATOR_LOTS_READ)
def certificate(number: str) -> Response:
    """How a certificate of mine stands, and where anyone can verify it."""
    told = _own(number)
    address = printing.verify_url(told)
    return desk.page(
        "certificate.html",
        certificate=told,
        verify_url=address,
        qr=printing.qr_svg(address),
        renews=told.state in _RENEWABLE,
    )


@pages.get("/certificates/<number>/print", permission=Permission.OPERATOR_LOTS_READ)
def printed(number: str) -> Response:
    """The certificate as it is printed."""
    told = _own(number)
    pdf_url, back_url = url_for(".pdf", number=number), url_for(".certificate", number=number)
    return make_response(printing.certificate_page(told, printing.verify_url(told), pdf_url, back_url))


@pages.get("/certificates/<number>/pdf", permission=Permission.OPERATOR_LOTS_READ)
def pdf(number: str) -> Response:
    """The certificate as a PDF."""
    told = _own(number)
    return uploads.download(printing.certificate_pdf(told), "application/pdf", f"{told.number}.pdf")


def _own(number: str) -> CertificateView:
    """A certificate of the caller's organisation, by its number only. Raises CertificateNotFound."""
    told = filings.certificate(work.session(), number, desk.city(), desk.today())
    if told.organisation_id != desk.organisation_id() or told.number != number:
        raise CertificateNotFound
    return told
