"""Does a deployment keep one secret, for its owner's eyes?"""

from __future__ import annotations

import threading

import pytest

from parking.kernel.keyfile import KeyNotUsable, read_or_make


def test_processes_that_start_at_once_share_one_secret(tmp_path):
    path, found = tmp_path / "var" / "secret.key", []
    starts = [threading.Thread(target=lambda: found.append(read_or_make(path))) for _ in range(8)]
    for start in starts:
        start.start()
    for start in starts:
        start.join()
    assert len(found) == 8 and len(set(found)) == 1
    assert len(found[0]) >= 43
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["secret.key"]
    assert read_or_make(path) == found[0]


def test_a_secret_that_cannot_be_read_is_told_with_the_way_out(tmp_path):
    (tmp_path / "secret.key").mkdir()
    with pytest.raises(KeyNotUsable, match=r"secret\.key.*PARKING_SECRET_KEY"):
        read_or_make(tmp_path / "secret.key")
