"""Which lot of the register is meant by a code on the command line?"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from parking.kernel.errors import N_, NotFound
from parking.lots import queries


class CodeUnknown(NotFound):
    """The register has no lot with this code."""

    code = "lot_code_unknown"
    text = N_("登记库里没有编号为 %(code)s 的停车场")


def lot_ids(session: Session, codes: Iterable[str]) -> list[str]:
    """The ids of these lots, in their order. Raises CodeUnknown."""
    wanted = list(codes)
    known = queries.ids_by_code(session, set(wanted)) if wanted else {}
    for code in wanted:
        if code not in known:
            raise CodeUnknown(code=code)
    return [known[code] for code in wanted]
