"""Which numbers of all lots stand side by side, so that many can be compared at once?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf

import numpy as np
from numpy.typing import NDArray

from parking.kernel.vocabulary import SpaceClass
from parking.lookup.queries.entries import CLASS_LINE, CLASSES, Entry, frees_of, masks_of, open_of

# A lot without a known limit is asked for no height.
NO_LIMIT_CM = 32_767


@dataclass(frozen=True, slots=True)
class Columns:
    """Row by row in the order of the grid. Never written to once a model holds them.

    `free` and `masks` have a line per class and one more: an ordinary car's free spaces for a stranger, and
    the permissions of the lot as a whole.
    """

    free: NDArray[np.int32]
    masks: NDArray[np.uint8]
    open_now: NDArray[np.int8]
    max_height_cm: NDArray[np.int16]
    hours: NDArray[np.int32]
    due_at: NDArray[np.float64]
    withheld_at: NDArray[np.float64]
    # When the hours next say something else.
    changes_at: NDArray[np.float64]

    @classmethod
    def of(cls, entries: Sequence[Entry], hours: Sequence[int]) -> Columns:
        """Columns of entries in the order of the grid; `hours` numbers their texts of opening hours."""
        columns = cls(
            free=np.empty((len(CLASSES) + 1, len(entries)), np.int32),
            masks=np.empty((len(CLASSES) + 1, len(entries)), np.uint8),
            open_now=np.empty(len(entries), np.int8),
            max_height_cm=np.array([entry.card.max_height_cm or NO_LIMIT_CM for entry in entries], np.int16),
            hours=np.array(hours, np.int32),
            due_at=np.empty(len(entries)),
            withheld_at=np.empty(len(entries)),
            changes_at=np.empty(len(entries)),
        )
        columns._write(slice(None), entries)
        return columns

    def with_entries(self, rows: Sequence[int], entries: Sequence[Entry]) -> Columns:
        """A copy in which what moves with counts and hours stands anew for some rows."""
        copy = replace(
            self,
            free=self.free.copy(),
            masks=self.masks.copy(),
            open_now=self.open_now.copy(),
            due_at=self.due_at.copy(),
            withheld_at=self.withheld_at.copy(),
            changes_at=self.changes_at.copy(),
        )
        copy._write(np.array(rows, np.intp), entries)
        return copy

    def free_for(self, space_class: SpaceClass) -> NDArray[np.int32]:
        line: NDArray[np.int32] = self.free[CLASS_LINE[space_class]]
        return line

    def mask_for(self, space_class: SpaceClass) -> NDArray[np.uint8]:
        line: NDArray[np.uint8] = self.masks[CLASS_LINE[space_class]]
        return line

    @property
    def car_free(self) -> NDArray[np.int32]:
        line: NDArray[np.int32] = self.free[-1]
        return line

    @property
    def lot_mask(self) -> NDArray[np.uint8]:
        line: NDArray[np.uint8] = self.masks[-1]
        return line

    def _write(self, rows: NDArray[np.intp] | slice, entries: Sequence[Entry]) -> None:
        if not entries:
            return
        self.free[:, rows] = np.array([frees_of(entry) for entry in entries], np.int32).T
        self.masks[:, rows] = np.array([masks_of(entry) for entry in entries], np.uint8).T
        self.open_now[rows] = [open_of(entry) for entry in entries]
        self.due_at[rows] = [entry.due_at for entry in entries]
        self.withheld_at[rows] = [entry.withheld_at for entry in entries]
        self.changes_at[rows] = [
            inf if entry.open.until_at is None else entry.open.until_at.timestamp() for entry in entries
        ]
