"""How is the public JSON asked, and how is a problem read?"""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient

from tests.factories.lookup import LAT, LON

NEARBY = f"/api/v1/lots/nearby?lat={LAT}&lon={LON}"


GEOJSON = {"Accept": "application/geo+json"}


def items(client: FlaskClient, url: str) -> list[dict[str, Any]]:
    answer = client.get(url)
    assert answer.status_code == 200, answer.text
    return answer.get_json()["items"]


def ids(client: FlaskClient, url: str) -> list[str]:
    return [item["id"] for item in items(client, url)]


def refused(client: FlaskClient, url: str, status: int = 422, **options: Any) -> dict[str, Any]:
    """The problem that answers a question, which is one by the book."""
    answer = client.get(url, **options)
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    problem = answer.get_json()
    assert {"type", "title", "status", "detail", "instance", "code", "request_id"} <= problem.keys()
    assert problem["status"] == status
    assert problem["request_id"] == answer.headers["X-Request-ID"]
    return problem


def fields(problem: dict[str, Any]) -> dict[str, str]:
    return {error["field"]: error["code"] for error in problem["errors"]}
