"""How does an operator begin a filing and fill it, page by page, without losing or overwriting anything?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from parking.accounts import queries as accounts
from parking.audit import service as audit
from parking.city.queries import Ground, ground
from parking.filings.errors import FilingChanged, FilingOpen, StepRefused
from parking.filings.kinds import KINDS, free_lot
from parking.filings.models import Filing
from parking.filings.queries.filings import open_filing
from parking.filings.rules import (
    EDITABLE,
    FIELDS,
    OPEN,
    FilingKind,
    FilingState,
    Step,
    group_for,
    groups_for,
    next_state,
)
from parking.filings.service.steps import check_unchanged, lock_filing, take_step, write_step
from parking.kernel.actors import Actor
from parking.kernel.ids import new_id


def draft_filing(
    session: Session,
    actor: Actor,
    organisation_id: str,
    kind: FilingKind,
    now: datetime,
    *,
    lot_id: str | None = None,
    answers: Mapping[str, Any] | None = None,
) -> str:
    """Begin a filing; returns its id. An organisation may draft before it has been checked.

    A change, renewal or closure names the lot that the organisation has filed and begins with what stands; a
    registration may name a lot of the register that it claims. Raises LotNotFiled, LotAlreadyFiled,
    LotNotFound, TooEarlyToRenew, and FilingOpen with the draft or filing that is already open.
    """
    here = ground(session, now)
    _check_none_open(session, kind, organisation_id, lot_id)
    base = KINDS[kind].first_answers(session, organisation_id, lot_id, here)
    return begin(session, actor, organisation_id, kind, lot_id, base, {**base, **(answers or {})}, here)


def copy_filing(session: Session, actor: Actor, organisation_id: str, filing_id: str, now: datetime) -> str:
    """Begin a registration with the answers of another filing, but its name and places. Papers stay there.

    Raises FilingNotFound.
    """
    here = ground(session, now)
    source = lock_filing(session, filing_id, organisation_id)
    own = {"name", "name_en", "position", "entrance"}
    asked = {each.key for group in groups_for(FilingKind.REGISTRATION) for each in group.fields}
    answers = {key: value for key, value in source.answers.items() if key in asked - own}
    return begin(session, actor, organisation_id, FilingKind.REGISTRATION, None, {}, answers, here)


def save_answers(
    session: Session,
    actor: Actor,
    organisation_id: str,
    filing_id: str,
    group_key: str,
    values: Mapping[str, Any],
    version: int,
    now: datetime,
) -> int:
    """Keep one page of answers (as `rules.read_answers` gives them; None empties); returns the new version.

    What is saved a second time changes nothing. Raises FilingNotFound, StepRefused once it was submitted,
    FilingChanged with what another tab saved in these fields, and ValueError for a field that is not of the
    group: a bug of the caller.
    """
    filing = lock_filing(session, filing_id, organisation_id)
    _check_editable(filing)
    group = group_for(FilingKind(filing.kind), group_key)
    if group is None or (unknown := set(values) - {each.key for each in group.fields}):
        raise ValueError(f"not of {group_key}: {sorted(values if group is None else unknown)}")
    changed = {key: value for key, value in values.items() if filing.answers.get(key) != value}
    if not changed:
        return filing.version
    if filing.version != version:
        raise FilingChanged(filing.version, {key: filing.answers.get(key) for key in changed})
    before = {key: filing.answers.get(key) for key in changed}
    _put_answers(filing, changed, now)
    details = {"group": group_key, "before": _public(before), "after": _public(changed)}
    audit.record(session, actor, "filing:answers_saved", "filing", filing.id, details, now)
    return filing.version


def claim_lot(
    session: Session,
    actor: Actor,
    organisation_id: str,
    filing_id: str,
    lot_id: str | None,
    version: int,
    now: datetime,
) -> int:
    """Say that a registration is about this lot of the register (None: about none); returns the version.

    Raises FilingNotFound, StepRefused, FilingChanged, LotNotFound, LotAlreadyFiled, and FilingOpen where
    somebody's open registration claims the lot.
    """
    here = ground(session, now)
    filing = lock_filing(session, filing_id, organisation_id)
    _check_editable(filing)
    if filing.kind != FilingKind.REGISTRATION:
        raise StepRefused
    if filing.claimed_lot_id == lot_id:
        return filing.version
    check_unchanged(filing, version)
    return put_claim(session, actor, filing, lot_id, "filing:lot_claimed", here)


def abandon(
    session: Session,
    actor: Actor,
    organisation_id: str,
    filing_id: str,
    version: int,
    reason: str | None,
    now: datetime,
) -> None:
    """Give a filing up before it was decided; a second time does nothing.

    Raises FilingNotFound, FilingChanged, StepRefused.
    """
    filing = lock_filing(session, filing_id, organisation_id)
    if filing.state == FilingState.ABANDONED:
        return
    check_unchanged(filing, version)
    take_step(session, actor, filing, Step.ABANDONED, ground(session, now), reason=reason)


def put_claim(
    session: Session, actor: Actor, filing: Filing, lot_id: str | None, action: str, here: Ground
) -> int:
    """Write down which lot of the register a locked registration is about; returns the version then.

    Raises LotNotFound, LotAlreadyFiled, FilingOpen.
    """
    if lot_id is not None:
        free_lot(session, lot_id, here)
        check_unclaimed(session, lot_id, filing.id)
    before = filing.claimed_lot_id
    try:
        with session.begin_nested():
            filing.claimed_lot_id = lot_id
            filing.version += 1
            filing.updated_at = here.now
    except IntegrityError as problem:
        # Another filing claimed the lot at this moment.
        states = sorted(OPEN - {FilingState.DRAFTED})
        rival = open_filing(session, lot_id or "", FilingKind.REGISTRATION, states)
        raise FilingOpen(rival or "") from problem
    details = {"before": before, "after": lot_id}
    audit.record(session, actor, action, "filing", filing.id, details, here.now)
    return filing.version


def check_unclaimed(session: Session, lot_id: str, own_id: str) -> None:
    """No other open registration claims the lot; drafts do not count. Raises FilingOpen."""
    states = sorted(OPEN - {FilingState.DRAFTED})
    other = open_filing(session, lot_id, FilingKind.REGISTRATION, states)
    if other is not None and other != own_id:
        raise FilingOpen(other)


def begin(
    session: Session,
    actor: Actor,
    organisation_id: str,
    kind: FilingKind,
    lot_id: str | None,
    base: Mapping[str, Any],
    answers: Mapping[str, Any],
    here: Ground,
) -> str:
    """Put a new draft on record; returns its id. Raises FilingOpen, StepNotAllowed."""
    state = next_state(None, Step.DRAFTED, actor.kind)
    registers = kind is FilingKind.REGISTRATION
    filing = Filing(
        id=new_id(),
        kind=kind,
        state=state,
        organisation_id=organisation_id,
        organisation_name=accounts.organisation(session, organisation_id).name,
        lot_id=None if registers else lot_id,
        claimed_lot_id=lot_id if registers else None,
        lot_name=answers.get("name") or "",
        district_code=answers.get("district_code"),
        answers={key: value for key, value in answers.items() if value is not None},
        base=dict(base),
        created_by=str(actor),
        created_at=here.now,
        updated_at=here.now,
        version=1,
    )
    try:
        with session.begin_nested():
            session.add(filing)
    except IntegrityError as problem:
        # The same draft was begun in another tab at this moment.
        other = open_filing(session, lot_id or "", kind, sorted(OPEN), organisation_id)
        raise FilingOpen(other or "") from problem
    write_step(session, actor, filing, Step.DRAFTED, here, reason=None, notice_number=None, details={})
    details = {"kind": str(kind), "lot": lot_id}
    audit.record(session, actor, "filing:drafted", "filing", filing.id, details, here.now)
    return filing.id


def _check_none_open(session: Session, kind: FilingKind, organisation_id: str, lot_id: str | None) -> None:
    if lot_id is None:
        return
    registers = kind is FilingKind.REGISTRATION
    states = OPEN - {FilingState.DRAFTED} if registers else OPEN
    # Whoever claims a lot keeps others from it; what was left open by its last holder does not.
    whose = None if registers else organisation_id
    if (other := open_filing(session, lot_id, kind, sorted(states), whose)) is not None:
        raise FilingOpen(other)


def _check_editable(filing: Filing) -> None:
    if filing.state not in EDITABLE:
        raise StepRefused


def _put_answers(filing: Filing, values: Mapping[str, Any], now: datetime) -> None:
    answers = {**filing.answers, **values}
    # Assigned anew: SQLAlchemy does not see what happens inside a JSON value.
    filing.answers = {key: value for key, value in answers.items() if value is not None}
    filing.lot_name = filing.answers.get("name") or ""
    filing.district_code = filing.answers.get("district_code")
    filing.version += 1
    filing.updated_at = now


def _public(values: Mapping[str, Any]) -> dict[str, Any]:
    """What the audit may say of answers: of a private field only that it was touched."""
    return {key: "…" if FIELDS[key].private and value else value for key, value in values.items()}
