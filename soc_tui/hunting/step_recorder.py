"""Records every state of a hunt, even if a step fails or is canceled."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace

from soc_tui.hunting.audited import Note, entry_of, note_nothing
from soc_tui.hunting.hunt_keeper import Keeper
from soc_tui.hunting.spend_control import Spending
from soc_tui.model.errors import RefusedError, SocError
from soc_tui.model.events import Discussed, Event, Noticed, SpendRecorded, StepFailed
from soc_tui.model.hunt import ENDED_BEFORE, Hunt, Status, broken_off


class Recorder:
    """Passes the events of steps on, with what they cost counted and the hunt recorded.

    Attributes:
        cancelled: What becomes of a hunt whose step is cancelled: INTERRUPTED once the program is
            made to end.
    """

    def __init__(self, keeper: Keeper, spending: Spending, note: Note = note_nothing) -> None:
        self._keeper = keeper
        self._spending = spending
        self._note = note
        self.cancelled = Status.CANCELLED

    async def follow(
        self, hunt: Hunt, step: AsyncIterator[Event], *, bundled: bool = False
    ) -> AsyncIterator[Event]:
        """Pass the step's events on, timed and recorded; turn errors and cancels into states.

        Args:
            bundled: What the step ends with is kept as a bundle.
        """
        clock = _Stopwatch(hunt.elapsed_seconds)
        try:
            async with aclosing(self._spending.counted(hunt, step)) as events:
                async for event in events:
                    hunt = clock.stamp(event.hunt)
                    if problem := await self._keeper.save(hunt) or await self._noted(event):
                        yield Noticed(hunt, problem)
                    yield replace(event, hunt=hunt)
            if bundled and (problem := await self._keeper.bundle(hunt)):
                yield Noticed(hunt, problem)
        except SocError as error:
            status = Status.REFUSED if isinstance(error, RefusedError) else Status.FAILED
            if hunt.status is not Status.INTERRUPTED:  # that one is still to be gone on with
                hunt = broken_off(hunt, status, error.what.rstrip("."))
            hunt = clock.stamp(replace(hunt, problem=str(error)))
            await self._keeper.save(hunt)
            if bundled:
                await self._keeper.bundle(hunt)
            failed = StepFailed(hunt, error)
            await self._noted(failed)
            yield failed
        except (asyncio.CancelledError, GeneratorExit):
            if not hunt.status.ended:
                hunt = clock.stamp(broken_off(hunt, self.cancelled, self.cancelled.value))
                if self.cancelled is Status.INTERRUPTED:
                    hunt = replace(hunt, problem=ENDED_BEFORE)
                await self._keeper.save(hunt)
                if bundled:
                    await self._keeper.bundle(hunt)
            raise
        except Exception:
            hunt = clock.stamp(broken_off(hunt, Status.FAILED, "internal error"))
            await self._keeper.save(replace(hunt, problem="Internal error."))
            raise

    async def aside(self, hunt: Hunt, step: AsyncIterator[Event]) -> AsyncIterator[Event]:
        """Pass on the events of a step that leaves the hunt's outcome as it is."""
        try:
            async with aclosing(self._spending.counted(hunt, step)) as events:
                async for event in events:
                    hunt = event.hunt
                    if problem := await self._noted(event):
                        yield Noticed(hunt, problem)
                    if isinstance(event, SpendRecorded | Discussed):
                        await self._keeper.save(hunt)
                    if isinstance(event, Discussed):
                        await self._keeper.bundle(hunt)
                    yield event
        except SocError as error:
            yield StepFailed(hunt, error)

    async def _noted(self, event: Event) -> str:
        """Log the event; what stood in the way, or empty."""
        entry = entry_of(event)
        if entry is None:
            return ""
        try:
            await asyncio.to_thread(self._note, *entry)
        except SocError as error:
            return str(error)
        return ""


class _Stopwatch:
    """Adds the time since its start to a hunt's elapsed seconds."""

    def __init__(self, already_seconds: float) -> None:
        self._started = time.monotonic() - already_seconds

    def stamp(self, hunt: Hunt) -> Hunt:
        return replace(hunt, elapsed_seconds=time.monotonic() - self._started)
