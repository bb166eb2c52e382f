"""Which agreements are there, what do they say, and who confirmed them?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ARRAY, Text, any_, literal, select
from sqlalchemy.orm import Session

from parking.kernel.views import view_of
from parking.kernel.vocabulary import SpaceClass
from parking.sharing.models.agreements import Agreement, AgreementPart, AgreementParty
from parking.sharing.rules.agreements import AgreementState, Party


@dataclass(frozen=True, slots=True)
class PartyView:
    """A party with its duties, and how it confirmed: by itself, or by a paper that an officer saw."""

    party: Party
    name: str
    contact: str
    duties: str
    officer_id: str | None
    confirmed_at: datetime | None
    confirmed_by: str | None
    paper_id: str | None


@dataclass(frozen=True, slots=True)
class PartView:
    """The spaces of a class, when they are lent, and how many in each window."""

    space_class: SpaceClass
    spaces: int
    opening_hours: str
    quota: int


@dataclass(frozen=True, slots=True)
class AgreementView:
    """An agreement, holding on the city days [from_on, until_on). Minutes and days as it says."""

    id: str
    number: str | None
    lot_id: str
    organisation_id: str
    filing_id: str | None
    state: AgreementState
    from_on: date
    until_on: date
    notice_days: int
    withdraw_before_minutes: int
    grace_minutes: int
    overstays_suspend: int | None
    on_overstay: str
    insurance: str
    house_rules: str
    tariff_id: str | None
    made_at: datetime
    in_force_at: datetime | None
    suspended_at: datetime | None
    suspended_for: str | None
    notice_at: datetime | None
    ending_for: str | None
    ended_at: datetime | None
    version: int
    parties: tuple[PartyView, ...]
    parts: tuple[PartView, ...]

    def party(self, which: Party) -> PartyView:
        """One of its three parties."""
        return next(each for each in self.parties if each.party is which)


def agreement(session: Session, agreement_id: str) -> AgreementView | None:
    """One agreement; None where there is none of this id."""
    row = session.get(Agreement, agreement_id)
    return None if row is None else agreement_view(row)


def agreements(
    session: Session,
    *,
    ids: Collection[str] | None = None,
    states: Collection[AgreementState] | None = None,
    lot_ids: Collection[str] | None = None,
    organisation_id: str | None = None,
) -> list[AgreementView]:
    """The agreements asked for: the newest first, the ended ones last."""
    # Rows and not objects: a city's page of evidence reads a thousand of them.
    asked = select(Agreement.__table__)
    if ids is not None:
        asked = asked.where(_among(Agreement.id, ids))
    if states is not None:
        asked = asked.where(Agreement.state.in_([str(each) for each in states]))
    if lot_ids is not None:
        asked = asked.where(Agreement.lot_id.in_(list(lot_ids)))
    if organisation_id is not None:
        asked = asked.where(Agreement.organisation_id == organisation_id)
    gone = Agreement.state == AgreementState.ENDED
    rows = session.execute(asked.order_by(gone, Agreement.made_at.desc(), Agreement.id)).all()
    found = [row.id for row in rows]
    parties = _by_agreement(session, AgreementParty, found)
    parts = _by_agreement(session, AgreementPart, found)
    return [_view(row, parties[row.id], parts[row.id]) for row in rows]


def own_tariffs(session: Session) -> dict[str, str]:
    """The tariff of each agreement that has one of its own."""
    asked = select(Agreement.id, Agreement.tariff_id).where(Agreement.tariff_id.is_not(None))
    return {agreement_id: tariff_id for agreement_id, tariff_id in session.execute(asked) if tariff_id}


def agreement_view(row: Agreement) -> AgreementView:
    """A row as others see it."""
    return _view(row, row.parties, row.parts)


def _by_agreement(
    session: Session, of: type[AgreementParty] | type[AgreementPart], ids: Collection[str]
) -> defaultdict[str, list[Any]]:
    """The parties or parts of agreements; parts by class."""
    asked = select(of.__table__).where(_among(of.agreement_id, ids))
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for row in session.execute(asked.order_by(*of.__table__.primary_key)):
        found[row.agreement_id].append(row)
    return found


def _among(column: Any, ids: Collection[str]) -> Any:
    """One parameter: a list of hundreds would be written and read anew each time."""
    return column == any_(literal(list(ids), ARRAY(Text)))


def _view(row: Any, parties: Iterable[Any], parts: Iterable[Any]) -> AgreementView:
    told = {party.party: party for party in parties}
    return view_of(
        AgreementView,
        row,
        state=AgreementState(row.state),
        parties=tuple(view_of(PartyView, told[party], party=party) for party in Party if party in told),
        parts=tuple(view_of(PartView, part, space_class=SpaceClass(part.space_class)) for part in parts),
    )
