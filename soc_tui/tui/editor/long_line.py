"""A line of which one row is drawn at a time, without making all its rows for each.

Textual 8.2 divides the whole line for each row: of half a megabyte that is 6,000 pieces, forty
times for a screen. It asks for the row to draw, then for the plain texts of the rows before it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from rich.containers import Lines
from rich.text import Span, Text


class LongLine(Text):
    """Looks and acts as a Text."""

    def divide(self, offsets: Iterable[int]) -> Lines:
        """The rows between these offsets, each made when it is asked for."""
        return _Rows(self, [0, *offsets, len(self)])


class _Plain(NamedTuple):
    plain: str


class _Rows(Lines):
    def __init__(self, line: Text, ends: list[int]) -> None:
        super().__init__()
        self._line, self._text, self._ends = line, line.plain, ends
        self._drawn = False

    def __getitem__(self, place: Any) -> Any:
        start, end = self._ends[place], self._ends[place + 1]
        if self._drawn:
            return _Plain(self._text[start:end])
        self._drawn = True
        row = Text(self._text[start:end], self._line.style, end="", no_wrap=self._line.no_wrap)
        row.tab_size = self._line.tab_size
        for span in self._line.spans:
            if span.start < end and span.end > start:
                row.spans.append(
                    Span(max(span.start, start) - start, min(span.end, end) - start, span.style)
                )
        return row
