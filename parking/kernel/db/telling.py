"""What may an error of the database tell? What was broken, never the row: errors are logged and kept."""

from __future__ import annotations

import re

import psycopg
from sqlalchemy.engine import ExceptionContext

# Of a value that cannot be read PostgreSQL quotes the value itself.
_OF_A_VALUE = "22"
_QUOTE = re.compile("[\"'«»„“”‘’]")


def hide_values(problem: BaseException) -> None:
    """Cut an error of PostgreSQL to its first sentence; DETAIL and CONTEXT quote rows.

    What is wrong with a value (class 22) is told without the value. `diag` keeps what a program may ask for.
    """
    if not isinstance(problem, psycopg.Error) or (told := problem.diag.message_primary) is None:
        return
    if (problem.sqlstate or "").startswith(_OF_A_VALUE):
        told = _QUOTE.split(told, maxsplit=1)[0].rstrip()
    problem.args = (told,)


def hide_values_of_context(context: ExceptionContext) -> None:
    """The same for an error that SQLAlchemy is about to raise, and for what it says (`handle_error`)."""
    original, wrapped = context.original_exception, context.sqlalchemy_exception
    hide_values(original)
    if wrapped is not None and isinstance(original, psycopg.Error):
        wrapped.args = (f"({type(original).__module__}.{type(original).__name__}) {original}",)
