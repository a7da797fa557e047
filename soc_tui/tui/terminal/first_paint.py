"""What Textual does twice before the first frame is done once."""

from __future__ import annotations

import gc
from weakref import WeakSet

from textual.app import App
from textual.dom import DOMNode
from textual.screen import Screen

from soc_tui.tui.terminal import parsed_styles
from soc_tui.tui.terminal.parsed_styles import ParsedStyles
from soc_tui.tui.terminal.textual_internals import Internals

INTERNALS = Internals(
    (
        "textual.app:App._watch_theme(self, theme_name)",
        "textual.app:App.refresh_css(self, animate)",
        "textual.app:App.update_styles(self, node, animate)",
        "textual.css.stylesheet:Stylesheet.set_variables(self, variables)",
        "textual.screen:Screen._on_screen_resume(self, event)",
        "textual.screen:Screen.stack_updates",
    )
)


class FirstPaint(App[None]):
    """An app that is on the screen soon."""

    _styled_for: str | None = None
    """The theme whose styles were read before anything was shown; None from its first use on."""

    def __init__(self) -> None:
        super().__init__()
        if parsed_styles.INTERNALS.usable:
            self.stylesheet = ParsedStyles(variables=self.get_css_variables())
        self._once = INTERNALS.usable
        self._resumed: WeakSet[Screen[object]] = WeakSet()

    @property
    def before_first_frame(self) -> bool:
        """Whether what is not seen yet may wait."""
        return self._once

    def on_load(self) -> None:
        """Read the styles for the theme that will be shown; Textual begins with its own."""
        if self._once:
            self.stylesheet.set_variables(self.get_css_variables())
            self._styled_for = self.theme

    def post_display_hook(self) -> None:
        """From the first frame on things are as ever."""
        super().post_display_hook()
        self._once = False
        if not gc.isenabled():
            gc.freeze()  # modules, classes, styles: they stay
            gc.enable()

    def refresh_css(self, animate: bool = True) -> None:
        """Reread all styles, unless they were just read for this theme."""
        known, self._styled_for = self._styled_for, None
        if known != self.theme:
            super().refresh_css(animate)

    def update_styles(self, node: DOMNode, animate: bool = True) -> None:
        """Style a node and what is in it, but not once more when its screen comes up first."""
        if self._once and isinstance(node, Screen) and self._resumes_first(node):
            self._resumed.add(node)
        else:
            super().update_styles(node, animate)

    def _resumes_first(self, screen: Screen[object]) -> bool:
        return screen.stack_updates == 1 and screen not in self._resumed
