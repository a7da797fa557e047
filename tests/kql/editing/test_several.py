"""A text of several queries: which one the cursor is in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soc_tui.kql.editing.several import alone, queries_in, query_at

ONE = "DeviceProcessEvents\n| where FileName == 'a'\n| take 5"
TWO = "DeviceFileEvents | take 5"
LET = "let x = 1d;\n\nDeviceInfo | where TimeGenerated > ago(x)"


@pytest.mark.parametrize(
    "gap", ["\n\n", "\n\n ", "\n \t\n", "\r\n\r\n", "\n\n\n\n// a note\n", "\n\n\t"]
)
@pytest.mark.parametrize(
    ("first", "second"), [(ONE, TWO), (TWO, LET), (LET, ONE), (f"{ONE};", TWO)]
)
def test_blank_lines_part_queries(first: str, second: str, gap: str) -> None:
    text = first + gap + second
    if first.endswith(";"):
        assert len(queries_in(text)) == 1  # one text of two statements, which no blank line parts
        return
    parts = queries_in(text)
    assert [text[one.start : one.end].split("\n")[-1].strip() for one in parts] == [
        first.split("\n")[-1],
        second.split("\n")[-1],
    ]
    assert query_at(text, 0) == parts[0]
    assert query_at(text, len(first)) == parts[0]
    assert query_at(text, len(text)) == parts[1]
    for part in parts:
        blanked = alone(text, part)
        assert len(blanked) == len(text)
        assert blanked.strip() == text[part.start : part.end].strip()
        assert blanked.count("\n") == text.count("\n")


def test_comments_that_stand_by_themselves_belong_to_the_query_behind_them() -> None:
    first, second = f"// one\n\n{ONE}", f"// two\n\n// more\n\n{LET}\n\n// the end"
    text = f"{first}\n\n{second}"
    assert [text[part.start : part.end] for part in queries_in(text)] == [first, second]


def test_a_query_may_end_with_a_semicolon() -> None:
    text = f"{ONE};\n\n{TWO}\n\n{LET}"
    assert [text[part.start : part.end] for part in queries_in(text)] == [f"{ONE};", TWO, LET]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "DeviceFileEvents",
        "DeviceFileEvents\n\n| take 5",
        "DeviceFileEvents |\n\ntake 5",
        LET,
        "DeviceFileEvents\n| where FileName in (\n\n'a',\n\n'b')\n\n| take 5",
        "// only\n\n// notes",
        "print ```a\n\nDeviceFileEvents```",
        "DeviceFileEvents | wheer x\n\n| take 5",
    ],
)
def test_one_query_stays_whole(text: str) -> None:
    (part,) = queries_in(text)
    assert (part.start, part.end) == (0, len(text))


@given(st.text("ab|;(\n '\"/`"), st.integers(0, 50))
def test_any_text_and_place(text: str, offset: int) -> None:
    part = query_at(text, offset)
    assert 0 <= part.start <= part.end <= len(text)
    assert len(alone(text, part)) == len(text)
