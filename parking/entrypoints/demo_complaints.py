"""What do people report in the demo city? A few complaints in several states, told when they came."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from parking.accounts import queries as accounts
from parking.accounts.rules import Audience, OfficerRole
from parking.boundary.files import FileStore, KeptFile
from parking.city import queries as city
from parking.complaints import queries, service
from parking.complaints.queries import EVERYTHING, Asked, Reach
from parking.complaints.rules import ComplaintSource
from parking.complaints.service import ComplaintDraft
from parking.entrypoints.demo_people import picture
from parking.kernel.actors import Actor
from parking.kernel.clock import Clock
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.sealing import Sealer
from parking.lots import queries as lots

_CITIZEN = Actor("citizen", "web")
_PHONE = "13900000031"


def complain(sessions: Sessions, clock: Clock, files: FileStore, sealer: Sealer) -> None:
    """Bring them; run again it changes nothing."""
    now = clock.now()
    with unit_of_work(sessions) as uow:
        if not queries.complaints(uow.session, EVERYTHING, Asked(), limit=1).rows:
            photo = files.keep("现场照片.png", picture("通道被堵", "现场照片"))
            _Story(uow.session, now, sealer, photo).tell()


class _Story:
    """The complaints of the last six weeks."""

    def __init__(self, session: Session, now: datetime, sealer: Sealer, photo: KeptFile) -> None:
        self._session, self._now, self._sealer, self._photo = session, now, sealer, photo
        officers = accounts.officers(session)
        inspector = next(each for each in officers if OfficerRole.INSPECTOR in each.roles)
        self._officer = Actor(Audience.OFFICER, inspector.id)

    def tell(self) -> None:
        """Closed ones, one that waits for the operator, one late, two that doubt a count, one rejected."""
        for days in (40, 19):
            made = self._report("CZ-050", "count_wrong", "显示有 30 多个空位，到了已经满了", days)
            self._by_operator(made, days - 0.5)
            self._answer(made, days - 1, "地磁故障，已更换 4 个探头并重新校准。")
            self._close(made, days - 1.2)
        told = {"source": ComplaintSource.HOTLINE, "source_number": "WC20261113004"}
        fee = self._report("CZ-050", "fee_wrong", "停 50 分钟收了两小时的钱", 2, phone=_PHONE, **told)
        self._by_operator(fee, 1.8)
        self._report("CZ-055", "overstay", "门口三个车位一直被同一批车占着", 12)
        blocked = self._report("BH-040", "blocked", "消防通道被堵，车出不来", 1, photo=self._photo)
        self._take(blocked, 0.9)
        self._answer(blocked, 0.7, "已通知现场清理，并请交警支援。")
        self._report("BH-013", "count_wrong", "牌子上写有空位，绕了三圈没有", 0.2, sender="demo one")
        self._report("BH-013", "closed", "栏杆不抬，进不去", 0.1, sender="demo two")
        noise = self._report("BH-013", "blocked", "广场舞音乐太响", 6)
        service.reject(
            self._session,
            self._officer,
            noise,
            version=1,
            now=self._ago(5.5),
            text="这不是停车问题，已转社区处理。",
        )

    def _ago(self, days: float) -> datetime:
        return self._now - timedelta(days=days)

    def _report(self, code: str, kind: str, text: str, days: float, **more: Any) -> str:
        lot_id = lots.ids_by_code(self._session, [code])[code]
        draft = ComplaintDraft(lot_id, kind, text, **more)
        is_told = draft.source is not ComplaintSource.WEB
        actor = self._officer if is_told else _CITIZEN
        return service.complain(self._session, actor, draft, self._sealer, self._ago(days)).id

    def _version(self, complaint_id: str) -> int:
        return queries.complaint(self._session, complaint_id).version

    def _by_operator(self, complaint_id: str, days: float) -> None:
        version = self._version(complaint_id)
        text = "请核实后答复。"
        service.forward(
            self._session, self._officer, complaint_id, version=version, now=self._ago(days), text=text
        )

    def _take(self, complaint_id: str, days: float) -> None:
        version = self._version(complaint_id)
        service.take_on(self._session, self._officer, complaint_id, version=version, now=self._ago(days))

    def _answer(self, complaint_id: str, days: float, text: str) -> None:
        """By whoever has it: the lot's operator, or the officer."""
        seen, actor, reach = queries.complaint(self._session, complaint_id), self._officer, EVERYTHING
        if seen.state == "forwarded":
            (card,) = lots.lot_cards(self._session, city.today(self._session, self._now), [seen.row.lot_id])
            organisation_id = card.organisation_id or ""
            member = accounts.members(self._session, organisation_id)[0]
            actor, reach = Actor(Audience.MEMBER, member.id), Reach(organisation_id=organisation_id)
        service.answer(
            self._session,
            actor,
            complaint_id,
            version=seen.version,
            now=self._ago(days),
            text=text,
            reach=reach,
        )

    def _close(self, complaint_id: str, days: float) -> None:
        version = self._version(complaint_id)
        service.close(
            self._session,
            self._officer,
            complaint_id,
            version=version,
            now=self._ago(days),
            is_confirmed=True,
        )
