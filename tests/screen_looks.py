"""What one sees of an emulated terminal."""

from __future__ import annotations

import pyte


def looks(screen: pyte.Screen) -> list[list[object]]:
    """Every cell as one sees it: of a blank its background, unless a line goes through it."""
    lines, columns = range(screen.lines), range(screen.columns)
    return [[_look(screen.buffer[y][x]) for x in columns] for y in lines]


def _look(cell: pyte.screens.Char) -> object:
    lined = cell.underscore or cell.reverse or cell.strikethrough
    return cell if cell.data.strip() or lined else cell.bg
