"""How is capacity lent for a time, and taken back? Written down by sharing; the ledger stays as it is."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Text, any_, delete, literal, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from parking.kernel.db.changes import announce
from parking.kernel.db.copying import copy_rows
from parking.lots.errors import LentBeyondSpaces
from parking.lots.models import LentSpan
from parking.lots.queries.lending import Lent

_BEYOND = "lent_beyond_spaces"


def lend(session: Session, spans: Sequence[Lent]) -> int:
    """Lend spaces in spans; how many were new. A window that is lent already stays as it is.

    Raises LentBeyondSpaces where overlapping spans together exceed a class: then nothing was lent.
    """
    asked = [span.window_id for span in spans]
    known = set(session.scalars(select(LentSpan.window_id).where(_are(asked))))
    fresh = [span for span in spans if span.window_id not in known]
    if fresh:
        rows = [_row(span) for span in fresh]
        try:
            with session.begin_nested():
                copy_rows(session, LentSpan, rows)
        except IntegrityError as problem:
            raise _told(problem) from problem
        announce(session, "lots", {span.lot_id for span in fresh})
    return len(fresh)


def take_back(session: Session, window_ids: Collection[str]) -> int:
    """Lend the spaces of these windows no longer; how many were lent."""
    gone = delete(LentSpan).where(_are(window_ids)).returning(LentSpan.lot_id)
    lots = session.scalars(gone).all()
    announce(session, "lots", lots)
    return len(lots)


def change_lent(session: Session, window_id: str, spaces: int) -> None:
    """Let a window's span lend another number of spaces; none takes it back. Raises LentBeyondSpaces."""
    if spaces <= 0:
        take_back(session, [window_id])
        return
    changed = update(LentSpan).where(LentSpan.window_id == window_id, LentSpan.spaces != spaces)
    try:
        with session.begin_nested():
            lots = session.scalars(changed.values(spaces=spaces).returning(LentSpan.lot_id)).all()
    except IntegrityError as problem:
        raise _told(problem) from problem
    announce(session, "lots", lots)


def _are(window_ids: Collection[str]) -> ColumnElement[bool]:
    """One parameter, however many they are: thousands open at once."""
    return LentSpan.window_id == any_(literal(list(window_ids), ARRAY(Text)))


def _row(span: Lent) -> dict[str, Any]:
    return {
        "window_id": span.window_id,
        "agreement_id": span.agreement_id,
        "lot_id": span.lot_id,
        "space_class": str(span.space_class),
        "from_at": span.from_at,
        "until_at": span.until_at,
        "spaces": span.spaces,
    }


def _told(problem: IntegrityError) -> Exception:
    """What the database's refusal means; another than over-lending is a bug and stays as it is."""
    diagnosis = getattr(problem.orig, "diag", None)
    return LentBeyondSpaces() if getattr(diagnosis, "constraint_name", None) == _BEYOND else problem
