"""注销备案: how does a filed lot end? Its spaces leave the ledger, its certificate is closed."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from parking.filings.kinds.kind import Carried, standing_certificate
from parking.filings.models import Filing
from parking.filings.queries.comparing import lot_card
from parking.filings.queries.desk import Desk
from parking.filings.rules import CertificateState, NoticeKind
from parking.kernel.actors import Actor
from parking.kernel.errors import FieldProblem
from parking.kernel.vocabulary import SpaceClass
from parking.lots import service as lots
from parking.lots.errors import LotNotFound
from parking.lots.rules import LedgerReason


class Closure:
    """The lot stops; it stays in the register with no spaces, so that its history can be read."""

    notice = NoticeKind.CLOSURE_RECEIPT

    def first_answers(
        self, session: Session, organisation_id: str, lot_id: str | None, desk: Desk
    ) -> dict[str, Any]:
        certificate = standing_certificate(session, lot_id, organisation_id)
        card = lot_card(session, certificate.lot_id, desk.on)
        # The queue names the lot and its district; nothing else of it is asked.
        return {"name": certificate.lot_name, "district_code": card.district_code if card else None}

    def check(self, session: Session, filing: Filing, desk: Desk) -> list[FieldProblem]:
        standing_certificate(session, filing.lot_id, filing.organisation_id)
        return []

    def carry_out(self, session: Session, actor: Actor, filing: Filing, number: str, desk: Desk) -> Carried:
        certificate = standing_certificate(session, filing.lot_id, filing.organisation_id)
        card = lot_card(session, certificate.lot_id, desk.on)
        if card is None:
            raise LotNotFound
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
                desk.on,
                desk.now,
                -metres,
                filing.number,
            )
        certificate.state = CertificateState.CLOSED
        certificate.closed_at = desk.now
        content = {"closes_on": filing.answers["closes_on"], "reason": filing.answers["closing_reason"]}
        return Carried(certificate, content=content)
