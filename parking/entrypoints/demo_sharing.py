"""Which spaces are lent in the demo city? A school's by night, an office's by night, an estate's by day.

They have done so since last month began. The school's and the office's nights were used; nobody used the
estate's days, and its parties are asked why.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from parking.accounts import queries as accounts
from parking.accounts.rules import Audience, OfficerRole
from parking.city import queries as city
from parking.entrypoints import demo_city
from parking.entrypoints.demo_nights import play_nights
from parking.kernel.actors import Actor
from parking.kernel.clock import Clock
from parking.kernel.days import midnight, month_before
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.vocabulary import SpaceClass
from parking.lots import queries as lots
from parking.plates.service import PlateKeys
from parking.sharing.queries.agreements import agreement, agreements
from parking.sharing.queries.questions import to_ask
from parking.sharing.rules.agreements import AgreementDraft, PartDraft, Party, PartyDraft
from parking.sharing.service import opening, windows
from parking.sharing.service.agreements import confirm, draft_agreement, propose
from parking.sharing.service.confirming import supervise
from parking.sharing.service.questions import answer, ask
from parking.tariffs.queries import tariff_by_code

# Who runs all three lots: the name under which demo_people registered it.
_OPERATOR = "望川恒安物业服务有限公司"
_SUPERVISES = "监督三方履行协议，受理投诉，按月核查使用情况，必要时暂停共享。"
_OFFICE_OPENS = timedelta(hours=9)
_CLASSES = (SpaceClass.GENERAL, SpaceClass.CHARGING)


def lend_spaces(sessions: Sessions, clock: Clock, keys: PlateKeys) -> None:
    """Let the three parties of each agreement confirm it, and ask about the one that nobody used; once."""
    now = clock.now()
    owners_say = {}
    with unit_of_work(sessions) as uow:
        session = uow.session
        if agreements(session):
            return
        month_on = month_before(city.today(session, now))
        since = midnight(month_on, city.time_zone(session, now)) + _OFFICE_OPENS
        for told in tomllib.loads(demo_city.SHARING.read_text("utf-8"))["agreements"]:
            made = _agree(session, told, since)
            if "unused" in told:
                owners_say[made] = told["unused"]
        # What began last month opened its windows then: the days since are added.
        opening.materialise_windows(session, now)
    play_nights(sessions, clock, keys)
    with unit_of_work(sessions) as uow:
        session = uow.session
        windows.end_windows(session, now)
        for line in to_ask(session, month_on, now):
            ask(session, line, month_on, now)
            if said := owners_say.get(line.agreement.id):
                officer = line.agreement.party(Party.SUPERVISOR).officer_id
                actor = Actor(Audience.OFFICER, officer or "")
                answer(session, actor, line.agreement.id, month_on, Party.OWNER, said, now)


def _agree(session: Session, told: Mapping[str, Any], now: datetime) -> str:
    supervisor = next(
        each for each in accounts.officers(session) if OfficerRole.SHARING_SUPERVISOR in each.roles
    )
    officer = Actor(Audience.OFFICER, supervisor.id)
    draft = _draft(session, told, now)
    # Those who ask to join come first.
    operator = Actor(Audience.MEMBER, accounts.members(session, draft.organisation_id)[-1].id)
    made = draft_agreement(session, operator, draft, now)
    propose(session, operator, made, now)
    confirm(session, operator, made, Party.OPERATOR, now)
    # An owner has no account: the officer writes down that it signed.
    confirm(session, officer, made, Party.OWNER, now)
    proposed = agreement(session, made)
    if proposed is not None:
        supervise(session, officer, made, proposed.version, now)
    return made


def _draft(session: Session, told: Mapping[str, Any], now: datetime) -> AgreementDraft:
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
            Party.SUPERVISOR: PartyDraft(authority, authority, _SUPERVISES),
        },
        parts=tuple(
            PartDraft(each, told[each], told["hours"], told[each]) for each in _CLASSES if told.get(each)
        ),
        from_on=today,
        until_on=today.replace(year=today.year + 1, day=min(today.day, 28)),
        on_overstay=told["on_overstay"],
        insurance=told["insurance"],
        house_rules=told["house_rules"],
        tariff_id=tariff_by_code(session, told["tariff"]) if "tariff" in told else None,
    )
