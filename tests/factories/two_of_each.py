"""Two organisations in two districts with one of everything each, and the people who may see it or not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO

from PIL import Image
from sqlalchemy.orm import Session, sessionmaker

from integrations.registry import ALLOW_LIST_PUSHES, MAPPING_RULES, PASSAGE_PULLS
from parking.accounts import service as accounts
from parking.accounts.rules import MemberRole, OfficerRole
from parking.boundary.credentials import Credential, CredentialKind
from parking.boundary.feeds import LotCandidate
from parking.boundary.files import FileStore, KeptFile
from parking.boundary.gates import EtcTold
from parking.city.rules import CityView
from parking.complaints import service as complaints
from parking.complaints.service import ComplaintDraft
from parking.filings import queries as filings
from parking.filings import service as filing_service
from parking.guidance.service import link_lot, save_mapping
from parking.guidance.service.candidates import keep_candidates
from parking.guidance.service.credentials import set_credential
from parking.inspections import service as inspections
from parking.inspections.queries import finding
from parking.inspections.rules import InspectionKind
from parking.kernel.actors import CLI, Actor
from parking.kernel.vocabulary import SpaceClass
from parking.lots import service as lots
from parking.lots.rules import DeviceKind, LaneDirection, LaneDraft
from parking.occupancy.service.bays import BayDraft, register_bays
from parking.plates.service import PlateKeys
from parking.sharing.rules.passes import PassAsked
from parking.sharing.rules.pushes import PushDraft
from parking.sharing.service import passes as sharing
from parking.sharing.service.pushes import add_push
from parking.tariffs import queries as tariffs
from parking.visits.queries import charges as charge_queries
from parking.visits.rules.pulls import PullDraft
from parking.visits.service.lane_charges import record_etc
from parking.visits.service.pulls import add_pull
from parking.visits.service.reconciling import reconcile
from tests.factories import filings as filed
from tests.factories.accounts import Person, a_clerk, an_officer, an_owner, register
from tests.factories.city import DISTRICTS, NOW, a_city, a_profile
from tests.factories.devices import SEALER, a_device
from tests.factories.inspections import CRITERIA, ITEMS, a_finding
from tests.factories.lookup import SetClock
from tests.factories.sharing import an_agreement
from tests.factories.sources import a_source
from tests.factories.tariffs import a_draft as a_version
from tests.factories.tariffs import a_tariff
from tests.factories.tidal import a_section, a_tidal

MONTH = "2026-11"
CANDIDATE = "C/1"
LINKED = "L/1"
IN_THE_WEST = {"lat": 32.06, "lon": 120.60, "datum": "wgs84"}
_COLLEAGUE = Actor("officer", "somebody")


@dataclass(frozen=True)
class Belongings:
    """Ids of what belongs to one organisation in one district, by the page's kind of thing.

    Several of a kind where its pages need different states.
    """

    ids: dict[str, tuple[str, ...]]

    def __getitem__(self, kind: str) -> tuple[str, ...]:
        return self.ids[kind]


@dataclass(frozen=True)
class World:
    """East is of the first organisation in the first district, west of the second in the second."""

    east: Belongings
    west: Belongings
    people: dict[str, Person]
    common: dict[str, tuple[str, ...]]


def a_picture(shade: int) -> bytes:
    """A small picture, unlike any of another shade."""
    content = BytesIO()
    Image.new("RGB", (8, 8), (shade, shade, shade)).save(content, "PNG")
    return content.getvalue()


def a_world(session: Session, files: FileStore) -> World:
    """Everything, made by the services as it is made in earnest."""
    city = _a_city(session)
    papers = [files.keep("paper.png", a_picture(shade)) for shade in (10, 20)]
    owners = [
        an_owner(session, number, licence=paper, authorisation=paper)
        for number, paper in zip((1, 2), papers, strict=True)
    ]
    reviewers = [
        an_officer(session, f"reviewer{place}", districts=[district])
        for place, district in enumerate(DISTRICTS[:2])
    ]
    admin = an_officer(session, "admin1", [OfficerRole.ADMINISTRATOR])
    people = {
        "owner": owners[0],
        "clerk": a_clerk(session, owners[0]),
        "other owner": owners[1],
        "reviewer here": reviewers[0],
        "reviewer elsewhere": reviewers[1],
        "inspector here": an_officer(
            session, "inspector1", [OfficerRole.INSPECTOR], districts=[DISTRICTS[0]]
        ),
        "administrator": admin,
        "audit administrator": an_officer(session, "audit1", [OfficerRole.AUDIT_ADMINISTRATOR]),
    }
    both = [
        _belongings(session, city, owner, reviewer, paper, place)
        for place, (owner, reviewer, paper) in enumerate(zip(owners, reviewers, papers, strict=True))
    ]
    inspections.reckon_month(session, CLI, date(2026, 11, 1), NOW)
    reconcile(session, "demo", NOW.date(), (), NOW)
    leaver = an_officer(session, "leaver1")
    waiting = register(session, 3, licence=papers[0])
    made = accounts.register_client(
        session, admin.caller.actor, name="某道闸厂商", scopes=(), sealer=SEALER, now=NOW
    )
    feed = a_source(
        session, name="some-feed", static_url="http://127.0.0.1:9/lots", live_url="http://127.0.0.1:9/counts"
    )
    set_credential(session, CLI, feed, Credential(CredentialKind.BEARER, "a secret"), SEALER, NOW)
    keep_candidates(session, feed, [LotCandidate(CANDIDATE, "无位置停车场")], NOW)
    link_lot(session, CLI, feed, LINKED, both[0]["lots"][0], NOW)
    save_mapping(session, CLI, "some mapping", MAPPING_RULES.presets["basel"], MAPPING_RULES, NOW)
    common = {
        "organisations": (owners[0].organisation_id, waiting.organisation_id),
        "officers": (leaver.id,),
        "clients": (made.client_id,),
        "sources": ("some-feed",),
        "mappings": ("some mapping", "preset:basel"),
        **_tariffs(session),
    }
    return World(both[0], both[1], people, common)


def _a_city(session: Session) -> CityView:
    districts = a_profile()["districts"]
    districts[0]["outline"] = filed.EAST
    return a_city(
        session,
        filings=filed.TERMS,
        documents=filed.DOCUMENTS,
        reasons=filed.REASONS,
        districts=districts,
        inspection_items=ITEMS,
        score_criteria=CRITERIA,
    )


def _belongings(
    session: Session, city: CityView, owner: Person, reviewer: Person, paper: KeptFile, place: int
) -> Belongings:
    office = filed.Office(city, owner, reviewer, reviewer)
    where = {
        "district_code": DISTRICTS[place],
        "position": filed.IN_THE_EAST if place == 0 else IN_THE_WEST,
        "operator_name": f"试城物业{place + 1}有限公司",
    }
    lot_id, registration = filed.a_filed_lot(session, office, name=f"第{place}停车场", **where)
    draft = filed.a_draft(session, office, name=f"第{place}新停车场", **where)
    unsent = filed.a_draft(session, office, name=f"另{place}停车场", **where)
    filing_service.attach_paper(
        session, office.member, owner.organisation_id, unsent.id, "site_right", paper, unsent.version, NOW
    )
    sent = filed.submitted(session, office, filings.filing(session, unsent.id))
    taken = filed.accepted(session, office, filed.a_draft(session, office, name=f"又{place}停车场", **where))
    papers = filings.filing(session, sent.id).papers
    orders, findings, photos = _findings(session, owner, lot_id, paper)
    visit = inspections.begin_visit(session, _COLLEAGUE, InspectionKind.SAFETY, lot_id, NOW)
    plan = inspections.make_plan(
        session,
        _COLLEAGUE,
        kind=InspectionKind.HYGIENE,
        name="检查",
        due_on=date(2026, 12, 1),
        now=NOW,
        lot_ids=[lot_id],
    )
    asking = register(session, 1 + place, login=f"asking{place}")
    leave = _a_leave(session, reviewer, place)
    lane = lots.register_lane(session, CLI, lot_id, LaneDraft("入口1", LaneDirection.ENTRY), NOW)
    device = a_device(session, "airjoy", kind=DeviceKind.SENSOR, lot_id=lot_id, lane_id=lane)
    register_bays(session, CLI, device.id, lot_id, SpaceClass.GENERAL, [BayDraft("1", "一号")], NOW)
    cloud = a_device(session, "keytop")
    lots.map_lot(session, CLI, cloud.id, "P-1", lot_id, NOW)
    asked = PullDraft(cloud.id, "P-1", "https://cloud.example", "1", "a secret")
    pull = add_pull(session, CLI, asked, PASSAGE_PULLS, SEALER, NOW)
    listed = PushDraft(lot_id, "keytop", "P-1", "https://cloud.example", "1", "a secret", "值班室", "0513-1")
    push = add_push(session, CLI, listed, ALLOW_LIST_PUSHES, SEALER, NOW)
    own = sessionmaker(bind=session.connection(), join_transaction_mode="create_savepoint")
    asked = PassAsked(lot_id, "苏F12345", NOW, NOW + timedelta(days=1), "来访")
    granted = sharing.grant_pass(session, CLI, PlateKeys(own, SEALER, SetClock(NOW)), asked, NOW)
    told = EtcTold(NOW, f"etc{place}", 900, terminal="PSAM")
    charged = record_etc(session, "device:gate", lot_id, None, told, (), NOW)
    assert charged.taken
    charge = charge_queries.charges(session, lots=[lot_id])[0].id
    complaint = _a_complaint(session, lot_id, paper)
    section = a_section(session, district_code=DISTRICTS[place], name=f"第{place}路段")
    tidal = a_tidal(session, section.id, paper=paper)
    lent = an_agreement(
        session, lot_id, organisation_id=owner.organisation_id, until_on=date(2026, 11, 25), notice_days=0
    )
    certificate = registration.certificate_number
    assert certificate
    member = accounts.add_member(
        session, owner.caller, login=f"member{place}", name="周五", role=MemberRole.CLERK, now=NOW
    )
    return Belongings(
        {
            "filings": (draft.id, sent.id, taken.id, registration.id),
            "filing papers": tuple(each.id for each in papers if each.sha256 == paper.sha256),
            "notices": tuple(each.number for each in registration.notices),
            "certificates": (certificate,),
            "lots": (lot_id,),
            "findings": findings,
            "finding papers": photos,
            "orders": orders,
            "visits": (visit,),
            "plans": (plan,),
            "members": (asking.member_id, member.account_id),
            "leaves": (leave,),
            "lanes": (lane,),
            "passes": (granted.id,),
            "agreements": (lent.id,),
            "devices": (device.id,),
            "pulls": (pull,),
            "pushes": (push,),
            "charges": (charge,),
            "tidal": (tidal,),
            "complaints": (complaint,),
        }
    )


def _tariffs(session: Session) -> dict[str, tuple[str, ...]]:
    """A tariff that any district may change, with a version in force and one that is drafted."""
    tariff_id = a_tariff(session, ())
    a_version(session, tariff_id=tariff_id, from_on=date(2026, 12, 1))
    return {
        "tariffs": (tariff_id,),
        "tariff versions": tuple(each.id for each in tariffs.versions(session, tariff_id)),
    }


def _findings(
    session: Session, owner: Person, lot_id: str, paper: KeptFile
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """An order, the findings in the states that their pages ask for, and a photo."""
    ordered, fresh = a_finding(session, lot_id), a_finding(session, lot_id)
    photo = inspections.add_photo(session, _COLLEAGUE, ordered, paper, NOW)
    order = inspections.order_to_put_right(
        session, _COLLEAGUE, {ordered: finding(session, ordered).version}, NOW
    )
    return (order,), (ordered, fresh), (photo,)


def _a_complaint(session: Session, lot_id: str, photo: KeptFile) -> str:
    """One with a photo, forwarded to whoever runs the lot."""
    draft = ComplaintDraft(lot_id, "closed", "大门锁着", photo=photo)
    made = complaints.complain(session, CLI, draft, SEALER, NOW)
    complaints.forward(session, _COLLEAGUE, made.id, version=1, now=NOW)
    return made.id


def _a_leave(session: Session, reviewer: Person, place: int) -> str:
    other = an_officer(session, f"substitute{place}", districts=[DISTRICTS[place]])
    return accounts.set_leave(
        session, reviewer.caller, reviewer.id, other.id, date(2026, 12, 1), date(2026, 12, 5), NOW
    )
