"""What do the dialects say that sign what they say, and what is read of it once something was changed?"""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

from parking.boundary.gates import (
    GateReading,
    GateUnreadable,
    SignatureWrong,
)
from tests.adapters.gate_talk import GATES, Body, Fact, Talk

SIGNED = [talk for talk in GATES if talk.manifest.signs]
BY_NAME = {talk.name: talk for talk in SIGNED}


def told(talk: Talk, body: Body) -> GateReading | None:
    """The reading, None for what is refused as a whole."""
    try:
        return talk.read(body)
    except (GateUnreadable, SignatureWrong):
        return None


def fields_of(talk: Talk) -> dict[str, str]:
    """The signed fields of a crossing, its signature among them."""
    content = talk.say(Fact()).content
    if content.startswith(b"{"):
        document = json.loads(content)
        return document["data"] if talk.name == "bolink" else document
    return dict(parse_qsl(content.decode(), keep_blank_values=True))


def body_of(talk: Talk, pairs: list[tuple[str, object]]) -> Body:
    """The same request made of other fields, in this order, the signature left as it was."""
    said = talk.say(Fact())
    if not said.content.startswith(b"{"):
        return replace(said, content=urlencode([(name, str(value)) for name, value in pairs]).encode())
    inner = ", ".join(f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in pairs)
    if talk.name != "bolink":
        return replace(said, content=f"{{{inner}}}".encode())
    outer = json.loads(said.content)
    text = f'{{"service_name": "{outer["service_name"]}", "sign": "{outer["sign"]}", "data": {{{inner}}}}}'
    return replace(said, content=text.encode())
