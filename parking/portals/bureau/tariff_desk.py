"""What do the pages of tariffs share? Whose lots they are, what a document says in both languages."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import request, url_for
from flask_babel import force_locale

from parking.accounts.rules import Permission
from parking.city import queries as city
from parking.city.rules import Calendar
from parking.kernel.errors import N_
from parking.kernel.vocabulary import StayKind
from parking.lots import queries as lots
from parking.lots.queries import LotCard
from parking.portals._http import auth, work
from parking.portals._http.tariff_texts import in_words, stay_in_words
from parking.portals.bureau import desk, tariff_words
from parking.tariffs import queries as tariffs
from parking.tariffs.queries import LotTariff, TariffBook, TariffView, VersionView
from parking.tariffs.rules.document import read
from parking.tariffs.rules.errors import TariffInvalid
from parking.tariffs.rules.sign import describe
from parking.tariffs.rules.tariff import TariffRules, VehicleClass

READ, EDIT, PUBLISH = (
    Permission.BUREAU_TARIFFS_READ,
    Permission.BUREAU_TARIFFS_EDIT,
    Permission.BUREAU_TARIFFS_PUBLISH,
)
STATES: Mapping[str, str] = {
    "draft": N_("草稿"),
    "coming": N_("待施行"),
    "in_force": N_("现行"),
    "past": N_("已被替代"),
    "withdrawn": N_("已撤回"),
}
TAGS: Mapping[str, str] = {"draft": "busy", "coming": "act", "in_force": "good", "withdrawn": "bad"}
KINDS: Mapping[str, str] = {"off_street": N_("停车场"), "on_street": N_("路内停车")}


@dataclass(frozen=True, slots=True)
class LotLine:
    """A lot of my districts, its tariff now, and what it has next where that differs."""

    card: LotCard
    now: LotTariff | None
    coming: LotTariff | None
    coming_at: datetime | None


def my_cards() -> list[LotCard]:
    """The lots that the caller's duties reach, by code."""
    caller = auth.caller()
    return [
        card
        for card in lots.lot_cards(work.session(), desk.today())
        if caller.sees_district(card.district_code)
    ]


def my_lots(book: TariffBook) -> list[LotLine]:
    """The same with their tariffs."""
    return [_line(card, book) for card in my_cards()]


def _line(card: LotCard, book: TariffBook) -> LotLine:
    at = desk.now()
    now = book.of(card.id, at)
    change = next(
        (each for each in book.timeline(card.id) if each.from_at > at and _changes(now, each.tariff_id)), None
    )
    coming = book.of(card.id, change.from_at) if change else None
    return LotLine(card, now, coming, change.from_at if change else None)


def _changes(now: LotTariff | None, tariff_id: str) -> bool:
    return (now.tariff_id if now else "") != tariff_id


def book() -> TariffBook:
    """All that is published, as it stands."""
    return tariffs.tariff_book(work.session(), desk.now())


def calendar() -> Calendar:
    """The city's working days."""
    return city.calendar(work.session())


def tariff(tariff_id: str) -> TariffView:
    """One tariff today. Raises TariffNotFound."""
    return tariffs.tariff_view(work.session(), tariff_id, desk.today())


def may_change(view: TariffView) -> bool:
    """Whether the caller may write its next version: every lot that has it is of the caller's districts."""
    caller = auth.caller()
    if caller.may_in(EDIT, None):
        return True
    if not auth.may(EDIT):
        return False
    ids = [each.lot_id for each in tariffs.lots_of(work.session(), view.id, desk.today())]
    cards = lots.lot_cards(work.session(), desk.today(), ids)
    return all(caller.may_in(EDIT, card.district_code) for card in cards)


def tariff_to_change(tariff_id: str) -> TariffView:
    """One that the caller may change. Raises TariffNotFound, NotPermitted."""
    view = tariff(tariff_id)
    if not may_change(view):
        raise auth.NotPermitted
    return view


def state_of(version: VersionView, in_force: VersionView | None) -> str:
    """A version's state as people speak of it: what is published is coming, in force, or past."""
    if version.state != "published":
        return version.state
    if in_force is not None and version.id == in_force.id:
        return "in_force"
    return "coming" if version.from_on > desk.today() else "past"


def rules_of(document: Mapping[str, Any]) -> TariffRules | None:
    """The rules of a document; None where it contradicts itself."""
    try:
        return read(document)
    except TariffInvalid:
        return None


def texts_of(rules: TariffRules) -> list[tuple[str, list[tuple[str, bool]]]]:
    """The generated text, Chinese first: of each language its sentences, and whether each is a heading."""
    told = []
    sentences = describe(rules)
    for locale, lang in (("zh", "zh-CN"), ("en", "en")):
        with force_locale(locale):
            told.append((lang, [(in_words(each), each.is_heading) for each in sentences]))
    return told


def zones_of(documents: Collection[Mapping[str, Any]]) -> list[str]:
    """The zones (路段) of which these documents speak."""
    choices = (choice for document in documents for choice in document.get("choices", []))
    return list(dict.fromkeys(zone for choice in choices for zone in choice.get("zones", [])))


def coming_monday(on: date) -> date:
    """The first Monday on or after a day, for examples."""
    return on + timedelta(days=-on.weekday() % 7)


def asked_vehicle() -> VehicleClass:
    """Which vehicle a page is asked for."""
    text = request.values.get("vehicle", "")
    return next((each for each in VehicleClass if each == text), VehicleClass.SMALL)


def asked_stay() -> StayKind:
    """Which kind of stay a page is asked for."""
    text = request.values.get("stay", "")
    return next((each for each in StayKind if each == text), StayKind.CASUAL)


def words() -> dict[str, Any]:
    """The words of every page about tariffs."""
    return {
        "w": tariff_words,
        "states": STATES,
        "tags": TAGS,
        "kinds": KINDS,
        "in_words": in_words,
        "lasting": lambda minutes: stay_in_words(timedelta(minutes=minutes)),
    }


def version_url(version_id: str) -> str:
    """The page of a version."""
    return url_for("bureau_tariff_versions.version", version_id=version_id)
