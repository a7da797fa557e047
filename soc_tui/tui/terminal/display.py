"""How frames reach the terminal: only what differs from what it shows."""

from __future__ import annotations

import os
from collections.abc import Iterable

from rich.color import ColorSystem
from rich.console import RenderableType
from textual import events
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual._styles_cache import StylesCache
from textual.app import App, SystemCommand
from textual.screen import Screen

from soc_tui.tui.terminal import strips
from soc_tui.tui.terminal.frame import Frame
from soc_tui.tui.terminal.terminals import signs

# The cache of this method holds the `self` of each call: up to 1,024 widgets that are long closed
# (dialogs, grids), each with all lines it drew. Python's collector stops the screen to go through
# them. What is cached is quick to make.
_CACHED = StylesCache.get_inner_outer
StylesCache.get_inner_outer = getattr(_CACHED, "__wrapped__", _CACHED)  # type: ignore[method-assign]
strips.use()


class _Written(CompositorUpdate):
    """An update that is rendered already."""

    def __init__(self, sequences: str) -> None:
        self._sequences = sequences

    def render_segments(self, console: object) -> str:
        return self._sequences

    def __rich__(self) -> str:
        return self._sequences


class Painting(App[None]):
    """An app for slow lines: no byte goes out for a cell that stays the same, none for show."""

    def __init__(self) -> None:
        super().__init__()
        self.animation_level = "none"
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
        yield SystemCommand("Redraw", "Paint the whole screen anew", self.action_redraw)

    def action_redraw(self) -> None:
        """Paint everything anew, as Ctrl+L does in other programs."""
        self._frame.forget()
        self.refresh()

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        if isinstance(renderable, (LayoutUpdate, ChopsUpdate)) and self._draws:
            colors = self.console._color_system or ColorSystem.TRUECOLOR
            sequences = self._frame.turned_into(renderable, colors)
            cursor = self.screen.outer_size.clamp_offset(self.cursor_position)
            still = not sequences and cursor == self._previous_cursor_position
            super()._display(screen, None if still else _Written(sequences))
        else:
            super()._display(screen, renderable)

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
