"""Faults of a widget's own work in the background are told, and end neither it nor the app."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.message_pump import MessagePump
from textual.worker import Worker, WorkerState

if TYPE_CHECKING:
    from soc_tui.tui.app import SocTui


class Reporting(MessagePump):
    """For widgets with workers that do not exit the app."""

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Tell of a worker that failed."""
        if event.state is WorkerState.ERROR and isinstance(event.worker.error, Exception):
            cast("SocTui", self.app).report(event.worker.error)
