"""A TextArea for slow lines and long texts: it sends the rows that changed, and counts no others.

Textual 8.2 repaints the whole area for each key, 24 KB at 140x45, and sums up all lines of the
text for each row that it draws. Over SSH both are felt.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widgets import TextArea
from textual.widgets.text_area import DocumentNavigator, WrappedDocument

from soc_tui.tui.terminal.textual_internals import Internals

INTERNALS = Internals(
    (
        "textual.document._wrapped_document:WrappedDocument._offset_to_line_info",
        "textual.widgets:TextArea._line_cache",
        "textual.widgets:TextArea._render_line(self, y)",
        "textual.widgets:TextArea._rewrap_and_refresh_virtual_size(self)",
        "textual.widgets:TextArea._set_document(self, text, language)",
        "textual.widgets:TextArea._set_theme(self, theme)",
        "textual.widgets.text_area:TextAreaTheme.apply_css(self, text_area)",
        "textual.widgets.text_area:TextAreaTheme.cursor_line_style",
    )
)


class _Wrapped(WrappedDocument):
    """Knows its height; the original counts all lines each time it is asked."""

    @property
    def height(self) -> int:
        """Rows on the screen."""
        return len(self._offset_to_line_info)


@dataclass(slots=True)
class _Painted:
    """The rows on the screen, of one view (size and scroll offset)."""

    view: tuple[object, ...] = ()
    rows: dict[int, Strip] = field(default_factory=dict)


class LeanTextArea(TextArea):
    """Looks and acts as a TextArea; is one where Textual's private parts are others."""

    _lean = False
    _painted = _Painted()
    _comparing = False
    """Whether the rows are going to be compared, once what is going on is over."""

    def draw_anew(self) -> None:
        """Redraw all lines: the text is the same, the style may not be."""
        if self._lean:
            self._line_cache.clear()
        else:
            self.notify_style_update()
        self.refresh()

    def refresh(
        self,
        *regions: Region,
        repaint: bool = True,
        layout: bool = False,
        recompose: bool = False,
    ) -> Self:
        """Repaint, but of the whole area only the rows that changed."""
        partial = regions or not repaint or layout or recompose
        if partial or not self._lean or not self._painted.rows:
            return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
        if not self._comparing:
            self._comparing = True
            self.call_next(self._refresh_changed)
        return self

    def _refresh_changed(self) -> None:
        self._comparing = False
        if self._painted.view != self._view():
            self._painted = _Painted()
            super().refresh()
            return
        self._theme.apply_css(self)
        width = self.size.width
        changed = [
            Region(0, y, width, 1)
            for y, strip in self._painted.rows.items()
            if super(LeanTextArea, self).render_line(y) != strip
        ]
        if changed:
            super().refresh(*changed)

    def _view(self) -> tuple[object, ...]:
        return self.size, self.scroll_offset

    def render_line(self, y: int) -> Strip:
        """A row as it is painted."""
        if self._painted.view != self._view():
            self._painted = _Painted(self._view())
        strip = super().render_line(y)
        self._painted.rows[y] = strip
        return strip

    def notify_style_update(self) -> None:
        """Colors changed: repaint all rows."""
        self._painted = _Painted()
        super().notify_style_update()

    def _render_line(self, y: int) -> Strip:
        # The cursor line's style covers the line's own colors: it may only set the background.
        over = self._theme.cursor_line_style if self._lean else None
        if over and over.color:
            self._theme.cursor_line_style = Style(bgcolor=over.bgcolor)
        return super()._render_line(y)

    def _set_document(self, text: str, language: str | None) -> None:
        super()._set_document(text, language)
        self._lean = INTERNALS.usable
        if not self._lean:
            return
        self.wrapped_document = _Wrapped(self.document, tab_width=self.indent_width)
        self.navigator = DocumentNavigator(self.wrapped_document)
        self._rewrap_and_refresh_virtual_size()
