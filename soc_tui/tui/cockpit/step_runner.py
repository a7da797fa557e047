"""The steps of a hunt: one runs at a time, and its events are shown as they come."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

from textual.screen import Screen
from textual.worker import WorkerCancelled, WorkerFailed

from soc_tui.model import events
from soc_tui.model.hunt import Hunt, Status, broken_off
from soc_tui.tui.cockpit.part import Part, in_background
from soc_tui.tui.cockpit.state import CockpitState

BUSY = "A step is running. Esc cancels it."
_GROUP = "step"


class StepRunner(Part):
    """Runs planning, querying, hunting and what else the Hunter does in steps.

    Args:
        with_triage: A new state of the open hunt with what the analyst has made of its findings.
        show: Shows an event.
        ended: Told when a step has ended, whichever way.
    """

    def __init__(
        self,
        screen: Screen[None],
        state: CockpitState,
        *,
        with_triage: Callable[[Hunt], Hunt],
        show: Callable[[events.Event], Awaitable[None]],
        ended: Callable[[], None],
    ) -> None:
        super().__init__(screen, state)
        self._with_triage = with_triage
        self._show = show
        self._ended = ended
        self._recording = False  # the step has shown what it was for, and is only being recorded
        self._next: Callable[[], None] | None = None

    def start(
        self,
        what: str,
        step: AsyncIterator[events.Event],
        hunt: Hunt | None = None,
        *,
        keeps_hunt: bool = False,
    ) -> None:
        """Follow a step's events until it ends.

        Args:
            what: The step does, for the status strip: `planning`.
            hunt: What is cancelled with the step before its first event comes.
            keeps_hunt: The hunt stays as it is when the step is cancelled.
        """
        if self.status.busy and self._recording:
            self._next = lambda: self.start(what, step, hunt, keeps_hunt=keeps_hunt)
            return
        if self.status.busy:
            self.notify(BUSY)
            return
        self._recording, self._next = False, None
        self.status.begin(what)
        self._follow(what, step, hunt, keeps_hunt)

    def cancel(self) -> None:
        """Cancel the running step."""
        self.screen.workers.cancel_group(self.screen, _GROUP)

    async def recorded(self) -> None:
        """Wait for a step that has shown its outcome and is only being recorded."""
        if self.status.busy and self._recording:
            workers = self.screen.workers
            steps = [each for each in workers if each.group == _GROUP and each.is_running]
            with contextlib.suppress(WorkerCancelled, WorkerFailed):
                await workers.wait_for_complete(steps)

    @in_background(group=_GROUP)
    async def _follow(
        self,
        what: str,
        step: AsyncIterator[events.Event],
        hunt: Hunt | None,
        keeps_hunt: bool,
    ) -> None:
        try:
            async for event in step:
                # A finding may be triaged while the next ones still arrive.
                hunt = self._with_triage(event.hunt)
                triaged = replace(event, hunt=hunt)
                self.state.take(triaged)
                self._recording = self._recording or isinstance(event, events.OUTCOMES)
                self.status.show_hunt(hunt)
                await self._show(triaged)
        except asyncio.CancelledError:
            self._next = None
            if hunt and not keeps_hunt:
                self._break_off(hunt)
            self.conversation.say(f"Canceled while {what}. Results so far are kept.", "yellow")
            raise
        except Exception as error:  # noqa: BLE001 - the last boundary: logged and shown
            self.app.report(error)
        finally:
            self.status.finish()
            if self._next:
                self.screen.call_later(self._next)
            self._ended()

    def _break_off(self, hunt: Hunt) -> None:
        """Keep what was cancelled as it was recorded."""
        state = self.state
        if state.asked and state.asked.id == hunt.id:
            state.asked = broken_off(hunt, Status.CANCELLED, "cancelled")
        elif (newest := state.latest(hunt)) and not newest.status.ended:
            state.keep(broken_off(newest, Status.CANCELLED, "cancelled"))
