"""Brackets find their partners, lines become comments and back."""

from hypothesis import given
from hypothesis import strategies as st

from soc_tui.kql.editing.comments import toggled
from soc_tui.kql.text.brackets import partner
from soc_tui.kql.text.lexer import fences

TEXT = ["T | where a in (1, ')', // )", "  [2]) and strcat('(', x)", "```(", "(``` )"]


def partner_of(row: int, column: int) -> tuple[int, int] | None:
    return partner(TEXT, fences(TEXT), (row, column))


def test_brackets_in_strings_and_comments_are_none() -> None:
    opened = (0, TEXT[0].index("("))
    assert partner_of(*opened) == (1, 5)
    assert partner_of(1, 5) == opened
    assert partner_of(1, 2) == (1, 4)
    assert partner_of(0, TEXT[0].index("')") + 1) is None
    assert partner_of(2, 3) is None
    assert partner_of(3, 0) is None


def test_brackets_without_partner_or_of_the_wrong_kind() -> None:
    assert partner_of(3, 5) is None
    assert partner(["(]"], [""], (0, 0)) is None
    assert partner(["()"], [""], (0, 5)) is None


def test_comment_and_back() -> None:
    lines = ["  | where a", "", "    b // why"]
    commented = ["  // | where a", "", "  //   b // why"]
    assert toggled(lines) == commented
    assert toggled(commented) == lines


def test_some_comments_among_lines_are_commented_once_more() -> None:
    assert toggled(["// a", "b"]) == ["// // a", "// b"]
    assert toggled(["//a"]) == ["a"]
    assert toggled(["", "  "]) == ["", "  "]


@given(st.lists(st.text(alphabet=" \t/ab|", max_size=12), min_size=1, max_size=6))
def test_twice_gives_the_lines_back_unless_all_were_comments(lines: list[str]) -> None:
    once = toggled(lines)
    if any(line.strip() and not line.lstrip().startswith("//") for line in lines):
        assert toggled(once) == lines
