"""Who works with the demo city? Operators with filings in different states, officers, findings on the ground.

Everything is told through the services that the pages use, at the times when it would have been told.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont
from stdnum.cn import uscc

from parking.accounts import queries as account_queries
from parking.accounts import service as accounts
from parking.accounts.rules import Audience, OfficerRole, OrganisationKind
from parking.boundary.files import FileStore
from parking.city import queries as city
from parking.filings import queries as filing_queries
from parking.filings import service as filings
from parking.filings.rules import FilingKind, Item, checklist
from parking.inspections import service as inspections
from parking.inspections.rules import InspectionKind, PlanRule
from parking.kernel.actors import CLI, Actor
from parking.kernel.clock import Clock
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.lots import queries as lots
from parking.portals._http import printing

_CITY_CODE = "320699"
_FONT = Path(printing.__file__).parent / "fonts" / "NotoSansCJKsc-Regular.subset.otf"


@dataclass(frozen=True, slots=True)
class Login:
    """A door and who may go through it; the password is the same for all of a demo."""

    path: str
    login: str
    says: str


LOGINS = (
    Login("/operator", "wenlv", "望川文旅发展有限公司 / operator with a certificate and a correction notice"),
    Login("/operator", "hengan", "望川恒安物业服务有限公司 / operator with filings being decided"),
    Login("/operator", "wanxiang", "望川万象商业管理有限公司 / operator not checked yet, drafting"),
    Login("/bureau", "shenhe", "审核员 / reviewer"),
    Login("/bureau", "xuncha", "巡查员 / inspector"),
    Login("/bureau", "gongxiang", "错时共享监管员 / supervisor of shared spaces"),
    Login("/bureau", "tongji", "统计员 / statistician"),
    Login("/bureau", "guanli", "系统管理员 / administrator"),
    Login("/bureau", "shenji", "审计管理员 / audit administrator"),
)

_OFFICERS = (
    ("shenhe", "陈静", OfficerRole.REVIEWER),
    ("xuncha", "周立", OfficerRole.INSPECTOR),
    ("gongxiang", "许宁", OfficerRole.SHARING_SUPERVISOR),
    ("tongji", "何敏", OfficerRole.STATISTICIAN),
    ("guanli", "吴涛", OfficerRole.ADMINISTRATOR),
    ("shenji", "郑芳", OfficerRole.AUDIT_ADMINISTRATOR),
)
_OPERATORS = (
    ("wenlv", "望川文旅发展有限公司", "MA1DEMA01", "孙悦", True),
    ("hengan", "望川恒安物业服务有限公司", "MA1DEMA02", "李恒", True),
    ("wanxiang", "望川万象商业管理有限公司", "MA1DEMA03", "钱薇", False),
)


def password_of(secret: str) -> str:
    """The demo's password: of this deployment alone, the same at every start."""
    told = base64.b32encode(hmac.digest(secret.encode(), b"demo password", hashlib.sha256))
    return f"Demo-{told[:4].decode().lower()}-{told[4:8].decode()}7"


def introduce(sessions: Sessions, clock: Clock, files: FileStore, secret: str) -> None:
    """Bring the people and what they filed and found; run again it changes nothing."""
    with sessions() as session:
        if account_queries.officers(session):
            return
    _Introduction(sessions, clock.now(), files, password_of(secret)).run()


