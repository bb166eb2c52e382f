"""Are our rate tables valid by the standard's own description?"""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from parking.tariffs.rules.apds import Published, apds_of
from parking.tariffs.rules.document import read
from tests.unit.tariffs import documents


@pytest.fixture(scope="module")
def standard() -> dict[str, Any]:
    file = Path(os.environ["PARKING_REAL_DATA"]) / "standards" / "apds" / "apds4_openapi.yaml"
    told: dict[str, Any] = yaml.load(file.read_bytes(), Loader=yaml.CSafeLoader)
    return told


@pytest.mark.parametrize(
    "told",
    [
        documents.SUZHOU_ROAD,
        documents.SUIZHOU,
        documents.WITH_NEW_ENERGY,
        documents.WITH_NEW_ENERGY
        | {"choices": [{"plan": "small", "vehicles": ["small"]}, {"plan": "green"}]},
        documents.LIANYING,
        documents.SUIZHOU | {"exempt": ["military"], "monthly_fen": 30000, "grace_minutes": 15},
    ],
)
def test_rate_tables_and_eligibilities_are_valid(standard: dict[str, Any], told: dict[str, Any]) -> None:
    made = apds_of(Published("t", "东门", 1, date(2026, 1, 1), date(2027, 1, 1), read(told)))
    for name, items in (("RateTable", made.tables), ("RateEligibility", made.eligibilities)):
        schema = {"$ref": f"#/components/schemas/{name}", "components": standard["components"]}
        validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
        assert items
        for item in items:
            assert [error.message for error in validator.iter_errors(item)] == []
