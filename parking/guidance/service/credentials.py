"""By what does a source know us, and who said so? Sealed at rest, opened where it is used, not told again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.audit import service as audit
from parking.boundary.credentials import Credential
from parking.guidance import queries
from parking.guidance.errors import CredentialInvalid, CredentialMissing
from parking.guidance.models import SourceCredential
from parking.guidance.queries import outgoing
from parking.guidance.rules.credentials import credential_problems, good_until, read, written
from parking.guidance.service.links import ask_anew
from parking.kernel.actors import Actor
from parking.kernel.errors import N_, FieldProblem
from parking.kernel.sealing import SealBroken, Sealer

_SUBJECT = "source"


def set_credential(
    session: Session,
    actor: Actor,
    source_id: str,
    credential: Credential,
    sealer: Sealer,
    now: datetime,
    *,
    origin: str | None = None,
) -> str:
    """Show a source this from now on, in place of what it was shown before; the origin that it goes to.

    `origin` must be that of one of the source's addresses; it may be left out where they have but one. The
    source is asked anew at once. Raises SourceUnknown, CredentialInvalid with every wrong field.
    """
    source = queries.locked(session, source_id)
    chosen, problems = _origin(session, source_id, origin)
    problems += credential_problems(credential, chosen, now)
    if problems:
        raise CredentialInvalid(name=source.name, problems=problems)
    kept = session.get(SourceCredential, source_id)
    before = kept.kind if kept is not None else None
    kept = kept or SourceCredential(source_id=source_id)
    kept.kind, kept.name, kept.origin = credential.kind, credential.name or None, chosen
    kept.sealed = sealer.seal(written(credential, chosen), seal_context(source_id))
    kept.expires_at = good_until(credential)
    kept.set_at, kept.set_by = now, str(actor)
    session.add(kept)
    session.flush()
    ask_anew(session, source_id, now)
    details = {"before": before, "kind": credential.kind, "origin": chosen}
    audit.record(session, actor, "source:set_credential", _SUBJECT, source_id, details, now)
    return chosen


def remove_credential(session: Session, actor: Actor, source_id: str, now: datetime) -> None:
    """Show the source nothing any more. Raises SourceUnknown, CredentialMissing."""
    source = queries.locked(session, source_id)
    kept = session.get(SourceCredential, source_id)
    if kept is None:
        raise CredentialMissing(name=source.name)
    details = {"kind": kept.kind, "origin": kept.origin}
    session.delete(kept)
    session.flush()
    audit.record(session, actor, "source:remove_credential", _SUBJECT, source_id, details, now)


def opened(sealer: Sealer | None, source_id: str, sealed: bytes | None, url: str) -> Credential | None:
    """What is shown to this address of a source; None where nothing is.

    Raises SealBroken, also where nobody can open it: a source that knows us is not asked as a stranger.
    """
    if sealed is None:
        return None
    if sealer is None:
        raise SealBroken
    return read(sealer.open(sealed, seal_context(source_id))).for_address(url)


def credential_for(session: Session, source_id: str, url: str, sealer: Sealer) -> Credential | None:
    """What a source is shown at an address, for a look before it is pulled. Raises SealBroken."""
    sealed = session.scalar(select(SourceCredential.sealed).where(SourceCredential.source_id == source_id))
    return opened(sealer, source_id, sealed, url)


def seal_context(source_id: str) -> str:
    """Whose secret it is: sealed for one source it opens for no other."""
    return f"source-credential:{source_id}"


def _origin(session: Session, source_id: str, told: str | None) -> tuple[str, list[FieldProblem]]:
    """The origin that is meant, and what is wrong with it."""
    known = outgoing.origins(session, source_id)
    chosen = told or (known[0] if len(known) == 1 else "")
    if chosen in known:
        return chosen, []
    text = N_("请选择密钥发往的地址：%(known)s")
    return chosen, [FieldProblem("origin", "bad_origin", text, {"known": ", ".join(known)})]