class _Introduction:
    """The story of the demo city's last three weeks."""

    def __init__(self, sessions: Sessions, now: datetime, files: FileStore, password: str) -> None:
        self._sessions, self._now, self._files, self._password = sessions, now, files, password
        self._actors: dict[str, Actor] = {}
        self._organisations: dict[str, str] = {}

    def run(self) -> None:
        with unit_of_work(self._sessions) as uow:
            self._session = uow.session
            for login, name, role in _OFFICERS:
                self._appoint(login, name, role)
            for number, told in enumerate(_OPERATORS):
                self._register(*told, phone=f"1390000000{number}")
            self._file()
            self._inspect()

    def _ago(self, days: float) -> datetime:
        return self._now - timedelta(days=days)

    def _appoint(self, login: str, name: str, role: OfficerRole) -> None:
        made = accounts.appoint_officer(
            self._session,
            CLI,
            login=login,
            name=name,
            roles={role},
            password=self._password,
            must_change=False,
            now=self._ago(30),
        )
        self._actors[login] = Actor(Audience.OFFICER, made.account_id)

    def _register(self, login: str, name: str, code: str, person: str, is_checked: bool, phone: str) -> None:
        # Ministry 9 (commerce), category 1 (company), place, subject: the last sign is the check digit.
        stem = f"91{_CITY_CODE}{code}"
        made = accounts.register_organisation(
            self._session,
            name=name,
            credit_code=stem + uscc.calc_check_digit(stem),
            kind=OrganisationKind.ORGANISATION,
            contact_name=person,
            phone=phone,
            login=login,
            password=self._password,
            licence=self._paper("营业执照", name),
            authorisation=self._paper("授权委托书", name),
            now=self._ago(28 if is_checked else 1),
        )
        self._actors[login] = Actor(Audience.MEMBER, made.member_id)
        self._organisations[login] = made.organisation_id
        if is_checked:
            view = account_queries.organisation(self._session, made.organisation_id)
            accounts.check_organisation(
                self._session,
                self._actors["shenhe"],
                made.organisation_id,
                accepted=True,
                version=view.version,
                now=self._ago(27),
            )

    def _paper(self, title: str, of: str) -> Any:
        return self._files.keep(f"{title}.png", picture(title, of))

    def _file(self) -> None:
        """Five filings: in the register, asked to correct, accepted, waiting, and still a draft."""
        officer = self._actors["shenhe"]
        filed = self._submit("wenlv", "CZ-050", 20, charges_fee=True)
        filings.accept(self._session, officer, filed, self._version(filed), self._ago(18))
        filings.approve(self._session, officer, filed, self._version(filed), self._ago(15))
        wrong = self._submit("wenlv", "LD-006", 8)
        items = [Item("floor_plan", "plan_without_numbers"), Item("spaces", "count_differs")]
        filings.request_correction(self._session, officer, wrong, self._version(wrong), items, self._ago(7))
        taken = self._submit("hengan", "CZ-055", 4)
        filings.accept(self._session, officer, taken, self._version(taken), self._ago(3))
        self._submit("hengan", "BH-040", 0.2)
        self._draft("wanxiang", _MALL, 0.5)

    def _version(self, filing_id: str) -> int:
        return filing_queries.filing(self._session, filing_id).version

    def _draft(self, login: str, answers: Mapping[str, Any], days_ago: float) -> str:
        return filings.draft_filing(
            self._session,
            self._actors[login],
            self._organisations[login],
            FilingKind.REGISTRATION,
            self._ago(days_ago),
            answers=answers,
        )

    def _submit(self, login: str, code: str, days_ago: float, **more: Any) -> str:
        """File a lot that is in the register already, as its operator would, with every paper asked for."""
        session, actor = self._session, self._actors[login]
        organisation_id, at = self._organisations[login], self._ago(days_ago)
        lot_id = lots.ids_by_code(session, [code])[code]
        (card,) = lots.lot_cards(session, city.today(session, at), [lot_id])
        answers = {**_answers_of(card), **_USUAL, "operator_name": card.operator_name, **more}
        if answers["charges_fee"]:
            answers |= {"fee_text": "首小时 3 元，之后每小时 2 元，24 小时最高 15 元", "price_notice": True}
        filing_id = filings.draft_filing(
            session, actor, organisation_id, FilingKind.REGISTRATION, at, lot_id=lot_id, answers=answers
        )
        view = city.city_view(session, city.today(session, at))
        for need in checklist(view, FilingKind.REGISTRATION, answers):
            filings.attach_paper(
                session,
                actor,
                organisation_id,
                filing_id,
                need.key,
                self._paper(need.name_zh, card.name),
                self._version(filing_id),
                at,
            )
        version = self._version(filing_id)
        filings.submit(session, actor, organisation_id, filing_id, version, _SIGNED[login], at)
        return filing_id

    def _inspect(self) -> None:
        """A plan over what is filed, one visit with findings, and an order that is not answered yet."""
        actor = self._actors["xuncha"]
        today = city.today(self._session, self._now)
        inspections.make_plan(
            self._session,
            actor,
            kind=InspectionKind.SAFETY,
            name="冬季消防安全检查",
            due_on=today + timedelta(days=20),
            rule=PlanRule(districts=("320699001",)),
            now=self._ago(6),
        )
        lot_id = lots.ids_by_code(self._session, ["CZ-050"])["CZ-050"]
        visit = inspections.begin_visit(self._session, actor, InspectionKind.FACILITIES, lot_id, self._ago(5))
        ticked = {
            "markings": {"outcome": "failed", "note": "东侧 12 个泊位标线磨损", "grade": "minor"},
            "price_board": {"outcome": "failed", "note": "公示牌缺少监督电话", "grade": "serious"},
            "guidance_screen": {"outcome": "passed"},
            "chargers": {"outcome": "not_applicable"},
            "accessible": {"outcome": "passed"},
        }
        note = "雨天，由值班员陪同"
        done = inspections.record_visit(
            self._session, actor, visit, ticked, note, version=1, finish=True, now=self._ago(5)
        )
        inspections.order_to_put_right(
            self._session,
            actor,
            dict.fromkeys(done.finding_ids, 1),
            self._ago(4.9),
            note="请在期限内整改，并上传整改后的照片。",
        )


