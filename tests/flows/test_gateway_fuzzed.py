"""Every operation of the gateway is asked whatever its document allows and forbids, in three roles."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from io import BytesIO
from itertools import count
from typing import Any

import hypothesis
import pytest
import schemathesis
from flask import Flask
from schemathesis import GenerationMode, checks
from werkzeug.wrappers import Request

from parking.accounts.rules import read_key
from parking.kernel.db.unit_of_work import unit_of_work
from parking.portals.gateway.signing import CLIENT, signed_headers
from tests.conftest import LONG
from tests.factories.city import a_city
from tests.factories.devices import AClient, a_client, a_gate_lot
from tests.factories.gateway import a_gateway

_EXAMPLES = 100 if LONG else 2
# `make test-long` runs what is marked so.
pytestmark = [pytest.mark.long] if LONG else []
_numbers = count(1)
_CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]
_MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


class Signing:
    """A proxy that signs whatever passes as a client's program would; None signs nothing."""

    def __init__(self, app: Flask, client: AClient | None) -> None:
        self.app, self.client = app, client
        self.holds_nul = False

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        # As it was sent: what was made up may be another text before it is put into an address.
        self.holds_nul = "\0" in environ["PATH_INFO"] or "%00" in environ.get("QUERY_STRING", "")
        for name in [name for name in environ if name.startswith(("HTTP_WEBHOOK", "HTTP_PARKING"))]:
            del environ[name]
        if self.client is not None:
            request = Request(environ)
            body = request.get_data()
            # What was read here is to be read again.
            environ["wsgi.input"] = BytesIO(body)
            query = environ.get("QUERY_STRING", "")
            target = (request.path + (f"?{query}" if query else "")).encode()
            content = target if request.method == "GET" else body
            signed = signed_headers(
                read_key(self.client.key), self.client.id, f"m{next(_numbers)}", content, datetime.now(UTC)
            )
            environ |= {f"HTTP_{name.upper().replace('-', '_')}": told for name, told in signed.items()}
            assert f"HTTP_{CLIENT.upper().replace('-', '_')}" in environ
        return self.app.wsgi_app(environ, start_response)


@pytest.fixture
def roles(sessions) -> dict[str, tuple[Signing, str]]:
    """Who asks (the own client, another, nobody), and the lot that is asked for."""
    now = datetime.now(UTC)
    with unit_of_work(sessions) as uow:
        a_city(uow.session, now=now)
        lot, foreign = a_gate_lot(uow.session, now=now), a_gate_lot(uow.session, now=now)
        own, other = a_client(uow.session, [lot.id]), a_client(uow.session, [foreign.id])
    app = a_gateway(sessions, gateway_rate=100_000.0)
    return {
        "own": (Signing(app, own), lot.id),
        "other": (Signing(app, other), lot.id),
        "none": (Signing(app, None), lot.id),
    }


@pytest.mark.parametrize("role", ["own", "other", "none"])
def test_every_operation_keeps_to_its_document(roles, role):
    app, lot_id = roles[role]
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", app)
    # The proxy signs in place of whatever is made up for a signature.
    schema.config.generation.with_security_parameters = False
    # Where items are judged one by one, what is wrong with one is told of that one.
    schema.config.checks.negative_data_rejection.expected_statuses.append("207")
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) == 13
    answered: set[int] = set()
    for operation in operations:
        # Whatever is put into an address can be read as a text.
        can_be_wrong = (operation.body or operation.query) and (role == "own" or LONG)
        for mode in _MODES if can_be_wrong else _MODES[:1]:
            seen = asked_of(app, operation, mode, lot_id)
            assert seen, operation.label
            answered |= seen
            if role == "none":
                assert seen <= {401, 405}, operation.label
            if role == "other":
                # Nothing of a foreign lot is ever answered.
                assert mode is GenerationMode.NEGATIVE or "{lot}" not in operation.path or 200 not in seen
    # What is asked reaches the operations, and is not all refused before them.
    assert role == "none" or {200, 422} <= answered


def asked_of(app: Signing, operation: Any, mode: GenerationMode, lot_id: str) -> set[int]:
    """Ask an operation with made-up values, the lot now and then ours; the statuses that were answered."""
    seen: set[int] = set()

    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    @hypothesis.settings(
        max_examples=_EXAMPLES,
        database=None,
        deadline=None,
        derandomize=not LONG,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
    )
    def ask(case: Any) -> None:
        if mode is GenerationMode.POSITIVE:
            if "lot" in case.path_parameters:
                case.path_parameters["lot"] = lot_id
            if isinstance(case.body, dict) and "lot" in case.body:
                case.body["lot"] = lot_id
        response = case.call()
        if app.holds_nul:
            # An address with a NUL is no text: the application's door says so, whoever asks.
            assert response.status_code == 400
        else:
            seen.add(response.status_code)
        case.validate_response(response, checks=_CHECKS)

    ask()
    return seen
