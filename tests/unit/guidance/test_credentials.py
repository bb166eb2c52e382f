"""Claims about credentials: sound before they are kept, sealed for one source, shown at one origin."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from parking.audit.models import AuditEntry
from parking.boundary.credentials import Credential, CredentialKind
from parking.guidance import service
from parking.guidance.errors import CredentialInvalid, CredentialMissing
from parking.guidance.jobs import read_source
from parking.guidance.models import Pull, SourceCredential
from parking.guidance.queries import outgoing
from parking.guidance.rules.credentials import credential_problems, origin_of
from parking.guidance.rules.pulls import Failed, Lane, Reason
from parking.kernel.actors import CLI
from parking.kernel.sealing import SealBroken, Sealer
from tests.factories.certificates import an_authority
from tests.factories.city import NOW, a_city
from tests.factories.devices import SEALER
from tests.factories.sources import HandClock, a_source

K = CredentialKind
LIVE, STATIC = "https://gate.example/live", "https://open.example:8443/static"
TOKEN = Credential(K.BEARER, "s3cr3t")


@pytest.fixture(autouse=True)
def city(session):
    a_city(session)


def kept(session, source_id: str, credential: Credential = TOKEN, **more) -> str:
    return service.set_credential(session, CLI, source_id, credential, SEALER, NOW, **more)


def shown(session, source_id: str, url: str) -> Credential | None:
    return service.credential_for(session, source_id, url, SEALER)


@pytest.mark.parametrize(
    ("credential", "code"),
    [
        (Credential(K.BASIC, "s3cr3t", "a:b"), "bad_name"),
        (Credential(K.BASIC, "", "city"), "bad_secret"),
        (Credential(K.BEARER, "s3cr3t\r\nX: 1"), "unprintable"),
        (Credential(K.HEADER, "s3cr3t", "Host"), "bad_name"),
        (Credential(K.HEADER, "s3cr3t", "X Key"), "bad_name"),
        (Credential(K.QUERY, "s3cr3t"), "bad_name"),
        (Credential(K.QUERY, "s" * 5_000, "key"), "bad_secret"),
        (Credential(K.CERTIFICATE, "s3cr3t"), "bad_pem"),
        (Credential(K.CERTIFICATE, an_authority().client("east", until=NOW - timedelta(days=1))), "expired"),
    ],
)
def test_what_is_wrong_is_named_and_not_repeated(credential, code):
    [problem] = credential_problems(credential, "https://gate.example", NOW)
    assert problem.code == code
    assert "s3cr3t" not in repr(problem)


def test_a_certificate_must_be_that_of_its_key_and_go_over_tls():
    authority, end = an_authority(), "-----END PRIVATE KEY-----\n"
    north, south = (authority.client(name) for name in ("north", "south"))
    mixed = Credential(K.CERTIFICATE, north.split(end)[0] + end + south.split(end)[1])
    assert [each.code for each in credential_problems(mixed, "https://x.example", NOW)] == ["not_its_key"]
    good = Credential(K.CERTIFICATE, north + authority.certificate)
    assert credential_problems(good, "https://x.example", NOW) == []
    assert [each.code for each in credential_problems(good, "http://x.example", NOW)] == ["needs_https"]


def test_a_credential_is_sealed_audited_without_itself_and_asks_the_source_anew(session):
    source_id = a_source(session, name="east", live_url=LIVE)
    session.query(Pull).update({"due_at": NOW + timedelta(hours=1), "etag": '"1"'})
    assert kept(session, source_id) == "https://gate.example"
    row = session.scalars(select(SourceCredential)).one()
    assert b"s3cr3t" not in row.sealed
    view = outgoing.credential_view(session, source_id)
    assert view is not None
    assert (view.kind, view.set_by, view.used, view.in_the_clear) == (K.BEARER, str(CLI), True, False)
    assert "s3cr3t" not in repr(view)
    pull = session.scalars(select(Pull).execution_options(populate_existing=True)).one()
    assert (pull.due_at, pull.etag) == (NOW, None)
    kept(session, source_id, Credential(K.QUERY, "s3cr3t too", "appkey"))
    service.remove_credential(session, CLI, source_id, NOW)
    with pytest.raises(CredentialMissing):
        service.remove_credential(session, CLI, source_id, NOW)
    told = select(AuditEntry.details).where(AuditEntry.action.like("source:%credential"))
    entries = session.scalars(told.order_by(AuditEntry.number)).all()
    assert [entry["kind"] for entry in entries] == ["bearer", "query", "query"]
    assert "s3cr3t" not in str(entries)


def test_it_goes_to_the_origin_alone_that_it_was_set_for(session):
    source_id = a_source(session, live_url=LIVE, static_url=STATIC)
    with pytest.raises(CredentialInvalid) as refused:
        kept(session, source_id)
    assert [problem.code for problem in refused.value.problems] == ["bad_origin"]
    with pytest.raises(CredentialInvalid):
        kept(session, source_id, origin="https://evil.example")
    kept(session, source_id, origin="https://gate.example")
    assert shown(session, source_id, LIVE + "?lot=1") == TOKEN
    for url in (STATIC, "http://gate.example/live", "https://gate.example:444/", "https://evil.example/live"):
        assert shown(session, source_id, url) is None
    # An officer who leads the source elsewhere does not lead its credential there.
    session.query(Pull).update({"url": "https://evil.example/live"})
    view = outgoing.credential_view(session, source_id)
    assert view is not None
    assert not view.used


def test_sealed_for_one_source_it_opens_for_no_other_and_under_no_other_secret(session):
    source_id, other_id = a_source(session, live_url=LIVE), a_source(session, live_url=LIVE)
    kept(session, source_id)
    sealed = session.scalars(select(SourceCredential.sealed)).one()
    session.add(
        SourceCredential(
            source_id=other_id, kind="bearer", origin=origin_of(LIVE), sealed=sealed, set_at=NOW, set_by="x"
        )
    )
    session.flush()
    with pytest.raises(SealBroken):
        shown(session, other_id, LIVE)
    with pytest.raises(SealBroken):
        service.credential_for(
            session, source_id, LIVE, Sealer.from_secret("another secret of thirty-two letters")
        )


def test_without_a_sealer_a_source_that_knows_us_is_not_asked_at_all(session):
    source_id = a_source(session, live_url=LIVE)
    kept(session, source_id)
    [due] = service.claim_due(session, "me", NOW, Lane.FAST, 5)
    # No door out is needed, for nobody goes through it.
    assert read_source(due, None, {"plain": object()}, HandClock()) == Failed(Reason.CREDENTIAL_UNREADABLE)
