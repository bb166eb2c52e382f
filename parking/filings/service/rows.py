"""How do the rows of a table become drafts, thirty lots at once?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from parking.city.queries import Ground, ground
from parking.filings.rules import FIELDS, FilingKind, groups_for, read_answers
from parking.filings.service.drafting import begin
from parking.kernel.actors import Actor
from parking.kernel.errors import N_, FieldProblem

MOST_ROWS = 200


@dataclass(frozen=True, slots=True)
class RowRefused:
    """A row that did not become a draft: its place (the first is 1) and its problems."""

    row: int
    problems: tuple[FieldProblem, ...]


@dataclass(frozen=True, slots=True)
class RowsDrafted:
    """What became of a table of lots."""

    filing_ids: tuple[str, ...]
    refused: tuple[RowRefused, ...]


def draft_from_rows(
    session: Session,
    actor: Actor,
    organisation_id: str,
    rows: Sequence[Mapping[str, str]],
    now: datetime,
) -> RowsDrafted:
    """Begin a registration for each row of a table: texts by field key, a place as <key>_lat, <key>_lon.

    A row with a field that cannot be read, or without a name, is named with its problems and left out; the
    others become drafts. At most 200 rows are read.
    """
    here = ground(session, now)
    kind = FilingKind.REGISTRATION
    made, refused = [], []
    for place, row in enumerate(rows[:MOST_ROWS], start=1):
        answers, problems = _read_row(row, here)
        if problems:
            refused.append(RowRefused(place, tuple(problems)))
        else:
            made.append(begin(session, actor, organisation_id, kind, None, {}, answers, here))
    return RowsDrafted(tuple(made), tuple(refused))


def _read_row(row: Mapping[str, str], here: Ground) -> tuple[dict[str, Any], list[FieldProblem]]:
    answers: dict[str, Any] = {}
    problems: list[FieldProblem] = []
    for group in groups_for(FilingKind.REGISTRATION):
        values, wrong = read_answers(group, row, here.city, answers)
        answers |= {key: value for key, value in values.items() if value is not None}
        problems += wrong
    if "name" not in answers and not problems:
        params = {"label": FIELDS["name"].label}
        problems.append(FieldProblem("name", "missing", N_("请填写“%(label)s”"), params))
    return answers, problems
