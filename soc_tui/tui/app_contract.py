"""What screens, dialogs and panes need of the app, so that none of them imports it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, cast

from textual.message_pump import MessagePump

if TYPE_CHECKING:
    from soc_tui.config.look import Look
    from soc_tui.config.settings import Settings
    from soc_tui.hunting.hunter import Hunter

Progress = Callable[[str, float], None]
"""Told what is being opened, and the share of it that is done (0-1)."""
DeviceCode = Callable[[str, str], None]
"""Told the code to sign in with, and the address to enter it at."""


class AppContract(Protocol):
    """The app: what it offers on top of any Textual app."""

    settings: Settings
    look: Look
    first_run: bool
    theme_names: tuple[str, ...]

    @property
    def builds_behind(self) -> bool:
        """Whether what the first frame does not show is to be made after it; keys wait for it."""

    @property
    def fixed(self) -> Mapping[str, str]:
        """The environment variable that sets each setting, by the setting's place."""

    def release_keys(self) -> None:
        """Let the keys that wait act."""

    def use(self, settings: Settings) -> None:
        """Go on with these settings, and show their theme."""

    def remember(self, **changes: Any) -> None:
        """Change the look (see `Look`), and keep it for next time."""

    def choose_theme(self, name: str) -> None:
        """Show a theme, and keep it for next time."""

    async def open_hunter(
        self, progress: Progress, on_device_code: DeviceCode, settings: Settings | None = None
    ) -> Hunter:
        """Open workspace, analyst and history; of other settings, if given. Raises SocError."""

    def report(self, error: Exception) -> None:
        """Show an error that is our fault; its details go to a file."""


def app_of(node: MessagePump) -> AppContract:
    """The app of a screen, dialog or pane: the only place that says it is ours."""
    return cast("AppContract", node.app)
