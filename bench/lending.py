"""Which lots lend spaces in a bench? Written as they stand: how that comes about is not measured."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bench.import_lots import PROFILE, a_file
from parking.accounts.models import Organisation
from parking.city import queries as city
from parking.city import service as city_service
from parking.kernel.actors import CLI
from parking.lots import service as lots
from parking.lots.models import Lot
from parking.lots.rules import read_rows, read_table
from parking.sharing.models import Agreement
from parking.sharing.rules.agreements import AgreementState


def agreements_of(session: Session, number: int, now: datetime) -> Iterator[Agreement]:
    """A city with that many lots and an agreement in force for each; parties and parts are the caller's."""
    city_service.load_profile(session, CLI, PROFILE, now)
    rows = read_rows(read_table(a_file(number), ".csv"), city.city_view(session, now.date()))
    lots.import_lots(session, CLI, rows.drafts, now)
    owner = Organisation(
        kind="person", name="物业", state="checked", contact_name="-", contact_phone="-", registered_at=now
    )
    session.add(owner)
    session.flush()
    for lot_id in session.scalars(select(Lot.id).order_by(Lot.code)).all():
        agreement = Agreement(
            lot_id=lot_id,
            organisation_id=owner.id,
            state=AgreementState.IN_FORCE,
            from_on=date(2026, 1, 1),
            until_on=date(2027, 1, 1),
            notice_days=30,
            withdraw_before_minutes=1440,
            grace_minutes=15,
            on_overstay="",
            insurance="",
            house_rules="",
            made_at=now,
            made_by=str(CLI),
        )
        session.add(agreement)
        yield agreement
    session.flush()
