"""What does a reader get to see of filings, notices and certificates?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from parking.filings.rules.due import DueWhat
from parking.filings.rules.states import CertificateState, FilingKind, FilingState, NoticeKind, Step


@dataclass(frozen=True, slots=True)
class PaperView:
    """A file that was attached; `withdrawn_at` where it no longer counts."""

    id: str
    document_key: str
    sha256: str
    media_type: str
    size: int
    name: str
    added_at: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class StepView:
    """One step: who (`actor` is "member:<account id>", "officer:<account id>" or "system:platform"), when,
    why. `details` holds e.g. the items of a correction notice, or what a correction changed."""

    number: int
    step: Step
    state: FilingState
    actor: str
    at: datetime
    reason: str | None
    due_what: DueWhat | None
    due_on: date | None
    notice_number: str | None
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A numbered paper of the bureau; `content` is what it said when it was issued and never changes.

    `content` keys, where they apply: items [{about, label, text_zh, text_en}], reasons (the same shape), lot
    {name, address, ...}, spaces {class: n}, from_on, last_on, code, closes_on, submitted_on.
    """

    number: str
    kind: NoticeKind
    filing_id: str
    filing_number: str | None
    organisation_id: str
    issued_at: datetime
    authority_zh: str
    authority_en: str
    addressed_to: str
    lot_name: str
    content: dict[str, Any]
    due_on: date | None


@dataclass(frozen=True, slots=True)
class CertificateView:
    """A certificate as it stands on the day asked for. It holds on [from_on, until_on).

    `content` is that of its newest printed paper `notice_number` (a change or renewal prints a new one). The
    name of a holder who is a person (`organisation_kind`) is not for the public.
    """

    number: str
    code: str
    state: CertificateState
    lot_id: str
    organisation_id: str
    organisation_name: str
    lot_name: str
    from_on: date
    until_on: date
    notice_number: str
    content: dict[str, Any]
    revoked_at: datetime | None
    revocation: str | None
    closed_at: datetime | None
    version: int
    organisation_kind: str = "organisation"

    @property
    def last_on(self) -> date:
        """The last day on which it holds, as papers print it."""
        return self.until_on - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class FilingView:
    """One filing with all that was answered, attached, done and issued.

    `lot_id` is the lot of a change, renewal or closure, and of a registration once approved;
    `claimed_lot_id` the lot of the register that a registration says to be.
    """

    id: str
    number: str | None
    kind: FilingKind
    state: FilingState
    organisation_id: str
    organisation_name: str
    lot_id: str | None
    claimed_lot_id: str | None
    district_code: str | None
    lot_name: str
    answers: dict[str, Any]
    base: dict[str, Any]
    papers: tuple[PaperView, ...]
    steps: tuple[StepView, ...]
    notices: tuple[NoticeView, ...]
    due_on: date | None
    due_what: DueWhat | None
    version: int
    claimed_by: str | None
    claimed_until_at: datetime | None
    created_at: datetime
    updated_at: datetime
    submitted_at: datetime | None
    declared_by: str | None
    certificate_number: str | None

    @property
    def documents(self) -> frozenset[str]:
        """The keys of the documents that have at least one standing file."""
        return frozenset(paper.document_key for paper in self.papers if paper.withdrawn_at is None)

    @property
    def correction_items(self) -> tuple[dict[str, Any], ...]:
        """What the correction notice asked for; empty where there was none."""
        asked = [step for step in self.steps if step.step is Step.CORRECTION_REQUESTED]
        return tuple(asked[-1].details["items"]) if asked else ()


@dataclass(frozen=True, slots=True)
class FilingRow:
    """One of an organisation's own filings in a list."""

    id: str
    number: str | None
    kind: FilingKind
    state: FilingState
    lot_id: str | None
    lot_name: str
    due_on: date | None
    due_what: DueWhat | None
    updated_at: datetime
    submitted_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One filing in the bureau's queue."""

    id: str
    number: str
    kind: FilingKind
    state: FilingState
    lot_name: str
    organisation_id: str
    organisation_name: str
    district_code: str | None
    submitted_at: datetime
    due_on: date | None
    due_what: DueWhat | None
    claimed_by: str | None
    claimed_until_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class QueuePage:
    """A page of the queue; `next_after` goes into `after` for the next one, None at the end."""

    rows: tuple[QueueRow, ...]
    next_after: str | None


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """How much waits; each number stops at 1,000, which then means "1,000 or more"."""

    waiting: int
    overdue: int
    due_today: int
    mine: int
    with_operators: int


@dataclass(frozen=True, slots=True)
class Change:
    """One field, old beside new, as plain values of the answers; `before` None where nothing was told.

    `space` changes are whole numbers; `difference` then is new minus old.
    """

    field: str
    label: str
    before: Any
    after: Any
    difference: int | None = None
