"""Which lots do these words mean? Names, addresses and districts, compared without width, case and spaces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from parking.city.rules import CityView, DistrictView
from parking.lookup.rules import fold, match_rank
from parking.lots.queries import LotCard


@dataclass(frozen=True, slots=True)
class Place:
    """Something with a name and a point; `kind` is lot, district or landmark."""

    kind: str
    id: str
    name: str
    name_en: str | None
    lat: float
    lon: float
    district_code: str | None = None


class Words:
    """The words of all lots in the order of their ids, folded when somebody first searches."""

    def __init__(self, cards: Sequence[LotCard], districts: Iterable[DistrictView]) -> None:
        self._cards = cards
        self._districts = {each.code: (each.name_zh, each.name_en) for each in districts}

    @cached_property
    def _folded(self) -> list[tuple[LotCard, tuple[str, ...], str]]:
        folded = []
        for card in self._cards:
            names = tuple(fold(name) for name in (card.name, card.name_en) if name)
            rest = (card.address, card.operator_name, *self._districts.get(card.district_code or "", ()))
            folded.append((card, names, "\n".join([*names, *(fold(each) for each in rest if each)])))
        return folded

    def ids_with(self, text: str) -> frozenset[str]:
        """The ids of lots whose name, address, operator or district contains a text."""
        wanted = fold(text)
        return frozenset(card.id for card, _, words in self._folded if wanted in words)

    def ranked(self, text: str) -> Iterator[tuple[int, Place]]:
        """The lots that a text may mean, each with the rank of `match_rank`."""
        wanted = fold(text)
        for card, names, words in self._folded:
            rank = match_rank(wanted, names, words)
            if rank is not None:
                place = Place("lot", card.id, card.name, card.name_en, card.lat, card.lon, card.district_code)
                yield rank, place


def search(words: Words, city: CityView, text: str, limit: int) -> list[Place]:
    """What a text may mean, best first; equally good: landmarks, districts, then lots, each by name."""
    if not fold(text):
        return []
    wanted = fold(text)
    found: list[tuple[int, int, str, str, Place]] = []
    for order, place in _named(city):
        names = [fold(name) for name in (place.name, place.name_en) if name]
        rank = match_rank(wanted, names, "")
        if rank is not None:
            found.append((rank, order, place.name, place.id, place))
    found += [(rank, 2, place.name, place.id, place) for rank, place in words.ranked(text)]
    found.sort(key=lambda each: each[:4])
    return [place for *_, place in found[:limit]]


def _named(city: CityView) -> Iterator[tuple[int, Place]]:
    for mark in city.landmarks:
        yield 0, Place("landmark", mark.id, mark.name_zh, mark.name_en, mark.lat, mark.lon)
    for each in city.districts:
        yield 1, Place("district", each.code, each.name_zh, each.name_en, each.lat, each.lon, each.code)
