"""Where does a developer read what the JSON interfaces offer? On a page that needs nobody else."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, url_for

blueprint = Blueprint("documents", __name__)

# The reader of OpenAPI documents styles its own parts; everything else stays forbidden.
_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)


@blueprint.get("/api/docs")
def docs() -> Response:
    """The OpenAPI document as a page."""
    page = render_template("api_docs.html", document=url_for("api-docs.openapi_json"))
    response = make_response(page)
    response.headers["Content-Security-Policy"] = _POLICY
    return response
