"""An error in a worker is shown; it ends neither the widget nor the app."""

from __future__ import annotations

from textual.message_pump import MessagePump
from textual.worker import Worker, WorkerState

from soc_tui.tui.app_contract import app_of


class ShowsWorkerErrors(MessagePump):
    """For screens and widgets with workers that do not exit the app (`exit_on_error=False`)."""

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show the error of a worker that failed."""
        if event.state is WorkerState.ERROR and isinstance(event.worker.error, Exception):
            app_of(self).report(event.worker.error)
