"""Is this a credit code, a login, a name, a phone number? And how is a phone number shown?"""

from __future__ import annotations

import re
import unicodedata

from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

from parking.kernel.errors import N_, FieldProblem

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@+-]{2,63}")
# A mobile or fixed number as written in China, or an international one.
_PHONE = re.compile(r"1[3-9]\d{9}|0\d{2,3}-?\d{7,8}(-\d{1,6})?|400-?\d{3}-?\d{4}|\+\d{7,15}")
_EMAIL = re.compile(r"[^@\s<>\"',;]{1,64}@[^@\s<>\"',;]{1,190}\.[^@\s<>\"',;]{2,63}")
_LONGEST_NAME = 100


def fold_login(text: str) -> str:
    """The login as it is compared: full-width and capital letters are the plain ones.

    What no login can hold (NUL, which the database refuses) becomes a sign that no login has.
    """
    return unicodedata.normalize("NFKC", text).replace("\x00", "\ufffd").strip().casefold()


def read_credit_code(text: str) -> str | None:
    """The unified social credit code (GB 32100-2015), its check digit proven; None when it is none."""
    try:
        return str(uscc.validate(unicodedata.normalize("NFKC", text).upper()))
    except ValidationError:
        return None


def read_phone(text: str) -> str | None:
    """The number without blanks; None when it is none."""
    plain = re.sub(r"[\s()（）]", "", unicodedata.normalize("NFKC", text))
    return plain if _PHONE.fullmatch(plain) else None


def mask_phone(phone: str | None) -> str | None:
    """Enough to recognise the own number and too little to call it: 138****1234."""
    if not phone:
        return phone
    shown = 3 if len(phone) >= 11 else 2
    hidden = len(phone) - shown - (4 if len(phone) >= 11 else 2)
    return phone[:shown] + "*" * hidden + phone[shown + hidden :]


def person_problems(
    *, login: str | None = None, name: str | None = None, phone: str | None = None, email: str | None = None
) -> list[FieldProblem]:
    """What is wrong with a person's data; what is None is not looked at."""
    problems = []
    if login is not None and not _LOGIN.fullmatch(fold_login(login)):
        problems.append(FieldProblem("login", "not_a_login", N_("账号名为 3 到 64 个字母、数字或 . _ @ + -")))
    if name is not None and not is_name(name):
        problems.append(FieldProblem("name", "not_a_name", N_("请填写姓名或名称，最多 100 个字")))
    if phone is not None and read_phone(phone) is None:
        problems.append(FieldProblem("phone", "not_a_phone", N_("电话号码不对")))
    if email is not None and not _EMAIL.fullmatch(email.strip()):
        problems.append(FieldProblem("email", "not_an_email", N_("电子邮箱不对")))
    return problems


def is_name(text: str) -> bool:
    """Whether this can stand as a name: some visible characters, no control ones."""
    plain = text.strip()
    return 0 < len(plain) <= _LONGEST_NAME and plain.isprintable()
