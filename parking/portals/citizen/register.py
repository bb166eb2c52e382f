"""Which lots are on file in this city? The open list, to read, to take along, and as JSON for machines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from urllib.parse import urlencode

import orjson
from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
)
from flask_babel import gettext
from marshmallow import Schema, fields

from parking.city.errors import DistrictUnknown
from parking.city.rules import CityView
from parking.kernel.errors import N_
from parking.kernel.vocabulary import LotKind, LotType
from parking.portals._http import formats, sheets, work
from parking.portals._http.api import ApiBlueprint
from parking.portals._http.fields import WholeText, Within
from parking.portals._http.filing_texts import CERTIFICATE_STATES, CERTIFICATE_TAGS
from parking.portals._http.i18n import language
from parking.portals._http.negotiation import JSON
from parking.portals._http.services import services
from parking.portals._http.sheets import Cell, SheetKind
from parking.portals._http.texts import KINDS, TYPES
from parking.portals._http.uploads import download
from parking.portals.citizen.arguments import PAGE_LIMIT
from parking.portals.citizen.filed import FiledLot, city_today, filed_lots, readable
from parking.portals.citizen.values import CursorField, ShortText, cursor_after
from parking.portals.citizen.views import name_of

blueprint = Blueprint("register", __name__, template_folder="templates")
interface = ApiBlueprint(
    "filed_lots", __name__, url_prefix="/api/v1", description="The register of filed lots / 备案停车场名单"
)

_ROWS = 50
_MOST = 200
_LONGEST = 80
_INTERFACE = "/api/v1/register"
_FRESH_S = 300
_KEPT_S = 60
_HEADER = (
    N_("备案编号"),
    N_("状态"),
    N_("停车场名称"),
    N_("类型"),
    N_("所在镇街"),
    N_("地址"),
    N_("车位"),
    N_("备案主体"),
    N_("有效期自"),
    N_("有效期至"),
    N_("纬度（WGS-84）"),
    N_("经度（WGS-84）"),
)
_PERSON = N_("个人")


@blueprint.get("/register")
def filed() -> Response:
    """A page of the list, found by words and district; the next one begins after the last number."""
    session = work.session()
    city, today = city_today(session)
    text, district = _asked(city)
    after = request.args.get("after")
    found = filed_lots(session, city, today, text=text, district=district, after=after, limit=_ROWS + 1)
    shown = found[:_ROWS]
    return make_response(
        render_template(
            "citizen/register.html",
            lines=shown,
            names={line.lot_id: name_of(line.name, line.name_en) for line in shown},
            districts={each.code: name_of(each.name_zh, each.name_en) for each in city.districts},
            states=CERTIFICATE_STATES,
            tags=CERTIFICATE_TAGS,
            types={line.lot_id: gettext(_type_of(line)) for line in shown},
            formats=formats,
            text=text or "",
            district=district,
            first=_link("/register", q=text, district=district) if after else None,
            following=_link("/register", q=text, district=district, after=shown[-1].number)
            if len(found) > _ROWS
            else None,
            downloads={
                "csv": _link("/register.csv", district=district),
                "xlsx": _link("/register.xlsx", district=district),
                "json": _link(_INTERFACE, q=text, district=district),
            },
        )
    )


@blueprint.get("/register.<any(csv, xlsx):kind>")
def table(kind: str) -> Response:
    """The whole list, or a district's, as a table; made at most once a minute, because anyone may ask."""
    session = work.session()
    city, today = city_today(session)
    _, district = _asked(city)
    made = _Made.of_this_app()
    name = f"{gettext('备案停车场名单')}-{today.isoformat()}"
    with made.lock:
        key = (kind, language(), district, int(services().clock.now().timestamp() // _KEPT_S))
        if key not in made.tables:
            made.tables = {each: body for each, body in made.tables.items() if each[-1] == key[-1]}
            lines = filed_lots(session, city, today, district=district)
            write = sheets.csv_bytes if kind == SheetKind.CSV else sheets.xlsx_bytes
            made.tables[key] = write([gettext(each) for each in _HEADER], _cells(lines, city))
        body = made.tables[key]
    response = download(body, sheets.MEDIA_TYPES[SheetKind(kind)], f"{name}.{kind}")
    # Everybody may keep it for a while: nothing in it is anybody's own.
    response.headers["Cache-Control"] = f"public, max-age={_FRESH_S}"
    response.vary.update(("Accept-Language", "Cookie"))
    return response


@dataclass
class _Made:
    """The tables of the present minute; the lock lets one request make what others wait for."""

    lock: Lock = field(default_factory=Lock)
    tables: dict[tuple[str, str, str | None, int], bytes] = field(default_factory=dict)

    @staticmethod
    def of_this_app() -> _Made:
        made: _Made = current_app.extensions.setdefault("parking_register_tables", _Made())
        return made


@blueprint.get("/register.json")
def moved() -> Response:
    """The same as the documented interface."""
    return make_response(redirect(_link(_INTERFACE, **request.args.to_dict()), 308))


class RegisterArguments(Schema):
    """Which filed lots, and from where on."""

    q = fields.String(
        load_default=None,
        validate=ShortText(),
        metadata={"description": "Words in the number, the lot's or the holder's name."},
    )
    district = fields.String(
        load_default=None, validate=ShortText(), metadata={"description": "A district's code."}
    )
    cursor = CursorField(
        load_default=None, metadata={"description": "From `next`; do not make one yourself."}
    )
    limit = WholeText(
        load_default=PAGE_LIMIT,
        validate=Within(1, _MOST),
        metadata={"description": "How many lots at most."},
    )


class FiledLotSchema(Schema):
    """A lot on file. The certificate holds from `from_on` to `last_on`, both days included."""

    number = fields.String(required=True, metadata={"description": "Number of the certificate."})
    state = fields.String(required=True, metadata={"enum": ["valid", "expiring"]})
    lot_id = fields.String(required=True, metadata={"description": "For `/api/v1/lots/{lot_id}`."})
    name = fields.String(required=True)
    name_en = fields.String(required=True, allow_none=True)
    kind = fields.String(required=True, metadata={"enum": [str(each) for each in LotKind]})
    type = fields.String(required=True, metadata={"enum": [str(each) for each in LotType]})
    district = fields.String(required=True, allow_none=True, metadata={"description": "Code of GB/T 10114."})
    district_name = fields.String(required=True, allow_none=True)
    address = fields.String(required=True, allow_none=True)
    lat = fields.Float(required=True, metadata={"description": "WGS-84."})
    lon = fields.Float(required=True, metadata={"description": "WGS-84."})
    spaces = fields.Integer(required=True)
    holder = fields.String(
        required=True, allow_none=True, metadata={"description": "Null where a person is the holder."}
    )
    from_on = fields.Date(required=True)
    last_on = fields.Date(required=True)


class RegisterPageSchema(Schema):
    items = fields.List(fields.Nested(FiledLotSchema), required=True)
    next = fields.String(
        required=True, allow_none=True, metadata={"description": "Address of the next page; null at the end."}
    )


@interface.route("/register", methods=["GET"])
@interface.arguments(RegisterArguments(), location="query")
@interface.response(200, RegisterPageSchema)
def register(asked: Mapping[str, Any]) -> Response:
    """The lots on file today, page by page, in the order of their certificates' numbers.

    Certificates that expired, were revoked or closed are not in it; ask `/verify/{number}` about those.
    """
    session = work.session()
    city, today = city_today(session)
    limit = asked["limit"]
    found = filed_lots(
        session,
        city,
        today,
        text=asked["q"],
        district=_known(city, asked["district"]),
        after=asked["cursor"],
        limit=limit + 1,
    )
    following = None
    if len(found) > limit:
        kept = [(name, value) for name, value in request.args.items() if name != "cursor"]
        cursor = ("cursor", cursor_after(found[limit - 1].number))
        following = f"{request.path}?{urlencode([*kept, cursor])}"
    body = orjson.dumps({"items": [_document(line, city) for line in found[:limit]], "next": following})
    response = Response(body, content_type=JSON)
    response.headers["Cache-Control"] = f"public, max-age={_FRESH_S}"
    return response


def _link(path: str, **arguments: str | None) -> str:
    told = {name: value for name, value in arguments.items() if value}
    return f"{path}?{urlencode(told)}" if told else path


def _asked(city: CityView) -> tuple[str | None, str | None]:
    """The words and the district of the search. Raises DistrictUnknown."""
    district = _known(city, readable(request.args.get("district")))
    return (readable(request.args.get("q")) or "")[:_LONGEST] or None, district


def _known(city: CityView, district: str | None) -> str | None:
    if district is not None and not city.has_district(district):
        raise DistrictUnknown
    return district


def _cells(lines: Iterable[FiledLot], city: CityView) -> Iterable[list[Cell]]:
    person, names = (
        gettext(_PERSON),
        {each.code: name_of(each.name_zh, each.name_en)[0] for each in city.districts},
    )
    for line in lines:
        yield [
            line.number,
            gettext(CERTIFICATE_STATES[line.state]),
            name_of(line.name, line.name_en)[0],
            gettext(_type_of(line)),
            names.get(line.district_code or ""),
            line.address,
            line.spaces,
            line.holder or person,
            line.from_on,
            line.last_on,
            line.lat,
            line.lon,
        ]


def _document(line: FiledLot, city: CityView) -> dict[str, Any]:
    district = city.district(line.district_code)
    return {
        "number": line.number,
        "state": str(line.state),
        "lot_id": line.lot_id,
        "name": line.name,
        "name_en": line.name_en,
        "kind": str(line.kind),
        "type": str(line.type),
        "district": line.district_code,
        "district_name": district.name_zh if district else None,
        "address": line.address,
        "lat": line.lat,
        "lon": line.lon,
        "spaces": line.spaces,
        "holder": line.holder,
        "from_on": line.from_on,
        "last_on": line.last_on,
    }


def _type_of(line: FiledLot) -> str:
    return KINDS[LotKind.ON_STREET] if line.kind is LotKind.ON_STREET else TYPES[line.type]
