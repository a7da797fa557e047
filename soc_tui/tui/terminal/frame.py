"""What the terminal shows now, cell by cell, and the fewest bytes from there to the next frame.

Textual paints whole widgets again, often several times for one key. On a slow line only the cells
that differ go out; lines that moved are moved by the terminal (DECSTBM with IL and DL, which
xterm, screen, tmux and the Linux console all have).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from operator import ne

from rich.cells import split_graphemes
from rich.color import ColorSystem
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import Strip

from soc_tui.tui.terminal.pens import PLAIN, Pen, blank_pen, change, pen, pen_for_blank

Cell = tuple[str, Pen]
"""A character, or the whole text of several cells in the first of them."""
Line = list[Cell | None]
"""Cells from the left; None where it is not known what the terminal shows."""
Piece = tuple[int, int, Strip]
"""Line, column, and what stands there."""

_SURE = re.compile(
    r"[ -~\xa1-\xac\xae-\u02af\u0370-\u0373\u0391-\u03c9\u0400-\u0482"
    r"\u2010-\u2027\u2030-\u205e\u2190-\u21ff\u221a\u2500-\u25fc\u2666\u2713\u2717]*"
)
"""Characters that every terminal draws one cell wide."""
_ACTING = dict.fromkeys(
    code
    for codes in (range(0x20), range(0x7F, 0xA0), (0x61C, 0x200E, 0x200F), range(0x202A, 0x202F))
    for code in codes
) | dict.fromkeys(range(0x2066, 0x206A))
"""Controls and marks of direction: whoever forgot to make them inert, no terminal gets them."""
_LONE_JOINERS = re.compile("^(?:\u200d.?)+", re.DOTALL)
"""With nothing to join; what they would join to it is not counted either."""
_SHIFTS = (1, -1, 2, -2, 3, -3)
_WORTH_LINES = 4
"""Fewer changed lines are not worth a look for lines that moved."""
_FLICKER = 4
"""Lines are moved when so many times fewer of their cells are repaired: those are seen to jump."""
_NEAR = 4
"""Unchanged cells between two changed ones that cost no more than a move of the cursor."""


class Written(CompositorUpdate):
    """An update that is rendered already."""

    def __init__(self, sequences: str) -> None:
        self.sequences = sequences

    def render_segments(self, console: object) -> str:
        """What is written."""
        return self.sequences

    def __rich__(self) -> str:
        return self.sequences


class Frame:
    """The screen of one terminal.

    Args:
        signs: What the terminal cannot draw, and what stands in for it, cell for cell.
    """

    takes = (LayoutUpdate, ChopsUpdate)
    written = Written

    def __init__(self, signs: Mapping[int, int]) -> None:
        self._signs = signs
        self._lines: list[Line] = []
        self._size = (0, 0)

    def forget(self) -> None:
        """Something else has written to the terminal, or its size has changed."""
        self._size = (0, 0)

    def turned_into(self, update: LayoutUpdate | ChopsUpdate, colors: ColorSystem) -> str:
        """Take an update of Textual's compositor over; what must be written for it."""
        size, pieces = _pieces(update)
        if size != self._size:
            self._size = size
            self._lines = [[None] * size[0] for _ in range(size[1])]
        wanted = self._with(pieces, colors)
        writer = _Writer()
        for block in _blocks([y for y in sorted(wanted) if wanted[y] != self._lines[y]]):
            self._move(block, wanted, writer)
        for y in sorted(wanted):
            writer.write_changes(y, self._lines[y], wanted[y])
            self._lines[y] = wanted[y]
        return writer.finished()

    def _with(self, pieces: Iterable[Piece], colors: ColorSystem) -> dict[int, Line]:
        """The lines that the pieces touch, as they shall be."""
        width, height = self._size
        wanted: dict[int, Line] = {}
        for y, x, strip in pieces:
            if 0 <= y < height:
                line = wanted.setdefault(y, self._lines[y].copy())
                cells = _cells(strip, colors, self._signs)[: width - x]
                _cut(line, x)
                _cut(line, x + len(cells))
                line[x : x + len(cells)] = cells
        return wanted

    def _move(self, block: range, wanted: dict[int, Line], writer: _Writer) -> None:
        """Let the terminal move the lines of a block when most of it only moved."""
        lines = self._lines
        for y in block:
            wanted.setdefault(y, lines[y])
        if any(None in wanted[y] for y in block):
            return
        plain = sum(_differing(lines[y], wanted[y]) for y in block)
        best, least = 0, plain // 2
        for shift in _SHIFTS:
            stay = [y for y in block if y + shift in block]
            repaired = sum(_differing(lines[y + shift], wanted[y]) for y in stay)
            cells = repaired + abs(shift) * self._size[0]
            if cells < least and repaired * _FLICKER < plain:
                best, least = shift, cells
        if best:
            writer.move_lines(block.start, block.stop - 1, best)
            unknown: list[Line] = [[None] * self._size[0] for _ in range(abs(best))]
            kept = lines[block.start : block.stop]
            kept = kept[best:] + unknown if best > 0 else unknown + kept[:best]
            lines[block.start : block.stop] = kept


