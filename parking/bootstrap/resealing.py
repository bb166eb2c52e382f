"""What is sealed under the deployment's secret, and how does all of it come under another one?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from parking.accounts.models import Account, ClientKey, ReceivedMessage
from parking.accounts.rules.scopes import key_context as client_key_context
from parking.accounts.service.second_factor import totp_context
from parking.audit import service as audit
from parking.complaints.models import Complaint
from parking.complaints.service.receiving import phone_context
from parking.guidance.models import SourceCredential
from parking.guidance.service.credentials import seal_context as credential_context
from parking.kernel.actors import Actor
from parking.kernel.db.resealing import Resealed, SealedColumn, reseal
from parking.kernel.errors import N_, InvalidInput
from parking.kernel.sealing import Sealer
from parking.lots.models import Device
from parking.lots.rules.gates import signing_context
from parking.plates.models import PlateKey
from parking.plates.service import PLATE_CONTEXT, key_context
from parking.sharing.models import AllowListPush, Booking, Pass
from parking.sharing.service.pushes import seal_context as push_context
from parking.sharing.service.telling import PHONE
from parking.visits.models import CloudPull, Passage, Visit
from parking.visits.service.pulls import seal_context as pull_context


def _plate(of: object) -> str:
    return PLATE_CONTEXT


def _booker(of: object) -> str:
    return PHONE


SEALED = (
    SealedColumn(Account.totp_secret, Account.id, totp_context),
    SealedColumn(ClientKey.sealed, ClientKey.client_id, client_key_context),
    SealedColumn(Device.signing_sealed, Device.id, signing_context),
    SealedColumn(Device.old_signing_sealed, Device.id, signing_context),
    SealedColumn(SourceCredential.sealed, SourceCredential.source_id, credential_context),
    SealedColumn(CloudPull.secret_sealed, CloudPull.id, pull_context),
    SealedColumn(AllowListPush.secret_sealed, AllowListPush.id, push_context),
    SealedColumn(PlateKey.sealed, PlateKey.month, key_context),
    SealedColumn(Passage.plate_sealed, Passage.event_id, _plate),
    SealedColumn(Visit.plate_sealed, Visit.id, _plate),
    SealedColumn(Pass.plate_sealed, Pass.id, _plate),
    SealedColumn(Booking.plate_sealed, Booking.id, _plate),
    SealedColumn(Booking.phone_sealed, Booking.id, _booker),
    SealedColumn(Complaint.phone_sealed, Complaint.id, phone_context),
)


class OldSecretWrong(InvalidInput):
    """The secret that is told opens nothing, and nothing lies under the new one."""

    code = "old_secret_wrong"
    text = N_("PARKING_OLD_SECRET_KEY 打不开任何一条密文：%(broken)s 条都没有改动")


def reseal_all(
    session: Session, actor: Actor, old: Sealer, new: Sealer, now: datetime
) -> dict[str, Resealed]:
    """Bring everything from the old secret under the new one; by table and column what became of it.

    What neither opens stays as it is. Nobody may seal meanwhile: web and worker are to be stopped. Raises
    OldSecretWrong where nothing can be opened.
    """
    found = {str(place): reseal(session, place, old, new) for place in SEALED}
    # Known again under the old secret alone. What they brought about has ids of its own.
    session.execute(delete(ReceivedMessage))
    broken = sum(len(each.broken) for each in found.values())
    if broken and not any(each.done or each.already for each in found.values()):
        raise OldSecretWrong(broken=broken)
    details = {
        place: {"resealed": each.done, "already": each.already, "broken": len(each.broken)}
        for place, each in found.items()
        if each.done or each.already or each.broken
    }
    audit.record(session, actor, "secret:reseal", "secret", "deployment", details, now)
    return found
