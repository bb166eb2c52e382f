"""How does what an ETC lane took itself reach the stay that it settles? Once, by lot, terminal and number."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import blake2b

from sqlalchemy import and_, delete, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from parking.boundary.gates import EtcTold
from parking.plates.rules import PlateHash, holds_plate
from parking.visits.models import Quarantined
from parking.visits.models.charges import Charge, EtcTransaction
from parking.visits.models.visits import Visit
from parking.visits.rules.charges import LANE, ChargeState
from parking.visits.rules.outcomes import Outcome, OutcomeKind
from parking.visits.rules.pairing import VisitState
from parking.visits.service.booking import settle_paid
from parking.visits.service.entries import book
from parking.visits.service.quarantine import LONGEST_KEPT, Refusal, quarantine

# The lane takes the money before its barrier opens, the exit is told after it; clocks differ a little.
_AROUND = timedelta(minutes=10)
_LONGEST_KEY = 120
_MOST_FEN = 10_000_000
_OLDEST = timedelta(days=180)
_AHEAD = timedelta(minutes=2)
_MATCHED_FOR = timedelta(days=7)
_ASIDE = ("clock_ahead", "clock_behind")

HOLDS_PLATE = "holds_plate"
FEE_DIFFERS = "fee_differs"
"""The code of a refusal: the same number of the same terminal was told with another fee, which stands."""


def record_etc(
    session: Session,
    source: str,
    lot_id: str,
    lane_id: str | None,
    told: EtcTold,
    plate_hashes: Sequence[PlateHash],
    now: datetime,
) -> Outcome:
    """Store a lane's transaction and settle the stay it belongs to; the same one again is `repeated`.

    `plate_hashes` are the plate's under every living key, newest first. Refused: a negative fee or one over
    100,000 yuan, an empty or overlong number, a plate in the number or the terminal's (both are kept and
    shown), another fee under a number that is known. The money was taken whatever the terminal's clock says:
    a time ahead or more than 180 days old is kept aside with its sum, until it is told rightly with that sum.
    """
    event_id = told.transaction_id
    if (wrong := _wrong(told)) is not None:
        return Outcome(OutcomeKind.REFUSED, event_id, wrong[0], wrong[1])
    # Of this lot alone: else who speaks for another could tell the number first, and its stay stay unpaid.
    terminal = f"{lot_id}:{told.terminal or source}"
    aside = and_(
        Quarantined.origin == source,
        Quarantined.key == _key_aside(lot_id, told),
        Quarantined.reason.in_(_ASIDE),
    )
    if (late := clock_problem(told.at, now)) is not None:
        booked = session.get(EtcTransaction, (terminal, told.transaction_id))
        kept = session.scalars(select(Quarantined.fee_fen).where(aside)).all()
        known = [booked.fee_fen] if booked is not None else kept
        if any(fee_fen not in (None, told.fee_fen) for fee_fen in known):
            return Outcome(OutcomeKind.REFUSED, event_id, FEE_DIFFERS, "fee_fen")
        if booked is not None:
            return Outcome(OutcomeKind.REPEATED, event_id)
        _keep_aside(session, source, lot_id, lane_id, told, late, now)
        return Outcome(OutcomeKind.QUARANTINED, event_id, late, "at")
    newest = plate_hashes[0] if plate_hashes else None
    row = insert(EtcTransaction).values(
        terminal=terminal,
        transaction_no=told.transaction_id,
        source=source,
        lot_id=lot_id,
        lane_id=lane_id,
        at=told.at,
        entered_at=told.entered_at,
        fee_fen=told.fee_fen,
        tac=told.tac,
        plate_month=newest.month if newest else None,
        plate_hash=newest.value if newest else None,
        received_at=now,
    )
    stored = session.execute(
        row.on_conflict_do_nothing().returning(EtcTransaction.transaction_no)
    ).one_or_none()
    transaction = session.get_one(EtcTransaction, (terminal, told.transaction_id), with_for_update=True)
    if transaction.fee_fen != told.fee_fen:
        return Outcome(OutcomeKind.REFUSED, event_id, FEE_DIFFERS, "fee_fen")
    # Told rightly it is settled; one that was kept aside with another sum stays there to be seen.
    session.execute(
        delete(Quarantined).where(aside, func.coalesce(Quarantined.fee_fen, told.fee_fen) == told.fee_fen)
    )
    if stored is None:
        return Outcome(OutcomeKind.REPEATED, event_id)
    if told.fee_fen > 0:
        transaction.charge_id = _charge(session, transaction, now)
    _match(session, transaction, plate_hashes, now)
    return Outcome(OutcomeKind.NEW, event_id)


def id_problem(told: EtcTold) -> tuple[str, str] | None:
    """Code and field of the first id of a transaction in which a plate stands, None where there is none.

    A lot's own program can mend it, and still has what it took: nothing is lost by refusing it.
    """
    for field in ("transaction_id", "terminal"):
        if holds_plate(getattr(told, field) or ""):
            return HOLDS_PLATE, field
    return None


def clock_problem(at: datetime, now: datetime) -> str | None:
    """clock_ahead more than two minutes after now, clock_behind more than 180 days before, else None."""
    if at > now + _AHEAD:
        return "clock_ahead"
    return "clock_behind" if at < now - _OLDEST else None


def unmatched(session: Session, now: datetime, limit: int = 500) -> list[tuple[str, str]]:
    """Transactions of the last days whose stay is not known yet, by terminal and number."""
    asked = (
        select(EtcTransaction.terminal, EtcTransaction.transaction_no)
        .where(
            EtcTransaction.visit_id.is_(None),
            EtcTransaction.plate_hash.is_not(None),
            EtcTransaction.received_at > now - _MATCHED_FOR,
        )
        .order_by(EtcTransaction.received_at.desc())
        .limit(limit)
    )
    return [(row.terminal, row.transaction_no) for row in session.execute(asked)]


def match_again(session: Session, key: tuple[str, str], now: datetime) -> bool:
    """Look for the stay of a transaction once more; whether it was found."""
    transaction = session.get(EtcTransaction, key, with_for_update=True, populate_existing=True)
    if transaction is None or transaction.visit_id is not None:
        return False
    if transaction.plate_month is None or transaction.plate_hash is None:
        return False
    return _match(session, transaction, [PlateHash(transaction.plate_month, transaction.plate_hash)], now)


def _keep_aside(
    session: Session,
    source: str,
    lot_id: str,
    lane_id: str | None,
    told: EtcTold,
    reason: str,
    now: datetime,
) -> None:
    """For the bureau to see, until the lot tells it again with the time at which it was."""
    refusal = Refusal(
        origin=source,
        reason=reason,
        key=_key_aside(lot_id, told),
        field="at",
        serial=told.terminal,
        lot_id=lot_id,
        lane_id=lane_id,
        event_id=told.transaction_id,
        at=told.at,
        fee_fen=told.fee_fen,
    )
    quarantine(session, [refusal], now)


def _key_aside(lot_id: str, told: EtcTold) -> str:
    """What tells it from all others, so nothing of it is masked; passages may have the same ids."""
    key = f"etc:{lot_id}:{told.transaction_id}:{told.terminal or ''}"
    if len(key) <= LONGEST_KEPT:
        return key
    told_apart = blake2b(key.encode(), digest_size=16).hexdigest()
    return key[: LONGEST_KEPT - len(told_apart)] + told_apart


def _wrong(told: EtcTold) -> tuple[str, str] | None:
    if not 0 <= told.fee_fen <= _MOST_FEN:
        return "out_of_range", "fee_fen"
    if not 0 < len(told.transaction_id) <= _LONGEST_KEY:
        return "bad_length", "transaction_id"
    if told.terminal is not None and not 0 < len(told.terminal) <= _LONGEST_KEY:
        return "bad_length", "terminal"
    return id_problem(told)


def _charge(session: Session, transaction: EtcTransaction, now: datetime) -> str:
    """The money that the lane took: a charge that was paid when we heard of it."""
    charge = Charge(
        lot_id=transaction.lot_id,
        network=LANE,
        state=ChargeState.PAID,
        amount_fen=transaction.fee_fen,
        reckoned_at=transaction.at,
        made_at=now,
        made_by=transaction.source,
        settled_at=now,
        reference=transaction.transaction_no,
    )
    session.add(charge)
    session.flush()
    book(session, charge, "payment", charge.amount_fen, transaction.at, now)
    return charge.id


def _match(
    session: Session, transaction: EtcTransaction, plate_hashes: Sequence[PlateHash], now: datetime
) -> bool:
    """The newest stay of this vehicle at this lot that was there at the time."""
    if not plate_hashes:
        return False
    keys = [(each.month, each.value) for each in plate_hashes]
    visit = session.scalar(
        select(Visit)
        .where(
            Visit.lot_id == transaction.lot_id,
            tuple_(Visit.plate_month, Visit.plate_hash).in_(keys),
            Visit.state != VisitState.VOIDED,
            Visit.entered_at <= transaction.at,
            or_(Visit.exited_at.is_(None), Visit.exited_at >= transaction.at - _AROUND),
            or_(Visit.closed_at.is_(None), Visit.exited_at.is_not(None)),
        )
        .order_by(Visit.entered_at.desc())
        .limit(1)
    )
    if visit is None:
        return False
    transaction.visit_id = visit.id
    if transaction.charge_id is not None:
        session.get_one(Charge, transaction.charge_id).visit_id = visit.id
    session.flush()
    settle_paid(session, visit.id, now)
    return True
