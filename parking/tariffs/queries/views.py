"""Which tariffs are there, what did each version say, and which lots have them?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from parking.kernel.views import view_of
from parking.kernel.vocabulary import LotKind
from parking.lots.models import Lot
from parking.tariffs.errors import TariffNotFound, VersionNotFound
from parking.tariffs.models import LotTariffRow, Tariff, TariffVersion
from parking.tariffs.rules.examples import Example, read_examples
from parking.tariffs.rules.versions import VersionState


@dataclass(frozen=True, slots=True)
class VersionView:
    """A version of a tariff. `made_by` and the others are actors as text."""

    id: str
    tariff_id: str
    number: int
    from_on: date
    document: dict[str, Any]
    examples: tuple[Example, ...]
    note: str
    state: VersionState
    edits: int
    made_at: datetime
    made_by: str
    approved_by: str | None
    published_at: datetime | None
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    withdrawn_for: str | None


@dataclass(frozen=True, slots=True)
class TariffView:
    """A tariff; the published version in force on a day and the next one, and how many lots have it then."""

    id: str
    code: str
    name: str
    kind: LotKind
    lots: int
    in_force: VersionView | None
    coming: VersionView | None
    drafts: int


@dataclass(frozen=True, slots=True)
class LotOfTariff:
    """A lot that has a tariff [from_on, until_on)."""

    lot_id: str
    code: str
    name: str
    name_en: str | None
    zone: str | None
    from_on: date
    until_on: date | None


@dataclass(frozen=True, slots=True)
class TariffOfLot:
    """A dated row of a lot: its tariff from a day on; None: no tariff any more."""

    from_on: date
    tariff_id: str | None
    zone: str | None
    set_at: datetime
    set_by: str


def tariffs(session: Session, on: date) -> list[TariffView]:
    """All tariffs by code, as they are on a day."""
    rows = session.scalars(select(Tariff).order_by(Tariff.code)).all()
    return _views(session, rows, on)


def tariff_view(session: Session, tariff_id: str, on: date) -> TariffView:
    """One tariff on a day. Raises TariffNotFound."""
    row = session.get(Tariff, tariff_id)
    if row is None:
        raise TariffNotFound
    return _views(session, [row], on)[0]


def tariff_by_code(session: Session, code: str) -> str | None:
    """The id of the tariff that has this code."""
    return session.scalar(select(Tariff.id).where(Tariff.code == code))


def versions(session: Session, tariff_id: str) -> list[VersionView]:
    """All versions of a tariff, the newest number first."""
    asked = (
        select(TariffVersion)
        .where(TariffVersion.tariff_id == tariff_id)
        .order_by(TariffVersion.number.desc())
    )
    return [_version(row) for row in session.scalars(asked)]


def version(session: Session, version_id: str) -> VersionView:
    """One version. Raises VersionNotFound."""
    row = session.get(TariffVersion, version_id)
    if row is None:
        raise VersionNotFound
    return _version(row)


def lots_of(session: Session, tariff_id: str, on: date) -> list[LotOfTariff]:
    """The lots that have a tariff on a day or will have it later, by code."""
    rows = _dated().subquery()
    asked = (
        select(rows.c.lot_id, Lot.code, Lot.name, Lot.name_en, rows.c.zone, rows.c.from_on, rows.c.until_on)
        .join(Lot, Lot.id == rows.c.lot_id)
        .where(rows.c.tariff_id == tariff_id, or_(rows.c.until_on.is_(None), rows.c.until_on > on))
        .order_by(Lot.code, rows.c.from_on)
    )
    return [LotOfTariff(*row) for row in session.execute(asked)]


def lot_tariffs(session: Session, lot_id: str) -> list[TariffOfLot]:
    """What a lot had, has and will have, by day."""
    columns = (
        LotTariffRow.from_on,
        LotTariffRow.tariff_id,
        LotTariffRow.zone,
        LotTariffRow.set_at,
        LotTariffRow.set_by,
    )
    asked = select(*columns).where(LotTariffRow.lot_id == lot_id).order_by(LotTariffRow.from_on)
    return [TariffOfLot(*row) for row in session.execute(asked)]


def _dated() -> Select[tuple[str, str | None, str | None, date, date | None]]:
    until_on = func.lead(LotTariffRow.from_on).over(
        partition_by=LotTariffRow.lot_id, order_by=LotTariffRow.from_on
    )
    return select(
        LotTariffRow.lot_id,
        LotTariffRow.tariff_id,
        LotTariffRow.zone,
        LotTariffRow.from_on,
        until_on.label("until_on"),
    )


def _views(session: Session, rows: Sequence[Tariff], on: date) -> list[TariffView]:
    ids = [row.id for row in rows]
    known: dict[str, list[VersionView]] = {}
    asked = select(TariffVersion).where(TariffVersion.tariff_id.in_(ids)).order_by(TariffVersion.from_on)
    for version_row in session.scalars(asked):
        known.setdefault(version_row.tariff_id, []).append(_version(version_row))
    dated = _dated().subquery()
    having = (
        select(dated.c.tariff_id, func.count().label("lots"))
        .where(dated.c.from_on <= on, or_(dated.c.until_on.is_(None), dated.c.until_on > on))
        .group_by(dated.c.tariff_id)
    )
    lots = {row.tariff_id: row.lots for row in session.execute(having)}
    views = []
    for row in rows:
        published = [each for each in known.get(row.id, ()) if each.state is VersionState.PUBLISHED]
        views.append(
            TariffView(
                id=row.id,
                code=row.code,
                name=row.name,
                kind=LotKind(row.kind),
                lots=lots.get(row.id, 0),
                in_force=next((each for each in reversed(published) if each.from_on <= on), None),
                coming=next((each for each in published if each.from_on > on), None),
                drafts=sum(each.state is VersionState.DRAFT for each in known.get(row.id, ())),
            )
        )
    return views


def _version(row: TariffVersion) -> VersionView:
    zone = str(row.document.get("time_zone", "UTC"))
    return view_of(
        VersionView, row, state=VersionState(row.state), examples=read_examples(row.examples, zone)
    )
