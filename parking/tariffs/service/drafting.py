"""How is a tariff written down and tried before anybody pays by it?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Sized
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from parking.audit import service as audit
from parking.kernel.actors import Actor
from parking.kernel.errors import N_, FieldProblem
from parking.kernel.vocabulary import LotKind
from parking.tariffs.errors import (
    CodeTaken,
    NotADraft,
    TariffNotFound,
    TariffRefused,
    VersionChanged,
    VersionNotFound,
)
from parking.tariffs.models import Tariff, TariffVersion
from parking.tariffs.queries import tariff_by_code
from parking.tariffs.rules.document import read, write
from parking.tariffs.rules.errors import TariffInvalid
from parking.tariffs.rules.examples import Example, examples_problems, write_example
from parking.tariffs.rules.shape import far_date, is_near
from parking.tariffs.rules.tariff import Days
from parking.tariffs.rules.versions import VersionState

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_LONGEST_NAME = 100
_LONGEST_NOTE = 500
_MOST_EXAMPLES = 100


def create_tariff(session: Session, actor: Actor, code: str, name: str, kind: LotKind, now: datetime) -> str:
    """A tariff without any version; its id. Raises TariffRefused with the fields, CodeTaken."""
    code, name = code.strip(), name.strip()
    problems = _name_problems(name)
    if not _CODE.fullmatch(code):
        text = N_("编号为 1 到 40 个字母、数字或 . _ -")
        problems.append(FieldProblem("code", "not_a_code", text))
    if problems:
        raise TariffRefused(problems=problems)
    if tariff_by_code(session, code):
        raise CodeTaken(code=code)
    row = Tariff(code=code, name=name, kind=kind, made_at=now, made_by=str(actor))
    session.add(row)
    session.flush()
    details = {"code": code, "name": name, "kind": kind}
    audit.record(session, actor, "tariff:created", "tariff", row.id, details, now)
    return row.id


def rename_tariff(session: Session, actor: Actor, tariff_id: str, name: str, now: datetime) -> None:
    """Another name; nothing that anybody pays changes. Raises TariffNotFound, TariffRefused."""
    row, name = locked_tariff(session, tariff_id), name.strip()
    problems = _name_problems(name)
    if problems:
        raise TariffRefused(problems=problems)
    if row.name == name:
        return
    details = {"before": row.name, "after": name}
    row.name = name
    audit.record(session, actor, "tariff:renamed", "tariff", tariff_id, details, now)


def _name_problems(name: str) -> list[FieldProblem]:
    if 0 < len(name) <= _LONGEST_NAME and name.isprintable():
        return []
    text = N_("请填写名称，最多 %(most)s 个字")
    return [FieldProblem("name", "not_a_name", text, {"most": _LONGEST_NAME})]


def save_draft(
    session: Session,
    actor: Actor,
    tariff_id: str,
    document: Mapping[str, Any],
    from_on: date,
    examples: Sequence[Example],
    now: datetime,
    *,
    note: str = "",
    version_id: str | None = None,
    seen: int | None = None,
) -> str:
    """Write a new version, or change the draft `version_id`, of which the officer saw the `seen`th edit.

    Its id. A draft must be readable; that its examples come out is asked when it is published. Raises
    TariffInvalid with the places, TariffRefused, TariffNotFound, VersionNotFound, NotADraft, VersionChanged.
    """
    tariff = locked_tariff(session, tariff_id)
    written = write(read(document))
    _refuse_odd(from_on, note=(note, _LONGEST_NOTE), examples=(examples, _MOST_EXAMPLES))
    told = {
        "state": VersionState.DRAFT,
        "from_on": from_on,
        "document": written,
        "examples": [write_example(each) for each in examples],
        "note": note.strip(),
        "made_at": now,
        "made_by": str(actor),
    }
    if version_id is None:
        number = _next_number(session, tariff.id)
        session.add(row := TariffVersion(tariff_id=tariff.id, number=number, **told))
    else:
        row = locked_version(session, version_id)
        if row.tariff_id != tariff.id:
            raise VersionNotFound
        as_draft(row, seen)
        if not _change(row, told):
            return row.id
    session.flush()
    details = {"tariff": tariff.id, "number": row.number, "from_on": from_on.isoformat(), "edits": row.edits}
    audit.record(session, actor, "tariff_version:drafted", "tariff_version", row.id, details, now)
    return row.id


def _next_number(session: Session, tariff_id: str) -> int:
    """The tariff is locked, so that nobody else draws one."""
    newest = select(func.max(TariffVersion.number)).where(TariffVersion.tariff_id == tariff_id)
    return (session.scalar(newest) or 0) + 1


def _change(row: TariffVersion, told: Mapping[str, Any]) -> bool:
    """Whether anything is new; saving the same again makes nobody its author."""
    if all(getattr(row, key) == told[key] for key in ("from_on", "document", "examples", "note")):
        return False
    for key, value in told.items():
        setattr(row, key, value)
    row.edits += 1
    return True


def _refuse_odd(from_on: date, **told: tuple[Sized, int]) -> None:
    problems = [] if is_near(from_on) else [far_date("from_on")]
    problems += [
        FieldProblem(field, "too_long", N_("最多 %(most)s"), {"most": most})
        for field, (value, most) in told.items()
        if len(value) > most
    ]
    if problems:
        raise TariffRefused(problems=problems)


def check(document: Mapping[str, Any], examples: Sequence[Example], calendar: Days) -> list[FieldProblem]:
    """All that is wrong with a document, else which examples do not come out; each with its place."""
    try:
        rules = read(document)
    except TariffInvalid as invalid:
        return list(invalid.problems)
    return examples_problems(rules, examples, calendar)


def locked_tariff(session: Session, tariff_id: str) -> Tariff:
    """Whoever changes a tariff, a version of it or its dates does so alone. Raises TariffNotFound."""
    row = session.get(Tariff, tariff_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise TariffNotFound
    return row


def locked_version(session: Session, version_id: str) -> TariffVersion:
    """Raises VersionNotFound."""
    row = session.get(TariffVersion, version_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise VersionNotFound
    return row


def as_draft(row: TariffVersion, seen: int | None) -> None:
    """Raises NotADraft, VersionChanged where the officer looked at an earlier edit."""
    if row.state != VersionState.DRAFT:
        raise NotADraft
    if seen is not None and row.edits != seen:
        raise VersionChanged
