"""What the terminal is told of a frame leaves it showing that frame, in few bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from unicodedata import normalize

import pyte
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from soc_tui.tui.terminal.frame import Frame
from soc_tui.tui.terminal.terminals import signs, takes_mouse

WIDTH, HEIGHT = 24, 12
COLORS = ColorSystem.TRUECOLOR
STYLES = [Style.parse(text) for text in
          ("none", "red", "on blue", "#102030 on #405060", "bold red", "underline on blue",
           "reverse", "dim #102030 on #405060")]  # fmt: skip
PLAIN = STYLES[0]

Rows = list[list[tuple[str, int]]]
words = st.tuples(
    st.text(st.sampled_from("ab  z│█◆é漢"), min_size=1, max_size=WIDTH),
    st.integers(0, len(STYLES) - 1),
)
rows = st.lists(st.lists(words, min_size=1, max_size=4), min_size=HEIGHT, max_size=HEIGHT)


def strip(words: list[tuple[str, int]]) -> Strip:
    """One line of the screen."""
    segments = [Segment(text, STYLES[number]) for text, number in words]
    return Strip(segments).adjust_cell_length(WIDTH, PLAIN)


def layout(frame: Rows) -> LayoutUpdate:
    return LayoutUpdate([[strip(words)] for words in frame], Region(0, 0, WIDTH, len(frame)))


class Screen:
    """An emulated terminal."""

    def __init__(self) -> None:
        self.screen = pyte.Screen(WIDTH, HEIGHT)
        self._stream = pyte.Stream(self.screen)

    def take(self, sequences: str) -> None:
        self._stream.feed(sequences)

    @property
    def cells(self) -> list[list[object]]:
        """Every cell with its colours; of a blank only what one sees."""
        return [[_seen(self.screen.buffer[y][x]) for x in range(WIDTH)] for y in range(HEIGHT)]


def _seen(cell: pyte.screens.Char) -> object:
    if cell.data == " " and not (cell.underscore or cell.reverse):
        return " ", cell.bg
    return cell


def painted(frame: Rows) -> list[list[object]]:
    """The screen when Textual's own sequences paint the frame."""
    screen = Screen()
    for y, words in enumerate(frame):
        line = "".join(
            Strip.render_style(style or PLAIN, text, COLORS) for text, style, _ in strip(words)
        )
        screen.take(f"\x1b[{y + 1};1H{line}")
    return screen.cells


@settings(max_examples=60)
@given(st.lists(rows, min_size=1, max_size=4))
def test_the_terminal_shows_the_last_frame(frames: list[Rows]) -> None:
    screen, frame = Screen(), Frame({})
    for wanted in frames:
        screen.take(frame.turned_into(layout(wanted), COLORS))
        assert screen.cells == painted(wanted)
        assert not frame.turned_into(layout(wanted), COLORS)


@settings(max_examples=60)
@given(rows, st.integers(-3, 3), st.integers(0, 4), st.integers(7, HEIGHT), rows)
def test_lines_that_moved_are_shown_where_they_went(
    before: Rows, by: int, top: int, bottom: int, new: Rows
) -> None:
    after = list(before)
    for y in range(top, bottom):
        after[y] = before[y + by] if top <= y + by < bottom else new[y]
    screen, frame = Screen(), Frame({})
    for wanted in (before, after):
        screen.take(frame.turned_into(layout(wanted), COLORS))
    assert screen.cells == painted(after)


odd = st.lists(
    st.sampled_from(
        ["a", "b", " ", "│", "漢", "é", "👨\u200d👩\u200d👧", "❤\ufe0f", "👍🏽", "🇳🇴", "שלום",
         "\u0301", "\u200d", "\ufe0f", "\u202e", "\x1b", "\x07", "\x9b"]
    ),
    min_size=1,
    max_size=8,
).map("".join)  # fmt: skip
odd_rows = st.lists(
    st.lists(st.tuples(odd, st.integers(0, 1)), min_size=1, max_size=4),
    min_size=HEIGHT,
    max_size=HEIGHT,
)


def letters(frame: Rows) -> Iterator[tuple[int, int, str]]:
    """Line, column and sign of what every terminal draws one cell wide and joins to nothing."""
    for y, words in enumerate(frame):
        x = 0
        for text, _, _ in strip(words):
            for place, sign in enumerate(text):
                around = text[max(0, place - 1) : place] + text[place + 1 : place + 2]
                if sign in "ab│" and all(cell_len(other) for other in around):
                    yield y, x + cell_len(text[:place]), sign
            x += cell_len(text)


