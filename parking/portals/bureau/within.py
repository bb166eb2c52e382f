"""Where do the caller's duties reach, and which lots lie there?"""

from __future__ import annotations

from collections.abc import Collection

from parking.accounts.rules import Permission
from parking.lots import queries as lots
from parking.lots.errors import LotNotFound
from parking.lots.queries import LotCard
from parking.portals._http import auth, work
from parking.portals.bureau import desk


def reach(permission: Permission) -> frozenset[str]:
    """The districts in which the caller may do this; empty: the whole city."""
    grants = [grant for grant in auth.caller().grants if permission in grant.permissions]
    if any(not grant.districts for grant in grants):
        return frozenset()
    return frozenset().union(*(grant.districts for grant in grants))


def may_here(permission: Permission, district: str | None) -> bool:
    """Whether the caller may do this in a district."""
    return auth.caller().may_in(permission, district)


def cards_within(permission: Permission, ids: Collection[str] | None = None) -> dict[str, LotCard]:
    """All lots of the districts in which the caller may do this, or those of them with these ids."""
    cards = lots.lot_cards(work.session(), desk.today(), ids)
    return {card.id: card for card in cards if may_here(permission, card.district_code)}


def card_within(permission: Permission, lot_id: str) -> LotCard:
    """A lot of these districts. Raises LotNotFound."""
    found = cards_within(permission, [lot_id])
    if not found:
        raise LotNotFound
    return found[lot_id]
