"""How do data that another major version of PostgreSQL made come to the one that we use?"""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from parking.kernel.db.cluster import Cluster, locked_file
from parking.kernel.db.dumps import dump, restore
from parking.kernel.db.embedded import DATABASE, create_database, found, gate
from parking.kernel.db.programs import MAJOR, ProgramsMissing
from parking.kernel.errors import N_, Conflict, NotFound

_NEW = "data.moving"


class NothingToMove(NotFound):
    """There are no data, or they are of the right version."""

    code = "database_nothing_to_move"
    text = N_("%(folder)s 中没有需要迁移的数据")


class MajorNotCarried(Conflict):
    """The wheel has no programs for the version that made the data."""

    code = "database_major_not_carried"
    text = N_(
        "安装包不含 PostgreSQL %(found)s，无法读取 %(folder)s：请安装该版本并用其 pg_dump -Fc 导出，"
        "移走该目录后运行 parking restore"
    )


class StillUsed(Conflict):
    """A process still uses the data."""

    code = "database_still_used"
    text = N_("数据目录 %(folder)s 仍在使用：请先停止所有 parking 进程")


def move(folder: Path) -> Path:
    """Move the data of a folder to the major version that we use; returns where the old data are kept.

    Until the new data are complete the old ones stay where they are. Raises NothingToMove, MajorNotCarried,
    StillUsed, and what starting, dumping and restoring raise.
    """
    folder = found(folder)
    with gate(folder), locked_file(folder / "users.lock") as users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as problem:
            raise StillUsed(folder=folder) from problem
        old = _old_cluster(folder)
        kept = folder / f"data-{old.major}"
        while kept.exists():
            kept = kept.with_name(f"{kept.name}-old")
        shutil.rmtree(folder / _NEW, ignore_errors=True)
        # Not in the folder: pg_dump would follow a link that its owner puts there meanwhile.
        with tempfile.TemporaryDirectory(prefix="parking-move-") as beside:
            backup = Path(beside) / "moving.dump"
            try:
                _with_server(old, lambda url: dump(url, backup))
                new = Cluster(folder, data=_NEW)
                new.create_data()
                _with_server(new, lambda url: restore(url, backup))
            except BaseException:
                shutil.rmtree(folder / _NEW, ignore_errors=True)
                raise
        old.data.rename(kept)
        new.data.rename(folder / "data")
        return kept


def _old_cluster(folder: Path) -> Cluster:
    major = Cluster(folder).major
    if major is None or major == str(MAJOR):
        raise NothingToMove(folder=folder)
    try:
        return Cluster(folder, major=int(major))
    except (ProgramsMissing, ValueError) as problem:
        raise MajorNotCarried(folder=folder, found=major) from problem


def _with_server(cluster: Cluster, work: Callable[[str], None]) -> None:
    cluster.ensure_running({})
    try:
        create_database(cluster, DATABASE)
        work(cluster.url(DATABASE))
    finally:
        cluster.stop()
