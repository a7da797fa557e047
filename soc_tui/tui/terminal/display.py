"""Sends frames to the terminal: only the cells that changed."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.color import ColorSystem
from rich.console import RenderableType
from textual import events
from textual.app import App, SystemCommand
from textual.screen import Screen

from soc_tui.tui.terminal import strips, styles_cache
from soc_tui.tui.terminal.terminals import signs
from soc_tui.tui.terminal.textual_internals import Internals

if TYPE_CHECKING:
    from soc_tui.tui.terminal.frame import Frame

INTERNALS = Internals(
    (
        "textual.app:App._display(self, screen, renderable)",
        "textual.app:App._batch_count",
        "textual.app:App._previous_cursor_position",
        "textual.message_pump:MessagePump._running",
        "textual.message_pump:MessagePump._closed",
        "textual._compositor:CompositorUpdate.render_segments(self, console)",
        "textual._compositor:LayoutUpdate.strips",
        "textual._compositor:LayoutUpdate.region",
        "textual._compositor:ChopsUpdate.chops",
        "textual._compositor:ChopsUpdate.spans",
        "textual._compositor:ChopsUpdate.chop_ends",
        "rich.style:Style._ansi",
    )
)
_COLORS = {
    "standard": ColorSystem.STANDARD,
    "256": ColorSystem.EIGHT_BIT,
    "truecolor": ColorSystem.TRUECOLOR,
    "windows": ColorSystem.WINDOWS,
}
"""By Rich's name of a console's colours."""


class Painting(App[None]):
    """An app for slow lines: no byte goes out for a cell that stays the same, none for show."""

    _frame: Frame | None = None
    """What the terminal shows; None where Textual paints in its own way."""

    def __init__(self) -> None:
        super().__init__()
        self.animation_level = "none"
        strips.use()
        styles_cache.use()
        if INTERNALS.usable:
            from soc_tui.tui.terminal.frame import Frame

            self._frame = Frame(signs(os.environ))

    def on_mount(self) -> None:
        """After another program had the terminal, nothing on it is known."""
        self.app_resume_signal.subscribe(self, lambda _: self.action_redraw())

    def on_resize(self, _: events.Resize) -> None:
        """A terminal that is resized may drop or move what it shows."""
        self.action_redraw()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """A blinking cursor is traffic day and night."""
        if hasattr(event.widget, "cursor_blink"):
            event.widget.cursor_blink = False

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Textual's own, and what repairs a screen that something else has written to."""
        yield from super().get_system_commands(screen)
        yield SystemCommand("Redraw", "Redraw the whole screen", self.action_redraw)

    def action_redraw(self) -> None:
        """Repaint everything, as Ctrl+L does in other programs."""
        if self._frame is not None:
            self._frame.forget()
        self.refresh()

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        frame = self._frame
        if frame is None or not isinstance(renderable, frame.takes) or not self._draws:
            super()._display(screen, renderable)
            return
        colors = _COLORS.get(self.console.color_system or "", ColorSystem.TRUECOLOR)
        sequences = frame.turned_into(renderable, colors)
        cursor = self.screen.outer_size.clamp_offset(self.cursor_position)
        still = not sequences and cursor == self._previous_cursor_position
        super()._display(screen, None if still else frame.written(sequences))

    @property
    def _draws(self) -> bool:
        """Whether Textual itself would write the update to a terminal, the whole of it."""
        return (
            self._running
            and not self._closed
            and not self._batch_count
            and not self.is_headless
            and not self.is_inline
        )
