"""Does an error say that the database is away, or has no time just now? Then the same may succeed soon."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

# Another is about to take its place, or whoever follows it has not been told yet that it leads now.
_READ_ONLY = "25006"


def is_away(problem: BaseException) -> bool:
    """Whether the same may succeed soon: nobody answered, the connection was lost, no connection was free, or
    PostgreSQL had no room, waited too long, chose this one of a deadlock or only lets read."""
    if isinstance(problem, DBAPIError):
        if isinstance(problem, OperationalError) or problem.connection_invalidated:
            return True
        return getattr(problem.orig, "sqlstate", None) == _READ_ONLY
    return isinstance(problem, NoConnectionFree)
