"""新备案: how does a lot come to be filed, be it new or already in the register?"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from parking.city.queries import Ground
from parking.filings.errors import LotAlreadyFiled
from parking.filings.kinds.kind import Carried
from parking.filings.kinds.writing import for_the_register, told_changes, write_lot
from parking.filings.models import Certificate, Filing
from parking.filings.queries.comparing import (
    REGISTERED,
    answers_of_card,
    changed_keys,
    lot_card,
)
from parking.filings.queries.occupied import below_occupied
from parking.filings.queries.views import Change
from parking.filings.rules import STANDING, CertificateState, NoticeKind, certificate_until
from parking.filings.rules.drafting import check_together, draft_of, reason_of, space_targets
from parking.kernel.actors import Actor
from parking.kernel.errors import FieldProblem
from parking.kernel.ids import new_id
from parking.lots import service as lots
from parking.lots.errors import LotNotFound
from parking.lots.queries import LotCard
from parking.lots.rules import LedgerReason

# 26 characters carry 130 bits: nobody guesses the code of another certificate.
_CODE_LENGTH = 26


class Registration:
    """A new lot, or one of the register that nobody filed yet: approval joins it and makes no second."""

    notice = NoticeKind.CERTIFICATE
    checks_from = frozenset({"name", "position", "kind", "type", "access"})

    def first_answers(
        self, session: Session, organisation_id: str, lot_id: str | None, here: Ground
    ) -> dict[str, Any]:
        if lot_id is None:
            return {}
        return answers_of_card(free_lot(session, lot_id, here))

    def check(
        self, session: Session, filing: Filing, here: Ground, *, lock: bool = True
    ) -> list[FieldProblem]:
        if filing.claimed_lot_id is None:
            return check_together(filing.answers, here.city)
        card = free_lot(session, filing.claimed_lot_id, here)
        register = {group.space_class: group.capacity for group in card.spaces}
        problems = check_together(filing.answers, here.city, register)
        targets = space_targets(filing.answers)
        return problems + below_occupied(session, card.id, register, targets, here.now)

    def carry_out(self, session: Session, actor: Actor, filing: Filing, number: str, here: Ground) -> Carried:
        told, note = filing.answers, filing.number or ""
        public = for_the_register(session, filing, told)
        changes: tuple[Change, ...] = ()
        if filing.claimed_lot_id is None:
            reason = reason_of(told, joins=False) or LedgerReason.OPENING_BALANCE
            lot_id = lots.register_lot(session, actor, draft_of(public, number), here.now, reason, note)
        else:
            card = free_lot(session, filing.claimed_lot_id, here)
            lot_id = card.id
            before = answers_of_card(card)
            keys = [key for key in changed_keys(told, before) if key in REGISTERED]
            changes = told_changes(before, told, keys)
            reason = reason_of(told, joins=True) or LedgerReason.CORRECTION
            write_lot(session, actor, card, public, keys, reason, note, here)
        certificate = Certificate(
            number=number,
            code=new_id(_CODE_LENGTH),
            state=CertificateState.VALID,
            lot_id=lot_id,
            organisation_id=filing.organisation_id,
            organisation_name=filing.organisation_name,
            lot_name=filing.lot_name,
            from_on=here.today,
            until_on=certificate_until(here.today, here.city),
            answers=dict(told),
            filing_id=filing.id,
            notice_number=number,
            editions=1,
            issued_at=here.now,
            version=1,
        )
        session.add(certificate)
        session.flush()
        return Carried(certificate, changes)


def free_lot(session: Session, lot_id: str, here: Ground) -> LotCard:
    """A lot that may be claimed. Raises LotNotFound, LotAlreadyFiled."""
    card = lot_card(session, lot_id, here.today)
    if card is None:
        raise LotNotFound
    if card.certificate_state in STANDING:
        raise LotAlreadyFiled
    return card
