"""Whatever both sides of the counter try, in any order: the rules alone hold the course of a filing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from parking.city.rules import Calendar, CityView
from parking.filings.errors import StepNotAllowed, StepRefused
from parking.filings.rules import EDITABLE, OPEN, FilingKind, FilingState, Step, due, next_state
from parking.filings.rules.drafting import space_changes
from parking.kernel.vocabulary import SpaceClass

SHORT = settings(max_examples=20, stateful_step_count=20)
LONG = settings(max_examples=2_000, stateful_step_count=50)

# The law of the land, written down a second time and in another way: the courses that a filing may take.
LETTERS = {
    Step.DRAFTED: "d",
    Step.SUBMITTED: "s",
    Step.CORRECTED: "c",
    Step.CORRECTION_REQUESTED: "q",
    Step.REFUSED: "f",
    Step.ACCEPTED: "p",
    Step.DEEMED_ACCEPTED: "e",
    Step.APPROVED: "v",
    Step.RETURNED: "t",
    Step.ABANDONED: "b",
    Step.LAPSED: "l",
    Step.CLAIMED: "k",
    Step.RELEASED: "r",
}
LEGAL = re.compile(r"d(b|s[kr]*(qc[kr]*)*(b|f|q[bl]?|[pe][kr]*[bvt]?)?)?")
ENDS_IN = {
    "d": FilingState.DRAFTED,
    "s": FilingState.SUBMITTED,
    "c": FilingState.SUBMITTED,
    "q": FilingState.CORRECTION_REQUESTED,
    "f": FilingState.REFUSED,
    "p": FilingState.ACCEPTED,
    "e": FilingState.ACCEPTED,
    "v": FilingState.APPROVED,
    "t": FilingState.RETURNED,
    "b": FilingState.ABANDONED,
    "l": FilingState.ABANDONED,
}
WHO = {"member": "dscb", "officer": "qfpvtkr", "system": "el"}
CITY = CityView("试", "T", "320999", "Asia/Shanghai", ())
FRIDAY = date(2026, 11, 20)


@dataclass
class Course:
    """A filing as it went, and the number of spaces that it asks for."""

    kind: FilingKind
    lot: int
    wanted: int
    state: FilingState | None = None
    word: str = ""
    began_on: date = FRIDAY
    due_on: date | None = None


@dataclass
class Register:
    """What approvals wrote."""

    ledger: list[tuple[int, int]] = field(default_factory=list)
    approvals: list[tuple[int, int]] = field(default_factory=list)

    def standing(self, lot: int) -> int:
        return sum(change for entry, change in self.ledger if entry == lot)


class Counter(RuleBasedStateMachine):
    """Members, officers and the clock, each trying any step on any filing."""

    def __init__(self) -> None:
        super().__init__()
        self.courses: list[Course] = []
        self.register = Register()
        self.audit = 0
        self.on = FRIDAY

    @rule(kind=st.sampled_from(FilingKind), lot=st.integers(0, 3), wanted=st.integers(1, 300))
    def draft(self, kind: FilingKind, lot: int, wanted: int) -> None:
        course = Course(kind, lot, wanted)
        self._take(course, Step.DRAFTED, "member")
        self.courses.append(course)

    @precondition(lambda self: self.courses)
    @rule(data=st.data(), step=st.sampled_from(Step), who=st.sampled_from(sorted(WHO)))
    def try_any_step(self, data: st.DataObject, step: Step, who: str) -> None:
        course = data.draw(st.sampled_from(self.courses))
        legal = LEGAL.fullmatch(course.word + LETTERS[step]) is not None and LETTERS[step] in WHO[who]
        try:
            self._take(course, step, who)
        except (StepRefused, StepNotAllowed):
            assert not legal
        else:
            assert legal

    @precondition(lambda self: any(course.state in OPEN for course in self.courses))
    @rule(data=st.data())
    def go_on(self, data: st.DataObject) -> None:
        """A step that leads on, so that runs do not end in refusals alone."""
        course = data.draw(st.sampled_from([each for each in self.courses if each.state in OPEN]))
        letters = [letter for letter in ENDS_IN if LEGAL.fullmatch(course.word + letter)]
        letter = data.draw(st.sampled_from(letters))
        step = next(step for step, its in LETTERS.items() if its == letter)
        self._take(course, step, next(who for who, may in WHO.items() if letter in may))

    @rule(days=st.integers(1, 40))
    def pass_days(self, days: int) -> None:
        self.on += timedelta(days=days)

    def _take(self, course: Course, step: Step, who: str) -> None:
        state = next_state(course.state, step, who)
        if step not in (Step.CLAIMED, Step.RELEASED):
            owed = due(state, self.on, CITY, Calendar())
            course.began_on, course.due_on = self.on, owed.on if owed else None
        course.state, course.word = state, course.word + LETTERS[step]
        self.audit += 1
        if step is Step.APPROVED:
            self._write(course)

    def _write(self, course: Course) -> None:
        if course.kind is FilingKind.RENEWAL:
            return
        wanted = 0 if course.kind is FilingKind.CLOSURE else course.wanted
        before = {SpaceClass.GENERAL: self.register.standing(course.lot)}
        for change in space_changes({"spaces_general": wanted}, before).values():
            self.register.ledger.append((course.lot, change))
        self.register.approvals.append((course.lot, wanted))

    @invariant()
    def no_state_without_a_legal_step(self) -> None:
        for course in self.courses:
            assert LEGAL.fullmatch(course.word), course
            assert course.state is ENDS_IN[course.word.rstrip("kr")[-1]]

    @invariant()
    def the_ledger_equals_the_sum_of_approvals(self) -> None:
        newest = dict(self.register.approvals)
        assert {lot: self.register.standing(lot) for lot in newest} == newest

    @invariant()
    def what_is_owed_has_a_working_day_and_the_audit_is_complete(self) -> None:
        for course in self.courses:
            owed = course.state in OPEN and course.state is not FilingState.DRAFTED
            assert (course.due_on is not None) == owed
            assert course.due_on is None or (course.due_on > course.began_on and course.due_on.weekday() < 5)
            assert course.state not in EDITABLE or course.word[-1] in "dq"
        assert self.audit == sum(len(course.word) for course in self.courses)


@pytest.mark.parametrize(
    "profile", [SHORT, pytest.param(LONG, marks=[pytest.mark.long, pytest.mark.timeout(3600)])]
)
def test_no_course_but_a_legal_one_is_possible(profile):
    run_state_machine_as_test(Counter, settings=profile)


def words(length: int) -> Iterator[str]:
    """Every legal course up to a length, found by trying every step from every state."""
    found = {("", None)}
    for _ in range(length):
        longer = set()
        for word, state in found:
            for step in Step:
                for who in WHO:
                    try:
                        longer.add((word + LETTERS[step], next_state(state, step, who)))
                    except (StepRefused, StepNotAllowed):
                        continue
        found = longer
        yield from (word for word, _ in longer)


def test_the_table_and_the_written_courses_are_the_same_up_to_seven_steps():
    by_table = set(words(7))
    by_law = {""}
    legal = set()
    for _ in range(7):
        by_law = {
            word + letter for word in by_law for letter in LETTERS.values() if LEGAL.fullmatch(word + letter)
        }
        legal |= by_law
    assert by_table == legal