@settings(max_examples=60)
@given(st.lists(odd_rows, min_size=1, max_size=3))
def test_signs_of_unsure_width_and_control_characters_move_nothing(frames: list[Rows]) -> None:
    """The emulator measures every code point for itself, as xterm and screen do."""
    screen, frame = Screen(), Frame({})
    screen.take("\x1b[?7l")  # as Textual does
    for wanted in frames:
        written = frame.turned_into(layout(wanted), COLORS)
        screen.take(written)
        for y, x, sign in letters(wanted):
            assert normalize("NFD", screen.screen.buffer[y][x].data)[0] == sign
        assert not re.search("[\x00-\x1a\x1c-\x1f\x7f-\x9f\u202e]|\x1b[^[]", written)


def test_a_mark_in_another_style_stays_with_its_letter() -> None:
    frame = Frame({})
    written = frame.turned_into(layout([[("e", 0), ("\u0301x", 1)]]), COLORS)
    assert "e\u0301" in written
    assert "\x1b[1;2H\x1b[31mx" in written


def test_a_list_that_moves_up_by_a_line_costs_about_a_line() -> None:
    lines: Rows = [[(f"line {y} of {y * 7919 % 1000:04}", y % 2 + 2)] for y in range(HEIGHT + 1)]
    frame = Frame({})
    whole = len(frame.turned_into(layout(lines[:HEIGHT]), COLORS))
    moved = len(frame.turned_into(layout(lines[1:]), COLORS))
    assert moved < whole / 4


def test_a_letter_costs_a_letter() -> None:
    frame = Frame({})
    frame.turned_into(layout([[("abcdef", 3)]] * HEIGHT), COLORS)
    changed = layout([[("abcdef", 3)]] * (HEIGHT - 1) + [[("abXdef", 3)]])
    assert frame.turned_into(changed, COLORS) == f"\x1b[{HEIGHT};3H\x1b[{_codes(3)}mX\x1b[0m"


def test_after_another_program_everything_is_painted_again() -> None:
    frame = Frame({})
    once = frame.turned_into(layout([[("abc", 1)]] * HEIGHT), COLORS)
    frame.forget()
    assert frame.turned_into(layout([[("abc", 1)]] * HEIGHT), COLORS) == once


def test_a_part_of_the_screen_is_taken_over_where_it_stands() -> None:
    screen, frame = Screen(), Frame({})
    before: Rows = [[("." * WIDTH, 1)] for _ in range(HEIGHT)]
    screen.take(frame.turned_into(layout(before), COLORS))
    chops = [dict.fromkeys((0, 10)) for _ in range(HEIGHT)]
    chops[3][10] = Strip([Segment("0123456789abcd", STYLES[2])])
    part = ChopsUpdate(chops, [(3, 10, 16)], [[10, WIDTH]] * HEIGHT)
    screen.take(frame.turned_into(part, COLORS))
    after = list(before)
    after[3] = [("." * 10, 1), ("012345", 2), ("." * 8, 1)]
    assert screen.cells == painted(after)


def test_what_is_right_of_a_character_of_unsure_width_is_placed_anew() -> None:
    """A terminal that draws a sign narrower or wider than thought does not shift the line."""
    frame = Frame({})
    frame.turned_into(layout([[("\N{FIRE}\N{VARIATION SELECTOR-16}ab", 1)]] * HEIGHT), COLORS)
    changed = layout([[("\N{FIRE}\N{VARIATION SELECTOR-16}ac", 1)]] * HEIGHT)
    assert f"\x1b[{HEIGHT};3Hac" in frame.turned_into(changed, COLORS)


def _codes(number: int) -> str:
    return Strip.render_ansi(STYLES[number], COLORS)


def test_the_linux_console_gets_signs_that_its_font_has() -> None:
    written = Frame(signs({"TERM": "linux"})).turned_into(layout([[("╭━ ✓ ok", 0)]]), COLORS)
    assert "┌─ √ ok" in written
    assert not signs({"TERM": "xterm-256color"})


def test_gnu_screen_is_not_asked_for_the_mouse() -> None:
    assert not takes_mouse({"STY": "1234.pts-0.host", "TERM": "screen"})
    assert takes_mouse({"TERM": "tmux-256color"})
