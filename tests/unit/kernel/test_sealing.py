"""Sealed secrets: no two share a nonce. Fingerprints: of the same parts, under one key alone."""

from __future__ import annotations

import os
from hashlib import sha256

from parking.kernel.sealing import Sealer


def test_a_process_that_splits_never_seals_with_a_nonce_of_its_parent():
    sealer = Sealer.from_secret("a secret that is long enough")
    sealer.seal(b"fills what is drawn ahead", "a")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, sealer.seal(b"child", "a")[:12])
        os._exit(0)
    os.waitpid(child, 0)
    own = {sealer.seal(b"parent", "a")[:12] for _ in range(300)}
    assert len(own) == 300 and os.read(reading, 12) not in own
    os.close(reading)
    os.close(writing)


def test_a_fingerprint_is_known_again_by_whoever_has_the_key_and_tells_others_nothing():
    sealer, other = Sealer.from_secret("a secret that is long enough"), Sealer.from_secret("another secret")
    mine = sealer.fingerprint(b"/passages", b"{}")
    assert mine == Sealer.from_secret("a secret that is long enough").fingerprint(b"/passages", b"{}")
    assert mine not in (other.fingerprint(b"/passages", b"{}"), sealer.fingerprint(b"/passages{", b"}"))
    assert mine != sha256(b"/passages{}").digest()
