"""What may be said of a cloud that is asked, and what follows from its answers?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from integrations.registry import PASSAGE_PULLS
from parking.audit.models import AuditEntry
from parking.boundary.gates import GateProblem
from parking.kernel.actors import CLI, Actor
from parking.kernel.addresses import PrivateNetworksClosed
from parking.lots import service as lots
from parking.visits.errors import (
    CloudClaimLost,
    CloudPullBusy,
    CloudPullExists,
    CloudPullMissing,
    CloudPullRefused,
)
from parking.visits.models import CloudPull
from parking.visits.queries.pulls import pull_views
from parking.visits.rules.pulls import (
    SWEPT_EVERY,
    DuePull,
    Failure,
    PullDraft,
    PullState,
    after,
    is_sweep,
)
from parking.visits.service import pull_rounds
from parking.visits.service import pulls as service
from tests.factories.city import NOW, a_city
from tests.factories.devices import SEALER, a_device

OFFICER = Actor("officer", "chief")
SECRET = "what the cloud and we alone know"


@pytest.fixture
def draft(session: Session) -> PullDraft:
    a_city(session)
    cloud = a_device(session, "keytop")
    return PullDraft(cloud.id, "P-1", "https://cloud.example/api", "12250", SECRET)


def add(session: Session, draft: PullDraft, actor: Actor = CLI) -> str:
    return service.add_pull(session, actor, draft, PASSAGE_PULLS, SEALER, NOW)


def wrong_fields(session: Session, draft: PullDraft) -> set[str]:
    with pytest.raises(CloudPullRefused) as refused:
        add(session, draft)
    return {problem.field for problem in refused.value.problems}


def test_everything_that_is_wrong_is_told_at_once(session: Session, draft: PullDraft) -> None:
    nothing = PullDraft("nobody", " ", "ftp://cloud", "", "x" * 300, 1, ("8.8.8.0/24",))
    assert wrong_fields(session, nothing) == {
        "device_id",
        "lot_key",
        "base_url",
        "app_id",
        "secret",
        "interval_s",
        "allowed_networks",
    }
    assert wrong_fields(session, replace(draft, base_url="https://cloud.example/?token=x")) == {"base_url"}
    camera = a_device(session, "vzenith")
    assert wrong_fields(session, replace(draft, device_id=camera.id)) == {"device_id"}
    lots.disable_device(session, CLI, draft.device_id, NOW)
    assert wrong_fields(session, draft) == {"device_id"}


def test_the_secret_is_sealed_for_its_row_and_told_nowhere(session: Session, draft: PullDraft) -> None:
    pull_id = add(session, draft)
    pull = session.get_one(CloudPull, pull_id)
    assert SECRET.encode() not in pull.secret_sealed
    assert SEALER.open(pull.secret_sealed, service.seal_context(pull_id)).decode() == SECRET
    service.change_secret(session, OFFICER, pull_id, "another", SEALER, NOW)
    assert SEALER.open(pull.secret_sealed, service.seal_context(pull_id)) == b"another"
    entries = session.scalars(select(AuditEntry).where(AuditEntry.subject_id == pull_id)).all()
    assert [entry.action for entry in entries] == ["passage_pull:add", "passage_pull:change_secret"]
    told = repr([vars(entry) for entry in entries]) + repr(draft) + repr(pull_views(session))
    assert SECRET not in told


def test_a_lot_of_a_cloud_is_asked_once_and_ranges_are_opened_at_the_command_line(
    session: Session, draft: PullDraft
) -> None:
    with pytest.raises(PrivateNetworksClosed):
        add(session, replace(draft, allowed_networks=("10.0.0.0/8",)), OFFICER)
    add(session, draft, OFFICER)
    with pytest.raises(CloudPullExists):
        add(session, draft)
    add(session, replace(draft, lot_key="P-2"))


def test_who_claimed_last_writes_and_what_is_paused_is_not_claimed(
    session: Session, draft: PullDraft
) -> None:
    pull_id = add(session, draft)
    [due] = pull_rounds.claim_due(session, "first", NOW, 5)
    assert pull_rounds.claim_due(session, "second", NOW, 5) == []
    later = NOW + timedelta(minutes=2)
    [again] = pull_rounds.claim_due(session, "second", later, 5)
    with pytest.raises(CloudClaimLost):
        pull_rounds.keep_page(session, due, "cursor", later, complete_until_at=NOW, sweeps=True)
    pull_rounds.keep_page(session, again, "cursor", later, complete_until_at=None, sweeps=True)
    problems = tuple(GateProblem(f"#{n}", "missing", "capTime") for n in range(200))
    pull_rounds.end_round(session, again, pull_rounds.Told(9, 2, problems), None, later)
    [view] = pull_views(session)
    assert (view.state, view.told, view.new, view.problem_count) == (PullState.ACTIVE, 9, 2, 200)
    assert (len(view.problems), view.complete_until_at) == (50, None)
    service.pause(session, OFFICER, pull_id, later)
    assert pull_rounds.claim_due(session, "first", later + timedelta(hours=1), 5) == []
    with pytest.raises(CloudPullBusy):
        service.ask_soon(session, OFFICER, pull_id, later)
    service.resume(session, OFFICER, pull_id, later)
    [resumed] = pull_rounds.claim_due(session, "first", later, 5)
    assert (resumed.cursor, resumed.failures) == ("cursor", 0)
    with pytest.raises(CloudPullMissing):
        service.pause(session, OFFICER, "nobody", later)


def test_a_good_cloud_never_waits_behind_those_that_fail(session: Session, draft: PullDraft) -> None:
    bad = [add(session, replace(draft, lot_key=f"bad {n}")) for n in range(3)]
    for due in pull_rounds.claim_due(session, "first", NOW, 5):
        pull_rounds.end_round(session, due, pull_rounds.Told(), Failure("timed_out"), NOW)
    good = add(session, replace(draft, lot_key="good"))
    [first] = pull_rounds.claim_due(session, "first", NOW + timedelta(hours=1), 1)
    assert (first.id, len(bad)) == (good, 3)


def test_failures_back_off_and_one_success_forgets_them() -> None:
    due = DuePull(
        "p", "d", "P-1", "keytop", "https://cloud.example", "1", b"", (), 60, "me", PullState.ACTIVE, 0,
        None, None, None,
    )  # fmt: skip
    first = after(due, Failure("timed_out", "x" * 900), NOW)
    assert (first.state, first.failures, first.went_silent, len(first.detail or "")) == (
        "failed",
        1,
        True,
        300,
    )
    tenth = after(replace(due, failures=9, silent_since_at=NOW), Failure("timed_out"), NOW)
    assert timedelta(seconds=240) < tenth.due_at - NOW <= timedelta(seconds=300)
    assert not tenth.went_silent
    back = after(replace(due, failures=9, silent_since_at=NOW), None, NOW)
    assert (back.state, back.failures, back.came_back) == ("active", 0, True)
    assert back.due_at - NOW <= timedelta(seconds=60)
    assert after(due, None, NOW, unfinished=True).due_at == NOW


def test_once_an_hour_a_round_looks_back_a_day() -> None:
    assert is_sweep(None, NOW)
    assert not is_sweep(NOW, NOW + SWEPT_EVERY - timedelta(seconds=1))
    assert is_sweep(NOW, NOW + SWEPT_EVERY)