_SIGNED = {login: person for login, _, _, person, _ in _OPERATORS}

_USUAL: Mapping[str, Any] = {
    "spaces_reason": "opening_balance",
    "difference_reason": "correction",
    "charges_fee": False,
    "site_right": "owned",
    "operator_is_owner": True,
    "underground": False,
    "mechanical": False,
    "civil_defence": False,
    "has_billing_system": True,
    "billing_system": "智行道闸收费系统 V5",
    "billing_maker": "望川智行停车科技有限公司",
    "safety_person": "王建国",
    "safety_phone": "13900000021",
    "complaint_phone": "0513-55550100",
}

_MALL: Mapping[str, Any] = {
    "name": "万象城地下停车场",
    "name_en": "Vientiane Mall Underground Car Park",
    "kind": "off_street",
    "type": "ancillary",
    "district_code": "320699002",
    "address": "望川市江海路 88 号",
    "position": {"lat": 32.0588, "lon": 120.6602, "datum": "wgs84"},
    "spaces_general": 420,
    "spaces_accessible": 9,
    "spaces_charging": 60,
    "access": "public",
}


def _answers_of(card: lots.LotCard) -> dict[str, Any]:
    told = {
        "name": card.name,
        "name_en": card.name_en,
        "kind": card.kind,
        "type": card.type,
        "district_code": card.district_code,
        "address": card.address,
        "position": {"lat": card.source_lat, "lon": card.source_lon, "datum": str(card.source_datum)},
        "access": card.access,
        "opening_hours": card.opening_hours or "24/7",
        "hours_note": card.hours_note,
        "max_height_cm": card.max_height_cm,
        "spaces_general": 0,
        **{f"spaces_{each.space_class}": each.capacity for each in card.spaces},
    }
    return {key: value for key, value in told.items() if value is not None}


def picture(title: str, of: str) -> bytes:
    """A sheet of paper that says what it stands for, as a PNG."""
    page = Image.new("RGB", (620, 877), "white")
    pen = ImageDraw.Draw(page)
    large, small = ImageFont.truetype(_FONT, 40), ImageFont.truetype(_FONT, 22)
    pen.rectangle((24, 24, 596, 853), outline="#8a1c1c", width=3)
    pen.text((310, 150), title, font=large, fill="#1d2433", anchor="mm")
    pen.text((310, 260), of, font=small, fill="#1d2433", anchor="mm")
    pen.text((310, 760), "演示材料，不具效力", font=small, fill="#5a6478", anchor="mm")
    target = BytesIO()
    page.save(target, "PNG")
    return target.getvalue()
