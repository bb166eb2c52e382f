"""What does the city say about accounts on a day? A city that says nothing gets the stricter defaults."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from parking.accounts.rules.passwords import PasswordPolicy, policy_named
from parking.city import queries as city
from parking.city.errors import ProfileMissing


@dataclass(frozen=True, slots=True)
class AccountRules:
    """The policy of passwords, whether persons may register, whether officers need a second factor."""

    passwords: PasswordPolicy
    natural_persons: bool
    officers_second_factor: bool
    city_words: tuple[str, ...]


def account_rules(session: Session, now: datetime) -> AccountRules:
    """The rules of today; before a profile was loaded the defaults."""
    facts = city.facts(session, today(session, now))
    return AccountRules(
        passwords=policy_named(facts.get("accounts.password_policy", "djbh")),
        natural_persons=bool(facts.get("accounts.natural_persons", False)),
        officers_second_factor=bool(facts.get("accounts.officers_second_factor", True)),
        city_words=tuple(str(facts[key]) for key in ("name_zh", "name_en") if facts.get(key)),
    )


def today(session: Session, now: datetime) -> date:
    """The city's date; that of UTC before a profile was loaded."""
    try:
        return city.today(session, now)
    except ProfileMissing:
        return now.date()
