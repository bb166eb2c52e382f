"""Which passwords does the city take, and for how long?

Two policies, because two standards contradict each other: GB/T 22239-2019 8.1.4.1 a (`djbh`) asks for classes
of characters and a regular change; ASVS 5.0 6.2.5 and 6.2.10 forbid both and ask for length (`asvs`). Both
refuse what zxcvbn guesses easily: 30,000 known passwords, names, dates, keyboard walks and the own data.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from zxcvbn import zxcvbn

from parking.kernel.errors import N_, FieldProblem

LONGEST = 128
# zxcvbn refuses longer ones; guessing the beginning is no easier than guessing the whole.
_LONGEST_GUESSED = 72
_CLASSES = (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^A-Za-z0-9]")
# What everybody in this field would try first; beside it come the login, the names and the city.
_OWN_WORDS = ("parking", "tingche", "tingchechang", "chengguan", "admin", "password", "mima")


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """Lengths in characters; `least_score` is zxcvbn's (0 to 4); `remembered` includes the present one."""

    name: str
    shortest: int
    classes: int
    least_score: int
    remembered: int
    good_for: timedelta | None


POLICIES: Mapping[str, PasswordPolicy] = MappingProxyType(
    {
        "djbh": PasswordPolicy("djbh", 10, 3, 3, 5, timedelta(days=90)),
        "asvs": PasswordPolicy("asvs", 12, 0, 3, 1, None),
    }
)
DEFAULT_POLICY = POLICIES["djbh"]


def policy_named(name: object) -> PasswordPolicy:
    """The policy that a profile names; the stricter default for a name that is not known."""
    return POLICIES.get(str(name), DEFAULT_POLICY)


def password_problem(
    policy: PasswordPolicy, password: str, about: Iterable[str | None] = ()
) -> FieldProblem | None:
    """Why a new password is not taken; None when it is. `about`: login, names, whatever guessers know."""
    if len(password) < policy.shortest:
        return _problem("too_short", N_("密码至少 %(shortest)s 个字符"), shortest=policy.shortest)
    if len(password) > LONGEST:
        return _problem("too_long", N_("密码最多 %(longest)s 个字符"), longest=LONGEST)
    if sum(bool(re.search(each, password)) for each in _CLASSES) < policy.classes:
        return _problem(
            "too_plain",
            N_("密码须含大写字母、小写字母、数字、符号中的至少 %(classes)s 类"),
            classes=policy.classes,
        )
    words = [word for word in about if word and len(word) > 2]
    if any(word.casefold() in password.casefold() for word in words):
        return _problem("names_you", N_("密码不能含有账号名、姓名或单位名"))
    guessed = zxcvbn(password[:_LONGEST_GUESSED], user_inputs=[*words, *_OWN_WORDS])
    if guessed["score"] < policy.least_score:
        return _problem("easily_guessed", N_("这个密码太常见或容易猜到，请换一个"))
    return None


def is_outdated(policy: PasswordPolicy, set_at: datetime, now: datetime) -> bool:
    """Whether the policy asks for a new password by now."""
    return policy.good_for is not None and now >= set_at + policy.good_for


def _problem(code: str, text: str, **params: object) -> FieldProblem:
    return FieldProblem("password", code, text, params)
