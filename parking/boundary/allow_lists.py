"""What is a vendor's cloud told of who may enter a lot, in its own words?

A writer is pure: an entry in, one request after the other out, and from each answer what is kept of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from parking.boundary.fetching import FetchRequest


@dataclass(frozen=True, slots=True)
class PushLink:
    """Whom we tell: the cloud's address, our number there, its lot.

    `desk_name` and `desk_phone` stand where a vendor wants a person: the desk that answers for the lot, never
    whoever drives.
    """

    base_url: str
    app_id: str
    secret: str = field(repr=False)
    lot_key: str
    desk_name: str
    desk_phone: str
    time_zone: str = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class ListEntry:
    """A pass as it shall stand at the vendor's: may enter in [from_at, until_at).

    `plate` None: it shall stand there no more, and nobody knows the plate any longer. `held` is what the
    writer kept of it, None before anything was told; `nonce` is new for each request.
    """

    pass_id: str
    plate: str | None = field(repr=False)
    from_at: datetime
    until_at: datetime
    held: str | None
    asked_at: datetime
    nonce: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """How far an answer brought an entry: the word to be held from now on.

    `lasting` False: it is good for the next request of this round alone, and a round that begins anew begins
    with what was held before.
    """

    held: str
    lasting: bool = True


class EntryNotTaken(Exception):
    """The vendor does not take this entry; others may be told. `code` is snake_case or the vendor's."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class PushManifest:
    """What a writer tells. `forgets`: what is over must be taken off the vendor's list, else it stays there;
    `takes_back`: an entry can be taken off before its end.
    """

    name: str
    vendor: str
    message: str
    state: str
    forgets: bool = False
    takes_back: bool = True


class AllowListPush(Protocol):
    """The side of a dialect that tells its vendor's cloud who may enter."""

    @property
    def manifest(self) -> PushManifest: ...

    def ask(self, link: PushLink, entry: ListEntry) -> FetchRequest | None:
        """The next request for this entry; None: it stands as it shall. Raises EntryNotTaken."""
        ...

    def answer(self, link: PushLink, entry: ListEntry, body: bytes) -> Step:
        """What follows from the answer to `ask` for the same entry.

        Raises EntryNotTaken for this entry alone; GateUnreadable and SignatureWrong where the cloud takes
        nothing of us at all.
        """
        ...
