"""Where may one park at stated times only, until when today, and who consented? Tidal bays at the console."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as Redirect

from parking.accounts.rules import Permission
from parking.city import queries as city_queries
from parking.kernel.days import day_span
from parking.kernel.errors import N_, FieldProblem
from parking.kernel.vocabulary import SPACE_CLASS_NAMES, LotKind, SpaceClass
from parking.lots.queries import LotCard
from parking.lots.rules import HoursReader, describe
from parking.portals._http import auth, work
from parking.portals._http.forms import sent
from parking.portals._http.i18n import language
from parking.portals._http.moments import day_of, sent_day
from parking.portals._http.pages import Pages
from parking.portals._http.tidal_texts import ends_in_words
from parking.portals._http.uploads import ACCEPT, BODY_LIMIT, attachment, kept
from parking.portals.bureau import desk
from parking.portals.bureau.day_bars import DayBar, day_bar
from parking.portals.bureau.within import card_within, cards_within, may_here
from parking.sharing.errors.tidal import TidalRefused, TidalUnknown
from parking.sharing.queries.tidal import TidalView, ending, tidal_view, tidal_views
from parking.sharing.rules.tidal import Lawful, TidalBays, TidalState, lawful_spans, tide
from parking.sharing.rules.tidal_checks import (
    EXAMPLE,
    LONGEST_BODY,
    LONGEST_HOURS,
    LONGEST_NUMBER,
    TidalDraft,
)
from parking.sharing.service.tidal import LONGEST_REASON, arrange_tidal, end_tidal

pages = Pages("bureau_tidal", __name__, "bureau")
_READ, _EDIT = Permission.BUREAU_TIDAL_READ, Permission.BUREAU_TIDAL_EDIT
SOON = timedelta(minutes=60)
STATES = {
    TidalState.IN_FORCE: N_("施行中"),
    TidalState.LAPSED: N_("同意已到期"),
    TidalState.PLANNED: N_("未开始"),
    TidalState.ENDED: N_("已结束"),
}
STATE_TAGS = {TidalState.IN_FORCE: "good", TidalState.LAPSED: "bad", TidalState.PLANNED: "busy"}
_SHOWN_DAYS = 8


@dataclass(frozen=True, slots=True)
class Row:
    """An arrangement with its section, as it stands now; `is_soon`: it ends within the hour."""

    view: TidalView
    card: LotCard
    state: TidalState
    now: Lawful
    today: DayBar
    hours: str
    is_soon: bool


def rows_of(permission: Permission) -> list[Row]:
    """The arrangements of the districts where the caller may do this; the first to end first, ended last."""
    views, reader = tidal_views(work.session()), hours_reader()
    cards = cards_within(permission, {view.bays.lot_id for view in views})
    rows = [_row(view, cards[view.bays.lot_id], reader) for view in views if view.bays.lot_id in cards]
    order = list(STATES)
    rows.sort(
        key=lambda row: (order.index(row.state), not row.is_soon, row.now.until_at or _FAR, row.card.code)
    )
    return rows


_FAR = datetime.max.replace(tzinfo=UTC)


def _row(view: TidalView, card: LotCard, reader: HoursReader) -> Row:
    now, zone, bays = desk.now(), desk.zone(), view.bays
    standing = tide(bays, now, reader, zone)
    state = bays.state(desk.today())
    return Row(
        view=view,
        card=card,
        state=state,
        now=standing.now,
        today=_bar(bays, desk.today(), reader),
        hours=describe(bays.hours, language()),
        is_soon=standing.is_told and bool(ending([standing], now + SOON)),
    )


def _bar(bays: TidalBays, on: date, reader: HoursReader) -> DayBar:
    """The lawful hours of a city date."""
    zone = desk.zone()
    spans = lawful_spans(bays, *day_span(on, zone), reader, zone)
    return day_bar(on, spans, desk.now(), zone, none=gettext("全天禁止停放"), whole=gettext("全天可停"))


def hours_reader() -> HoursReader:
    """Reads hours by the city's calendar as it is now."""
    return HoursReader(city_queries.calendar(work.session()), desk.city().time_zone)


@pages.get("/tidal", permission=_READ, nav=N_("潮汐车位"), nav_order=47)
def listed() -> Response:
    """The sections of my districts, those whose hours end within the hour first."""
    everything = rows_of(_READ)
    only, district = request.args.get("only", ""), request.args.get("district", "")
    rows = [
        row
        for row in everything
        if district in ("", row.card.district_code)
        and (row.is_soon if only == "soon" else only in ("", row.state))
        and (only or row.state is not TidalState.ENDED)
    ]
    return _page(
        "listed.html",
        cut=desk.cut(rows),
        soon=sum(row.is_soon for row in everything),
        lapsed=sum(row.state is TidalState.LAPSED for row in everything),
        any_rows=bool(everything),
        only=only,
        district=district,
        districts=desk.my_districts(),
    )


