"""Which number does a finding, or an order to put right, get?"""

from __future__ import annotations

from sqlalchemy.orm import Session

from parking.city.queries import Ground
from parking.inspections.models import InspectionNumber
from parking.kernel.db.numbering import draw

FINDINGS, ORDERS = "finding", "order"
_WRITTEN = {FINDINGS: "%s巡〔%d〕%05d号", ORDERS: "%s改〔%d〕%04d号"}


def next_number(session: Session, series: str, here: Ground) -> str:
    """望巡〔2026〕00012号: the next of its series and year, without gaps; waits for whoever draws one now.

    Its first part is `inspections.number_prefix`, by default the first character of the city's name.
    """
    year = here.today.year
    serial = draw(session, InspectionNumber, series=series, year=year)
    prefix = here.city.told("inspections.number_prefix", here.city.name_zh[:1])
    return _WRITTEN[series] % (prefix, year, serial)
