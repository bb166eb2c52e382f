"""注销备案: how does a filed lot end? Its spaces leave the ledger, its certificate is closed."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from parking.city.queries import Ground
from parking.filings.kinds.kind import Carried, named_answers, standing_certificate
from parking.filings.models import Filing
from parking.filings.queries.comparing import lot_card
from parking.filings.rules import CertificateState, NoticeKind
from parking.kernel.actors import Actor
from parking.kernel.errors import FieldProblem
from parking.kernel.vocabulary import SpaceClass
from parking.lots import service as lots
from parking.lots.errors import LotNotFound
from parking.lots.rules import LedgerReason
from parking.sharing.service.closing import end_with_lot

_CLOSES = "停车场注销备案"


class Closure:
    """The lot stops; it stays in the register with no spaces, so that its history can be read."""

    notice = NoticeKind.CLOSURE_RECEIPT
    checks_from = frozenset[str]()

    def first_answers(
        self, session: Session, organisation_id: str, lot_id: str | None, here: Ground
    ) -> dict[str, Any]:
        return named_answers(session, lot_id, organisation_id, here)

    def check(
        self, session: Session, filing: Filing, here: Ground, *, lock: bool = True
    ) -> list[FieldProblem]:
        standing_certificate(session, filing.lot_id, filing.organisation_id, lock=lock)
        return []

    def carry_out(self, session: Session, actor: Actor, filing: Filing, number: str, here: Ground) -> Carried:
        certificate = standing_certificate(session, filing.lot_id, filing.organisation_id)
        card = lot_card(session, certificate.lot_id, here.today)
        if card is None:
            raise LotNotFound
        # Before its spaces leave the ledger: what is lent of them is taken back first.
        end_with_lot(session, actor, card.id, f"{_CLOSES}：{filing.answers['closing_reason']}", here.now)
        spaces = {group.space_class: group.capacity for group in card.spaces if group.capacity}
        if card.bay_length_m:
            spaces.setdefault(SpaceClass.BICYCLE, 0)
        for each, count in spaces.items():
            metres = card.bay_length_m if each is SpaceClass.BICYCLE else 0
            lots.record_spaces(
                session,
                actor,
                card.id,
                each,
                -count,
                LedgerReason.REMOVED,
                here.today,
                here.now,
                -metres,
                filing.number,
            )
        certificate.state = CertificateState.CLOSED
        certificate.closed_at = here.now
        content = {"closes_on": filing.answers["closes_on"], "reason": filing.answers["closing_reason"]}
        return Carried(certificate, content=content)
