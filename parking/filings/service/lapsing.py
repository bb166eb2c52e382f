"""What happens when a day passes? Deemed acceptance, lapse, reminders: the same steps, taken by the clock."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from parking.accounts import service as accounts
from parking.accounts.rules.permissions import Permission
from parking.city.queries import ground
from parking.filings.rules import FilingState, Step
from parking.filings.rules.texts import DUE_SOON
from parking.filings.service.deciding import deem_accepted
from parking.filings.service.steps import lock_filing, take_step
from parking.kernel.actors import SYSTEM


def lapse_filing(session: Session, filing_id: str, now: datetime) -> Step | None:
    """Take the step that a passed due date brings; None where it brings none.

    Not answered by the bureau: deemed accepted, where the profile says so. Not corrected by the operator:
    given up. A decision that is late stays owed. Raises FilingNotFound.
    """
    filing = lock_filing(session, filing_id)
    here = ground(session, now)
    if filing.due_on is None or filing.due_on >= here.today:
        return None
    if filing.state == FilingState.SUBMITTED and here.city.told("filings.deemed_acceptance", False):
        deem_accepted(session, SYSTEM, filing_id, filing.version, now)
        return Step.DEEMED_ACCEPTED
    if filing.state == FilingState.CORRECTION_REQUESTED:
        take_step(session, SYSTEM, filing, Step.LAPSED, here, reason=filing.due_on.isoformat())
        return Step.LAPSED
    return None


def remind(session: Session, filing_id: str, now: datetime) -> bool:
    """Tell whoever owes the next step that its day comes, once for each due date; False where told before.

    Raises FilingNotFound.
    """
    filing = lock_filing(session, filing_id)
    here = ground(session, now)
    if filing.due_on is None or filing.reminded_on is not None:
        return False
    filing.reminded_on = here.today
    params = {"lot": filing.lot_name, "number": filing.number, "due_on": filing.due_on.isoformat()}
    if filing.state == FilingState.CORRECTION_REQUESTED:
        accounts.notify_members(session, filing.organisation_id, DUE_SOON, params, now)
    else:
        permission = Permission.BUREAU_FILINGS_DECIDE
        accounts.notify_officers(session, permission, filing.district_code, DUE_SOON, params, now)
    session.flush()
    return True
