"""Claims about switching on: what goes on is what was previewed, whoever changes the source meanwhile."""

from __future__ import annotations

from contextlib import suppress

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from integrations.registry import MAPPING_RULES
from parking.boundary.credentials import Credential, CredentialKind
from parking.guidance import queries, service
from parking.guidance.errors import SourceChanged
from parking.kernel.actors import CLI
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.sealing import Sealer
from tests.factories.city import NOW, a_city
from tests.unit.guidance.test_mappings import TEXT
from tests.unit.guidance.test_previews import GOOD, OFFICER, a_mapped_source, previewed
from tests.unit.guidance.test_switching import change

SEALER = Sealer.from_secret("a secret of the tests")


def another_version(session, source_id):
    service.save_mapping(session, OFFICER, "east", TEXT + "# as the feed is now\n", MAPPING_RULES, NOW)


def another_mapping(session, source_id):
    service.use_mapping(session, OFFICER, source_id, "preset:basel", MAPPING_RULES.presets, NOW)


def another_password(session, source_id):
    credential = Credential(CredentialKind.BEARER, "of another account")
    service.set_credential(session, OFFICER, source_id, credential, SEALER, NOW)


def set_to(**fields):
    def told(session, source_id):
        change(session, source_id, NOW, **fields)

    return told


CHANGES = {
    "version": another_version,
    "mapping": another_mapping,
    "credential": another_password,
    "live address": set_to(live_url="https://gate.example/w2"),
    "one address less": set_to(static_url=None),
    "zone": set_to(time_zone="UTC"),
    "datum": set_to(crs="gcj02"),
    "adopts": set_to(adopts_lots=True),
    "ranges": lambda session, source_id: service.allow_networks(
        session, CLI, source_id, ["10.8.0.0/16"], NOW
    ),
}


@pytest.mark.parametrize("changed", CHANGES.values(), ids=CHANGES)
def test_what_was_changed_after_its_preview_is_not_switched_on_for_any_reason(session, changed):
    a_city(session)
    source_id = a_mapped_source(session)
    told = previewed(session, *GOOD)
    changed(session, source_id)
    with pytest.raises(SourceChanged):
        service.switch_on(session, OFFICER, source_id, told, NOW, reason="it is urgent")
    assert queries.source_views(session, "east")[0].switched_on_at is None


def test_what_is_not_read_otherwise_is_switched_on_as_it_was_previewed(session):
    a_city(session)
    source_id = a_mapped_source(session)
    told = previewed(session, *GOOD)
    change(session, source_id, NOW, owner="the town", interval_s=30, rank=1)
    service.switch_on(session, OFFICER, source_id, told, NOW)
    assert queries.source_views(session, "east")[0].switched_on_at == NOW


def test_who_changes_a_source_that_is_being_switched_on_waits_and_then_puts_it_off(sessions):
    with unit_of_work(sessions) as uow:
        a_city(uow.session)
        source_id = a_mapped_source(uow.session)
    with sessions() as late, unit_of_work(sessions) as uow:
        seen = queries.get(late, source_id)
        assert seen.switched_on_at is None
        service.switch_on(uow.session, OFFICER, source_id, previewed(uow.session, *GOOD), NOW)
        for name, changed in CHANGES.items():
            with sessions() as other, suppress(OperationalError):
                other.execute(text("SET LOCAL lock_timeout = '10ms'"))
                changed(other, source_id)
                pytest.fail(f"{name} did not wait")
        uow.session.commit()
        change(late, source_id, NOW, live_url="https://gate.example/w2")
        late.commit()
    with sessions() as session:
        [view] = queries.source_views(session, "east")
    assert (view.switched_on_at, {pull.state for pull in view.pulls}) == (None, {"disabled"})
