"""Where does the secret of a deployment come from that sets none? From a file for its owner alone."""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path

_BYTES = 32


def read_or_make(path: Path) -> str:
    """The secret in the file, made at random (256 bits) where there is none yet.

    Several processes may start at once: one of them makes it, all read the same. Raises OSError.
    """
    try:
        return path.read_text("ascii").strip()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, unfinished = tempfile.mkstemp(dir=path.parent, prefix=".secret-")  # mode 0600
    try:
        with os.fdopen(descriptor, "w") as target:
            target.write(secrets.token_urlsafe(_BYTES))
            target.flush()
            os.fsync(target.fileno())
        # A link is made whole or not at all, and not over another's.
        os.link(unfinished, path)
    except FileExistsError:
        pass
    finally:
        Path(unfinished).unlink()
    return path.read_text("ascii").strip()
