"""A list whose lines are made to fit its width."""

from __future__ import annotations

from textual.widgets import OptionList


class LineList(OptionList):
    """Its width stays known while another pane is in front, and the list has none."""

    _width = 80

    @property
    def line_width(self) -> int:
        """Cells of a line; an option keeps one free on each side."""
        self._width = self.scrollable_content_region.width or self._width
        return self._width - 2
