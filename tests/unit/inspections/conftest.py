"""A city that inspects, one operator and one lot on file."""

from __future__ import annotations

import pytest

from tests.factories.accounts import register
from tests.factories.inspections import a_filed_lot, an_inspected_city


@pytest.fixture
def city(session):
    return an_inspected_city(session)


@pytest.fixture
def operator(session, city):
    return register(session).organisation_id


@pytest.fixture
def lot(session, operator):
    return a_filed_lot(session, operator)
