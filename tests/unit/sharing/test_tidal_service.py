"""Are tidal bays written down once, changed by new rows, and told by the look-up as the law has it?"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from parking.kernel.actors import CLI
from parking.kernel.vocabulary import LotKind, SpaceClass
from parking.lookup.queries.loading import Changes, load_model, read_changes
from parking.sharing.errors.tidal import TidalEnded, TidalRefused, TidalUnknown
from parking.sharing.queries.tidal import ending, lawful_now, tidal_view, tidal_views
from parking.sharing.rules.tidal import TidalState
from parking.sharing.service.tidal import end_tidal
from tests.factories.city import NOW, a_city
from tests.factories.tidal import NIGHTS, a_section, a_tidal


def fields_of(refusal: TidalRefused) -> dict[str, str]:
    return {each.field: each.code for each in refusal.problems}


def test_what_is_refused_names_every_field_at_once(session):
    a_city(session)
    lot = a_section(session, kind=LotKind.OFF_STREET)
    with pytest.raises(TidalRefused) as refused:
        a_tidal(session, lot.id, paper=None, hours="?", consent_on=None)
    assert fields_of(refused.value) == {
        "lot": "not_on_street",
        "hours": "unreadable",
        "consent_on": "missing",
        "paper": "missing",
    }
    assert tidal_views(session) == []


def test_a_change_is_a_new_row_and_the_former_ends_where_it_begins(session):
    def end(tidal_id: str, on: date | None, reason: str = "道路拓宽") -> None:
        end_tidal(session, CLI, tidal_id, on, reason, NOW)

    a_city(session)
    lot = a_section(session)
    first = a_tidal(session, lot.id)
    with pytest.raises(TidalRefused):
        a_tidal(session, lot.id, hours="Mo-Su 20:00-06:00")
    second = a_tidal(session, lot.id, replaces_id=first, hours="Mo-Su 20:00-06:00", from_on=date(2026, 12, 1))
    before, after = tidal_view(session, first), tidal_view(session, second)
    assert before.bays.ended_on == after.bays.from_on == date(2026, 12, 1)
    assert (before.bays.hours, after.replaces_id) == (NIGHTS, first)
    for gone in (lambda: a_tidal(session, lot.id, replaces_id=first), lambda: end(first, date(2027, 1, 1))):
        with pytest.raises(TidalEnded):
            gone()

    with pytest.raises(TidalRefused) as refused:
        end(second, date(2026, 11, 19), " ")
    assert fields_of(refused.value) == {"ended_on": "in_the_past", "reason": "missing"}
    end(second, date(2027, 1, 1))
    assert tidal_view(session, second).bays.state(date(2027, 1, 1)) is TidalState.ENDED
    assert len(tidal_views(session, lot.id)) == 2
    with pytest.raises(TidalUnknown):
        end("zzzz", date(2027, 1, 1))


def test_officers_are_told_what_ends_within_the_hour(session):
    a_city(session)
    ends_at_eleven, later = a_section(session), a_section(session)
    a_tidal(session, ends_at_eleven.id, hours="Mo-Su 08:00-11:00")
    a_tidal(session, later.id, hours="Mo-Su 08:00-11:30")
    assert {each.bays.lot_id for each in lawful_now(session, NOW)} == {ends_at_eleven.id, later.id}

    def told(at: datetime, minutes: int = 60) -> list[str]:
        tides = ending(lawful_now(session, at), at + timedelta(minutes=minutes))
        return [each.bays.lot_id for each in tides]

    assert told(NOW) == [ends_at_eleven.id]
    assert told(NOW, minutes=90) == [ends_at_eleven.id, later.id]
    assert told(NOW + timedelta(hours=1)) == [later.id]
    assert told(NOW + timedelta(hours=2)) == []


def test_the_look_up_tells_no_space_where_nobody_may_park_now(session):
    a_city(session)
    whole = a_section(session, opening_hours="24/7")
    partly = a_section(session, spaces={SpaceClass.GENERAL: 40})
    model = load_model(session, NOW)
    assert model.entry(whole.id).open.is_open is True
    for lot in (whole, partly):
        a_tidal(session, lot.id)
    changes = Changes(lots={whole.id, partly.id})
    model = read_changes(session, model, changes, NOW)(model)
    told = model.entry(whole.id)
    assert (told.open.is_open, told.counts[0][0].capacity) == (False, 0)
    assert told.open.until_at == NOW.replace(hour=11)
    assert model.entry(partly.id).counts[0][0].capacity == 10
    assert model.entry(partly.id).open.is_open is None
    night = model.swept(NOW.replace(hour=11))
    assert (night.entry(whole.id).open.is_open, night.entry(whole.id).counts[0][0].capacity) == (True, 30)
    assert night.entry(partly.id).counts[0][0].capacity == 40
    assert night.entry(whole.id).tides[0].now.until_at == NOW.replace(hour=23)
    assert b'"tidal":[{"class":"general","spaces":30,"lawful_now":true' in night.entry(whole.id).public.told(
        0
    )
