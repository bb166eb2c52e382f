"""How does an agreement come into force: drafted, proposed, confirmed by each of its three parties?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from parking.audit import service as audit
from parking.city import queries as city
from parking.kernel.actors import Actor
from parking.kernel.db.numbering import draw
from parking.kernel.errors import N_, FieldProblem
from parking.lots.queries.lending import Lent, least_capacity
from parking.lots.rules.hours import HoursReader
from parking.sharing.errors.agreements import (
    AgreementChanged,
    AgreementRefused,
    AgreementStepRefused,
    AgreementUnknown,
)
from parking.sharing.models.agreements import Agreement, AgreementPart, AgreementParty, AgreementSeries
from parking.sharing.rules.agreements import (
    AgreementDraft,
    AgreementState,
    AgreementStep,
    Party,
    agreement_problems,
    confirmed_by,
    next_state,
)
from parking.sharing.rules.windows import AHEAD_DAYS, hours_problems, opening_of
from parking.sharing.service.opening import Materialised, materialise_windows
from parking.sharing.service.windows import fit

SUBJECT = "agreement"
_WHOLE = timedelta(days=366)


def draft_problems(session: Session, draft: AgreementDraft, now: datetime) -> list[FieldProblem]:
    """All that is wrong with a draft: by itself, with the calendar, with the register and with what is lent.

    Hours are read over the first year of the agreement; over-lending over the next 60 days.
    """
    problems = list(agreement_problems(draft))
    if draft.until_on <= draft.from_on:
        return problems
    zone = city.time_zone(session, now)
    on = now.astimezone(zone).date()
    if draft.until_on <= on:
        problems.append(FieldProblem("until_on", "over", N_("结束日期已过")))
        return problems
    reader = HoursReader(city.calendar(session), zone.key)
    since_on = max(draft.from_on, on)
    until_on = min(draft.until_on, since_on + _WHOLE)
    spaces = least_capacity(session, [draft.lot_id], on, until_on)
    for number, part in enumerate(draft.parts):
        field = f"parts[{number}].opening_hours"
        told = list(hours_problems(reader, part.opening_hours, since_on, until_on, field))
        problems += told
        held = spaces.get((draft.lot_id, part.space_class), 0)
        if part.spaces > held:
            text = N_("登记的这类车位只有 %(held)s 个")
            problems.append(FieldProblem(f"parts[{number}].spaces", "beyond_spaces", text, {"held": held}))
        elif not told and (crowded := _crowded(session, draft, number, reader, now)):
            text = N_("有 %(count)s 个时段与已生效的共享协议冲突，车位不够")
            problems.append(
                FieldProblem(f"parts[{number}].opening_hours", "crowded", text, {"count": crowded})
            )
    return problems


def draft_agreement(session: Session, actor: Actor, draft: AgreementDraft, now: datetime) -> str:
    """Put a draft on record; returns its id. Raises AgreementRefused with every problem."""
    problems = draft_problems(session, draft, now)
    if problems:
        raise AgreementRefused(problems=problems, count=len(problems))
    row = _row(actor, draft, now)
    session.add(row)
    session.flush()
    details = {
        "lot": draft.lot_id,
        "from_on": draft.from_on.isoformat(),
        "until_on": draft.until_on.isoformat(),
    }
    audit.record(session, actor, "agreement:drafted", SUBJECT, row.id, details, now)
    return row.id


def propose(session: Session, actor: Actor, agreement_id: str, now: datetime) -> None:
    """Put a draft before its parties. Raises AgreementUnknown, AgreementStepRefused."""
    take(session, actor, locked(session, agreement_id), AgreementStep.PROPOSE, now)


@dataclass(frozen=True, slots=True)
class Proof:
    """How a party confirmed that does not do so now: by its own earlier act, or by a signed paper."""

    by: str | None = None
    at: datetime | None = None
    paper_id: str | None = None


_HERE_AND_NOW = Proof()


def confirm(
    session: Session,
    actor: Actor,
    agreement_id: str,
    party: Party,
    now: datetime,
    proof: Proof = _HERE_AND_NOW,
) -> AgreementState:
    """Note that a party confirmed; with the third one the agreement is confirmed. Twice is once.

    The actor speaks for that party, or writes down what the proof says. The caller answers for either.
    Raises AgreementUnknown, AgreementStepRefused.
    """
    row = locked(session, agreement_id)
    told = next(each for each in row.parties if each.party == party)
    if told.confirmed_at is None:
        details: dict[str, object] = {"party": str(party), "by": proof.by or str(actor)}
        if proof.paper_id is not None:
            details |= {"on_behalf": True, "paper": proof.paper_id}
        take(session, actor, row, AgreementStep.CONFIRM, now, details)
        told.confirmed_at, told.confirmed_by = proof.at or now, proof.by or str(actor)
        told.paper_id = proof.paper_id
        row.state = confirmed_by({Party(each.party) for each in row.parties if each.confirmed_at})
        session.flush()
    return AgreementState(row.state)


def put_in_force(session: Session, actor: Actor, agreement_id: str, now: datetime) -> Materialised:
    """Let a confirmed agreement hold: it draws its number, and its first windows open.

    Raises AgreementUnknown, AgreementStepRefused.
    """
    row = locked(session, agreement_id)
    take(session, actor, row, AgreementStep.PUT_IN_FORCE, now)
    year = city.today(session, now).year
    row.number = f"GX-{year}-{draw(session, AgreementSeries, year=year):04d}"
    row.in_force_at = now
    session.flush()
    return materialise_windows(session, now, [row.id])


def locked(session: Session, agreement_id: str, version: int | None = None) -> Agreement:
    """An agreement, held until the transaction ends. Raises AgreementUnknown, AgreementChanged."""
    row = session.get(Agreement, agreement_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise AgreementUnknown
    if version is not None and row.version != version:
        raise AgreementChanged
    return row


def take(
    session: Session,
    actor: Actor,
    row: Agreement,
    step: AgreementStep,
    now: datetime,
    details: dict[str, object] | None = None,
    reason: str | None = None,
) -> None:
    """Take a step of a locked agreement, and write it down. Raises AgreementStepRefused."""
    state = next_state(AgreementState(row.state), step)
    if state is None:
        raise AgreementStepRefused
    row.state = state
    told = {"state": str(state), **(details or {})}
    audit.record(session, actor, f"agreement:{step}", SUBJECT, row.id, told, now, reason)
    session.flush()


def _row(actor: Actor, draft: AgreementDraft, now: datetime) -> Agreement:
    """A draft that was checked, as it is kept."""
    return Agreement(
        lot_id=draft.lot_id,
        organisation_id=draft.organisation_id,
        filing_id=draft.filing_id,
        state=AgreementState.DRAFTED,
        from_on=draft.from_on,
        until_on=draft.until_on,
        notice_days=draft.notice_days,
        withdraw_before_minutes=draft.withdraw_before_minutes,
        grace_minutes=draft.grace_minutes,
        overstays_suspend=draft.overstays_suspend,
        on_overstay=draft.on_overstay.strip(),
        insurance=draft.insurance.strip(),
        house_rules=draft.house_rules.strip(),
        tariff_id=draft.tariff_id,
        made_at=now,
        made_by=str(actor),
        parties=[
            AgreementParty(
                party=party,
                name=told.name.strip(),
                contact=told.contact.strip(),
                duties=told.duties.strip(),
                officer_id=told.officer_id,
            )
            for party, told in draft.parties.items()
        ],
        parts=[
            AgreementPart(
                space_class=part.space_class,
                spaces=part.spaces,
                opening_hours=part.opening_hours.strip(),
                quota=part.quota,
            )
            for part in draft.parts
        ],
    )


def _crowded(session: Session, draft: AgreementDraft, number: int, reader: HoursReader, now: datetime) -> int:
    """How many of the windows of the next days would lend spaces that are lent to others already."""
    zone, part = city.time_zone(session, now), draft.parts[number]
    on = now.astimezone(zone).date()
    since, until = max(draft.from_on, on), min(draft.until_on, on + timedelta(days=AHEAD_DAYS))
    told = opening_of(reader, part.opening_hours, since, until)
    spans = [
        Lent(str(place), "", draft.lot_id, part.space_class, from_at, until_at, part.quota)
        for place, (from_at, until_at) in enumerate(told.spans)
    ]
    _, crowded = fit(session, spans, now, zone, AHEAD_DAYS)
    return sum(crowded.values())
