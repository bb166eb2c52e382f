"""Which number does a complaint get?"""

from __future__ import annotations

from sqlalchemy.orm import Session

from parking.city.queries import Ground
from parking.complaints.models import ComplaintNumber
from parking.kernel.db.numbering import draw


def next_number(session: Session, here: Ground) -> str:
    """望诉〔2026〕00012号: the next of its year, without gaps; waits for whoever draws one now.

    Its first part is `complaints.number_prefix`, by default the first character of the city's name.
    """
    year = here.today.year
    prefix = here.city.told("complaints.number_prefix", here.city.name_zh[:1])
    return f"{prefix}诉〔{year}〕{draw(session, ComplaintNumber, year=year):05d}号"
