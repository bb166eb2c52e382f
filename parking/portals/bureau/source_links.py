"""Which lots of the register does a source speak for, and which link was wrong?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from parking.guidance import service
from parking.guidance.queries.linked import LinkView, link_views
from parking.kernel.errors import N_, FieldProblem, InvalidInput
from parking.lots import queries as lots
from parking.lots.queries import LotCard
from parking.portals._http import auth, forms, work
from parking.portals.bureau import desk

_CHOSEN = "external_id"


class LinkNotChosen(InvalidInput):
    """Nobody said which link."""

    code = "link_not_chosen"
    text = N_("请选择一个关联")


@dataclass(frozen=True, slots=True)
class Linked:
    """A link with the lot that it is about."""

    link: LinkView
    card: LotCard


def links_of(source_id: str) -> dict[str, Any]:
    """The page `?page=` of a source's links, and who made them."""
    cut = desk.cut(link_views(work.session(), source_id))
    ids = {link.lot_id for link in cut.rows}
    cards = {card.id: card for card in lots.lot_cards(work.session(), desk.today(), ids)}
    return {
        "links": cut,
        "linked": [Linked(link, cards[link.lot_id]) for link in cut.rows if link.lot_id in cards],
        "linked_by": desk.names_of([link.linked_by for link in cut.rows]),
    }


def unlink(source_id: str) -> str:
    """Take back the link that the form says, for the reason typed; the source's id. Raises LinkNotChosen."""
    chosen = forms.sent(_CHOSEN)
    if not chosen:
        raise LinkNotChosen(problems=[FieldProblem(_CHOSEN, "missing", LinkNotChosen.text)])
    actor, now = auth.caller().actor, desk.now()
    service.unlink_lot(work.session(), actor, source_id, chosen, forms.sent("reason"), now)
    return chosen