class _Writer:
    """Collects sequences, knowing the pen and where the cursor stands."""

    def __init__(self) -> None:
        self._written: list[str] = []
        self._pen = PLAIN
        self._at: tuple[int, int] | None = None

    def write_changes(self, y: int, old: Line, new: Line) -> None:
        """Write the cells of a line that differ."""
        if old == new:
            return
        if _sure(old) and _sure(new):
            different = [x for x, cell in enumerate(new) if cell is not None and cell != old[x]]
        else:
            # Where terminals disagree on a character's width, what is near it may be hurt.
            different = [x for x, cell in enumerate(new) if cell is not None]
        end = -_NEAR - 1
        for x in different:
            # Known cells in between cost no more than a move of the cursor.
            start = end if 0 < x - end <= _NEAR and None not in new[end:x] else x
            for place in range(start, x + 1):
                self._write(place, y, new[place])
            end = x + 1

    def _write(self, x: int, y: int, cell: Cell | None) -> None:
        if cell is None or not cell[0]:
            return
        text, wanted = cell
        self._go_to(x, y)
        if text == " ":
            wanted = pen_for_blank(self._pen, wanted)
        if wanted is not self._pen:
            self._written.append(change(self._pen, wanted))
            self._pen = wanted
        self._written.append(text)
        self._at = (x + 1, y) if _SURE.fullmatch(text) else None

    def _go_to(self, x: int, y: int) -> None:
        if self._at != (x, y):
            right = x - self._at[0] if self._at is not None and self._at[1] == y else 0
            self._written.append(f"\x1b[{right}C" if right > 0 else f"\x1b[{y + 1};{x + 1}H")

    def move_lines(self, top: int, bottom: int, by: int) -> None:
        """Move the lines between two (0-based) up, or down when `by` is negative."""
        self._plain()
        how = f"{by}M" if by > 0 else f"{-by}L"
        self._written.append(f"\x1b[{top + 1};{bottom + 1}r\x1b[{top + 1};1H\x1b[{how}\x1b[r")
        self._at = None

    def finished(self) -> str:
        """Everything written so far, with colors reset at the end."""
        self._plain()
        return "".join(self._written)

    def _plain(self) -> None:
        self._written.append(change(self._pen, PLAIN))
        self._pen = PLAIN


def _pieces(update: LayoutUpdate | ChopsUpdate) -> tuple[tuple[int, int], Iterator[Piece]]:
    """The size of the screen and what is painted where."""
    if isinstance(update, LayoutUpdate):
        return (update.region.width, update.region.height), _layout_pieces(update)
    return (update.chop_ends[0][-1], len(update.chops)), _chop_pieces(update)


def _layout_pieces(update: LayoutUpdate) -> Iterator[Piece]:
    for y, strips in enumerate(update.strips, update.region.y):
        x = update.region.x
        for strip in strips:
            yield y, x, strip
            x += strip.cell_length


def _chop_pieces(update: ChopsUpdate) -> Iterator[Piece]:
    for y, first, behind in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is not None and x <= behind and end > first:
                yield y, x, strip.crop(0, min(end, behind) - x)


def _cells(strip: Strip, colors: ColorSystem, signs: Mapping[int, int]) -> list[Cell]:
    cells: list[Cell] = []
    for segment in strip:
        style = segment.style
        # Strip.render_ansi keeps its answer in the style.
        codes = (style._ansi or Strip.render_ansi(style, colors)) if style else ""
        text = segment.text.translate(signs) if signs else segment.text
        used = pen(codes)
        if _SURE.fullmatch(text):
            blank = (" ", blank_pen(used))
            cells += [blank if sign == " " else (sign, used) for sign in text]
        else:
            _add_unsure(cells, text, used)
    return cells


def _add_unsure(cells: list[Cell], text: str, used: Pen) -> None:
    """Add a text of any signs, in as many cells as Textual (`cell_len`) counts."""
    text = _LONE_JOINERS.sub("", text)
    for start, end, width in split_graphemes(text)[0]:
        sign = text[start:end].translate(_ACTING)
        if width:
            first = (" ", blank_pen(used)) if sign == " " else (sign, used)
            cells += [first, *[("", used)] * (width - 1)]
        elif cells:  # it joins what is before it, whose style may be another
            place = next(place for place in reversed(range(len(cells))) if cells[place][0])
            cells[place] = (cells[place][0] + sign, cells[place][1])


def _cut(line: Line, x: int) -> None:
    """Forget a wide character that will be overwritten from its middle on, or up to it."""
    if x < len(line) and _is_rest(line[x]):
        start = x
        while start and _is_rest(line[start]):
            start -= 1
        end = x + 1
        while end < len(line) and _is_rest(line[end]):
            end += 1
        line[start:end] = [None] * (end - start)


def _is_rest(cell: Cell | None) -> bool:
    return cell is not None and not cell[0]


def _blocks(changed: list[int]) -> Iterator[range]:
    """Runs of changed lines; a line that stays the same by chance does not end one."""
    first = 0
    for place in range(1, len(changed) + 1):
        if place == len(changed) or changed[place] - changed[place - 1] > 2:
            if place - first >= _WORTH_LINES:
                yield range(changed[first], changed[place - 1] + 1)
            first = place


def _differing(old: Line, new: Line) -> int:
    return 0 if old is new else sum(map(ne, old, new))


def _sure(line: Line) -> bool:
    text = "".join([cell[0] for cell in line if cell is not None])
    return bool(_SURE.fullmatch(text)) and len(text) == len(line) - line.count(None)
