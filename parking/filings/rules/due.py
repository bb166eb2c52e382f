"""Who owes the next step, and by which day? Limits are the city's, in working days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from parking.city.rules import Calendar, CityView
from parking.filings.rules.states import CertificateState, FilingState

ACCEPT_DAYS = 2
CORRECTION_DAYS = 15
DECIDE_DAYS = 5
CERTIFICATE_YEARS = 3
RENEW_BEFORE_DAYS = 60
CLAIM_MINUTES = 30
REMIND_BEFORE_DAYS = 1
CORRECTIONS = 1


class DueWhat(StrEnum):
    """What is owed: 是否受理 and 是否备案 by the bureau, 补正 by the operator."""

    ACCEPT = "accept"
    CORRECT = "correct"
    DECIDE = "decide"


@dataclass(frozen=True, slots=True)
class Due:
    """What must be done by the end of the city date `on`."""

    what: DueWhat
    on: date


_LIMITS: dict[FilingState, tuple[DueWhat, str, int]] = {
    FilingState.SUBMITTED: (DueWhat.ACCEPT, "filings.accept_days", ACCEPT_DAYS),
    FilingState.CORRECTION_REQUESTED: (DueWhat.CORRECT, "filings.correction_days", CORRECTION_DAYS),
    FilingState.ACCEPTED: (DueWhat.DECIDE, "filings.decide_days", DECIDE_DAYS),
}


def due(state: FilingState, since_on: date, city: CityView, calendar: Calendar) -> Due | None:
    """What is owed in a state that began on a city date; the day itself does not count. None: nothing is."""
    if state not in _LIMITS:
        return None
    what, key, days = _LIMITS[state]
    return Due(what, calendar.add_workdays(since_on, int(city.told(key, days))))


def certificate_until(from_on: date, city: CityView) -> date:
    """The first day on which a certificate that begins on `from_on` no longer holds."""
    years = int(city.told("filings.certificate_years", CERTIFICATE_YEARS))
    try:
        return from_on.replace(year=from_on.year + years)
    except ValueError:  # 29 February
        return date(from_on.year + years, 3, 1)


def renewable_from(until_on: date, city: CityView) -> date:
    """The day from which a certificate is expiring and may be renewed (calendar days)."""
    return until_on - timedelta(days=int(city.told("filings.renew_before_days", RENEW_BEFORE_DAYS)))


def renewal_notice_until(on: date, city: CityView) -> date:
    """A certificate is expiring on `on` where its `until_on` is not after this day."""
    return on + timedelta(days=int(city.told("filings.renew_before_days", RENEW_BEFORE_DAYS)))


def certificate_standing(
    state: CertificateState, until_on: date, city: CityView, on: date
) -> CertificateState:
    """How a certificate stands on a day, whether or not the nightly run has been there already."""
    if state in (CertificateState.REVOKED, CertificateState.CLOSED):
        return state
    if on >= until_on:
        return CertificateState.EXPIRED
    return CertificateState.EXPIRING if on >= renewable_from(until_on, city) else CertificateState.VALID
