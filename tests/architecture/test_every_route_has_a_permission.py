"""Who may open an address is written at its route, or the address is for everybody."""

from __future__ import annotations

import pytest

from parking.accounts.rules import PERMISSIONS_OF, Permission
from parking.bootstrap import PAGES
from parking.portals._http.pages import Pages, PermissionMissing, declared_pages
from tests.routes import every_route, the_app


def test_every_route_behind_a_login_declares_its_permission() -> None:
    app = the_app()
    declared = declared_pages(app)
    guarded = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith(("/operator", "/bureau"))]
    assert len(guarded) > 100
    assert not [
        rule.rule
        for rule in guarded
        if rule.endpoint not in declared and rule.endpoint not in ("operator.static", "bureau.static")
    ]


# Forms for everybody: what proves the right to them is in the form (the code of a stay), or nothing is kept.
PUBLIC_FORMS = {
    "pay.enter",
    "pay.start",
    "developers.explain",
    # Whoever books proves nothing and is counted; the rest needs the booking's code.
    "booking.send",
    "booking.enter",
    "booking.cancel",
    # Anybody may complain; what became of it is told to whoever has its code.
    "complaints.send",
    "complaints.enter",
    "complaints.reopen",
}


def test_what_needs_no_permission_is_only_read() -> None:
    declared = declared_pages(the_app())
    sent = {r.endpoint for r in every_route() if r.endpoint not in declared and r.method != "GET"}
    assert sent <= PUBLIC_FORMS


def test_no_route_of_operators_or_the_bureau_is_outside_their_pages() -> None:
    """A blueprint of another kind could serve /bureau/... without a permission."""
    app = the_app()
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(("/operator", "/bureau")) and not rule.endpoint.endswith(".static"):
            assert isinstance(app.blueprints[rule.endpoint.split(".")[0]], Pages), rule.rule


def test_a_permission_is_of_the_audience_whose_address_it_guards() -> None:
    for route in every_route():
        audience = route.permission.split(":")[0]
        is_public = route.permission is Permission.PUBLIC
        assert is_public or route.rule.startswith(f"/{audience}"), route


def test_a_page_that_changes_something_asks_for_more_than_to_read() -> None:
    for route in every_route():
        if route.method == "POST":
            assert route.permission is Permission.PUBLIC or not route.permission.endswith(":read"), route


def test_every_permission_is_somebodys() -> None:
    granted = frozenset().union(*PERMISSIONS_OF.values()) | {Permission.PUBLIC}
    assert set(Permission) == granted


@pytest.mark.parametrize("audience", ["operator", "bureau"])
def test_a_route_without_a_permission_cannot_be_registered(audience: str) -> None:
    pages = Pages("loose", __name__, audience)
    for register in (
        lambda: pages.get("/loose", permission=None)(lambda: ""),
        lambda: pages.post("/loose", permission="operator:filings:read")(lambda: ""),
        lambda: pages.route("/loose")(lambda: ""),
        lambda: pages.add_url_rule("/loose", "loose", lambda: ""),
        lambda: pages.put("/loose")(lambda: ""),
    ):
        with pytest.raises(PermissionMissing):
            register()


def test_the_pages_are_those_of_both_audiences() -> None:
    audiences = {pages.audience for pages in PAGES if isinstance(pages, Pages)}
    assert audiences == {"operator", "bureau"}
