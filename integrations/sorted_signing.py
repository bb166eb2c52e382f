"""How do vendors sign parameters? Sorted by name, joined as k=v&k=v, the secret behind them, and hashed.

MD5 is these vendors' rule and none of ours. The secret stands at the end, so that nothing can be appended to
a hash, and the secret in the address lets nobody in who only knows how to find a collision.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from hashlib import md5, sha256
from hmac import compare_digest
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from integrations.gate_documents import begins_like, parts_of
from parking.boundary.gates import GateUnreadable, SignatureWrong

_MAX_FIELDS = 200
_LONGEST_SIGN = 128


def joined(parameters: Mapping[str, str]) -> str:
    """The parameters sorted by name as k=v&k=v.

    Raises GateUnreadable where they could be cut out of that text in another way: the vendors escape nothing,
    so a value "1&plate_color=2" may be two parameters that somebody else signed. Of all ways to cut a text
    into parameters in the order of their names, only the one with the most of them is taken, and only where
    there is one such.
    """
    names = sorted(parameters)
    if any(not name or "&" in name or "=" in name for name in names):
        raise GateUnreadable("ambiguous_name")
    text = "&".join(f"{name}={parameters[name]}" for name in names)
    if any("&" in value for value in parameters.values()) and _ways_to_cut(text) != (len(names), 1):
        raise GateUnreadable("ambiguous_value")
    return text


def _ways_to_cut(text: str) -> tuple[int, int]:
    """The greatest number of parameters with ascending names in a text, and in how many ways they are had."""
    pieces = text.split("&")
    if len(pieces) > _MAX_FIELDS:
        raise GateUnreadable("ambiguous_value")
    starts = [piece.partition("=")[0] for piece in pieces if "=" in piece]
    best = [(1, 1)]
    for place, name in enumerate(starts[1:], 1):
        before = [best[i] for i in range(place) if starts[i] < name and best[i][0]]
        longest = max((length for length, _ in before), default=0)
        # What cannot follow the first piece is part of a value.
        best.append((longest + 1, sum(n for length, n in before if length == longest)) if longest else (0, 0))
    most = max(length for length, _ in best)
    return most, sum(n for length, n in best if length == most)


def md5_upper(text: str) -> str:
    """MD5 of a text in upper-case hexadecimal."""
    return md5(text.encode(), usedforsecurity=False).hexdigest().upper()


def sha256_lower(text: str) -> str:
    """SHA-256 of a text in lower-case hexadecimal."""
    return sha256(text.encode()).hexdigest()


def check_sign(told: object, secrets: Collection[str], sign: Callable[[str], str]) -> None:
    """Whether the signature is that of one of the secrets; case does not matter. Raises SignatureWrong."""
    given = told.strip().lower() if isinstance(told, str) else ""
    if not given or len(given) > _LONGEST_SIGN or not given.isascii():
        raise SignatureWrong("signature_missing" if not given else "signature_wrong")
    # All of them, so that the time tells nothing of which key is nearer.
    right = [compare_digest(given, sign(secret).lower()) for secret in secrets if secret]
    if not any(right):
        raise SignatureWrong


def scalars(
    values: Mapping[str, Any], leave_out: Collection[str] = (), *, empties: bool = False
) -> dict[str, str]:
    """What of a JSON object is signed: texts, numbers as they stand, true and false.

    Null, arrays and objects never are; empty texts only with `empties`.
    """
    told = {}
    for name, value in values.items():
        if name in leave_out or value is None or isinstance(value, dict | list):
            continue
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if text or empties:
            told[name] = text
    return told


def exact_json(text: str) -> dict[str, Any]:
    """A JSON object whose numbers are texts as they stand, and no name comes twice. Raises GateUnreadable."""
    try:
        value = json.loads(
            text, parse_int=str, parse_float=str, parse_constant=_refuse_word, object_pairs_hook=once_each
        )
    except (ValueError, RecursionError):
        raise GateUnreadable("not_json") from None
    if not isinstance(value, dict):
        raise GateUnreadable("not_an_object")
    return value


def utf8(body: bytes) -> str:
    """The text of a body. Raises GateUnreadable."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise GateUnreadable("wrong_encoding") from None


def once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The pairs as a dictionary. Raises GateUnreadable when a name comes twice: which one was signed?"""
    values = dict(pairs)
    if len(values) != len(pairs):
        raise GateUnreadable("repeated_field")
    return values


def signed_form(body: bytes, dropped_endings: tuple[str, ...] = ()) -> dict[str, str]:
    """The fields of a form, urlencoded or multipart, without pictures and parts of these endings.

    Raises GateUnreadable, also when a name comes twice.
    """
    try:
        if begins_like(body) == "multipart":
            kept = [part for part in parts_of(body) if not part.name.endswith(dropped_endings)]
            return once_each([(part.name, part.data.decode()) for part in kept])
        return once_each(
            parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MAX_FIELDS, strict_parsing=True)
        )
    except UnicodeDecodeError:
        raise GateUnreadable("wrong_encoding") from None
    except ValueError:
        raise GateUnreadable("not_a_form") from None


def _refuse_word(_word: str) -> NoReturn:
    raise ValueError("no number")
