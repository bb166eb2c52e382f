"""Which steps may an agreement take, and what must it say before it holds?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType

from parking.kernel.errors import N_, FieldProblem
from parking.kernel.texts import text_problems
from parking.kernel.vocabulary import SpaceClass

TEXT_MOST = 2_000
NAME_MOST = 100
LONGEST = timedelta(days=5 * 366)
NOTICE_MOST_DAYS = 180
MINUTES_MOST = 48 * 60
GRACE_MOST = 240


class Party(StrEnum):
    """产权单位 / 运行主体 / 监管部门: the three who answer for a shared window."""

    OWNER = "owner"
    OPERATOR = "operator"
    SUPERVISOR = "supervisor"


class AgreementState(StrEnum):
    """How far an agreement is. Each party's confirmation is kept beside it."""

    DRAFTED = "drafted"
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    IN_FORCE = "in_force"
    SUSPENDED = "suspended"
    ENDED = "ended"


class AgreementStep(StrEnum):
    """What is done to an agreement."""

    PROPOSE = "propose"
    CONFIRM = "confirm"
    PUT_IN_FORCE = "put_in_force"
    SUSPEND = "suspend"
    RESUME = "resume"
    GIVE_NOTICE = "give_notice"
    END = "end"


_S = AgreementState
TRANSITIONS: Mapping[tuple[AgreementState, AgreementStep], AgreementState] = MappingProxyType(
    {
        (_S.DRAFTED, AgreementStep.PROPOSE): _S.PROPOSED,
        # A party's confirmation leaves it proposed; the third one makes it confirmed: see `confirmed_by`.
        (_S.PROPOSED, AgreementStep.CONFIRM): _S.PROPOSED,
        (_S.CONFIRMED, AgreementStep.PUT_IN_FORCE): _S.IN_FORCE,
        (_S.IN_FORCE, AgreementStep.SUSPEND): _S.SUSPENDED,
        (_S.SUSPENDED, AgreementStep.RESUME): _S.IN_FORCE,
        (_S.IN_FORCE, AgreementStep.GIVE_NOTICE): _S.IN_FORCE,
        (_S.SUSPENDED, AgreementStep.GIVE_NOTICE): _S.SUSPENDED,
        (_S.IN_FORCE, AgreementStep.END): _S.ENDED,
        (_S.SUSPENDED, AgreementStep.END): _S.ENDED,
        (_S.DRAFTED, AgreementStep.END): _S.ENDED,
        (_S.PROPOSED, AgreementStep.END): _S.ENDED,
        (_S.CONFIRMED, AgreementStep.END): _S.ENDED,
    }
)


def next_state(state: AgreementState, step: AgreementStep) -> AgreementState | None:
    """Where a step leads; None where it may not be taken from there."""
    return TRANSITIONS.get((state, step))


def confirmed_by(parties: Set[Party]) -> AgreementState:
    """The state of a proposed agreement that these parties have confirmed."""
    return _S.CONFIRMED if parties >= set(Party) else _S.PROPOSED


@dataclass(frozen=True, slots=True)
class PartyDraft:
    """A party: its name, how its duty desk is reached (a body's number, no person's), and what it does."""

    name: str
    contact: str
    duties: str
    officer_id: str | None = None


@dataclass(frozen=True, slots=True)
class PartDraft:
    """Spaces of one class, lent at the times of `opening_hours` (OSM text, past midnight allowed).

    Of the `spaces`, `quota` are given away in each window.
    """

    space_class: SpaceClass
    spaces: int
    opening_hours: str
    quota: int


@dataclass(frozen=True, slots=True)
class AgreementDraft:
    """What an agreement is to say; its days are [from_on, until_on)."""

    lot_id: str
    organisation_id: str
    parties: Mapping[Party, PartyDraft]
    parts: tuple[PartDraft, ...]
    from_on: date
    until_on: date
    notice_days: int = 30
    withdraw_before_minutes: int = 24 * 60
    grace_minutes: int = 15
    overstays_suspend: int | None = 3
    on_overstay: str = ""
    insurance: str = ""
    house_rules: str = ""
    tariff_id: str | None = None
    filing_id: str | None = field(default=None)


def agreement_problems(draft: AgreementDraft) -> Iterator[FieldProblem]:
    """What is wrong with a draft by itself; the hours and the lot's spaces are checked with the register."""
    yield from _party_problems(draft)
    if draft.until_on <= draft.from_on:
        yield FieldProblem("until_on", "ends_before_begins", N_("结束日期应晚于开始日期"))
    elif draft.until_on - draft.from_on > LONGEST:
        years = LONGEST.days // 366
        yield FieldProblem("until_on", "too_long", N_("一份协议最长 %(years)s 年"), {"years": years})
    for name, value, most in (
        ("notice_days", draft.notice_days, NOTICE_MOST_DAYS),
        ("withdraw_before_minutes", draft.withdraw_before_minutes, MINUTES_MOST),
        ("grace_minutes", draft.grace_minutes, GRACE_MOST),
    ):
        if not 0 <= value <= most:
            yield _out_of_range(name, 0, most)
    if draft.overstays_suspend is not None and not 1 <= draft.overstays_suspend <= 100:
        yield _out_of_range("overstays_suspend", 1, 100)
    for name in ("on_overstay", "insurance", "house_rules"):
        yield from text_problems(name, getattr(draft, name), TEXT_MOST, None)
    yield from _part_problems(draft.parts)


def _party_problems(draft: AgreementDraft) -> Iterator[FieldProblem]:
    for party in Party:
        told = draft.parties.get(party)
        if told is None or not told.name.strip():
            yield FieldProblem(f"{party}_name", "missing", N_("缺少这一项"))
            continue
        for name, value, most in (
            ("name", told.name, NAME_MOST),
            ("contact", told.contact, NAME_MOST),
            ("duties", told.duties, TEXT_MOST),
        ):
            yield from text_problems(f"{party}_{name}", value, most)


def _part_problems(parts: tuple[PartDraft, ...]) -> Iterator[FieldProblem]:
    if not parts:
        yield FieldProblem("parts", "nothing_lent", N_("请填写要共享的车位"))
    classes = [part.space_class for part in parts]
    for number, part in enumerate(parts):
        if classes.index(part.space_class) != number:
            yield FieldProblem(f"parts[{number}].space_class", "twice", N_("同一类车位只能填写一次"))
        if part.spaces < 1:
            yield FieldProblem(f"parts[{number}].spaces", "too_few", N_("至少要共享一个车位"))
        if not 1 <= part.quota <= max(part.spaces, 1):
            yield FieldProblem(
                f"parts[{number}].quota", "quota_beyond_spaces", N_("每个时段的名额应在 1 到共享车位数之间")
            )


def _out_of_range(name: str, least: int, most: int) -> FieldProblem:
    text = N_("应是 %(least)s 到 %(most)s 之间的数字")
    return FieldProblem(name, "out_of_range", text, {"least": least, "most": most})
