"""What does a driver read of tidal bays: may one park, when does that end, and does a stay run past it?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from flask_babel import gettext

from parking.kernel.vocabulary import SPACE_CLASS_NAMES, SpaceClass
from parking.lookup.queries import PlannedStay
from parking.lots.queries import LotCard
from parking.lots.rules import OpenState, describe
from parking.portals._http import formats
from parking.portals._http.i18n import language
from parking.portals._http.tidal_texts import ends_in_words, left_in_words
from parking.sharing.rules.tidal import Lawful, Tide, withheld


@dataclass(frozen=True, slots=True)
class TidalLine:
    """Tidal bays on the page of their section: how many, when one may park, and what holds now."""

    spaces: str
    hours: str
    now: str
    is_lawful: bool
    warning: str | None


def told(tides: Sequence[Tide]) -> tuple[Tide, ...]:
    """Those whose arrangement holds."""
    return tuple(each for each in tides if each.is_told)


def covers_all(card: LotCard, tides: Sequence[Tide]) -> bool:
    """Whether every space of the section is a tidal one."""
    bays: Counter[SpaceClass] = Counter()
    for each in told(tides):
        bays[each.bays.space_class] += each.bays.spaces
    return bool(bays) and all(bays[space.space_class] >= space.capacity for space in card.spaces)


def hours_of(card: LotCard, tides: Sequence[Tide]) -> str | None:
    """The hours of a section that is tidal as a whole, as people say them; None of any other."""
    if not covers_all(card, tides):
        return None
    return gettext("；").join(dict.fromkeys(describe(each.bays.hours, language()) for each in told(tides)))


def unlawful_note(space_class: SpaceClass, tides: Sequence[Tide]) -> str | None:
    """That some spaces of a class are in no count now."""
    bays = withheld(told(tides)).get(space_class, 0)
    return gettext("%(count)s 个潮汐泊位现在禁止停放", count=formats.number(bays)) if bays else None


def opening_fact(
    card: LotCard, tides: Sequence[Tide], opening: OpenState, at: datetime, zone: tzinfo
) -> str | None:
    """禁止停放，19:00 起可停 or 07:00 起禁止停放, of a section that is tidal as a whole; else None.

    It holds at `at`, and its days are told beside that.
    """
    if not covers_all(card, tides):
        return None
    if opening.is_open is False:
        return ends_in_words(Lawful(False, None, opening.until_at), at, zone, at)
    ends_at = _ends_at(tides)
    if ends_at is None:
        return None
    return gettext("%(time)s 起禁止停放", time=formats.near_time(ends_at, at, zone))


def part_facts(card: LotCard, tides: Sequence[Tide], at: datetime, zone: tzinfo) -> list[str]:
    """30 个潮汐泊位：禁止停放，19:00 起可停: at `at`, of a section that has other spaces too."""
    if covers_all(card, tides):
        return []
    return [
        gettext(
            "%(count)s 个潮汐泊位：%(what)s",
            count=formats.number(each.bays.spaces),
            what=ends_in_words(each.now, at, zone, at),
        )
        for each in told(tides)
    ]


def stay_warning(
    card: LotCard, tides: Sequence[Tide], at: datetime, zone: tzinfo, stay: PlannedStay | None
) -> str | None:
    """That a stay from `at` on runs past the lawful time, or that this ends within the hour."""
    ends_at = _ends_at(tides)
    if ends_at is None:
        return None
    is_whole, time = covers_all(card, tides), formats.near_time(ends_at, at, zone)
    if stay is not None and ends_at < stay.leave_at:
        if is_whole:
            return gettext("%(time)s 起禁止停放，请在此之前驶离", time=time)
        return gettext("部分泊位 %(time)s 起禁止停放，请看清标志", time=time)
    left = left_in_words(ends_at, at)
    return gettext("%(time)s 起禁止停放，%(left)s", time=time, left=left) if is_whole and left else None


def _ends_at(tides: Sequence[Tide]) -> datetime | None:
    """When the first of those where one may park now forbids it."""
    return min(
        (each.now.until_at for each in told(tides) if each.now.is_lawful and each.now.until_at), default=None
    )


def lines_of(tides: Sequence[Tide], now: datetime, zone: tzinfo) -> tuple[TidalLine, ...]:
    """The tidal bays of a section as its page tells them."""
    return tuple(
        TidalLine(
            spaces=gettext(
                "%(count)s 个%(kind)s",
                count=formats.number(each.bays.spaces),
                kind=gettext(SPACE_CLASS_NAMES[each.bays.space_class]),
            ),
            hours=describe(each.bays.hours, language()),
            now=ends_in_words(each.now, now, zone, now),
            is_lawful=each.now.is_lawful,
            warning=_lapsed(each, now, zone),
        )
        for each in told(tides)
    )


def _lapsed(tide: Tide, now: datetime, zone: tzinfo) -> str | None:
    until_on = tide.bays.until_on
    if until_on is None or now.astimezone(zone).date() < until_on:
        return None
    last_on = until_on - timedelta(days=1)
    return gettext("设置期限到 %(day)s为止，已经到期。", day=formats.day(last_on))
