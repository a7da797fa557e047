"""The lexer takes any text, and lexes it the same line by line."""

from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.kql.text.lexer import Kind, fences, lex_line, lexemes

PARTS = st.sampled_from(
    [
        "```",
        "~~~",
        "h```",
        '"',
        "'",
        '@"',
        "//",
        "\n",
        " ",
        "a",
        "1d",
        "==",
        "|",
        "\\",
        "project-away",
    ]
)
# What Microsoft's lexer passes over, and no more: https://github.com/microsoft/Kusto-Query-Language
WHITE = " \t\r\n\f\xa0\u1680\u180e\u202f\u205f\u3000\ufeff" + "".join(
    map(chr, range(0x2000, 0x200C))
)
TEXTS = st.lists(PARTS, max_size=30).map("".join)


@settings(max_examples=300, deadline=None)
@given(TEXTS | st.text(max_size=60))
def test_pieces_cover_all_but_white_space(text: str) -> None:
    pieces = list(lexemes(text))
    end = 0
    for piece in pieces:
        assert piece.start >= end
        assert not text[end : piece.start].strip(WHITE)
        assert piece.end > piece.start
        end = piece.end
    assert not text[end:].strip(WHITE)


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_lines_are_lexed_as_in_the_whole_text(text: str) -> None:
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    by_line = {
        start + at
        for line, fence, start in zip(lines, fences(lines), starts, strict=False)
        for piece in lex_line(line, fence).pieces
        if piece.kind in {Kind.STRING, Kind.UNCLOSED}
        for at in range(piece.start, piece.end)
    }
    whole = {
        at
        for piece in lexemes(text)
        if piece.kind in {Kind.STRING, Kind.UNCLOSED}
        for at in range(piece.start, piece.end)
        if text[at] != "\n"
    }
    assert by_line == whole


def test_signs_of_two_characters_are_one_piece() -> None:
    text = "a==b =~ c!=d<=1..2"
    assert [text[piece.start : piece.end] for piece in lexemes(text)] == [
        *("a", "==", "b", "=~", "c", "!=", "d", "<=", "1", "..", "2")
    ]
