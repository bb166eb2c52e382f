"""Is this certificate genuine, and does it still hold? For whoever scans its code or types its number."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, redirect, request, url_for

from parking.filings import queries as filings
from parking.filings.errors import CertificateNotFound
from parking.filings.rules import CertificateState
from parking.portals._http import formats, work
from parking.portals._http.filing_texts import CERTIFICATE_STATES
from parking.portals._http.services import services
from parking.portals.citizen import strangers
from parking.portals.citizen.filed import city_today, lines_of, public_holder, readable
from parking.portals.citizen.views import name_of

blueprint = Blueprint("verify", __name__, template_folder="templates")

# A state is a shape and a word, never a colour alone; the class is one of the style sheet's.
_SHAPES = {
    CertificateState.VALID: ("●", "holds"),
    CertificateState.EXPIRING: ("▲", "soon"),
    CertificateState.EXPIRED: ("■", "over"),
    CertificateState.REVOKED: ("✕", "over"),
    CertificateState.CLOSED: ("—", "over"),
}


@blueprint.get("/verify")
def ask() -> Response:
    """A form for the number; what was typed leads to its own address, which can be kept and sent on."""
    told = readable(request.args.get("number"))
    if told:
        return make_response(redirect(url_for("verify.certificate", told=told[: strangers.LONGEST]), 303))
    return strangers.page("verify.html", 200, told=None)


@blueprint.get("/verify/<path:told>")
def certificate(told: str) -> Response:
    """What a certificate's code or number stands for today; a clear answer where it stands for nothing."""
    session = work.session()
    city, today = city_today(session)
    try:
        if told != readable(told) or len(told) > strangers.LONGEST:
            raise CertificateNotFound
        found = filings.certificate(session, told, city, today)
    except CertificateNotFound:
        return strangers.page("verify.html", 404, told=told[: strangers.LONGEST])
    (line,) = lines_of(session, [found], today)
    zone = formats.zone_of(city.time_zone)
    shape, look = _SHAPES[found.state]
    district = city.district(line.district_code)
    return strangers.page(
        "verified.html",
        200,
        certificate=found,
        line=line,
        lot_name=name_of(line.name, line.name_en),
        district=name_of(district.name_zh, district.name_en) if district else None,
        holder=public_holder(found),
        shape=shape,
        look=look,
        state=CERTIFICATE_STATES[found.state],
        ended_on=_ended_on(found, city),
        checked=formats.day_and_time(services().clock.now(), zone),
        host=services().public_url.partition("://")[2],
    )


def _ended_on(found: filings.CertificateView, city: Any) -> str | None:
    """When it was revoked or closed, as a day."""
    at = found.revoked_at or found.closed_at
    return formats.day(city.today(at)) if at else None
