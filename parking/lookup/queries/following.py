"""How does every web process know within a second what changed in the database?

It listens first and loads then, so that no change falls between. While the database is away the last good
model goes on serving; numbers that grow too old meanwhile are withheld by the sweep.
"""

from __future__ import annotations

import gc
import threading
from datetime import datetime, timedelta
from time import thread_time

import structlog

from parking.city.rules import CityView
from parking.kernel.clock import Clock
from parking.kernel.db.changes import ChangeListener
from parking.kernel.db.engine import Sessions
from parking.lookup.errors import LotUnknown, ModelNotFilled
from parking.lookup.queries.answers import Answer, LotView
from parking.lookup.queries.fees import PlannedStay
from parking.lookup.queries.loading import Changes, load_model, read_changes
from parking.lookup.queries.model import Model
from parking.lookup.queries.nearby import Wish, nearby
from parking.lookup.queries.pages import Page, PageWish, alone, page
from parking.lookup.queries.quoting import QuotedStay, quoted
from parking.lookup.queries.windows import Window
from parking.lookup.queries.words import Place, search
from parking.tariffs.queries import TariffBook
from parking.tariffs.rules.errors import StayEndsBeforeItBegins, StayTooLong
from parking.tariffs.rules.quotes import LONGEST_DAYS, Stay

_log = structlog.get_logger(__name__)

# Changes that come close together are read together; a change waits this long to be read.
BATCH_S = 0.15
# Where many lots change all the time, it rests so many times as long as the processor worked for it, and a
# change waits longer, but never more than this: answers and commits want the same processor.
_REST = 20
_LONGEST_S = 0.45
_DRAIN_S = 0.005
SWEEP_S = 1.0
_RETRY_S = 1.0


