"""Marks the text the verdict refers to, until that text is edited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from soc_tui.model.verdict import Level, Place, VerdictLine

Mark = tuple[int, int, Level]
"""Start and end column, 0-based, and the level."""


@dataclass(frozen=True, slots=True)
class Marks:
    """Marks by 0-based row."""

    rows: Mapping[int, tuple[Mark, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, verdict: Iterable[VerdictLine], lines: Sequence[str]) -> Marks:
        """What these lines of a verdict point to in the lines of the text."""
        rows: dict[int, list[Mark]] = {}
        for line in verdict:
            if line.level is Level.OK or line.place is None:
                continue
            row, start, length = location(line.place, lines)
            if length:
                rows.setdefault(row, []).append((start, start + length, line.level))
        # The worst is drawn last, on top.
        return cls({row: tuple(sorted(marks, key=_level)) for row, marks in rows.items()})

    def on(self, row: int) -> tuple[Mark, ...]:
        """The marks in a row."""
        return self.rows.get(row, ())

    def moved(self, top: int, bottom: int, rows: int) -> Marks:
        """After an edit of the rows `top` to `bottom` that made the text `rows` longer."""
        return Marks(
            {
                row if row < top else row + rows: marks
                for row, marks in self.rows.items()
                if row < top or row > bottom
            }
        )


def location(place: Place, lines: Sequence[str]) -> tuple[int, int, int]:
    """Row, column and length of a place in the text; behind a line's end, its last character."""
    row = min(max(0, place.line - 1), len(lines) - 1)
    column = min(max(0, place.column - 1), max(0, len(lines[row]) - 1))
    return row, column, min(place.length, len(lines[row]) - column)


def _level(mark: Mark) -> Level:
    return mark[2]
