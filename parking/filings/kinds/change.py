"""变更备案: what may change of a filed lot, and what is then written? Only what the operator changed."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from parking.city.queries import Ground
from parking.filings.errors import NothingChanged
from parking.filings.kinds.kind import Carried, standing_certificate
from parking.filings.kinds.writing import for_the_register, told_changes, write_lot
from parking.filings.models import Filing
from parking.filings.queries.comparing import changed_keys, lot_card, standing_answers
from parking.filings.queries.occupied import below_occupied
from parking.filings.rules import FIELDS, NoticeKind
from parking.filings.rules.drafting import check_together, reason_of, space_changes, space_targets
from parking.kernel.actors import Actor
from parking.kernel.errors import N_, FieldProblem
from parking.lots.errors import LotNotFound
from parking.lots.rules import LedgerReason


class ChangeKind:
    """The difference between what stood at the drafting and what the operator says now."""

    notice = NoticeKind.CERTIFICATE
    checks_from = frozenset[str]()

    def first_answers(
        self, session: Session, organisation_id: str, lot_id: str | None, here: Ground
    ) -> dict[str, Any]:
        certificate = standing_certificate(session, lot_id, organisation_id)
        return standing_answers(session, certificate.lot_id, here.today)

    def check(
        self, session: Session, filing: Filing, here: Ground, *, lock: bool = True
    ) -> list[FieldProblem]:
        certificate = standing_certificate(session, filing.lot_id, filing.organisation_id, lock=lock)
        if not changed_keys(filing.answers, filing.base):
            raise NothingChanged
        card = lot_card(session, certificate.lot_id, here.today)
        if card is None:
            raise LotNotFound
        told = self._told(session, filing, here)
        register = {group.space_class: group.capacity for group in card.spaces}
        problems = check_together(told, here.city, register)
        if space_changes(told, register) and not told.get("difference_reason"):
            text = N_("请填写“%(label)s”")
            label = FIELDS["difference_reason"].label
            problems.append(FieldProblem("difference_reason", "missing", text, {"label": label}))
        return problems + below_occupied(session, card.id, register, space_targets(told), here.now)

    def carry_out(self, session: Session, actor: Actor, filing: Filing, number: str, here: Ground) -> Carried:
        certificate = standing_certificate(session, filing.lot_id, filing.organisation_id)
        card = lot_card(session, certificate.lot_id, here.today)
        if card is None:
            raise LotNotFound
        before = standing_answers(session, card.id, here.today)
        told = self._told(session, filing, here)
        keys = changed_keys(filing.answers, filing.base)
        reason = reason_of(told, joins=True) or LedgerReason.CORRECTION
        public = for_the_register(session, filing, told)
        write_lot(session, actor, card, public, keys, reason, filing.number or "", here)
        certificate.answers = told
        certificate.lot_name = told["name"]
        certificate.organisation_name = filing.organisation_name
        return Carried(certificate, told_changes(before, told, keys))

    def _told(self, session: Session, filing: Filing, here: Ground) -> dict[str, Any]:
        """All answers as they will stand: what was changed over what stands now."""
        standing = standing_answers(session, filing.lot_id or "", here.today)
        changed = {key: filing.answers.get(key) for key in changed_keys(filing.answers, filing.base)}
        told = {**standing, **changed, "difference_reason": filing.answers.get("difference_reason")}
        return {key: value for key, value in told.items() if value is not None}
