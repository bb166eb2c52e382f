"""When is work kept? All of it when the block ends normally, none of it otherwise.

Opened in three places only: around an unsafe request, by the job runner, by the command line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from parking.kernel.db.engine import Sessions


class UnitOfWork:
    """One session, and what is to happen once its work is safe."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._after: list[Callable[[], None]] = []

    def after_commit(self, effect: Callable[[], None]) -> None:
        """Run `effect` after the commit, in order; never after a rollback."""
        self._after.append(effect)

    def run_effects(self) -> None:
        for effect in self._after:
            effect()


@contextmanager
def unit_of_work(sessions: Sessions) -> Iterator[UnitOfWork]:
    """Commit at the normal end of the block, roll back on any exception, then run the queued effects."""
    with sessions() as session:
        uow = UnitOfWork(session)
        with session.begin():
            yield uow
    uow.run_effects()
