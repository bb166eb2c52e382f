"""What do the console's pages of inspections share? Its permissions, its words, and who was first."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from flask import Response

from parking.accounts.rules import Permission
from parking.kernel.ids import new_id
from parking.portals._http.inspection_texts import words
from parking.portals._http.overtaking import saying_who_was_first
from parking.portals.bureau import desk

READ, RECORD = Permission.BUREAU_INSPECTIONS_READ, Permission.BUREAU_INSPECTIONS_RECORD
PLAN, SCORES = Permission.BUREAU_INSPECTIONS_PLAN, Permission.BUREAU_SCORES_READ


def who_was_first() -> AbstractContextManager[None]:
    """Within it, whoever comes second reads who was first."""
    return saying_who_was_first(lambda actor: desk.names_of([actor])(actor), desk.zone())


def page(template: str, **context: Any) -> Response:
    """A page of inspections; `form_key` makes a form of it one sending, however often it arrives."""
    return desk.page(f"inspections/{template}", form_key=new_id(), **words(), **context)
