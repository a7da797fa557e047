"""Stores hunts: the history record, the bundle, and the messages until then."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from soc_tui.history.filters import HistoryFilter
from soc_tui.model.errors import ConfigError, HistoryError
from soc_tui.model.exchange import Exchange, Record
from soc_tui.model.hunt import Hunt, Status
from soc_tui.review.triage_memory import TriageMemory
from soc_tui.threads import to_the_end
from soc_tui.version import __version__

if TYPE_CHECKING:
    from soc_tui.history.bundle_file import Bundle
    from soc_tui.history.bundle_folder import BundleFolder
    from soc_tui.history.store import History

_TAPES_KEPT = 8
_OFFERED_FOR = dt.timedelta(days=7)
_MOST_OFFERED = 20


@dataclass(frozen=True, slots=True)
class Reopened:
    """A past hunt.

    Attributes:
        hunt: With its rows, if its bundle has them.
        problem: Why it has none although its query had; else empty.
        made: Who made the bundle its rows are from; empty without rows.
        made_here: This installation made it, and nobody has changed it since.
    """

    hunt: Hunt
    problem: str = ""
    made: str = ""
    made_here: bool = False


class Keeper:
    """Keeps hunts; either part may be missing. Only `reopen` and `triage` raise, others say it."""

    def __init__(self, history: History | None, bundles: BundleFolder | None) -> None:
        self.history = history
        self.bundles = bundles
        self._tapes: dict[str, list[Exchange]] = {}
        self._told = False

    async def save(self, hunt: Hunt) -> str:
        """Record the state; the reason why it could not be, once, else an empty text."""
        if self.history is None:
            return ""
        try:
            await to_the_end(self.history.save, hunt)
        except HistoryError as error:
            first, self._told = not self._told, True
            return f"This hunt is not recorded. {error}" if first else ""
        self._told = False
        return ""

    async def triage(self, before: Hunt, after: Hunt) -> None:
        """Record what a human made of the findings.

        Raises:
            HistoryError: it could not be recorded.
        """
        if self.history is not None:
            await asyncio.to_thread(_record, self.history, before, after)

    async def memory(self, hunt: Hunt) -> TriageMemory:
        """What the user decided about findings of other hunts; nothing where it cannot be read."""
        if self.history is None:
            return TriageMemory()
        try:
            triaged = await asyncio.to_thread(self.history.triaged_before, hunt.id)
        except HistoryError:  # `save` says what is wrong with the file
            return TriageMemory()
        return TriageMemory(triaged)

    async def bundle(self, hunt: Hunt) -> str:
        """Keep all of a hunt that has rows; the reason why it could not be, else an empty text."""
        if self.bundles is None or not hunt.row_count:
            return ""
        from soc_tui.history.bundle_file import Bundle

        bundle = Bundle(hunt, self.messages(hunt.id), __version__)
        try:
            await to_the_end(self.bundles.save, bundle)
        except (HistoryError, ConfigError) as error:
            return str(error)
        return ""

    async def reopen(self, hunt_id: str) -> Reopened:
        """A past hunt, with its rows if its bundle has them.

        Raises:
            HistoryError: it is not in the history.
        """
        if self.history is None:
            raise HistoryError("History is off.")
        hunt = await asyncio.to_thread(self.history.load, hunt_id)
        gone = "They were not stored, or were deleted to make room. Run the query again."
        if self.bundles is None:
            return Reopened(hunt, gone if hunt.row_count else "")
        try:
            bundle = await asyncio.to_thread(self.bundles.load, hunt_id)
        except HistoryError as error:
            return Reopened(hunt, str(error))
        if bundle is None:
            return Reopened(hunt, gone if hunt.row_count else "")
        self._tape(hunt_id)[:] = bundle.exchanges
        if bundle.hunt.rows is None:
            return Reopened(hunt)
        made, here = await asyncio.to_thread(_made, self.bundles, bundle)
        return Reopened(replace(hunt, rows=bundle.hunt.rows), "", made, here)

    async def cut_off(self, now: dt.datetime) -> tuple[Hunt, ...]:
        """Hunts of the last days that ended with their program, newest first, without findings.

        None where the history cannot be read: `save` says what is wrong with it.
        """
        if self.history is None:
            return ()
        wanted = HistoryFilter(statuses=(Status.INTERRUPTED,), after=now - _OFFERED_FOR)
        with contextlib.suppress(HistoryError):
            return await asyncio.to_thread(self.history.find, wanted, _MOST_OFFERED)
        return ()

    async def leave(self, hunt_id: str) -> None:
        """A hunt that was cut off is not gone on with: it counts as cancelled. HistoryError."""
        if self.history is not None:
            await asyncio.to_thread(_leave, self.history, hunt_id)

    async def delete(self, hunt_id: str) -> None:
        """Forget a hunt: its record, its bundle, its messages.

        Raises:
            HistoryError: it is not in the history, or its bundle cannot be deleted.
        """
        if self.history is None:
            raise HistoryError("History is off.")
        if self.bundles is not None:  # first: a bundle without its record would never be found
            await asyncio.to_thread(self.bundles.delete, hunt_id)
        await asyncio.to_thread(self.history.delete, hunt_id)
        self._tapes.pop(hunt_id, None)

    def tape(self, hunt_id: str) -> Record:
        """Where the messages of a hunt are left."""
        return self._tape(hunt_id).append

    def messages(self, hunt_id: str) -> tuple[Exchange, ...]:
        """The messages of a hunt so far, of the newest hunts."""
        return tuple(self._tapes.get(hunt_id, ()))

    def carry_over(self, hunt: Hunt, fresh: Hunt) -> None:
        """The messages that led to a hunt belong to its second run too."""
        self._tape(fresh.id)[:] = self.messages(hunt.id)

    def _tape(self, hunt_id: str) -> list[Exchange]:
        tape = self._tapes.setdefault(hunt_id, [])
        while len(self._tapes) > _TAPES_KEPT:
            del self._tapes[next(iter(self._tapes))]
        return tape


def _leave(history: History, hunt_id: str) -> None:
    hunt = history.load(hunt_id)
    if hunt.status is Status.INTERRUPTED:
        history.save(replace(hunt, status=Status.CANCELLED))


def _record(history: History, before: Hunt, after: Hunt) -> None:
    old = {finding.id: finding for finding in before.findings}
    if [*old] != [finding.id for finding in after.findings]:
        history.arrange(after)
        return
    for finding in after.findings:
        if finding.state is not old[finding.id].state:
            history.set_state(after.id, finding.id, finding.state)
        if finding.notes != old[finding.id].notes:
            history.set_notes(after.id, finding.id, finding.notes)


def _made(bundles: BundleFolder, bundle: Bundle) -> tuple[str, bool]:
    """Who made the bundle, as a sentence; whether that was this installation. Blocks."""
    from soc_tui.history.bundle_signature import Origin

    try:
        origin = bundles.origin(bundle)
    except ConfigError as error:
        return f"Who made the bundle of its rows is not known. {error}", False
    key = bundle.seal.fingerprint if bundle.seal else ""
    said = {
        Origin.HERE: "Rows from its bundle, made here.",
        Origin.ELSEWHERE: f"Rows from a bundle made by the key {key}, not here.",
        Origin.UNSIGNED: "Rows from an unsigned bundle: anybody may have changed them.",
        Origin.CHANGED: "Rows from a bundle that was changed since it was signed.",
    }
    return said[origin], origin is Origin.HERE
