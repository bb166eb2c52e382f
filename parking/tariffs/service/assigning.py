"""Which lot has which tariff, and from what day on?"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from parking.audit import service as audit
from parking.city import queries as city
from parking.kernel.actors import Actor
from parking.kernel.db.changes import announce
from parking.kernel.errors import N_, FieldProblem
from parking.lots.models import Lot
from parking.tariffs.errors import LotUnknown, TariffRefused
from parking.tariffs.models import LotTariffRow
from parking.tariffs.queries import lot_tariffs, versions
from parking.tariffs.rules.document import read
from parking.tariffs.rules.shape import far_date, is_near
from parking.tariffs.rules.versions import VersionState
from parking.tariffs.service.drafting import locked_tariff
from parking.tariffs.service.publishing import TOPIC


def assign(
    session: Session,
    actor: Actor,
    lot_id: str,
    tariff_id: str | None,
    zone: str | None,
    from_on: date,
    now: datetime,
) -> bool:
    """Let a lot have a tariff from a city day on (None: none any more), until its next dated row.

    False where it holds already. The day lies after today, or anywhere where the lot never had a tariff. A
    zone is one that a version names which holds on that day or later (of an unpublished tariff, a draft).
    Raises LotUnknown, TariffNotFound, TariffRefused.
    """
    if session.get(Lot, lot_id, with_for_update=True) is None:
        raise LotUnknown
    if tariff_id is not None:
        locked_tariff(session, tariff_id)
    rows = lot_tariffs(session, lot_id)
    before = next((row for row in reversed(rows) if row.from_on <= from_on), None)
    zone = zone if tariff_id is not None else None
    if (before.tariff_id, before.zone) == (tariff_id, zone) if before else tariff_id is None:
        return False
    problems = [] if is_near(from_on) else [far_date("from_on")]
    if rows and from_on <= city.today(session, now):
        text = N_("必须晚于今天：正在停放的车辆按已公布的标准收费")
        problems.append(FieldProblem("from_on", "past", text))
    if tariff_id is not None and zone is not None and zone not in _zones(session, tariff_id, from_on):
        problems.append(FieldProblem("zone", "unknown", N_("这个收费标准里没有这个路段")))
    if problems:
        raise TariffRefused(problems=problems)
    told = {"tariff_id": tariff_id, "zone": zone, "set_at": now, "set_by": str(actor)}
    session.merge(LotTariffRow(lot_id=lot_id, from_on=from_on, **told))
    session.flush()
    details = {
        "from_on": from_on.isoformat(),
        "before": _told(before.tariff_id, before.zone) if before else None,
        "after": _told(tariff_id, zone),
    }
    audit.record(session, actor, "lot_tariff:set", "lot", lot_id, details, now)
    announce(session, TOPIC, {each for each in (tariff_id, before and before.tariff_id) if each})
    return True


def _zones(session: Session, tariff_id: str, on: date) -> set[str]:
    known = versions(session, tariff_id)
    published = [each for each in known if each.state is VersionState.PUBLISHED]
    present = max((each.from_on for each in published if each.from_on <= on), default=date.min)
    holding = [each for each in published if each.from_on >= present]
    # Before anything is published nothing has a price; what is published then must name the lots' zones.
    drafts = [each for each in known if each.state is VersionState.DRAFT and not published]
    documents = (each.document for each in (*holding, *drafts))
    return {zone for document in documents for choice in read(document).choices for zone in choice.zones}


def _told(tariff_id: str | None, zone: str | None) -> dict[str, str] | None:
    return {"tariff": tariff_id, "zone": zone or ""} if tariff_id is not None else None
