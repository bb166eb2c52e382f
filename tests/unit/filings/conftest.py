"""A city that files, with people on both sides of the counter; made once, left by every test as it was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from tests.factories.filings import Office, an_office


@pytest.fixture(scope="package")
def furnished(engine: Engine) -> Iterator[tuple[Connection, Office]]:
    """A transaction in which the office stands: passwords are slow to hash, and no test is about them."""
    with engine.connect() as connection:
        outer = connection.begin()
        with _session(connection) as session:
            office = an_office(session)
            session.commit()
        yield connection, office
        outer.rollback()


@pytest.fixture
def session(furnished: tuple[Connection, Office]) -> Iterator[Session]:
    """A session in a savepoint of that transaction."""
    connection, _ = furnished
    savepoint = connection.begin_nested()
    with _session(connection) as session:
        yield session
    savepoint.rollback()


@pytest.fixture
def office(furnished: tuple[Connection, Office]) -> Office:
    """An owner of a checked organisation, and two reviewers."""
    return furnished[1]


def _session(connection: Connection) -> Session:
    return Session(bind=connection, join_transaction_mode="create_savepoint", expire_on_commit=False)
