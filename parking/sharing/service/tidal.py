"""How do bays become tidal, change and end? By dated rows with the traffic police's consent."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from parking.audit import service as audit
from parking.boundary.files import KeptFile
from parking.city import queries as city
from parking.kernel.actors import Actor
from parking.kernel.db.changes import announce
from parking.kernel.errors import N_, FieldProblem
from parking.kernel.texts import text_problems
from parking.lots.errors import LotNotFound
from parking.lots.queries import LotCard
from parking.lots.rules import HoursReader
from parking.lots.service.changing import cards_for_change
from parking.sharing.errors.tidal import TidalEnded, TidalRefused, TidalUnknown
from parking.sharing.models.tidal import TidalArrangement
from parking.sharing.queries.tidal import tidal_bays
from parking.sharing.rules.tidal_checks import Section, TidalDraft, tidal_problems

LONGEST_REASON = 200
_SUBJECT = "tidal"


def arrange_tidal(
    session: Session,
    actor: Actor,
    lot_id: str,
    draft: TidalDraft,
    paper: KeptFile | None,
    now: datetime,
    *,
    replaces_id: str | None = None,
) -> str:
    """Make bays of a road section tidal, or put a changed arrangement in the place of another; its id.

    The one that is replaced ends on the day on which the new one begins. The caller answers for the lot being
    in the actor's districts. Raises TidalRefused with the fields, LotNotFound, TidalUnknown, TidalEnded.
    """
    zone, today = city.time_zone(session, now), city.today(session, now)
    # Locked, so that two officers cannot give the same bays away at once.
    cards = cards_for_change(session, [lot_id], today)
    if not cards:
        raise LotNotFound
    replaced = _standing(session, lot_id, replaces_id) if replaces_id is not None else None
    section = _section(session, cards[0], replaces_id)
    reader = HoursReader(city.calendar(session), str(zone))
    problems = list(tidal_problems(draft, section, reader, zone, today))
    if paper is None:
        problems.append(FieldProblem("paper", "missing", N_("请上传同意文书")))
    if replaced is not None and draft.from_on is not None and draft.from_on < replaced.from_on:
        text = N_("不能早于原安排开始施行的日期")
        problems.append(FieldProblem("from_on", "before_the_former", text))
    if problems:
        raise TidalRefused(problems=problems, count=len(problems))
    row = _row(actor, lot_id, draft, paper, now, replaces_id)
    session.add(row)
    if replaced is not None:
        _end(replaced, actor, row.from_on, None, now)
    session.flush()
    details = {"lot": lot_id, "consent": row.consent_number, "from_on": str(row.from_on), "hours": row.hours}
    action = "tidal:arranged" if replaced is None else "tidal:changed"
    audit.record(session, actor, action, _SUBJECT, row.id, details, now)
    announce(session, "lots", [lot_id])
    return row.id


def end_tidal(
    session: Session, actor: Actor, tidal_id: str, ended_on: date | None, reason: str, now: datetime
) -> None:
    """From a day on (today or later) these bays are bays like any other.

    Those that go altogether leave the space ledger. Raises TidalRefused, TidalUnknown, TidalEnded.
    """
    row = session.get(TidalArrangement, tidal_id)
    if row is None:
        raise TidalUnknown
    today = city.today(session, now)
    cards_for_change(session, [row.lot_id], today)
    row = _standing(session, row.lot_id, tidal_id)
    problems = []
    if ended_on is None:
        problems.append(FieldProblem("ended_on", "missing", N_("请填写从哪天起结束")))
    elif ended_on < today:
        problems.append(FieldProblem("ended_on", "in_the_past", N_("结束日期不能早于今天")))
    problems += text_problems("reason", reason, LONGEST_REASON, N_("请说明理由"))
    if problems or ended_on is None:
        raise TidalRefused(problems=problems, count=len(problems))
    _end(row, actor, ended_on, reason.strip(), now)
    session.flush()
    details = {"lot": row.lot_id, "ended_on": str(ended_on), "reason": reason.strip()}
    audit.record(session, actor, "tidal:ended", _SUBJECT, row.id, details, now)
    announce(session, "lots", [row.lot_id])


def _section(session: Session, card: LotCard, replaces_id: str | None) -> Section:
    """The lot as the rules read it, without the arrangement that is to be replaced."""
    rows = tidal_bays(session, [card.id], date.min).get(card.id, ())
    return Section(
        kind=card.kind,
        opening_hours=card.opening_hours,
        capacities={space.space_class: space.capacity for space in card.spaces},
        others=tuple(each for each in rows if each.id != replaces_id),
    )


def _row(
    actor: Actor,
    lot_id: str,
    draft: TidalDraft,
    paper: KeptFile | None,
    now: datetime,
    replaces_id: str | None,
) -> TidalArrangement:
    assert draft.space_class and draft.spaces and draft.from_on and draft.consent_on and paper, "was checked"
    return TidalArrangement(
        lot_id=lot_id,
        space_class=str(draft.space_class),
        spaces=draft.spaces,
        hours=draft.hours.strip(),
        from_on=draft.from_on,
        until_on=draft.until_on,
        police_body=draft.police_body.strip(),
        consent_number=draft.consent_number.strip(),
        consent_on=draft.consent_on,
        paper_sha256=paper.sha256,
        paper_media_type=str(paper.media_type),
        paper_name=paper.name,
        replaces_id=replaces_id,
        made_at=now,
        made_by=str(actor),
    )


def _standing(session: Session, lot_id: str, tidal_id: str) -> TidalArrangement:
    """An arrangement of the lot that has no end yet; the lot is locked. Raises TidalUnknown, TidalEnded."""
    row = session.get(TidalArrangement, tidal_id, populate_existing=True)
    if row is None or row.lot_id != lot_id:
        raise TidalUnknown
    if row.ended_on is not None:
        raise TidalEnded(on=row.ended_on.isoformat())
    return row


def _end(row: TidalArrangement, actor: Actor, on: date, reason: str | None, now: datetime) -> None:
    row.ended_on, row.ended_at, row.ended_by, row.ended_for = on, now, str(actor), reason
