"""What do the console's pages of inspections share? Where the caller's duty reaches, and who is first."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager
from typing import Any

from flask import Response, request

from parking.accounts.rules import Permission
from parking.kernel.ids import new_id
from parking.lots import queries as lots
from parking.lots.errors import LotNotFound
from parking.lots.queries import LotCard
from parking.portals._http import auth, work
from parking.portals._http.inspection_texts import words
from parking.portals._http.overtaking import saying_who_was_first
from parking.portals.bureau import desk

READ, RECORD = Permission.BUREAU_INSPECTIONS_READ, Permission.BUREAU_INSPECTIONS_RECORD
PLAN, SCORES = Permission.BUREAU_INSPECTIONS_PLAN, Permission.BUREAU_SCORES_READ


def reach(permission: Permission) -> frozenset[str]:
    """The districts in which the caller may do this; empty: the whole city."""
    grants = [grant for grant in auth.caller().grants if permission in grant.permissions]
    if any(not grant.districts for grant in grants):
        return frozenset()
    return frozenset().union(*(grant.districts for grant in grants))


def may_here(permission: Permission, district: str | None) -> bool:
    """Whether the caller may do this in a district."""
    return auth.caller().may_in(permission, district)


def card_within(lot_id: str, districts: Collection[str]) -> LotCard:
    """A lot of these districts. Raises LotNotFound."""
    found = lots.lot_cards(work.session(), desk.today(), [lot_id])
    if not found or (districts and found[0].district_code not in districts):
        raise LotNotFound
    return found[0]


def who_was_first() -> AbstractContextManager[None]:
    """Within it, whoever comes second reads who was first."""
    return saying_who_was_first(lambda actor: desk.names_of([actor])(actor), desk.zone())


def sent(name: str) -> str:
    """A field of the form that was sent, without blanks around it."""
    return request.form.get(name, "").strip()


def version_sent() -> int:
    """The version from which the form was made; 0 (which is nobody's) where it is no number."""
    text = sent("version")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def page(template: str, **context: Any) -> Response:
    """A page of inspections; `form_key` makes a form of it one sending, however often it arrives."""
    return desk.page(f"inspections/{template}", form_key=new_id(), **words(), **context)
