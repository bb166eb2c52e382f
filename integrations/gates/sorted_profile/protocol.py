"""How does a vendor speak whose rules a profile tells? Nothing is read but what its signature covers.

Which message it is, is decided by signed fields alone; the address may only agree.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from integrations.gate_dialects import RETRY_AFTER_S, Heard
from integrations.gate_values import (
    Refused,
    from_epoch,
    from_local,
    plate_or_none,
    text,
    text_or_none,
    whole,
    zone_of,
)
from integrations.gates.sorted_profile.manifest import MANIFEST
from integrations.gates.sorted_profile.profile import MessageRule, Profile, ProfileWrong, load_profile
from integrations.sorted_signing import (
    check_sign,
    exact_json,
    joined,
    md5_upper,
    scalars,
    sha256_lower,
    signed_form,
    utf8,
)
from parking.boundary.gates import (
    CountTold,
    DialectContext,
    GateManifest,
    GateMessage,
    GateReading,
    GateReply,
    GateRequest,
    GateUnreadable,
    Heartbeat,
    PassageTold,
    Verdict,
)
from parking.kernel.vocabulary import Direction, PlateColour

_SHIPPED = Path(__file__).with_name("profiles")
_MOST_SPACES = 1_000_000
_USES = re.compile(r"""use\s*=\s*["']([a-z0-9_]+)["']""")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ANSWERS = {
    Verdict.TAKEN: "taken",
    Verdict.REPEATED: "taken",
    Verdict.SIGNATURE_WRONG: "signature_wrong",
    Verdict.BUSY: "busy",
}


def shipped_profiles() -> tuple[str, ...]:
    """The names of the profiles that come with us."""
    return tuple(sorted(path.stem for path in _SHIPPED.glob("*.toml")))


@lru_cache(maxsize=256)
def profile_of(told: str) -> Profile:
    """The profile of a device: `use = "name"` of a shipped one, or a text of its own. Raises ProfileWrong."""
    used = _USES.fullmatch(told.strip())
    name = used[1] if used else told.strip()
    if name in shipped_profiles():
        return load_profile((_SHIPPED / f"{name}.toml").read_text(encoding="utf-8"))
    if used:
        raise ProfileWrong([("use", f"must be one of {', '.join(shipped_profiles())}")])
    return load_profile(told)


class SortedProfile:
    """A `boundary.gates.GateDialect` that is told by the profile of the device."""

    @property
    def manifest(self) -> GateManifest:
        return MANIFEST

    def profile_problems(self, profile: str | None) -> Sequence[tuple[str, str]]:
        """Everything that is wrong with the profile of a device, as (key, reason)."""
        try:
            profile_of(profile or "")
        except ProfileWrong as wrong:
            return wrong.problems
        return ()

    def serial_of(self, request: GateRequest) -> str | None:
        """None: where the lot stands is a matter of the profile, and a stranger has none."""
        return None

    def read(self, request: GateRequest, context: DialectContext) -> GateReading:
        """Read one message. Raises GateUnreadable, SignatureWrong."""
        profile = _profile(context)
        signed = _signed(request, profile, context)
        rule = _rule(profile, signed, request.path)
        heard = Heard()
        heard.keep(heard.attempt("#1", _message, rule, profile, signed, context.time_zone))
        lot_key = heard.attempt("#1", _told, rule, signed, "lot")
        return heard.reading(lot_key=lot_key)

    def reply(
        self,
        request: GateRequest,
        reading: GateReading | None,
        verdict: Verdict,
        context: DialectContext | None = None,
    ) -> GateReply:
        """The profile's answer; where there is none, what any client understands."""
        status = 503 if verdict is Verdict.BUSY else 200
        headers = (("Retry-After", str(RETRY_AFTER_S)),) if status == 503 else ()
        try:
            profile = _profile(context or DialectContext())
        except GateUnreadable:
            return GateReply(status, b'{"code":0}' if status == 200 else b'{"code":503}', headers=headers)
        body = profile.answers[_ANSWERS.get(verdict, "put_aside")]
        return GateReply(status, body.encode(), profile.content_type, headers)


def _profile(context: DialectContext) -> Profile:
    try:
        return profile_of(context.profile or "")
    except ProfileWrong:
        raise GateUnreadable("profile_wrong") from None


def _signed(request: GateRequest, profile: Profile, context: DialectContext) -> Mapping[str, str]:
    """The fields that the signature covers, once it holds."""
    body = _body(request, profile)
    record = body.get(profile.record) if profile.record else body
    if not isinstance(record, dict):
        raise GateUnreadable("missing", profile.record)
    signed = scalars(record, (profile.sign_field, *profile.leave_out), empties=profile.empties)
    plain = joined(signed)
    told = _sign_told(request, profile, body)
    # One text after the other would tell by its error which of them it was; one comparison for all.
    tries = tuple((secret, text) for secret in context.secrets for text in profile.texts)
    hashes = tuple(_hash(profile.hash, text, plain, secret) for secret, text in tries if secret)
    check_sign(told, hashes, lambda made: made)
    return signed


