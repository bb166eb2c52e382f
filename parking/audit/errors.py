"""What can go wrong when a step is recorded?"""

from __future__ import annotations

from parking.kernel.errors import N_, InvalidInput


class UnrecordableDetails(InvalidInput):
    """The details of an audit entry hold something that JSON cannot say: a bug of the caller."""

    code = "audit_details_unrecordable"
    text = N_("审计内容无法记录：%(reason)s")