class Lookup:
    """The look-up of one process. Readers take `model` once per question and need no lock.

    Without `url` and `sessions` it holds the model given to it and only sweeps.
    """

    def __init__(
        self, url: str | None, sessions: Sessions | None, clock: Clock, *, model: Model | None = None
    ) -> None:
        self._clock = clock
        self._sessions = sessions
        self._url = url
        self._model = model
        # When the database last confirmed that nothing is missing here.
        self.followed_at: datetime | None = None
        # Why the database is not followed now; None while it is.
        self.lost: str | None = None
        self._threads: list[threading.Thread] = []
        # Two threads write: the one that follows and the one that sweeps.
        self._writing = threading.Lock()
        self._stopped = threading.Event()
        self._tried = threading.Event()
        self._rest_s = BATCH_S

    def start(self) -> None:
        """Follow and sweep in daemon threads, which a web server's worker may end at any time."""
        self._threads = [threading.Thread(target=self._sweep_for_ever, name="lookup-sweep", daemon=True)]
        if self._url is not None:
            self._threads.append(
                threading.Thread(target=self._follow_for_ever, name="lookup-follow", daemon=True)
            )
        for thread in self._threads:
            thread.start()

    def wait_tried(self, timeout_s: float) -> bool:
        """Wait until the first model is there, or the first attempt at it has failed; False at the time-out.

        A process that takes requests before would refuse what its neighbour answers.
        """
        return self._url is None or self._tried.wait(timeout_s)

    def stop(self) -> None:
        """End both threads after their present step, and wait for that; the last model stays."""
        self._stopped.set()
        for thread in self._threads:
            thread.join(timeout=10)

    @property
    def ready(self) -> bool:
        return self._model is not None

    @property
    def model(self) -> Model:
        """The present snapshot. Raises ModelNotFilled before the first one."""
        model = self._model
        if model is None:
            raise ModelNotFilled
        return model

    @property
    def city(self) -> CityView:
        return self.model.city

    def nearby(self, wish: Wish) -> Answer:
        """Lots near a point; see `Wish`. Raises ModelNotFilled."""
        return nearby(self.model, wish, self._clock.now())

    def page(self, wish: PageWish) -> Page:
        """One page of all lots in the order of their ids. Raises ModelNotFilled."""
        return page(self.model, wish, self._clock.now())

    @property
    def book(self) -> TariffBook:
        """What every lot charges, now and later. Raises ModelNotFilled."""
        return self.model.fees.book

    def quote(self, lot_id: str, stay: Stay) -> QuotedStay:
        """What a stay of a stranger costs at a lot, with its lines; in a shared window by what it asks.

        Raises LotUnknown, StayRefused, ModelNotFilled.
        """
        model = self.model
        if model.entry(lot_id) is None:
            raise LotUnknown
        # A stay without sense is refused where nobody told a price, too.
        if stay.until_at < stay.entered_at:
            raise StayEndsBeforeItBegins
        if stay.until_at - stay.entered_at > timedelta(days=LONGEST_DAYS):
            raise StayTooLong(days=LONGEST_DAYS)
        return quoted(model, lot_id, stay, self._clock.now())

    def one(self, lot_id: str, stay: PlannedStay | None = None) -> LotView:
        """One lot with all its counts, and what a stay costs. Raises LotUnknown, ModelNotFilled."""
        model, now = self.model, self._clock.now()
        if model.entry(lot_id) is None:
            raise LotUnknown
        return alone(model, lot_id, stay, now)

    def windows(self, lot_id: str) -> list[tuple[Window, int]]:
        """The shared windows of a lot that are not over, by their begins, each with the spaces that are left.

        Raises ModelNotFilled.
        """
        model, now = self.model, self._clock.now()
        return model.windows.of(model.columns, model.row_of.get(lot_id), now)

    def search(self, text: str, limit: int = 10) -> list[Place]:
        """Landmarks, districts and lots that a text may mean, best first. Raises ModelNotFilled."""
        model = self.model
        return search(model.words, model.city, text, limit)

    def sweep(self) -> None:
        """Move on what only time moves; a thread does it each second."""
        with self._writing:
            if self._model is not None:
                self._model = self._model.swept(self._clock.now())

    def load(self) -> None:
        """Read everything now. Raises what the database raises, and ProfileMissing."""
        assert self._sessions is not None, "a look-up without sessions holds the model given to it"
        with self._sessions() as session:
            model = load_model(session, self._clock.now(), self._model)
        with self._writing:
            self._model = model
        # What was loaded lives long: the collector need not look through it again and again, which stops
        # every answer meanwhile.
        gc.freeze()
        self.followed_at = self._clock.now()

    def _sweep_for_ever(self) -> None:
        while not self._stopped.wait(SWEEP_S):
            self.sweep()

    def _follow_for_ever(self) -> None:
        while not self._stopped.is_set():
            try:
                self._follow()
            except Exception as problem:
                # Whatever it was, the last good model serves.
                self._say_lost(type(problem).__name__)
            self._stopped.wait(_RETRY_S)

    def _follow(self) -> None:
        assert self._url is not None, "a look-up without a database follows nothing"
        listener = ChangeListener(self._url)
        try:
            self.load()
            self._say_following()
            while not self._stopped.is_set():
                self._hear(listener)
        finally:
            listener.close()

    def _hear(self, listener: ChangeListener) -> None:
        """Gather what was announced for a moment, then read it in one go."""
        assert self._sessions is not None, "a look-up without sessions holds the model given to it"
        # Not woken by each of them: hundreds of commits a second announce something.
        self._stopped.wait(self._rest_s)
        changes = Changes()
        for topic, ids in listener.changes(timeout_s=_DRAIN_S):
            changes.add(topic, ids)
        began = thread_time()
        now, model = self._clock.now(), self.model
        if self.city.today(now) != model.on:
            # Capacities, holidays and districts may change with the day.
            changes.everything = True
        if changes:
            with self._sessions() as session:
                apply = read_changes(session, model, changes, now)
            with self._writing:
                self._model = apply(self.model)
        self._rest_s = min(max(BATCH_S, _REST * (thread_time() - began)), _LONGEST_S)
        self.followed_at = now

    def _say_following(self) -> None:
        _log.info("lookup.following", lots=len(self.model.ids), after=self.lost)
        self.lost = None
        self._tried.set()

    def _say_lost(self, reason: str) -> None:
        """Told once when it goes, by type only: a message may quote a row."""
        first, self.lost = self.lost is None, reason
        # After the reason: who waited reads it at once.
        self._tried.set()
        if first:
            _log.warning("lookup.not_following", reason=reason)
