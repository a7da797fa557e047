"""`soc-tui history ask`: ask about a finding of a past hunt."""

from __future__ import annotations

import asyncio

from soc_tui.commands.hunt import Headless, Order
from soc_tui.commands.terminal import paragraph
from soc_tui.config.settings import Settings
from soc_tui.hunting.replay import BundleWorkspace
from soc_tui.model import events
from soc_tui.model.finding import CONFIRM, NEXT, WHY
from soc_tui.opening.open_hunter import open_replayer

_SHORT = {"why": WHY, "next": NEXT, "confirm": CONFIRM, "refute": CONFIRM, "query": CONFIRM}


def ask(settings: Settings, hunt_id: str, finding_id: str, question: str) -> int:
    """Print the answer, and the query in it if there is one; the exit code is that of a hunt.

    Args:
        hunt_id: Whole.
        finding_id: As in `history show`: f1, or 1.
        question: In words, or why, next, confirm.

    Raises:
        HistoryError: there is no such hunt.
        KeyboardInterrupt: cancelled.
    """
    words = _SHORT.get(question.strip().casefold().rstrip("?"), question)
    finding_id = f"f{finding_id}" if finding_id.isdecimal() else finding_id
    try:
        return asyncio.run(_Asking(settings, hunt_id, finding_id, words).run())
    except asyncio.CancelledError as error:
        raise KeyboardInterrupt from error


class _Asking(Headless):
    """One question on one terminal."""

    def __init__(self, settings: Settings, hunt_id: str, finding_id: str, question: str) -> None:
        super().__init__(settings, Order(question))
        self._hunt_id = hunt_id
        self._finding_id = finding_id

    async def _run(self, kql: str) -> None:
        self._terminal.begin("opening")
        hunter = await open_replayer(self._settings, BundleWorkspace("history"))
        try:
            opened = await hunter.keeper.reopen(self._hunt_id)
            self._hunt = opened.hunt
            if opened.problem:
                self._terminal.step(f"Its rows are not available. {opened.problem}")
            if opened.made and not opened.made_here:
                self._terminal.step(f"WARN: {opened.made}")
            question = self._order.request
            step = hunter.discuss(self._hunt, self._finding_id, question)
            await self._follow(f"asking {hunter.analyst.name}", step)
        finally:
            await hunter.aclose()

    def _show(self, event: events.Event) -> None:
        if not isinstance(event, events.Discussed):
            super()._show(event)
            return
        remark, width = event.remark, self._terminal.width
        self._report(paragraph(remark.answer, width))
        self._report(f"note: {note}" for note in remark.notes)
        if remark.kql:
            self._report(["", *(line.expandtabs(4) for line in remark.kql.splitlines())])
