"""How do tariffs get in from a file, and a second time without a change?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from parking.kernel.actors import Actor
from parking.kernel.errors import N_, FieldProblem
from parking.lots import queries as lots
from parking.tariffs.errors import TariffRefused
from parking.tariffs.queries import VersionView, tariff_by_code, versions
from parking.tariffs.queries import version as version_view
from parking.tariffs.rules.document import read, write
from parking.tariffs.rules.versions import VersionState
from parking.tariffs.rules.written import WrittenTariff, WrittenVersion
from parking.tariffs.service.assigning import assign
from parking.tariffs.service.drafting import create_tariff, rename_tariff, save_draft
from parking.tariffs.service.publishing import publish


@dataclass(frozen=True, slots=True)
class Imported:
    """What a tariff of a file changed, by number."""

    created: int = 0
    drafted: int = 0
    published: int = 0
    assigned: int = 0


def import_tariff(
    session: Session, actor: Actor, told: WrittenTariff, now: datetime, *, approver: Actor | None = None
) -> Imported:
    """Make the rows say what a file says: what is there already stays, and nothing is taken away.

    Without an approver versions stay drafts. Raises TariffRefused where a published version says something
    else or a lot is not in the register, and what drafting, publishing and assigning raise.
    """
    tariff_id = tariff_by_code(session, told.code)
    is_new = tariff_id is None
    if tariff_id is None:
        tariff_id = create_tariff(session, actor, told.code, told.name, told.kind, now)
    else:
        rename_tariff(session, actor, tariff_id, told.name, now)
    drafted = published = 0
    for version in told.versions:
        version_id, is_changed = _drafted(session, actor, tariff_id, version, now)
        drafted += is_changed
        if version_id is None:
            continue
        if approver is not None:
            publish(session, approver, version_id, now)
            published += 1
    ids = _lot_ids(session, told)
    assigned = sum(
        assign(session, approver or actor, ids[lot.code], tariff_id, lot.zone, lot.from_on, now)
        for lot in told.lots
    )
    return Imported(int(is_new), drafted, published, assigned)


def _drafted(
    session: Session, actor: Actor, tariff_id: str, told: WrittenVersion, now: datetime
) -> tuple[str | None, bool]:
    """The draft of a version, None where it is published already; and whether it is new or changed."""
    known = [
        each
        for each in versions(session, tariff_id)
        if each.from_on == told.from_on and each.state is not VersionState.WITHDRAWN
    ]
    stood = next((each for each in known if each.state is VersionState.PUBLISHED), None)
    if stood is not None:
        if not _is_same(stood, told):
            text = N_("从这一天起施行的版本已经发布，内容不同")
            raise TariffRefused(problems=[FieldProblem(told.place, "published_differs", text)])
        return None, False
    draft = known[0] if known else None
    version_id = save_draft(
        session,
        actor,
        tariff_id,
        told.document,
        told.from_on,
        told.examples,
        now,
        note=told.note,
        version_id=draft.id if draft else None,
    )
    return version_id, draft is None or version_view(session, version_id).edits != draft.edits


def _is_same(stood: VersionView, told: WrittenVersion) -> bool:
    return stood.document == write(read(told.document)) and stood.examples == told.examples


def _lot_ids(session: Session, told: WrittenTariff) -> Mapping[str, str]:
    ids = lots.ids_by_code(session, {lot.code for lot in told.lots})
    text = N_("登记册中没有编号为 %(code)s 的停车场")
    unknown = [
        FieldProblem(lot.place, "unknown", text, {"code": lot.code})
        for lot in told.lots
        if lot.code not in ids
    ]
    if unknown:
        raise TariffRefused(problems=unknown)
    return ids
