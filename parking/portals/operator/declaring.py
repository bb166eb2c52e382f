"""Is it all there and true? Every answer once more, the declaration, and the filing goes to the bureau."""

from __future__ import annotations

from flask import Response, redirect, request, url_for

from parking.accounts.rules import Permission
from parking.filings import service
from parking.filings.errors import FilingIncomplete
from parking.filings.rules import EDITABLE
from parking.kernel.errors import N_, FieldProblem, InvalidInput
from parking.portals._http import auth, forms, work
from parking.portals._http.pages import Pages
from parking.portals.operator import desk
from parking.portals.operator.filings import not_editable
from parking.portals.operator.mending import missing_of, parts_of, wrong_of

pages = Pages("operator_declaring", __name__, "operator")


class NotDeclared(InvalidInput):
    """The box of the declaration was left empty."""

    code = "filing_not_declared"
    text = N_("请先勾选声明")


@pages.get("/filings/<filing_id>/check", permission=Permission.OPERATOR_FILINGS_READ)
def check(filing_id: str) -> Response:
    """All answers and papers, what is missing or wrong, and the declaration."""
    told = desk.own_filing(filing_id)
    if told.state not in EDITABLE:
        return not_editable(told)
    return desk.page(
        "check.html",
        filing=told,
        groups=parts_of(told),
        needs=desk.needs_of(told),
        missing=missing_of(told),
        wrong=wrong_of(told),
        may_submit=desk.may_submit(),
        declared_by=auth.caller().name,
    )


@pages.post("/filings/<filing_id>/check", permission=Permission.OPERATOR_FILINGS_SUBMIT)
def submit(filing_id: str) -> Response:
    """Submit, and show the receipt; whoever sends the same form twice gets the same receipt."""
    if request.form.get("declared") != "yes":
        raise NotDeclared(problems=[FieldProblem("declared", NotDeclared.code, NotDeclared.text)])
    try:
        service.submit(
            work.session(),
            auth.caller().actor,
            filing_id=filing_id,
            organisation_id=desk.organisation_id(),
            version=forms.sent_version(),
            declared_by=request.form.get("declared_by", ""),
            now=desk.now(),
        )
    except FilingIncomplete as incomplete:
        # The page lists what is missing, each with the way to put it right.
        raise FilingIncomplete(count=incomplete.params["count"]) from incomplete
    return redirect(url_for("operator_filings.receipt", filing_id=filing_id), 303)  # type: ignore[return-value]
