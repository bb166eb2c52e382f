"""What does each name in an address stand for? For the tests that walk every page."""

from __future__ import annotations

import pytest

from tests.factories.two_of_each import CANDIDATE, LINKED, MONTH
from tests.routes import Route

NOBODYS = "zzzzzzzzzzzz"

# The kind of thing that a name in an address stands for; where that depends on the address, after its first
# word behind the audience. A new page with a new name: say here which of `tests.factories.two_of_each` it is.
THINGS = {
    "filing_id": "filings",
    "filings/paper_id": "filing papers",
    "notices/number": "notices",
    "certificates/number": "certificates",
    "lot_id": "lots",
    "finding_id": "findings",
    "findings/paper_id": "finding papers",
    "order_id": "orders",
    "visit_id": "visits",
    "plan_id": "plans",
    "member_id": "members",
    "leave_id": "leaves",
    "organisation_id": "organisations",
    "officer_id": "officers",
    "client_id": "clients",
    "device_id": "devices",
    "lane_id": "lanes",
    "pass_id": "passes",
    "agreement_id": "agreements",
    "pull_id": "pulls",
    "push_id": "pushes",
    "charge_id": "charges",
    "tidal_id": "tidal",
    "complaint_id": "complaints",
    "sources/name": "sources",
    "mapping": "mappings",
    "tariff_id": "tariffs",
    "version_id": "tariff versions",
}
# Names that choose a part of a page, not an object: one value that there is.
WORDS = {
    "group_key": "spaces",
    "step": "accepted",
    "form": "csv",
    "month": MONTH,
    "organisation/paper": "licence",
    "organisations/paper": "licence",
    "part": "reasons",
    "settings/key": "filings.accept_days",
    "charges/network": "demo",
    "on": "2026-11-20",
    "ticket": NOBODYS,
    "network": "demo",
    "act": "take",
}
# Addresses that name their object behind the question mark, or in the form: what else must be said beside it.
SENT = {
    "GET /bureau/inspections/new": ({"lot_id": "lots"}, {}),
    "POST /bureau/inspections/new": ({"lot_id": "lots"}, {"kind": "safety"}),
    "GET /bureau/complaints/new": ({"lot_id": "lots"}, {}),
    "POST /bureau/complaints/new": (
        {"lot_id": "lots"},
        {"kind": "closed", "text": "x", "source": "phone"},
    ),
    "GET /bureau/findings/new": ({"lot_id": "lots"}, {}),
    "POST /bureau/findings/new": ({"lot_id": "lots"}, {"kind": "safety", "grade": "minor", "text": "x"}),
    "POST /bureau/devices/<device_id>/bays/remove": ({}, {"key": "1"}),
    "POST /bureau/tariffs/<tariff_id>/versions": ({"like": "tariff versions"}, {}),
    "GET /bureau/sources/<path:name>/candidate": ({}, {"id": CANDIDATE}),
    "POST /bureau/sources/<path:name>/candidate/place": ({}, {"id": CANDIDATE}),
    "POST /bureau/sources/<path:name>/candidate/link": ({}, {"id": CANDIDATE}),
    "POST /bureau/sources/<path:name>/unlink": ({}, {"external_id": LINKED, "reason": "x"}),
    "POST /bureau/mappings/<mapping>/restore": ({}, {"version": "1"}),
    "POST /operator/filings": ({"lot_id": "lots"}, {"kind": "closure"}),
}
# The same word means something else on another address.
WORDS_AT = {"/bureau/settings/lists/<part>/<key>": {"key": "unreadable"}}


def parameters_of(route: Route) -> dict[str, str]:
    """What each name in an address stands for. Fails for a name that is not known."""
    subject = route.rule.split("/")[2] if route.rule.count("/") > 1 else ""
    found = {}
    for name in route.parameters:
        keys = (f"{subject}/{name}", name)
        known = next((key for key in keys if key in THINGS or key in WORDS), None)
        if known is None and name not in WORDS_AT.get(route.rule, {}):
            pytest.fail(f"{route}: say in THINGS or WORDS of tests/addresses.py what {name!r} is")
        found[name] = known or name
    return found
