"""What does a tariff say to machines that speak APDS (ISO/TS 5206-1)? Its rate tables, without a login."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from hashlib import blake2b
from typing import Any

import orjson
from flask import Response
from marshmallow import RAISE, Schema, fields

from parking.kernel.errors import FieldProblem
from parking.portals._http import problems, work
from parking.portals._http.api import ApiBlueprint
from parking.portals._http.etags import tagged
from parking.portals._http.negotiation import JSON
from parking.portals._http.services import services
from parking.portals._http.tariff_texts import with_money
from parking.tariffs import queries as tariffs
from parking.tariffs.errors import VersionNotFound
from parking.tariffs.queries import TariffView
from parking.tariffs.rules.apds import Apds, Left, Published, apds_of
from parking.tariffs.rules.document import read

blueprint = ApiBlueprint(
    "apds", __name__, url_prefix="/api/v1", description="Tariffs as APDS rate tables / 收费标准（APDS 格式）"
)


class ApdsArguments(Schema):
    class Meta:
        unknown = RAISE

    on = fields.Date(
        load_default=None,
        metadata={"description": "The tariff as it is, or will be, on that day. Today if left out."},
    )


class NotExpressedSchema(Schema):
    """A rule of the tariff that APDS has no room for."""

    place = fields.String(required=True, metadata={"description": "Where it stands in the tariff."})
    code = fields.String(required=True)
    msg_zh = fields.String(required=True)
    msg_en = fields.String(required=True)


class ApdsSchema(Schema):
    """`data` is APDS v4's list of RateTable, `rateEligibilities` its RateEligibility by priority."""

    meta = fields.Dict(required=True)
    data = fields.List(fields.Dict(), required=True)
    rateEligibilities = fields.List(fields.Dict(), required=True)  # noqa: N815
    notExpressed = fields.List(fields.Nested(NotExpressedSchema), required=True)  # noqa: N815


@blueprint.route("/tariffs/<string:tariff_id>/apds", methods=["GET"])
@blueprint.arguments(ApdsArguments(), location="query")
@blueprint.response(200, ApdsSchema)
@blueprint.alt_response(304, description="What you have is what we would answer.")
def rate_tables(asked: Mapping[str, Any], tariff_id: str) -> Response:
    """A tariff's version in force as APDS rate tables, and what they cannot say.

    A table for each band of hours on each kind of day; amounts in yuan. Read `notExpressed` before you
    reckon with it: of a tariff that has entries there the tables alone give another fee than
    `/api/v1/lots/{id}/quote`, which holds. `on` asks for another day; 404 if no version is in force then.
    """
    here = services()
    on: date = asked["on"] or here.lookup.city.today(here.clock.now())
    view = tariffs.tariff_view(work.session(), tariff_id, on)
    body = orjson.dumps(_told(view), option=orjson.OPT_UTC_Z)
    return tagged(body, blake2b(body, digest_size=12).hexdigest(), JSON)


def _told(view: TariffView) -> dict[str, Any]:
    version, coming = view.in_force, view.coming
    if version is None or version.published_at is None:
        raise VersionNotFound
    until_on = coming.from_on if coming else None
    made: Apds = apds_of(
        Published(view.id, view.name, version.number, version.from_on, until_on, read(version.document))
    )
    total = len(made.tables)
    reference = int(version.published_at.timestamp())
    return {
        "meta": {"referenceInstant": reference, "offset": 0, "pageSize": total, "total": total},
        "data": made.tables,
        "rateEligibilities": made.eligibilities,
        "notExpressed": _left(made.left),
    }


def _left(left: list[Left]) -> list[dict[str, str]]:
    told = [FieldProblem(each.place, each.code, each.text, with_money(each.params)) for each in left]
    return [{"place": each.pop("field"), **each} for each in problems.field_errors(told)]
