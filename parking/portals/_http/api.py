"""What do all JSON interfaces share? An OpenAPI 3.1 document, strict arguments, problem+json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import orjson
from flask import Flask, Request, Response
from flask_smorest import Api, Blueprint
from marshmallow import RAISE, Schema, ValidationError, fields
from webargs import missing
from webargs.flaskparser import FlaskParser, is_json_request
from werkzeug.exceptions import HTTPException

from parking.kernel.errors import N_
from parking.portals._http import problems


class StrictParser(FlaskParser):
    """An unknown query parameter is an error: webargs alone would ignore a misspelt one in silence."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": RAISE}  # noqa: RUF012

    def _raw_load_json(self, req: Request) -> Any:
        """As all other JSON of ours: webargs' own reader breaks down where it is nested two thousand deep."""
        # Decoded apart: webargs takes orjson's word for bytes that are no text for no body at all.
        return orjson.loads(req.get_data(cache=True).decode()) if is_json_request(req) else missing

    def load_querystring(self, req: Request, schema: Schema) -> dict[str, str]:
        """A parameter given twice is an error too: webargs alone would take the first in silence.

        A plain dictionary, which is also read faster than the many values of each name.
        """
        once: dict[str, str] = {}
        for name, values in dict.items(req.args):
            if len(values) > 1:
                raise ValidationError({name: [problems.Told("repeated", N_("这个参数只能给一次"))]})
            once[name] = values[0]
        return once


class ApiBlueprint(Blueprint):
    """A blueprint of JSON routes whose arguments are parsed strictly.

    `security_schemes`: what its operations name in their `security`, by name, as OpenAPI describes it.
    """

    ARGUMENTS_PARSER = StrictParser()
    security_schemes: Mapping[str, dict[str, str]] = MappingProxyType({})


class FieldErrorSchema(Schema):
    field = fields.String(required=True)
    code = fields.String(required=True)
    msg_zh = fields.String(required=True)
    msg_en = fields.String(required=True)


class ProblemSchema(Schema):
    """RFC 9457 problem details."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String()
    instance = fields.String()
    code = fields.String(required=True)
    request_id = fields.String()
    errors = fields.List(fields.Nested(FieldErrorSchema))


class ProblemApi(Api):
    """An Api whose errors are problems, in its document too."""

    ERROR_SCHEMA = ProblemSchema

    def handle_http_exception(self, error: HTTPException) -> Response:
        return problems.answer(error)


def init_api(app: Flask, blueprints: Sequence[Blueprint], *, description: str) -> Api:
    """Register the JSON blueprints and publish their document at /api/openapi.json."""
    app.config.update(
        API_TITLE="停车数据开放接口 / City parking API",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api",
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={"info": {"description": description}},
    )
    api = ProblemApi(app)
    for blueprint in blueprints:
        api.register_blueprint(blueprint)
        if isinstance(blueprint, ApiBlueprint):
            for name, scheme in blueprint.security_schemes.items():
                api.spec.components.security_scheme(name, dict(scheme))
    _tell_problem_type(api)
    return api


def _tell_problem_type(api: Api) -> None:
    """flask-smorest writes application/json for every error response; ours are application/problem+json."""
    responses: dict[str, Any] = api.spec.components.responses
    for response in responses.values():
        content = response.get("content", {})
        if "application/json" in content:
            content[problems.PROBLEM_JSON] = content.pop("application/json")
