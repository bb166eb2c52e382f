"""May this version come into force? Only with examples that come out, and by another's hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.audit import service as audit
from parking.city import queries as city
from parking.kernel.actors import Actor
from parking.kernel.db.changes import announce
from parking.kernel.errors import N_, FieldProblem
from parking.tariffs.errors import (
    AlreadyInForce,
    AuthorMayNotApprove,
    NotADraft,
    NotPublishable,
    TariffRefused,
)
from parking.tariffs.models import TariffVersion
from parking.tariffs.queries import lots_of
from parking.tariffs.queries.views import version
from parking.tariffs.rules.document import read
from parking.tariffs.rules.examples import examples_problems
from parking.tariffs.rules.tariff import TariffRules
from parking.tariffs.rules.versions import VersionState
from parking.tariffs.service.drafting import as_draft, locked_tariff, locked_version

TOPIC = "tariffs"
_FOUR_EYES = "tariffs.four_eyes"


def publish(
    session: Session, actor: Actor, version_id: str, now: datetime, *, seen: int | None = None
) -> None:
    """Let a draft be in force from its day on, of which the approver saw the `seen`th edit.

    A tariff's first version may begin on any day; a later one after today, so that nobody who parks now pays
    by what was decided after. Raises VersionNotFound, NotADraft, VersionChanged, AuthorMayNotApprove where
    the city wants two officers, and NotPublishable with every reason.
    """
    locked_tariff(session, version(session, version_id).tariff_id)
    row = locked_version(session, version_id)
    as_draft(row, seen)
    today = city.today(session, now)
    if str(actor) == row.made_by and city.facts(session, today).get(_FOUR_EYES, True):
        raise AuthorMayNotApprove
    problems = list(_problems(session, row, read(row.document), today))
    if problems:
        raise NotPublishable(problems=problems)
    row.state, row.published_at, row.approved_by = VersionState.PUBLISHED, now, str(actor)
    session.flush()
    details = {
        "tariff": row.tariff_id,
        "number": row.number,
        "from_on": row.from_on.isoformat(),
        "drafted_by": row.made_by,
        "examples": len(row.examples),
        "document": row.document,
    }
    audit.record(session, actor, "tariff_version:published", "tariff_version", row.id, details, now)
    announce(session, TOPIC, [row.tariff_id])


def _problems(
    session: Session, row: TariffVersion, rules: TariffRules, today: date
) -> Iterator[FieldProblem]:
    examples = version(session, row.id).examples
    if not examples:
        yield FieldProblem("examples", "missing", N_("至少需要一个算例：没有试算过的收费标准不能发布"))
    yield from examples_problems(rules, examples, city.calendar(session))
    dates = select(TariffVersion.from_on).where(
        TariffVersion.tariff_id == row.tariff_id, TariffVersion.state == VersionState.PUBLISHED
    )
    published = set(session.scalars(dates))
    if row.from_on in published:
        yield FieldProblem("from_on", "taken", N_("已有一个版本从这一天起施行"))
    elif published and row.from_on <= today:
        yield FieldProblem("from_on", "past", N_("必须晚于今天：正在停放的车辆按已公布的标准收费"))
    named = {zone for choice in rules.choices for zone in choice.zones}
    for zone in sorted({lot.zone for lot in lots_of(session, row.tariff_id, today) if lot.zone} - named):
        text = N_("停车场所在的路段“%(zone)s”没有写在这个版本里")
        yield FieldProblem("choices", "zone_missing", text, {"zone": zone})


def withdraw(session: Session, actor: Actor, version_id: str, reason: str, now: datetime) -> None:
    """Take back a draft, or a published version before its day. Raises VersionNotFound, AlreadyInForce,
    NotADraft where it is withdrawn already, TariffRefused without a reason.
    """
    reason = reason.strip()
    if not reason:
        raise TariffRefused(problems=[FieldProblem("reason", "missing", N_("请填写理由"))])
    locked_tariff(session, version(session, version_id).tariff_id)
    row = locked_version(session, version_id)
    if row.state == VersionState.WITHDRAWN:
        raise NotADraft
    if row.state == VersionState.PUBLISHED and row.from_on <= city.today(session, now):
        raise AlreadyInForce
    before = row.state
    row.state = VersionState.WITHDRAWN
    row.withdrawn_at, row.withdrawn_by, row.withdrawn_for = now, str(actor), reason
    session.flush()
    details = {"tariff": row.tariff_id, "number": row.number, "was": before}
    audit.record(session, actor, "tariff_version:withdrawn", "tariff_version", row.id, details, now, reason)
    if before == VersionState.PUBLISHED:
        announce(session, TOPIC, [row.tariff_id])
