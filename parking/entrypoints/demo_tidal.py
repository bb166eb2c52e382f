"""Where may one park at stated times only in the demo city? Two road sections with the police's consent."""

from __future__ import annotations

from datetime import date, timedelta

from parking.accounts import queries as accounts
from parking.accounts.rules import Audience, OfficerRole
from parking.boundary.files import FileStore
from parking.city import queries as city
from parking.entrypoints.demo_people import picture
from parking.kernel.actors import Actor
from parking.kernel.clock import Clock
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.vocabulary import SpaceClass
from parking.lots import queries as lots
from parking.sharing.queries.tidal import tidal_views
from parking.sharing.rules.tidal_checks import TidalDraft
from parking.sharing.service.tidal import arrange_tidal

_POLICE = "望川市公安局交通警察大队"
_NIGHTS = "Mo-Su 19:00-07:00, Sa,Su,PH 07:00-19:00"
_BESIDE_THE_SCHOOL = "Mo-Su 18:00-07:00, Mo-Fr 08:30-11:00,12:30-16:00, Sa,Su,PH 07:00-18:00"
# The first section is tidal as a whole; of the second only the bays before the school's gate are.
_SECTIONS = (
    ("CZ-L22", SpaceClass.GENERAL, 29, _NIGHTS, "望公交设〔%s〕18号"),
    ("CZ-L22", SpaceClass.ACCESSIBLE, 1, _NIGHTS, "望公交设〔%s〕18号"),
    ("CZ-L07", SpaceClass.GENERAL, 12, _BESIDE_THE_SCHOOL, "望公交设〔%s〕21号"),
)


def mark_tidal_bays(sessions: Sessions, clock: Clock, files: FileStore) -> None:
    """Let the reviewer register them as of six weeks ago; once."""
    now = clock.now() - timedelta(days=42)
    with unit_of_work(sessions) as uow:
        session = uow.session
        if tidal_views(session):
            return
        reviewer = next(each for each in accounts.officers(session) if OfficerRole.REVIEWER in each.roles)
        actor = Actor(Audience.OFFICER, reviewer.id)
        today = city.today(session, now)
        ids = lots.ids_by_code(session, {code for code, *_ in _SECTIONS})
        for code, space_class, spaces, hours, number in _SECTIONS:
            draft = TidalDraft(
                space_class=space_class,
                spaces=spaces,
                hours=hours,
                from_on=today + timedelta(days=2),
                until_on=date(today.year + 2, 1, 1),
                police_body=_POLICE,
                consent_number=number % today.year,
                consent_on=today - timedelta(days=5),
            )
            paper = files.keep("同意函.png", picture("同意设置潮汐车位", _POLICE))
            arrange_tidal(session, actor, ids[code], draft, paper, now)
