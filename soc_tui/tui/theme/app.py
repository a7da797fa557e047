"""An app with our themes that only sends colors the terminal has, and none with NO_COLOR."""

from __future__ import annotations

from collections.abc import Sequence

from rich.terminal_theme import TerminalTheme
from textual.app import App
from textual.filter import LineFilter

from soc_tui.tui.theme.themes import (
    AUTO,
    NAMES,
    PALETTES,
    THEMES,
    Colourless,
    ReversedCursor,
    fitting,
    without_colour,
)


class ThemedApp(App[None]):
    """Knows our themes; shows them from the first paint on."""

    theme_names = (AUTO, *NAMES)
    """What the setting may be, in addition to Textual's own themes."""

    def __init__(self, theme: str) -> None:
        super().__init__()
        self.no_color = without_colour()
        for one in THEMES:
            self.register_theme(one)
        self.use_theme(theme)

    def use_theme(self, name: str) -> None:
        """Change to a theme; "auto" is the one that suits the terminal."""
        known = name in self.available_themes
        if not known and name != AUTO:
            text = f"theme: there is no theme {name}. Available: {', '.join(self.theme_names)}."
            self.call_later(self.notify, text, severity="warning", markup=False)
        fits = fitting(self.console.color_system)
        # Without colors all look alike, and only this one marks the cursor by another style.
        self.theme = "soc-16" if self.no_color else name if known else fits

    @property
    def ansi_theme(self) -> TerminalTheme:
        """What the color names in Rich texts mean under the theme."""
        return PALETTES.get(self.theme) or super().ansi_theme

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What the rows of the screen go through last."""
        if not self.current_theme.ansi:
            return super().get_line_filters()
        return [ReversedCursor(), Colourless()] if self.no_color else [ReversedCursor()]
