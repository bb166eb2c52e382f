"""What may a machine client do at the gateway? Scopes, and the keys with which it signs."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from parking.kernel.errors import N_

KEY_PREFIX = "whsec_"
KEY_BYTES = 32


class Scope(StrEnum):
    """`resource:action`; each operation of the gateway asks for one."""

    PASSAGES_WRITE = "passages:write"
    COUNTS_WRITE = "counts:write"
    HEARTBEATS_WRITE = "heartbeats:write"
    CORRECTIONS_WRITE = "corrections:write"
    CHECK_READ = "check:read"
    FEES_READ = "fees:read"
    PAY_CODES_WRITE = "pay-codes:write"
    ALLOW_LIST_READ = "allow-list:read"
    CHARGES_WRITE = "charges:write"


SCOPE_NAMES: Mapping[Scope, str] = MappingProxyType(
    {
        Scope.PASSAGES_WRITE: N_("上报进出场记录"),
        Scope.COUNTS_WRITE: N_("上报车位数"),
        Scope.HEARTBEATS_WRITE: N_("上报心跳"),
        Scope.CORRECTIONS_WRITE: N_("更正和作废记录"),
        Scope.CHECK_READ: N_("每日核对"),
        Scope.FEES_READ: N_("查询在场车辆的应缴费用"),
        Scope.PAY_CODES_WRITE: N_("领取在场车辆的缴费码"),
        Scope.ALLOW_LIST_READ: N_("领取放行名单"),
        Scope.CHARGES_WRITE: N_("上报 ETC 扣费"),
    }
)
"""The Chinese name of each scope; English in the catalogue."""

KNOWN_SCOPES = frozenset(Scope)


def written_key(secret: bytes) -> str:
    """A signing key as it is told to its client: `whsec_` and base64 (Standard Webhooks)."""
    return KEY_PREFIX + base64.b64encode(secret).decode()


def read_key(text: str) -> bytes:
    """The bytes of a written key. Raises ValueError."""
    if not text.startswith(KEY_PREFIX):
        raise ValueError("not a signing key")
    try:
        return base64.b64decode(text.removeprefix(KEY_PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("not a signing key") from None


def key_context(client_id: str) -> str:
    """To whom a sealed signing key belongs."""
    return f"client-key:{client_id}"


def key_id(key_hash: bytes) -> str:
    """By what a key is told in logs and to its client: nothing can be learnt from it."""
    return key_hash.hex()[:12]
