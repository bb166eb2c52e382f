"""What is wrong with tidal bays as somebody wants them: hours, dates, consent, and what clashes with them?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from parking.kernel.days import midnight
from parking.kernel.errors import N_, FieldProblem
from parking.kernel.texts import text_problems
from parking.kernel.vocabulary import LotKind, SpaceClass
from parking.lots.errors import UnreadableHours
from parking.lots.rules import HoursReader
from parking.sharing.rules.fixed_times import unfixed_times
from parking.sharing.rules.tidal import TidalBays

# With a comma the weekend adds to the nights; with a semicolon Sunday's night would end at midnight.
EXAMPLE = "Mo-Su 19:00-07:00, Sa,Su,PH 07:00-19:00"
LONGEST_BODY = 60
LONGEST_NUMBER = 60
LONGEST_HOURS = 200
# Hours and holidays repeat within a year: what does not show in it never does.
_LOOKED_THROUGH = timedelta(days=366)
# Beyond a lifetime back, or ten years ahead, a year was mistyped.
_YEARS_BACK, _YEARS_AHEAD = 100, 10
# The reader tells no change that is further away than two weeks.
_STRIDE = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class TidalDraft:
    """An arrangement as it is asked for; None where nothing, or nothing readable, was told.

    `until_on` is the first day on which the consent holds no longer, None where it names no end.
    """

    space_class: SpaceClass | None
    spaces: int | None
    hours: str
    from_on: date | None
    until_on: date | None
    police_body: str
    consent_number: str
    consent_on: date | None


@dataclass(frozen=True, slots=True)
class Section:
    """The lot that the bays belong to: its kind, own hours, spaces by class and other tidal bays."""

    kind: str
    opening_hours: str | None
    capacities: Mapping[SpaceClass, int]
    others: tuple[TidalBays, ...] = ()


def tidal_problems(
    draft: TidalDraft, section: Section, reader: HoursReader, zone: tzinfo, today: date
) -> Iterator[FieldProblem]:
    """Everything that is wrong, each with the field of the form that it concerns."""
    if section.kind != LotKind.ON_STREET:
        yield FieldProblem("lot", "not_on_street", N_("潮汐车位只能设在路内停车路段"))
    yield from _spaces(draft, section)
    yield from _dates(draft, today)
    yield from _consent(draft, today)
    yield from _hours(draft, section, reader, zone, today)


def _spaces(draft: TidalDraft, section: Section) -> Iterator[FieldProblem]:
    if draft.space_class is None:
        yield FieldProblem("space_class", "missing", N_("请选择车位种类"))
    if draft.spaces is None or draft.spaces < 1:
        yield FieldProblem("spaces", "not_a_number", N_("请填写泊位数，至少 1 个"))
    if draft.space_class is None:
        return
    has = section.capacities.get(draft.space_class, 0)
    if not has:
        yield FieldProblem("space_class", "class_without_spaces", N_("该路段没有登记这种车位"))
    elif draft.spaces is not None and draft.spaces >= 1:
        taken = most_taken(section.others, draft.space_class, draft.from_on)
        if draft.spaces + taken > has:
            told = {"has": has, "taken": taken, "left": max(has - taken, 0)}
            text = N_(
                "该路段这种车位共 %(has)s 个，已有 %(taken)s 个登记为潮汐车位，最多还能登记 %(left)s 个"
            )
            yield FieldProblem("spaces", "more_than_there_are", text, told)


def most_taken(others: Iterable[TidalBays], space_class: SpaceClass, from_on: date | None) -> int:
    """The most bays of a class that other arrangements hold on one day from a date on."""
    same = [each for each in others if each.space_class is space_class]
    held = [each for each in same if from_on is None or each.ended_on is None or each.ended_on > from_on]
    days = {from_on or date.min, *(each.from_on for each in held)}
    return max(
        sum(
            each.spaces
            for each in held
            if each.from_on <= day and (each.ended_on is None or day < each.ended_on)
        )
        for day in days
    )


def _dates(draft: TidalDraft, today: date) -> Iterator[FieldProblem]:
    if draft.from_on is None:
        yield FieldProblem("from_on", "missing", N_("请填写开始施行的日期"))
    elif _is_far(draft.from_on, today):
        yield FieldProblem("from_on", "too_far", N_("日期太远，请核对年份"))
    elif draft.until_on is not None and draft.until_on <= draft.from_on:
        yield FieldProblem("until_on", "dates_reversed", N_("最后一天不能早于开始施行的日期"))
    elif draft.until_on is not None and draft.until_on <= today:
        yield FieldProblem("until_on", "over", N_("同意已经到期，不能再登记"))


def _is_far(on: date, today: date) -> bool:
    return not -_YEARS_BACK <= on.year - today.year <= _YEARS_AHEAD


def _consent(draft: TidalDraft, today: date) -> Iterator[FieldProblem]:
    for name, told, most, missing in (
        ("police_body", draft.police_body, LONGEST_BODY, N_("请填写同意设置的公安交管部门")),
        ("consent_number", draft.consent_number, LONGEST_NUMBER, N_("请填写同意文书的文号")),
    ):
        yield from text_problems(name, told, most, missing)
    if draft.consent_on is None:
        yield FieldProblem("consent_on", "missing", N_("请填写同意文书的日期"))
    elif draft.consent_on > today:
        yield FieldProblem("consent_on", "in_the_future", N_("同意文书的日期不能晚于今天"))
    elif draft.from_on is not None and draft.consent_on > draft.from_on:
        yield FieldProblem("consent_on", "after_the_start", N_("同意文书的日期不能晚于开始施行的日期"))


def _hours(
    draft: TidalDraft, section: Section, reader: HoursReader, zone: tzinfo, today: date
) -> Iterator[FieldProblem]:
    text = draft.hours.strip()
    if problems := [*text_problems("hours", text, LONGEST_HOURS, N_("请填写可以停放的时间"))]:
        yield from problems
        return
    try:
        unfixed = list(unfixed_times(text, "hours"))
    except UnreadableHours:
        told = {"example": EXAMPLE}
        yield FieldProblem("hours", "unreadable", N_("时间无法识别，应如 %(example)s"), told)
        return
    if unfixed:
        yield from unfixed
        return
    since_on = draft.from_on or today
    if _is_far(since_on, today):
        # Said of the date: the calendar need not reach there.
        return
    until_on = since_on + _LOOKED_THROUGH
    if draft.until_on is not None and (draft.from_on is None or draft.until_on > draft.from_on):
        until_on = min(until_on, draft.until_on)
    since, until = midnight(since_on, zone), midnight(until_on, zone)
    missing = reader.missing_years(text, since_on, until_on)
    says = {is_open for _, _, is_open in _spans(text, since, until, reader)}
    if None in says:
        yield FieldProblem("hours", "unsure", N_("时间要写明几点到几点可以停放，不能只写说明"))
    elif missing and len(says) == 1:
        year_text = N_("尚无 %(year)s 年的节假日安排，录入后才知道这样的时间何时可以停放")
        yield FieldProblem("hours", "calendar_year_missing", year_text, {"year": min(missing)})
    elif True not in says:
        yield FieldProblem("hours", "never_opens", N_("按这个时间，施行期内一刻也不能停放"))
    elif False not in says:
        yield FieldProblem(
            "hours", "never_closes", N_("全天都能停放的不是潮汐车位，请写明只在什么时间可以停放")
        )
    else:
        yield from _own_hours(text, section.opening_hours, (since, until), reader, zone)


def _own_hours(
    text: str, own: str | None, span: tuple[datetime, datetime], reader: HoursReader, zone: tzinfo
) -> Iterator[FieldProblem]:
    """The section must be open whenever one may park in the bays."""
    if own is None:
        return
    for begins, ends, is_lawful in _spans(text, *span, reader):
        if not is_lawful:
            continue
        for shut, _, is_open in _spans(own, begins, ends, reader):
            if is_open is False:
                at = shut.astimezone(zone)
                told = {"day": at.date().isoformat(), "time": f"{at:%H:%M}", "hours": own}
                text_of = N_("与路段的开放时间（%(hours)s）冲突：例如 %(day)s %(time)s 路段不开放")
                yield FieldProblem("hours", "lot_closed", text_of, told)
                return


def _spans(
    text: str, since: datetime, until: datetime, reader: HoursReader
) -> Iterator[tuple[datetime, datetime, bool | None]]:
    """What hours say of [since, until), piece by piece; pieces that touch may say the same."""
    at = since
    while at < until:
        state = reader.state(text, at)
        ends = min(state.until_at or at + _STRIDE, until)
        yield at, ends, state.is_open
        at = ends