@pages.get("/tidal/new", permission=_EDIT)
def new() -> Response:
    """The form of a new arrangement; `?lot=` chooses the section."""
    cards = cards_within(_EDIT).values()
    options = [(card.id, f"{card.code} {card.name}") for card in cards if card.kind == LotKind.ON_STREET]
    return _page("edit.html", row=None, sections=options, chosen=request.args.get("lot", ""), accept=ACCEPT)


@pages.post("/tidal/new", permission=_EDIT, body_limit=BODY_LIMIT)
def arrange() -> Redirect:
    """Make bays tidal."""
    if not sent("lot"):
        missing = FieldProblem("lot", "missing", N_("请选择路段"))
        raise TidalRefused(problems=[missing], count=1)
    card = card_within(_EDIT, sent("lot"))
    draft = _draft()
    made = arrange_tidal(
        work.session(), auth.caller().actor, card.id, draft, kept("paper", required=False), desk.now()
    )
    flash(gettext("潮汐车位已登记"))
    return redirect(url_for(".one", tidal_id=made), 303)


@pages.get("/tidal/<tidal_id>", permission=_READ)
def one(tidal_id: str) -> Response:
    """One arrangement: its consent, the days to come, and what was before and after it."""
    view, card = _mine(tidal_id, _READ)
    reader = hours_reader()
    history = tidal_views(work.session(), card.id)
    return _page(
        "one.html",
        row=_row(view, card, reader),
        days=[_bar(view.bays, desk.today() + timedelta(days=step), reader) for step in range(_SHOWN_DAYS)],
        history=[_row(each, card, reader) for each in history],
        may_edit=may_here(_EDIT, card.district_code) and view.bays.ended_on is None,
        name=desk.names_of([view.made_by, *([view.ended_by] if view.ended_by else [])]),
        reason_length=LONGEST_REASON,
    )


@pages.get("/tidal/<tidal_id>/change", permission=_EDIT)
def change_form(tidal_id: str) -> Response:
    """The form of what takes this one's place."""
    view, card = _mine(tidal_id, _EDIT)
    return _page("edit.html", row=_row(view, card, hours_reader()), sections=(), chosen="", accept=ACCEPT)


@pages.post("/tidal/<tidal_id>/change", permission=_EDIT, body_limit=BODY_LIMIT)
def change(tidal_id: str) -> Redirect:
    """Put a new arrangement in this one's place."""
    view, card = _mine(tidal_id, _EDIT)
    made = arrange_tidal(
        work.session(),
        auth.caller().actor,
        card.id,
        _draft(),
        kept("paper", required=False),
        desk.now(),
        replaces_id=view.bays.id,
    )
    flash(gettext("新的安排已登记，原安排到期自动结束"))
    return redirect(url_for(".one", tidal_id=made), 303)


@pages.post("/tidal/<tidal_id>/end", permission=_EDIT, form="one")
def end(tidal_id: str) -> Redirect:
    """Say from which day on these are bays like any other."""
    view, _ = _mine(tidal_id, _EDIT)
    ended_on, reason = day_of(sent("ended_on")), sent("reason")
    end_tidal(work.session(), auth.caller().actor, view.bays.id, ended_on, reason, desk.now())
    flash(gettext("结束日期已登记"))
    return redirect(url_for(".one", tidal_id=tidal_id), 303)


@pages.get("/tidal/<tidal_id>/paper", permission=_READ)
def paper(tidal_id: str) -> Response:
    """The consent as a file, to be saved."""
    view, _ = _mine(tidal_id, _READ)
    return attachment(view.paper_sha256, view.paper_media_type, view.paper_name)


def _mine(tidal_id: str, permission: Permission) -> tuple[TidalView, LotCard]:
    """An arrangement where the caller may do this. Raises TidalUnknown."""
    view = tidal_view(work.session(), tidal_id)
    card = cards_within(permission, [view.bays.lot_id]).get(view.bays.lot_id)
    if card is None:
        raise TidalUnknown
    return view, card


def _draft() -> TidalDraft:
    """What the form says; a day that cannot be read is a day that is missing."""
    space_class, spaces = sent("space_class"), sent("spaces")
    last_on = sent_day("until_on", TidalRefused) if sent("until_on") else None
    return TidalDraft(
        space_class=SpaceClass(space_class) if space_class in set(SpaceClass) else None,
        spaces=int(spaces) if spaces.isdecimal() and len(spaces) < 6 else None,
        hours=sent("hours"),
        from_on=day_of(sent("from_on")),
        until_on=last_on + timedelta(days=1) if last_on else None,
        police_body=sent("police_body"),
        consent_number=sent("consent_number"),
        consent_on=day_of(sent("consent_on")),
    )


def _page(template: str, **context: Any) -> Response:
    words: Mapping[str, Any] = {
        "states": STATES,
        "state_tags": STATE_TAGS,
        "classes": SPACE_CLASS_NAMES,
        "example": EXAMPLE,
        "longest": {"body": LONGEST_BODY, "number": LONGEST_NUMBER, "hours": LONGEST_HOURS},
        "in_words": lambda now: ends_in_words(now, desk.now(), desk.zone(), desk.now()),
        "last_day": lambda until_on: until_on - timedelta(days=1),
    }
    return desk.page(f"tidal/{template}", **words, **context)
