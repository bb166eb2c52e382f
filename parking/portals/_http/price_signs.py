"""What stands on the sign at a lot's entrance? Whose lot it is, what it costs, and where to complain.

Where spaces are lent at a price of their own, that price and its hours stand below the lot's.

Article 13 of the Price Law and the rules on marked prices (明码标价和禁止价格欺诈规定) want the standard, the
manner of reckoning and who charges in sight before one enters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil
from zoneinfo import ZoneInfo

from flask import Response, make_response, render_template
from flask_babel import force_locale, gettext
from markupsafe import Markup

from parking.city.rules import CityView
from parking.kernel.errors import N_, NotFound
from parking.kernel.vocabulary import SpaceClass
from parking.lots.queries import LotCard
from parking.lots.rules import describe as describe_hours
from parking.portals._http.papers import Words, both, day
from parking.portals._http.printing import qr_svg
from parking.portals._http.services import services
from parking.portals._http.tariff_texts import in_words
from parking.tariffs.queries import LotTariff
from parking.tariffs.rules.sign import describe
from parking.tariffs.rules.tariff import TariffRules
from parking.tariffs.rules.zones import in_zone

COMPLAINTS = "12345"
SIZES = ("a4", "a3")
_FOR_CYCLES = (SpaceClass.MOTORCYCLE, SpaceClass.E_BIKE, SpaceClass.BICYCLE)
# The sizes of the style sheet, and a sheet's height in these tenths.
_LETTERS = (31, 27, 23, 20, 17, 15, 13, 11)
_SHEET = 1380
# Of a line, in the same: less its margins, and what is lost where no word may be broken.
_WIDTH = 950


class NoPriceToShow(NotFound):
    """Nobody told what the lot charges on that day."""

    code = "no_price_to_show"
    text = N_("这个停车场在这一天没有收费标准，没有公示牌可以打印")


@dataclass(frozen=True, slots=True)
class Rule:
    """A sentence of the sign; a heading says for whom or when the next ones hold."""

    told: Words
    is_heading: bool


@dataclass(frozen=True, slots=True)
class LentPrice:
    """What strangers pay by a tariff of its own in the hours (OSM text) in which spaces are lent."""

    hours: tuple[str, ...]
    tariff: LotTariff


@dataclass(frozen=True, slots=True)
class PriceSign:
    """All that is on the sign. `facts` are names and values; `next_on`: when another has to hang there."""

    lot: Words
    rules: tuple[Rule, ...]
    facts: tuple[tuple[Words, Words], ...]
    authority: Words
    url: str
    next_on: date | None

    @property
    def letters(self) -> int:
        """How large the letters may be for one sheet to hold them: tenths of a per cent of its width.

        The smallest are two millimetres high on A4; what does not fit then needs a second sheet.
        """
        return next((each for each in _LETTERS if self._height(each) * each <= _SHEET), _LETTERS[-1])

    def _height(self, letters: int) -> float:
        """How high the sign is with such letters, in these letters."""
        width = _WIDTH / letters
        height = 9 + 1.95 * len(self.facts) + (3.5 if self.next_on else 0)
        for rule in self.rules:
            # A Chinese letter is a square; an English one is half as wide, in smaller print.
            lines = ceil(len(rule.told.zh) / width)
            height += 1.45 * lines + (0.9 * ceil(0.31 * len(rule.told.en) / width) if rule.told.en else 0)
            height += 1.25 if rule.is_heading else 0.25
        return height


def price_sign(
    card: LotCard, tariff: LotTariff | None, city: CityView, lent: Sequence[LentPrice] = ()
) -> PriceSign:
    """The sign of a lot with this tariff, and those of what it lends. Raises NoPriceToShow without any."""
    shown = [each for each in (tariff, *(each.tariff for each in lent)) if each is not None]
    if not shown:
        raise NoPriceToShow
    zone = ZoneInfo(city.time_zone)
    later = (each.next_version for each in shown)
    following = min((each.from_at for each in later if each and each.rules), default=None)
    own = _rules(in_zone(tariff.rules, tariff.zone)) if tariff else []
    return PriceSign(
        lot=Words(card.name, card.name_en or ""),
        rules=(*own, *(rule for each in lent for rule in _lent_rules(each))),
        facts=tuple(_facts(card, shown, zone)),
        authority=Words(city.told("site.bureau_zh") or "", city.told("site.bureau_en") or ""),
        url=f"{services().public_url.rstrip('/')}/lots/{card.id}",
        next_on=following.astimezone(zone).date() if following else None,
    )


def _rules(rules: TariffRules) -> list[Rule]:
    sentences = describe(rules)
    said = []
    for locale in ("zh", "en"):
        with force_locale(locale):
            said.append([in_words(each) for each in sentences])
    return [
        Rule(Words(zh, en if en != zh else ""), each.is_heading)
        for each, zh, en in zip(sentences, *said, strict=True)
    ]


def _lent_rules(lent: LentPrice) -> list[Rule]:
    """The hours as a heading, then what holds in them."""
    said = []
    for locale in ("zh", "en"):
        with force_locale(locale):
            hours = gettext("；").join(describe_hours(each, locale) for each in lent.hours)
            said.append(gettext("错时共享 %(span)s", span=hours))
    heading = Rule(Words(said[0], said[1] if said[1] != said[0] else ""), is_heading=True)
    return [heading, *_rules(in_zone(lent.tariff.rules, lent.tariff.zone))]


def bays(card: LotCard) -> int:
    """The bays for cars, trucks and coaches: what a driver understands by a car park's bays."""
    return sum(group.capacity for group in card.spaces if group.space_class not in _FOR_CYCLES)


def _facts(card: LotCard, shown: Sequence[LotTariff], zone: ZoneInfo) -> list[tuple[Words, Words]]:
    tariff = shown[0]
    codes = dict.fromkeys(f"{each.code}-{each.version_number}" for each in shown)
    since_on = max(each.version.from_at for each in shown).astimezone(zone).date()
    found: Sequence[tuple[str, Words | None]] = (
        (N_("收费单位"), Words(card.operator_name) if card.operator_name else None),
        (N_("备案编号"), Words(number) if (number := card.certificate_no or card.filing_no) else None),
        (N_("泊位数"), Words(str(spaces)) if (spaces := bays(card)) else None),
        (N_("地址"), Words(card.address) if card.address else None),
        (N_("路段"), Words(tariff.zone) if tariff.zone else None),
        (N_("收费标准编号"), Words("、".join(codes))),
        (N_("施行日期"), day(since_on)),
        (N_("投诉举报电话"), Words(COMPLAINTS)),
    )
    return [(both(name), value) for name, value in found if value]


def sign_page(sign: PriceSign, size: str, back_url: str) -> Response:
    """The sign as a page to print, on A4 or A3."""
    code: Markup = qr_svg(sign.url)
    return make_response(
        render_template(
            "print/price_sign.html",
            sign=sign,
            qr=code,
            size=size if size in SIZES else SIZES[0],
            sizes=SIZES,
            back_url=back_url,
        )
    )
