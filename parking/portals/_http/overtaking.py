"""How does somebody read who was first, when and with what?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext

from parking.complaints.errors import AlreadyStepped as ComplaintStepped
from parking.inspections.errors import AlreadyStepped as FindingStepped
from parking.kernel.errors import N_, Conflict
from parking.portals._http import formats
from parking.portals._http.complaint_texts import STEPS
from parking.portals._http.inspection_texts import FINDING_STEPS, VISIT_STATES


class Overtaken(Conflict):
    """Somebody else was first; this says who, when and with what, in the reader's words."""

    code = FindingStepped.code
    text = N_("%(by)s已在 %(at)s 处理：%(step)s。请看最新内容后再决定。")


@contextmanager
def saying_who_was_first(name_of: Callable[[str], str], zone: ZoneInfo) -> Iterator[None]:
    """Turn AlreadyStepped into a sentence with a name; `name_of` tells an actor's."""
    try:
        yield
    except (ComplaintStepped, FindingStepped) as first:
        steps: Mapping[Any, str] = STEPS if isinstance(first, ComplaintStepped) else FINDING_STEPS
        step = gettext(steps.get(first.step) or VISIT_STATES[first.step])
        raise Overtaken(by=name_of(first.who), at=formats.day_and_time(first.at, zone), step=step) from first
