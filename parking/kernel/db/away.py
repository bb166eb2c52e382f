"""Does an error say that the database is away, or has no time just now? Then the same may succeed soon."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree


def is_away(problem: BaseException) -> bool:
    """Whether the same may succeed soon: nobody answered, the connection was lost, no connection was free, or
    PostgreSQL had no room, waited too long or chose this one of a deadlock."""
    if isinstance(problem, DBAPIError):
        return isinstance(problem, OperationalError) or problem.connection_invalidated
    return isinstance(problem, NoConnectionFree)
