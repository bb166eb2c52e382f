"""How fast do weeks of two archives go through the real ingest, and is nothing impossible ever public?

Each snapshot is read by its preset, screened, recorded and folded at the archive's own time. After each one
every lot is looked at as the public is told it then, and after each day the course of that day.
Needs PARKING_REAL_DATA; BENCH_SHORT in the environment makes it one day of each.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from rich.progress import Progress
from sqlalchemy import text

from bench.database import PROFILE, fresh_database
from bench.figures import figure
from bench.made_up import points
from integrations.sources.mapped.presets import PRESETS
from integrations.sources.mapped.protocol import read_preview, snapshots
from parking.boundary.feeds import MAPPED, PRESET, LotCandidate, LotRecord, ParseContext, Parsed, ProblemKind
from parking.city import queries as city_queries
from parking.city import service as city
from parking.guidance import service as guidance
from parking.guidance.rules.pulls import Answered, PullKind
from parking.guidance.rules.sources import SourceDraft
from parking.kernel.actors import CLI
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.vocabulary import Datum, SpaceClass
from parking.lookup.queries.answers import Answer
from parking.lookup.queries.loading import Changes, load_model, read_changes
from parking.lots import service as lots
from parking.lots.queries import ids_by_code
from parking.lots.rules import LotDraft
from parking.occupancy import service as occupancy

# Before either archive begins.
_SINCE = datetime(2022, 1, 1, tzinfo=UTC)
_SPOILT_HISTORY = text("""
    select count(*) from count_history where occupied not between 0 and capacity