def _body(request: GateRequest, profile: Profile) -> Mapping[str, Any]:
    if profile.body == "json":
        return exact_json(utf8(request.body))
    return signed_form(request.body) if profile.body == "form" else request.query


def _sign_told(request: GateRequest, profile: Profile, body: Mapping[str, Any]) -> object:
    place, colon, name = profile.sign_field.partition(":")
    if colon and place == "header":
        return request.headers.get(name.lower())
    if colon and place == "query":
        return request.query.get(name)
    return body.get(profile.sign_field)


def _hash(name: str, form: str, plain: str, secret: str) -> str:
    head, _, rest = form.partition("{parameters}")
    text = head + plain + rest.replace("{secret}", secret)
    if name == "md5":
        return md5_upper(text)
    if name == "sha256":
        return sha256_lower(text)
    return hmac.new(secret.encode(), text.encode(), sha256).hexdigest()


def _rule(profile: Profile, signed: Mapping[str, str], path: str) -> MessageRule:
    """The first message whose signed fields fit. Raises GateUnreadable."""
    last = path.rstrip("/").rpartition("/")[2]
    fitting = [
        rule
        for rule in profile.messages
        if all(signed.get(name) for name in rule.has)
        and all(signed.get(name, "") in values for name, values in rule.when.items())
    ]
    if not fitting:
        raise GateUnreadable("unknown_message")
    # Rules without a condition on signed fields are told apart by the address, and hold no direction.
    for rule in fitting:
        if rule.path in (None, last):
            return rule
        if rule.has or rule.when:
            raise GateUnreadable("path_differs")
    raise GateUnreadable("unknown_message")


def _message(rule: MessageRule, profile: Profile, signed: Mapping[str, str], zone_name: str) -> GateMessage:
    lot_key = _told(rule, signed, "lot")
    if rule.kind == "heartbeat":
        return Heartbeat(
            lot_key, _instant(rule, profile, signed, zone_name) if "time" in rule.fields else None
        )
    at = _instant(rule, profile, signed, zone_name)
    event_id = _told(rule, signed, "event_id", 56)
    if rule.kind == "count":
        return CountTold(
            at=at,
            free=_number(rule, signed, "free"),
            occupied=_number(rule, signed, "occupied"),
            capacity=_number(rule, signed, "capacity"),
            lot_key=lot_key,
            event_id=event_id,
        )
    direction = _direction(rule, signed)
    return PassageTold(
        at=at,
        event_id=f"{event_id}:{direction}" if event_id and direction else event_id,
        direction=direction,
        plate=plate_or_none(signed.get(rule.fields.get("plate", "")), "plate", profile.no_plate),
        colour=profile.colours.get(_raw(rule, signed, "colour"), PlateColour.UNKNOWN),
        stay=profile.stays.get(_raw(rule, signed, "stay")),
        stay_id=_told(rule, signed, "stay_id"),
        lot_key=lot_key or text(None, "lot"),
        lane_key=_told(rule, signed, "lane"),
        resent=_raw(rule, signed, "resent") in profile.resent,
    )


def _direction(rule: MessageRule, signed: Mapping[str, str]) -> Direction | None:
    if rule.direction_field is None:
        return rule.direction
    found = rule.directions.get(signed.get(rule.direction_field, ""))
    if found is None:
        raise Refused("unknown_direction", rule.direction_field)
    return found


def _raw(rule: MessageRule, signed: Mapping[str, str], name: str) -> str:
    return signed.get(rule.fields.get(name, ""), "")


def _told(rule: MessageRule, signed: Mapping[str, str], name: str, longest: int = 64) -> str | None:
    return text_or_none(_raw(rule, signed, name), rule.fields.get(name, name), longest)


def _number(rule: MessageRule, signed: Mapping[str, str], name: str) -> int | None:
    told = _raw(rule, signed, name)
    return whole(told, rule.fields[name], largest=_MOST_SPACES) if told else None


def _instant(rule: MessageRule, profile: Profile, signed: Mapping[str, str], zone_name: str) -> datetime:
    name = rule.fields["time"]
    told = text(signed.get(name), name, 40)
    match profile.time_format:
        case "epoch_s":
            return from_epoch(told, name)
        case "epoch_ms":
            return _EPOCH + timedelta(milliseconds=whole(told, name, 0, 253_402_300_799_999))
        case "iso":
            return from_local(told, name, zone_of(zone_name))
    try:
        # An offset, where the format has one, is kept; else it is a clock of the device's zone.
        read = datetime.strptime(told, profile.time_format)  # noqa: DTZ007
        aware = read if read.tzinfo else read.replace(tzinfo=zone_of(zone_name))
        return aware.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refused("not_a_time", name) from None
