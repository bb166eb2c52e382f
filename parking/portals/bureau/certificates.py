"""Which certificates stand, and how is one revoked?"""

from __future__ import annotations

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext

from parking.accounts.rules import Permission
from parking.filings import queries, service
from parking.filings.errors import CertificateNotFound
from parking.filings.queries import CertificateView
from parking.filings.rules import STANDING, CertificateState, FilingKind, Item, reason_texts, told_items
from parking.kernel.errors import N_
from parking.lots import queries as lots
from parking.portals._http import auth, forms, printing, work
from parking.portals._http.filing_texts import CERTIFICATE_STATES, CERTIFICATE_TAGS
from parking.portals._http.pages import Pages
from parking.portals._http.uploads import download
from parking.portals.bureau import desk

pages = Pages("bureau_certificates", __name__, "bureau")
_ROWS = 50
_READ = Permission.BUREAU_FILINGS_READ
_REVOKE = Permission.BUREAU_CERTIFICATES_REVOKE


@pages.get("/certificates", permission=_READ, nav=N_("备案证明"), nav_order=30)
def certificates() -> Response:
    """The certificates of my districts, the first to end before the others."""
    asked, caller = request.args, auth.caller()
    state = asked.get("state", "")
    district = asked.get("district", "")
    rows = queries.certificates(
        work.session(),
        desk.city(),
        desk.today(),
        state=CertificateState(state) if state in CERTIFICATE_STATES else None,
        districts={district} if district and caller.sees_district(district) else caller.districts,
        text=asked.get("q"),
        after=asked.get("after") or None,
        limit=_ROWS + 1,
    )
    more = len(rows) > _ROWS
    return desk.page(
        "certificates.html",
        rows=rows[:_ROWS],
        next_after=queries.place_after(rows[_ROWS - 1]) if more else None,
        is_first=not asked.get("after"),
        asked={name: asked.get(name, "") for name in ("state", "district", "q")},
        states=CERTIFICATE_STATES,
        tags=CERTIFICATE_TAGS,
        districts=desk.my_districts(),
    )


@pages.get("/certificates/<number>", permission=_READ)
def certificate(number: str) -> Response:
    """One certificate, and the way to revoke it."""
    found, district = _mine(number)
    may_revoke = auth.caller().may_in(_REVOKE, district) and found.state in STANDING
    return desk.page(
        "certificate.html",
        certificate=found,
        district=district,
        states=CERTIFICATE_STATES,
        tags=CERTIFICATE_TAGS,
        reasons_options=[
            (each.key, desk.in_language(each.text_zh, each.text_en))
            for each in reason_texts(desk.city(), "revoke")
        ],
        may_revoke=may_revoke,
        verify_url=printing.verify_url(found),
    )


@pages.get("/certificates/<number>.pdf", permission=_READ)
def certificate_file(number: str) -> Response:
    """The certificate as it is printed."""
    found, _ = _mine(number)
    return download(printing.certificate_pdf(found), "application/pdf", f"{found.number}.pdf")


@pages.post("/certificates/<number>", permission=_REVOKE)
def revoke(number: str) -> Response:
    """Name the consequence; at the second press the certificate holds no longer."""
    found, district = _mine(number)
    if not auth.caller().may_in(_REVOKE, district):
        raise CertificateNotFound
    act = request.form.get("act")
    if act == "edit":
        return forms.show_again("bureau_certificates.certificate", {"number": number})
    told = told_items(_items(), "revoke", desk.city(), FilingKind.REGISTRATION, {})
    evidence = request.form.get("evidence", "").strip()
    if act == "confirm":
        version = request.form.get("version", "")
        service.revoke_certificate(
            work.session(),
            auth.caller().actor,
            found.number,
            "；".join(item["text_zh"] for item in told),
            evidence or None,
            int(version) if version.isdecimal() and len(version) < 10 else 0,
            desk.now(),
        )
        flash(gettext("已撤销备案。"))
        return redirect(url_for("bureau_certificates.certificate", number=number), 303)  # type: ignore[return-value]
    return desk.page(
        "revoke.html",
        certificate=found,
        told_items=told,
        kept=[(name, value) for name in ("reason", "words", "evidence", "version") for value in _sent(name)],
        evidence=evidence,
    )


def _sent(name: str) -> list[str]:
    return request.form.getlist(name)


def _items() -> list[Item]:
    words = request.form.get("words", "").strip()
    return [*(Item("", key) for key in _sent("reason")), *([Item("", None, words)] if words else [])]


def _mine(number: str) -> tuple[CertificateView, str | None]:
    """A certificate of my districts, and its district. Raises CertificateNotFound."""
    found = queries.certificate(work.session(), number, desk.city(), desk.today())
    cards = lots.lot_cards(work.session(), desk.today(), [found.lot_id])
    district = cards[0].district_code if cards else None
    if not auth.caller().may_in(_READ, district):
        raise CertificateNotFound
    return found, district
