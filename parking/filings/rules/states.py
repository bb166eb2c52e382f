"""Which steps may a filing take, who takes them, and where do they lead? The transition table, as data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from parking.filings.errors import StepNotAllowed, StepRefused


class FilingKind(StrEnum):
    """新备案 / 变更 / 延续 / 注销 / 错时共享."""

    REGISTRATION = "registration"
    CHANGE = "change"
    RENEWAL = "renewal"
    CLOSURE = "closure"
    SHARING = "sharing"


class FilingState(StrEnum):
    """草稿 / 已提交 / 不予受理 / 待补正 / 已受理 / 已备案 / 已退回 / 已放弃."""

    DRAFTED = "drafted"
    SUBMITTED = "submitted"
    REFUSED = "refused"
    CORRECTION_REQUESTED = "correction_requested"
    ACCEPTED = "accepted"
    APPROVED = "approved"
    RETURNED = "returned"
    ABANDONED = "abandoned"


class CertificateState(StrEnum):
    """有效 / 即将到期 / 已到期 / 已撤销 / 已注销."""

    VALID = "valid"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    REVOKED = "revoked"
    CLOSED = "closed"


class NoticeKind(StrEnum):
    """受理通知书 / 补正通知书 / 不予受理通知书 / 备案证明 /
    退回通知书 / 撤销备案决定书 / 注销备案回执 / 错时共享备案书.
    """

    ACCEPTANCE = "acceptance"
    CORRECTION = "correction"
    REFUSAL = "refusal"
    CERTIFICATE = "certificate"
    RETURN = "return"
    REVOCATION = "revocation"
    CLOSURE_RECEIPT = "closure_receipt"
    SHARING_RECORD = "sharing_record"


class Step(StrEnum):
    """What was done to a filing."""

    DRAFTED = "drafted"
    SUBMITTED = "submitted"
    CORRECTED = "corrected"
    ABANDONED = "abandoned"
    CLAIMED = "claimed"
    RELEASED = "released"
    CORRECTION_REQUESTED = "correction_requested"
    REFUSED = "refused"
    ACCEPTED = "accepted"
    DEEMED_ACCEPTED = "deemed_accepted"
    APPROVED = "approved"
    RETURNED = "returned"
    LAPSED = "lapsed"


# The kinds of actor (`parking.kernel.actors`) on the two sides of the counter, and the clock.
OPERATOR = frozenset({"member"})
BUREAU = frozenset({"officer"})
PLATFORM = frozenset({"system"})

_S = FilingState

TRANSITIONS: dict[tuple[FilingState | None, Step], tuple[FilingState, frozenset[str]]] = {
    (None, Step.DRAFTED): (_S.DRAFTED, OPERATOR),
    (_S.DRAFTED, Step.SUBMITTED): (_S.SUBMITTED, OPERATOR),
    (_S.DRAFTED, Step.ABANDONED): (_S.ABANDONED, OPERATOR),
    (_S.SUBMITTED, Step.CLAIMED): (_S.SUBMITTED, BUREAU),
    (_S.SUBMITTED, Step.RELEASED): (_S.SUBMITTED, BUREAU),
    (_S.SUBMITTED, Step.CORRECTION_REQUESTED): (_S.CORRECTION_REQUESTED, BUREAU),
    (_S.SUBMITTED, Step.REFUSED): (_S.REFUSED, BUREAU),
    (_S.SUBMITTED, Step.ACCEPTED): (_S.ACCEPTED, BUREAU),
    (_S.SUBMITTED, Step.DEEMED_ACCEPTED): (_S.ACCEPTED, PLATFORM),
    (_S.SUBMITTED, Step.ABANDONED): (_S.ABANDONED, OPERATOR),
    (_S.CORRECTION_REQUESTED, Step.CORRECTED): (_S.SUBMITTED, OPERATOR),
    (_S.CORRECTION_REQUESTED, Step.ABANDONED): (_S.ABANDONED, OPERATOR),
    (_S.CORRECTION_REQUESTED, Step.LAPSED): (_S.ABANDONED, PLATFORM),
    (_S.ACCEPTED, Step.CLAIMED): (_S.ACCEPTED, BUREAU),
    (_S.ACCEPTED, Step.RELEASED): (_S.ACCEPTED, BUREAU),
    (_S.ACCEPTED, Step.APPROVED): (_S.APPROVED, BUREAU),
    (_S.ACCEPTED, Step.RETURNED): (_S.RETURNED, BUREAU),
    (_S.ACCEPTED, Step.ABANDONED): (_S.ABANDONED, OPERATOR),
}

EDITABLE = frozenset({_S.DRAFTED, _S.CORRECTION_REQUESTED})
"""The states in which the operator may change answers and papers."""
WAITING = frozenset({_S.SUBMITTED, _S.ACCEPTED})
"""The states in which the bureau owes the next step."""
OPEN = EDITABLE | WAITING
FINAL = frozenset(FilingState) - OPEN
STANDING = frozenset({CertificateState.VALID, CertificateState.EXPIRING, CertificateState.EXPIRED})
"""A certificate that has neither been revoked nor closed."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A step that may be taken from where a filing stands: what the console offers."""

    step: Step
    leads_to: FilingState


def next_state(state: FilingState | None, step: Step, actor_kind: str) -> FilingState:
    """Where a step leads. Raises StepRefused where there is no such step, StepNotAllowed for this actor."""
    found = TRANSITIONS.get((state, step))
    if found is None:
        raise StepRefused
    leads_to, allowed = found
    if actor_kind not in allowed:
        raise StepNotAllowed
    return leads_to


def steps_from(state: FilingState, actor_kind: str) -> tuple[Decision, ...]:
    """The steps that this kind of actor may take from a state, in the order of the table."""
    return tuple(
        Decision(step, leads_to)
        for (origin, step), (leads_to, allowed) in TRANSITIONS.items()
        if origin is state and actor_kind in allowed
    )
