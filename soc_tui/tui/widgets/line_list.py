"""A list that fits its lines to its width as they scroll into view."""

from __future__ import annotations

from collections.abc import Callable

from rich.text import Text
from textual.content import Content
from textual.css.styles import RulesMap
from textual.strip import Strip
from textual.style import Style
from textual.visual import RenderOptions, Visual
from textual.widgets import OptionList
from textual.widgets.option_list import Option


class Line(Option):
    """An option of a list that may have ten thousand, of which a screen shows forty.

    Args:
        make: Its text; called when it is drawn first.
        height: Lines that it takes.
    """

    def __init__(self, make: Callable[[], Text], id: str | None = None, *, height: int = 1) -> None:
        super().__init__(_Late(make, height), id)


class _Late(Visual):
    """A text of known height that is made when it is drawn."""

    def __init__(self, make: Callable[[], Text], height: int) -> None:
        self._make = make
        self._height = height
        self._made: Content | None = None

    def __str__(self) -> str:
        return self._make().plain

    def render_strips(
        self, width: int, height: int | None, style: Style, options: RenderOptions
    ) -> list[Strip]:
        """The text."""
        if self._made is None:
            self._made = Content.from_rich_text(self._make())
        return self._made.render_strips(width, height, style, options)

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        """All there is: its lines are made for that."""
        return container_width

    def get_height(self, rules: RulesMap, width: int) -> int:
        """As told."""
        return self._height


class LineList(OptionList):
    """Its width stays known while another pane is in front, and the list has none."""

    _width = 80

    @property
    def line_width(self) -> int:
        """Cells of a line; an option keeps one free on each side."""
        self._width = self.scrollable_content_region.width or self._width
        return self._width - 2
