"""What does the console show of one filing: what is asked, what changed, what proves it, what was done?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Response
from flask_babel import gettext

from parking.accounts.rules import Permission
from parking.filings import queries
from parking.filings.errors import AlreadyDecided, FilingClaimed, FilingNotFound
from parking.filings.queries import Change, FilingView, PaperView
from parking.filings.rules import DocumentNeed, Field, Group, Step, checklist, groups_for, missing
from parking.filings.rules.drafting import place_of
from parking.kernel.geo import distance_m
from parking.lots import queries as lots
from parking.lots.queries import LotCard
from parking.portals._http import auth, work
from parking.portals._http.auth import NotPermitted
from parking.portals._http.filing_texts import STEPS, answer_text
from parking.portals.bureau import desk

NEAR_M = 500.0


@dataclass(frozen=True, slots=True)
class Document:
    """A paper of the checklist: what was handed in for it, and whether it is still missing."""

    need: DocumentNeed
    files: tuple[PaperView, ...]

    @property
    def is_missing(self) -> bool:
        return self.need.required and not self.files


@dataclass(frozen=True, slots=True)
class Answer:
    """One field: its value as people read it, what it was before, and the papers that prove it."""

    field: Field
    text: str
    before: str | None
    difference: int | None
    is_missing: bool
    documents: tuple[Document, ...]

    @property
    def is_told(self) -> bool:
        """Whether there is anything to be looked at: a question that may stay open and did is left out."""
        return bool(self.text or self.is_missing or self.before or self.documents)


@dataclass(frozen=True, slots=True)
class Part:
    """One group of the task list."""

    group: Group
    answers: tuple[Answer, ...]
    documents: tuple[Document, ...]


@dataclass(frozen=True, slots=True)
class Nearby:
    """A lot near the claimed place; `number` stands on the map and in the list alike."""

    number: int
    card: LotCard
    distance_m: float
    is_candidate: bool = False
    likeness: float = 0.0


@dataclass(frozen=True, slots=True)
class OneFiling:
    """Everything on the page of one filing."""

    filing: FilingView
    parts: tuple[Part, ...]
    documents: tuple[Document, ...]
    others: tuple[Document, ...]
    changes: tuple[Change, ...]
    place: tuple[float, float] | None
    nearby: tuple[Nearby, ...]
    candidates: tuple[Nearby, ...]
    outside: bool
    other_district: str | None


def in_my_districts(filing_id: str, permission: Permission) -> FilingView:
    """A filing that the caller's duty reaches, and that was submitted. Raises FilingNotFound, NotPermitted.

    A filing of another district is as unknown as none; one that may be read and not decided is not.
    """
    found = queries.filing(work.session(), filing_id)
    caller = auth.caller()
    if found.number is None or not caller.may_in(Permission.BUREAU_FILINGS_READ, found.district_code):
        raise FilingNotFound
    if not caller.may_in(permission, found.district_code):
        raise NotPermitted
    return found


def one_filing(filing: FilingView) -> OneFiling:
    """The page of a filing, as things stand today."""
    session, city, today = work.session(), desk.city(), desk.today()
    changes = {each.field: each for each in queries.changes(session, filing, today)}
    absent = {each.field for each in missing(city, filing.kind, filing.answers, filing.documents)}
    documents = documents_of(filing)
    by_proof: dict[str, list[Document]] = defaultdict(list)
    for each in documents:
        by_proof[each.need.proves].append(each)
    parts = tuple(
        Part(
            group,
            tuple(
                _answer(each, filing, changes.get(each.key), absent, by_proof.get(each.key, ()))
                for each in group.fields
                if each.is_asked(filing.answers) or filing.answers.get(each.key) is not None
            ),
            tuple(by_proof.get(group.key, ())),
        )
        for group in groups_for(filing.kind, filing.answers.get("kind"))
        if group.fields
    )
    shown = {part.group.key for part in parts} | {
        answer.field.key for part in parts for answer in part.answers
    }
    place = place_of(filing.answers.get("position"))
    nearby = _nearby(filing, place)
    district = city.district_at(*place) if place else None
    told = filing.answers.get("district_code")
    return OneFiling(
        filing=filing,
        parts=parts,
        documents=documents,
        others=tuple(each for each in documents if each.need.proves not in shown),
        changes=tuple(changes.values()),
        place=place,
        nearby=nearby,
        candidates=tuple(each for each in nearby if each.is_candidate),
        outside=place is not None and not city.contains(*place),
        other_district=district.code if district and told and district.code != told else None,
    )


def documents_of(filing: FilingView) -> tuple[Document, ...]:
    """The papers that the city asks for, and what else was handed in, with their standing files."""
    files: dict[str, list[PaperView]] = defaultdict(list)
    for paper in filing.papers:
        if paper.withdrawn_at is None:
            files[paper.document_key].append(paper)
    needs = checklist(desk.city(), filing.kind, filing.answers)
    asked = {need.key for need in needs}
    # A paper whose question has changed since is still shown: it was handed in.
    needs += [DocumentNeed(key, key, key, "", "", False, "") for key in files if key not in asked]
    return tuple(Document(need, tuple(files.get(need.key, ()))) for need in needs)


def _answer(
    asked: Field,
    filing: FilingView,
    change: Change | None,
    absent: set[str],
    documents: Sequence[Document],
) -> Answer:
    city = desk.city()
    return Answer(
        field=asked,
        text=answer_text(asked, filing.answers.get(asked.key), city),
        before=None if change is None else answer_text(asked, change.before, city) or "–",
        difference=change.difference if change else None,
        is_missing=asked.key in absent,
        documents=tuple(documents),
    )


def _nearby(filing: FilingView, place: tuple[float, float] | None) -> tuple[Nearby, ...]:
    """Lots around the claimed place, and those elsewhere that it may be, numbered in one order."""
    if place is None:
        return ()
    session, today = work.session(), desk.today()
    likely = {each.card.id: each for each in queries.candidates(session, filing, today)}
    cards = {card.id: card for card in lots.near(session, *place, NEAR_M, today)}
    cards |= {lot_id: each.card for lot_id, each in likely.items()}
    away = sorted((distance_m(place, (card.lat, card.lon)), card.id) for card in cards.values())
    return tuple(
        Nearby(
            number,
            cards[lot_id],
            metres,
            lot_id in likely,
            likely[lot_id].likeness if lot_id in likely else 0.0,
        )
        for number, (metres, lot_id) in enumerate(away, start=1)
        if lot_id != filing.lot_id
    )


def refuse_overtaken(filing_id: str, conflict: AlreadyDecided | FilingClaimed) -> Response:
    """Say who was first and when; nothing of this request is kept."""
    by = str(conflict.by)
    at = conflict.at if isinstance(conflict, AlreadyDecided) else conflict.until_at
    name = desk.names_of([by])(by) if ":" in by else desk.names_of([f"officer:{by}"])(f"officer:{by}")
    response = desk.page(
        "overtaken.html",
        filing_id=filing_id,
        by=name,
        at=at if isinstance(at, datetime) else None,
        step=gettext(STEPS[Step(conflict.step)]) if isinstance(conflict, AlreadyDecided) else None,
    )
    response.status_code = 409
    return response
