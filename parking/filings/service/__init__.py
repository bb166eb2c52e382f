"""What may be done with filings and certificates?"""

from parking.filings.service.certificates import age_certificate, revoke_certificate
from parking.filings.service.claiming import claim, release
from parking.filings.service.deciding import (
    accept,
    approve,
    deem_accepted,
    refuse,
    request_correction,
    return_filing,
)
from parking.filings.service.drafting import (
    abandon,
    claim_lot,
    copy_filing,
    draft_filing,
    save_answers,
)
from parking.filings.service.joining import join_lot
from parking.filings.service.lapsing import lapse_filing, remind
from parking.filings.service.papers import attach_paper, withdraw_paper
from parking.filings.service.rows import RowRefused, RowsDrafted, draft_from_rows
from parking.filings.service.submitting import problems_so_far, submit

__all__ = [
    "RowRefused",
    "RowsDrafted",
    "abandon",
    "accept",
    "age_certificate",
    "approve",
    "attach_paper",
    "claim",
    "claim_lot",
    "copy_filing",
    "deem_accepted",
    "draft_filing",
    "draft_from_rows",
    "join_lot",
    "lapse_filing",
    "problems_so_far",
    "refuse",
    "release",
    "remind",
    "request_correction",
    "return_filing",
    "revoke_certificate",
    "save_answers",
    "submit",
    "withdraw_paper",
]
