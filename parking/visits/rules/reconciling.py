"""Where does a network's list of a day differ from ours?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class DifferenceKind(StrEnum):
    """What is wrong with a line: it stands in one list only, or with another amount."""

    OURS_ONLY = "ours_only"
    THEIRS_ONLY = "theirs_only"
    AMOUNT_DIFFERS = "amount_differs"


@dataclass(frozen=True, slots=True)
class Line:
    """A sum of one list, in fen; what was given back is negative."""

    charge_id: str
    fen: int
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """One charge of the day whose payments, or whose refunds, are not the same in both lists."""

    kind: DifferenceKind
    charge_id: str
    is_refund: bool
    ours_fen: int | None
    theirs_fen: int | None
    reference: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both lists of a day. `matched` counts the charges whose payments, or refunds, agree to the fen."""

    ours_fen: int
    theirs_fen: int
    matched: int
    differences: tuple[Difference, ...]


def compare(ours: Iterable[Line], theirs: Iterable[Line]) -> Comparison:
    """Compare two lists by charge, payments apart from refunds.

    A charge that one list has twice is compared by its sum, so a double charge shows as another amount.
    """
    mine, _ = _sums(ours)
    other, references = _sums(theirs)
    found, matched = [], 0
    for key in sorted(mine.keys() | other.keys()):
        our_fen, their_fen = mine.get(key), other.get(key)
        if our_fen == their_fen:
            matched += 1
            continue
        kind = DifferenceKind.AMOUNT_DIFFERS
        if our_fen is None:
            kind = DifferenceKind.THEIRS_ONLY
        elif their_fen is None:
            kind = DifferenceKind.OURS_ONLY
        found.append(Difference(kind, *key, our_fen, their_fen, references.get(key)))
    return Comparison(sum(mine.values()), sum(other.values()), matched, tuple(found))


_Key = tuple[str, bool]


def _sums(lines: Iterable[Line]) -> tuple[dict[_Key, int], dict[_Key, str]]:
    sums: defaultdict[_Key, int] = defaultdict(int)
    references: dict[_Key, str] = {}
    for line in lines:
        key = (line.charge_id, line.fen < 0)
        sums[key] += line.fen
        if line.reference:
            references.setdefault(key, line.reference)
    return dict(sums), references
