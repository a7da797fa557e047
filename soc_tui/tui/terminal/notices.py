"""One notice at a time."""

from __future__ import annotations

from textual.app import App
from textual.notifications import Notify

from soc_tui.tui.terminal.textual_internals import Internals

INTERNALS = Internals(
    (
        "textual.app:App._notifications",
        "textual.app:App._unnotify(self, notification, refresh)",
        "textual.widgets._toast:ToastHolder",
        "textual.widgets._toast:ToastRack._toast_id(notification)",
    )
)


class LastNotice(App[None]):
    """An app in which a notice takes the place of the one before it. Textual piles them up."""

    def on_notify(self, event: Notify) -> None:
        """What was said before gives way, but for errors and what stays longer by its own wish."""
        if not INTERNALS.usable:
            return
        from textual.widgets._toast import ToastHolder, ToastRack

        gone = set()
        for old in list(self._notifications):
            passing = old.severity == "information" and old.timeout <= self.NOTIFICATION_TIMEOUT
            if passing or old.message == event.notification.message:
                self._unnotify(old, refresh=False)
                gone.add(ToastRack._toast_id(old))
        holders = [one for screen in self.screen_stack for one in screen.query(ToastHolder)]
        for holder in holders:  # Textual would take the words away and leave their line
            if holder.id in gone:
                holder.remove()
