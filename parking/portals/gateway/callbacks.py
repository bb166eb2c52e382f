"""How do networks that take money call us? At /networks/<name>/callback, in their own writing."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from werkzeug.exceptions import NotFound, RequestEntityTooLarge

from parking.boundary.charges import Callback, CallbackRefused
from parking.kernel.errors import N_, NotAllowed
from parking.portals._http import work
from parking.portals._http.api import ApiBlueprint, ProblemSchema
from parking.portals._http.services import services
from parking.visits.service import charges

blueprint = ApiBlueprint(
    "networks",
    __name__,
    url_prefix="/networks",
    description="ETC and payment networks tell what became of a charge / 扣费与支付渠道的回调",
)

_MOST_BYTES = 64_000
_ANY: dict[str, Any] = {"schema": {}}


class CallNotTheirs(NotAllowed):
    """The call is not signed by the network, is too old, or cannot be read."""

    code = "callback_refused"
    text = N_("回调的签名不对或内容无法识别")


@blueprint.route("/<string:name>/callback", methods=["POST"])
@blueprint.doc(
    requestBody={
        "description": "What the network tells, signed as its README says.",
        "content": {"application/json": _ANY, "application/x-www-form-urlencoded": _ANY},
    },
    parameters=[{"in": "path", "name": "name", "required": True, "schema": {"type": "string"}}],
)
@blueprint.response(200, {}, description="In the network's own words: heard, do not call again.")
@blueprint.alt_response(403, schema=ProblemSchema, description="Not signed by the network.")
@blueprint.alt_response(404, schema=ProblemSchema, description="No such network.")
@blueprint.alt_response(413, schema=ProblemSchema, description="More than 64,000 bytes.")
def callback(name: str) -> Response:
    """What became of a charge; booked before it is acknowledged."""
    charging = services().charging
    network = charging.networks.get(name) if charging else None
    if network is None:
        raise NotFound
    request.max_content_length = _MOST_BYTES
    body = request.stream.read(_MOST_BYTES + 1)
    if len(body) > _MOST_BYTES:
        raise RequestEntityTooLarge
    now = services().clock.now()
    headers = {key.lower(): value for key, value in request.headers.items()}
    try:
        answer = network.read_callback(Callback(headers, body, now))
    except CallbackRefused:
        raise CallNotTheirs from None

    def take() -> Response:
        # A charge that we do not know is acknowledged too: the reconciliation names it.
        charges.told(work.session(), name, answer, now)
        return Response(network.acknowledge(answer), content_type="application/json")

    return work.write(take, {})
