"""Where does the secret of a deployment come from that sets none? From a file for its owner alone."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from parking.kernel.errors import N_, Unavailable
from parking.kernel.folders import file_in, make_folder, opened_folder, refuse_link_of_user

_BYTES = 32


class KeyNotUsable(Unavailable):
    """The file of the secret can neither be read nor made; `reason` is the system's."""

    code = "key_not_usable"
    text = N_("无法读取或创建密钥文件 %(file)s（%(reason)s）：请让其属于当前用户，或设置 PARKING_SECRET_KEY")


def read_or_make(path: Path) -> str:
    """The secret in the file, made at random (256 bits) where there is none yet.

    Several processes may start at once: one of them makes it, all read the same. It belongs to the owner of
    its folder. Raises KeyNotUsable.
    """
    try:
        refuse_link_of_user(path)
        if not path.exists():
            _make(path)
        return path.read_text("ascii").strip()
    except OSError as problem:
        raise KeyNotUsable(file=path, reason=problem.strerror or problem) from problem


def _make(path: Path) -> None:
    make_folder(path.parent)
    with opened_folder(path.parent) as around:
        unfinished = f".secret-{secrets.token_hex(8)}"
        descriptor = file_in(around, unfinished, os.O_WRONLY)
        try:
            with os.fdopen(descriptor, "w") as target:
                target.write(secrets.token_urlsafe(_BYTES))
                target.flush()
                os.fsync(target.fileno())
            # A link is made whole or not at all, and not over another's.
            with suppress(FileExistsError):
                os.link(unfinished, path.name, src_dir_fd=around, dst_dir_fd=around)
        finally:
            os.unlink(unfinished, dir_fd=around)
