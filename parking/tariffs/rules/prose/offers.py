"""Which prices does a text offer, on which days and at which hours? Sentence by sentence, scopes in mind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from parking.tariffs.rules.prose import words
from parking.tariffs.rules.prose.phrases import ALL_DAYS, SCOPES, Item, Kind, items
from parking.tariffs.rules.prose.proposal import Phrase
from parking.tariffs.rules.prose.tokens import Token, tokens

_PRICES = set("MEQCKZ")


@dataclass(slots=True)
class Offer:
    """Prices of some days (None: those that its place is for) at some hours (none: those that are left)."""

    place: str
    days: tuple[str, ...] | None
    is_daily: bool = False
    hours: list[Item] = field(default_factory=list)
    is_rest: bool = False
    prices: list[Item] = field(default_factory=list)

    def phrase(self, text: str, **params: int | str) -> Phrase:
        """The offer's words, with why they became nothing."""
        told = sorted([*self.hours, *self.prices], key=lambda item: item.start)
        joined = "; ".join(item.words for item in told)
        return Phrase(self.place, told[0].start, told[-1].end, joined, text, params)


@dataclass(slots=True)
class Notes:
    """What was understood so far, assumed, and not understood."""

    understood: list[Phrase] = field(default_factory=list)
    assumed: list[Phrase] = field(default_factory=list)
    left: list[Phrase] = field(default_factory=list)
    begun_told: bool = False
    currencies: set[str] = field(default_factory=set)

    def assume(self, text: str, **params: int | str) -> None:
        """Say once what the document decides by itself."""
        phrase = Phrase("", 0, 0, "", text, params)
        if phrase not in self.assumed:
            self.assumed.append(phrase)

    def lack(self, text: str, **params: int | str) -> None:
        """Say what the text does not."""
        self.left.append(Phrase("", 0, 0, "", text, params))


class Reader:
    """Reads the texts of one kind of day after one another: days stay meant until others are named."""

    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        self.offers: list[Offer] = []
        self.days: tuple[str, ...] | None = None
        self.is_daily = False

    def read(self, place: str, text: str, days: tuple[str, ...] = ALL_DAYS) -> None:
        """Add what a text offers, of those days where it names none; hours are its own."""
        self.place, self.text, self.meant = place, text, days
        self.offer: Offer | None = None
        # A scope that was not understood makes the prices after it nobody's, until another is named.
        self.lost_days = self.lost_hours = False
        for clause in _clauses(text):
            for token in clause:
                if token.letter == "M":
                    self.notes.currencies.add("$" if "$" in token.words else "CNY")
            said = items(clause, text)
            if isinstance(said, str):
                self._leave(clause, said)
                continue
            self.notes.understood += (
                Phrase(place, token.start, token.end, token.words, words.BEGUN)
                for token in clause
                if token.letter == "B"
            )
            self.notes.left += (
                Phrase(place, token.start, token.end, token.words, words.CANNOT)
                for token in clause
                if token.letter == "V"
            )
            self.notes.begun_told |= any(token.letter == "B" for token in clause)
            for item in said:
                self._take(item)

    def _leave(self, clause: list[Token], why: str) -> None:
        start, end = clause[0].start, clause[-1].end
        self.notes.left.append(Phrase(self.place, start, end, self.text[start:end], why))
        letters = {token.letter for token in clause}
        first = next(token.letter for token in clause)
        if "W" in letters and letters & _PRICES:
            self.lost_days = True
        if letters & set("RAJ") or (first == "W" and letters & _PRICES):
            self.lost_hours = True

    def _take(self, item: Item) -> None:
        if item.kind in SCOPES:
            self._scope(item)
        elif self.lost_days or self.lost_hours:
            phrase = Phrase(self.place, item.start, item.end, item.words, words.NO_SCOPE)
            self.notes.left.append(phrase)
            return
        elif item.kind is Kind.NO_HOLIDAY and "holiday" in (self.days or self.meant):
            self.notes.left.append(Phrase(self.place, item.start, item.end, item.words, words.CANNOT))
            return
        elif item.kind in (Kind.REMARK, Kind.NO_HOLIDAY):
            pass
        elif item.kind is Kind.FREE_HOURS:
            days = item.days or self.days
            self.offers.append(Offer(self.place, days, False, [item], False, [item]))
        else:
            if self.offer is None:
                self._begin()
            assert self.offer is not None
            self.offer.prices.append(item)
            if item.letters == "MD":
                self.notes.assume(words.ASSUMED_EACH, words=item.words, minutes=item.minutes)
        self.notes.understood.append(
            Phrase(self.place, item.start, item.end, item.words, item.text, item.params)
        )

    def _begin(self) -> None:
        self.offer = Offer(self.place, self.days, self.is_daily)
        self.offers.append(self.offer)

    def _scope(self, item: Item) -> None:
        if item.kind is Kind.DAYS:
            self.days, self.is_daily = item.days, set(item.days) == set(ALL_DAYS)
            self.lost_days = self.lost_hours = False
            self._begin()
            return
        if not self.lost_days:
            self.lost_hours = False
        if self.offer is None or self.offer.prices or (item.kind is Kind.REST):
            self._begin()
        assert self.offer is not None
        if item.kind is Kind.REST:
            self.offer.is_rest = True
        else:
            self.offer.hours.append(item)


def _clauses(text: str) -> Iterator[list[Token]]:
    """The sentences of a text, without what stands between the words."""
    clause: list[Token] = []
    for token in tokens(text):
        if token.letter == ";":
            if clause:
                yield clause
            clause = []
        elif token.letter != " ":
            clause.append(token)
    if clause:
        yield clause
