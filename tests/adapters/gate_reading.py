"""What do the suites of the gates ask of what was read, and of what is answered?"""

from __future__ import annotations

import re

import pytest

from parking.boundary.gates import (
    BayTold,
    GateReading,
    GateUnreadable,
    PassageTold,
    SignatureWrong,
)
from tests.adapters.gate_talk import (
    BAYS,
    EVERY,
    GATES,
    Body,
    Fact,
    Talk,
)

BY_NAME = {talk.name: talk for talk in EVERY}


# What would open a barrier, by the vendors' manuals; none may stand in any answer of ours.
OPENS = re.compile(
    rb'"info"\s*:\s*"ok"|ivs_ioctrl|gpio|manualTrigger|TriggerImage|playserver|serialData"\s*:\s*\[\s*\{'
    rb"|open_?gate|BarrierGate|ctrlMode",
    re.IGNORECASE,
)


each = pytest.mark.parametrize("talk", EVERY, ids=str)


each_gate = pytest.mark.parametrize("talk", GATES, ids=str)


each_bay = pytest.mark.parametrize("talk", BAYS, ids=str)


def passage(reading: GateReading) -> PassageTold:
    (told,) = [message for message in reading.messages if isinstance(message, PassageTold)]
    return told


def bay(reading: GateReading) -> BayTold:
    (told,) = reading.messages
    assert isinstance(told, BayTold)
    return told


def refused(talk: Talk, said: Fact | Body) -> str:
    """The code of the exception or of the one problem that is left instead of a message."""
    try:
        reading = talk.read(said)
    except (GateUnreadable, SignatureWrong) as refusal:
        return refusal.code
    assert reading.messages == ()
    return reading.problems[0].code
