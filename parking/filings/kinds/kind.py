"""What does every kind of filing answer: what to begin with, what is wrong, what an approval writes?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.city.queries import Ground
from parking.filings.errors import LotNotFiled
from parking.filings.models import Certificate, Filing
from parking.filings.queries.comparing import lot_card
from parking.filings.queries.views import Change
from parking.filings.rules import STANDING, NoticeKind
from parking.kernel.actors import Actor
from parking.kernel.errors import FieldProblem


@dataclass(frozen=True, slots=True)
class Carried:
    """What an approval did: the certificate as it stands now, and what differs from before."""

    certificate: Certificate
    changes: tuple[Change, ...] = ()
    content: Mapping[str, Any] = field(default_factory=dict)


class Kind(Protocol):
    """One kind of filing."""

    notice: NoticeKind
    """The paper that an approval issues."""

    def first_answers(
        self, session: Session, organisation_id: str, lot_id: str | None, here: Ground
    ) -> dict[str, Any]:
        """What a new draft begins with. Raises where this organisation may not file this for this lot."""
        ...

    checks_from: frozenset[str]
    """The answers without which nothing can be checked."""

    def check(
        self, session: Session, filing: Filing, here: Ground, *, lock: bool = True
    ) -> list[FieldProblem]:
        """What is wrong with the answers, now. Raises where the filing as a whole may not be.

        Without `lock` it may be asked in a transaction that only reads.
        """
        ...

    def carry_out(self, session: Session, actor: Actor, filing: Filing, number: str, here: Ground) -> Carried:
        """Write what was approved; `number` is that of the paper to be issued."""
        ...


def standing_certificate(
    session: Session, lot_id: str | None, organisation_id: str, *, lock: bool = True
) -> Certificate:
    """The certificate that an organisation holds for a lot. Raises LotNotFiled."""
    held = select(Certificate).where(
        Certificate.lot_id == lot_id,
        Certificate.organisation_id == organisation_id,
        Certificate.state.in_(sorted(STANDING)),
    )
    if lock:
        held = held.with_for_update()
    found = session.scalar(held.execution_options(populate_existing=True))
    if found is None:
        raise LotNotFiled
    return found


def named_answers(session: Session, lot_id: str | None, organisation_id: str, here: Ground) -> dict[str, Any]:
    """What a draft begins with that asks nothing of the lot itself: the queue names it and its district."""
    certificate = standing_certificate(session, lot_id, organisation_id)
    card = lot_card(session, certificate.lot_id, here.today)
    return {"name": certificate.lot_name, "district_code": card.district_code if card else None}