""")


@dataclass(frozen=True, slots=True, eq=False)
class Archive:
    """A preset, the list of its lots and the files of its days, in the folder of real data.

    `spaces`: what the register has of each lot where the list tells no numbers at all.
    """

    preset: str
    lots: str
    days: str
    spaces: Mapping[SpaceClass, int] = field(default_factory=dict)

    def files(self, folder: Path) -> list[Path]:
        return sorted(folder.glob(self.days))


# So few that the largest numbers are above, and so many that most are not.
HONG_KONG = Archive(
    "hong_kong",
    "hk/carparks_static.csv",
    "hk/vacancy_*.csv.gz",
    {SpaceClass.GENERAL: 200, SpaceClass.MOTORCYCLE: 20, SpaceClass.TRUCK: 20},
)
GERMANY = Archive("germany_archive", "eu/germany_archive/meta-data.csv", "eu/germany_archive/2022-*.csv.gz")


@dataclass(slots=True)
class Tally:
    """What was told and taken, what was wrong by kind, and what the public was told meanwhile."""

    snapshots: int = 0
    taken: int = 0
    told_unknown: int = 0
    problems: Counter[ProblemKind] = field(default_factory=Counter)
    seconds: float = 0.0
    public: int = 0
    suspect_full: int = 0
    impossible: list[str] = field(default_factory=list)

    @property
    def readings(self) -> int:
        """Numbers that were told, whether they could be taken or not."""
        refused = self.problems - Counter(
            {ProblemKind.ABOVE_CAPACITY: self.problems[ProblemKind.ABOVE_CAPACITY]}
        )
        return self.taken + refused.total()


class Replay:
    """An empty database that gets the lots of an archive, and then its days, one snapshot after the other."""

    def __init__(self, sessions: Sessions, archive: Archive, folder: Path) -> None:
        self._sessions = sessions
        self._mapping = PRESET + archive.preset
        self.tally = Tally()
        listed = read_preview((folder / archive.lots).read_bytes(), self._mapping, _SINCE, wants_counts=False)
        drafts = dict(_drafts([*listed.lots, *listed.candidates], archive.spaces))
        with unit_of_work(sessions) as uow:
            city.load_profile(uow.session, CLI, PROFILE, _SINCE)
            lots.import_lots(uow.session, CLI, list(enumerate(drafts.values())), _SINCE)
            draft = SourceDraft(
                name=archive.preset,
                adapter=MAPPED,
                mapping=self._mapping,
                live_url="https://archive.example/live",
                lots={external_id: lot.code for external_id, lot in drafts.items()},
            )
            source = guidance.add_source(uow.session, CLI, draft, {MAPPED}, _SINCE, presets=PRESETS)
            guidance.switch_on(uow.session, CLI, source.id, None, _SINCE, reason="its days are known")
            self._source_id = source.id
            by_code = ids_by_code(uow.session, [lot.code for lot in drafts.values()])
        self._lot_ids = {external_id: by_code[lot.code] for external_id, lot in drafts.items()}
        with sessions() as session:
            self._model = load_model(session, _SINCE)

    def day(self, file: Path, most: int | None = None) -> None:
        """Take the snapshots of a file (the first `most` of them), look after each, and keep its history."""
        told = snapshots(file.read_bytes(), ParseContext(datetime.now(UTC), mapping=self._mapping))
        at = _SINCE
        for _ in range(most) if most is not None else iter(int, 1):
            began = time.perf_counter()
            label, parsed = next(told, (None, None))
            if label is None or parsed is None:
                break
            at = datetime.fromisoformat(label)
            self._take(parsed, at)
            self.tally.seconds += time.perf_counter() - began
            self._look(parsed, at)
        self._keep_house(at)

    def _take(self, parsed: Parsed, at: datetime) -> None:
        with unit_of_work(self._sessions) as uow:
            due = guidance.claim_one(uow.session, "replay", at, self._source_id, PullKind.LIVE)
        with unit_of_work(self._sessions) as uow:
            recorded = guidance.record_pull(uow.session, due, Answered(parsed), at)
        tally = self.tally
        tally.snapshots += 1
        tally.taken += recorded.used
        tally.told_unknown += parsed.told_unknown
        tally.problems.update(problem.kind for problem in recorded.problems)

    def _look(self, parsed: Parsed, at: datetime) -> None:
        """What a web process tells of every lot once it followed these changes."""
        told = {count.external_id for count in parsed.counts} & self._lot_ids.keys()
        changes = Changes(counts={self._lot_ids[external_id] for external_id in told})
        with self._sessions() as session:
            changes.everything = city_queries.today(session, at) != self._model.on
            self._model = read_changes(session, self._model, changes, at)(self._model)
        items, _ = Answer(self._model, range(len(self._model.entries)), at).rendered(Datum.WGS84)
        for lot in orjson.loads(b"[" + b",".join(items) + b"]"):
            for count in lot["counts"]:
                self._judge(lot["id"], count, at)

    def _judge(self, lot_id: str, count: dict[str, Any], at: datetime) -> None:
        free, capacity = count["free"], count["capacity"]
        if free is None:
            return
        self.tally.public += 1
        self.tally.suspect_full += free == capacity and count["quality"] == "suspect"
        if capacity is None or not 0 <= free <= capacity:
            self.tally.impossible.append(f"{lot_id} at {at}: {free} of {capacity}")

    def _keep_house(self, at: datetime) -> None:
        """What the worker does by itself: the course of the day, and old facts dropped."""
        while True:
            with unit_of_work(self._sessions) as uow:
                if not occupancy.fold_history(uow.session, at):
                    break
        with unit_of_work(self._sessions) as uow:
            occupancy.prune_facts(uow.session, at)
            spoilt = uow.session.scalar(_SPOILT_HISTORY)
        if spoilt:
            self.tally.impossible.append(f"{spoilt} quarters of the history until {at}")


def _drafts(
    listed: list[LotRecord | LotCandidate], spaces: Mapping[SpaceClass, int]
) -> Iterator[tuple[str, LotDraft]]:
    """Wherever the lots lie: most of the archive's have no place, and none is asked for by it."""
    for number, (lot, (lat, lon)) in enumerate(zip(listed, points(len(listed)), strict=True)):
        told = dict(lot.spaces) or spaces
        yield lot.external_id, LotDraft(f"R-{number:04}", lot.name, lat, lon, spaces=told)


def run(progress: Progress) -> list[dict[str, Any]]:
    """Readings a second of both archives; an impossible public number ends it."""
    folder = os.environ.get("PARKING_REAL_DATA")
    if folder is None:
        return []
    return [line for archive in (HONG_KONG, GERMANY) for line in _measured(progress, archive, Path(folder))]


def _measured(progress: Progress, archive: Archive, folder: Path) -> list[dict[str, Any]]:
    files = archive.files(folder)[: 1 if os.environ.get("BENCH_SHORT") else None]
    task = progress.add_task(f"replay of {archive.preset}", total=len(files))
    with fresh_database() as database:
        replay = Replay(database.sessions, archive, folder)
        for file in files:
            replay.day(file)
            progress.advance(task)
    tally = replay.tally
    if tally.impossible:
        raise RuntimeError(f"told to the public: {tally.impossible[:3]}")
    wrong = ", ".join(f"{number:,} {kind}" for kind, number in tally.problems.most_common())
    what = (
        f"replay of {archive.preset}, {tally.readings:,} readings of {tally.snapshots:,} snapshots ({wrong})"
    )
    return [
        figure(what, tally.readings / tally.seconds, "readings/s"),
        figure(
            f"replay of {archive.preset}, impossible of {tally.public:,} public numbers", 0, "", 0, "lower"
        ),
    ]
