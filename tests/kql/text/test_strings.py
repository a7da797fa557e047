"""String literals: what they hold, and the same in simple escapes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soc_tui.kql.text import literals
from soc_tui.kql.text.strings import simply_escaped, unescaped


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (r"a\u001bb", "a\x1bb"),
        (r"\x41\101\0", "AA\0"),
        (r"\ud83d\ude00", "\N{GRINNING FACE}"),
        (r"\U0001F600", "\N{GRINNING FACE}"),
        (r"C:\\new\"\'", "C:\\new\"'"),
        (r"\a\b\f\n\r\t\v", "\a\b\f\n\r\t\v"),
        (r"\\u001b", r"\u001b"),
        (r"\UFFFFFFFF", r"\UFFFFFFFF"),
    ],
)
def test_escapes(body: str, text: str) -> None:
    assert unescaped(body) == text


@pytest.mark.parametrize(
    "kql",
    [
        'T | where a == "C:\\\\Windows\\n" // "\\u001b"',
        r'T | where a == @"\u001b" and b == "x\ty"',
        "T | where a has 'it''s'",
        'T | where a == "not closed \\u001b',
    ],
)
def test_what_is_simple_stays(kql: str) -> None:
    assert simply_escaped(kql) == kql


@pytest.mark.parametrize(
    ("kql", "simple"),
    [
        (r'T | where a == "x\u001by" | take 1', 'T | where a == "x\x1by" | take 1'),
        (r"""T | where a == '\x22\u000a"'""", r'''T | where a == "\"\n\""'''),
        ('T | where a == h"secret"', 'T | where a == "secret"'),
        (r'T | where a == H@"C:\x"', r'T | where a == @"C:\x"'),
    ],
)
def test_rewritten(kql: str, simple: str) -> None:
    assert simply_escaped(kql) == simple


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_the_builder_writes_is_read_back(text: str) -> None:
    assert unescaped(literals.string(text)[1:-1]) == text


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_rewriting_changes_no_value(text: str) -> None:
    again = simply_escaped(f"print x = {literals.string(text)}")
    assert unescaped(again.removeprefix('print x = "').removesuffix('"')) == text
