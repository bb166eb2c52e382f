"""Which spaces are lent in the demo city? A school's by night, an office's by night, an estate's by day."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from parking.accounts import queries as accounts
from parking.accounts.rules import Audience, OfficerRole
from parking.city import queries as city
from parking.entrypoints import demo_city
from parking.kernel.actors import Actor
from parking.kernel.clock import Clock
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.vocabulary import SpaceClass
from parking.lots import queries as lots
from parking.sharing.queries.agreements import agreements
from parking.sharing.rules.agreements import AgreementDraft, PartDraft, Party, PartyDraft
from parking.sharing.service.agreements import confirm, draft_agreement, propose, put_in_force

# Who runs all three lots: the name under which demo_people registered it.
_OPERATOR = "望川恒安物业服务有限公司"
_SUPERVISES = "监督三方履行协议，受理投诉，按月核查使用情况，必要时暂停共享。"
_CLASSES = (SpaceClass.GENERAL, SpaceClass.CHARGING)


def lend_spaces(sessions: Sessions, clock: Clock) -> None:
    """Let the three parties of each agreement confirm it; once."""
    now = clock.now()
    with unit_of_work(sessions) as uow:
        if agreements(uow.session):
            return
        for told in tomllib.loads(demo_city.SHARING.read_text("utf-8"))["agreements"]:
            _agree(uow.session, told, now)


def _agree(session: Session, told: Mapping[str, Any], now: datetime) -> None:
    supervisor = next(
        each for each in accounts.officers(session) if OfficerRole.SHARING_SUPERVISOR in each.roles
    )
    actor = Actor(Audience.OFFICER, supervisor.id)
    made = draft_agreement(session, actor, _draft(session, told, supervisor.id, now), now)
    propose(session, actor, made, now)
    for party in Party:
        confirm(session, actor, made, party, now)
    put_in_force(session, actor, made, now)


def _draft(session: Session, told: Mapping[str, Any], officer_id: str, now: datetime) -> AgreementDraft:
    today = city.today(session, now)
    view = city.city_view(session, today)
    authority = str(view.told("filings.authority_zh"))
    operator = next(each for each in accounts.organisations(session) if each.name == _OPERATOR)
    return AgreementDraft(
        lot_id=lots.ids_by_code(session, [told["lot"]])[told["lot"]],
        organisation_id=operator.id,
        parties={
            Party.OWNER: PartyDraft(told["owner"], told["owner_contact"], told["owner_duties"]),
            Party.OPERATOR: PartyDraft(_OPERATOR, told["operator_contact"], told["operator_duties"]),
            Party.SUPERVISOR: PartyDraft(authority, authority, _SUPERVISES, officer_id),
        },
        parts=tuple(
            PartDraft(each, told[each], told["hours"], told[each]) for each in _CLASSES if told.get(each)
        ),
        from_on=today,
        until_on=today.replace(year=today.year + 1, day=min(today.day, 28)),
        on_overstay=told["on_overstay"],
        insurance=told["insurance"],
        house_rules=told["house_rules"],
    )
