"""The layout changes white space only, and is the same when it is done twice."""

import re
import time
from typing import Any

import pytest
from antlr4 import InputStream
from antlr4.error.ErrorListener import ErrorListener
from duckdb_kql._antlr.KqlLexer import KqlLexer
from hypothesis import example, given, settings
from hypothesis import strategies as st

from soc_tui.kql.editing.format import formatted, moved
from soc_tui.kql.text.lexer import lexemes


class Errors(ErrorListener):  # type: ignore[misc]
    def __init__(self) -> None:
        self.seen = 0

    def syntaxError(self, *details: Any) -> None:  # noqa: N802
        self.seen += 1


def kql_tokens(text: str) -> list[tuple[int, str]] | None:
    """Every token of KQL's own lexer, comments too, no white space; None when it is lost."""
    lexer, errors = KqlLexer(InputStream(text)), Errors()
    lexer.removeErrorListeners()
    lexer.addErrorListener(errors)
    tokens, white = lexer.getAllTokens(), KqlLexer.WHITESPACE
    if errors.seen:
        return None
    return [(token.type, token.text) for token in tokens if token.type != white]


def our_tokens(text: str) -> list[str]:
    return [text[piece.start : piece.end] for piece in lexemes(text)]


PIECES = st.sampled_from(
    [
        *re.findall(
            r"\S+",
            """
    | || ( ) [ ] { } , ; : . .. = == =~ != !~ < > <= >= <> => <-- --> - -- + * / % ! ~ # ` @ $left
    T where take project-away project - away let in !in in~ !in~ has !contains kind hint kind=inner
    hint.strategy join union by and or datetime datetime( time( long( typeof( dynamic( ago( x y1
    10 1. 1.5 .5 1d 0x1F 12ab "a|b" 'it' "un 'un @"v" h"s" ```a|b``` ~~~x~~~ ``` ~~~ // //c \\
    2024-01-01 1e5 é ї
            """,
        ),
        *("\x0b", "\x85"),
        *("// a | b\n", "//\n", "```a\n | b```", '"a  b"', "datetime(2024-01-01  10:00)", "\xa0"),
    ]
)
GAPS = st.sampled_from(["", " ", "  ", "\t", "\n", "\n\n", "\n\n\n", " \n ", "\r\n"])
# duckdb_kql reads `hint.strategydatetime(x)` as two words, which Kusto does not.
TEXTS = (
    st.lists(st.tuples(PIECES, GAPS), max_size=40)
    .map(lambda parts: "".join(piece + gap for piece, gap in parts))
    .filter(lambda text: not re.search(r"hint\.strategy\w", text))
)


@settings(max_examples=400, deadline=None)
@given(TEXTS)
@example("project-awaydatetime(2024-01-01  10:00)")  # KQL reads the operator, then a literal
def test_no_token_changes_and_twice_is_once(text: str) -> None:
    once = formatted(text)
    assert our_tokens(once) == our_tokens(text)
    assert kql_tokens(once) == kql_tokens(text)
    assert formatted(once) == once


@settings(max_examples=100, deadline=None)
@given(TEXTS, st.integers(0, 200))
def test_a_place_keeps_the_character_behind_it(text: str, offset: int) -> None:
    new = formatted(text)
    offset = min(offset, len(text))
    at = moved(text, new, offset)
    written = "".join(text[:offset].split())
    assert "".join(new[:at].split()) == written


CASES = {
    "one operator per line": (
        "T|where a>1 and b=~'x'|project a , b|take 10",
        "T\n| where a > 1 and b =~ 'x'\n| project a, b\n| take 10",
    ),
    "statements": (
        "let a=1;let f=(x:string){T|where b==x};f('y')",
        "let a = 1;\nlet f = (x:string){\n    T\n    | where b == x\n};\nf('y')",
    ),
    "a query in brackets": (
        "A|join kind=inner (B|where x==1) on id|take 5",
        "A\n| join kind=inner (\n    B\n    | where x == 1\n) on id\n| take 5",
    ),
    "brackets without a query": (
        "T | where x in ( 1,2 ) | summarize n=count( ) by bin(t,1h)",
        "T\n| where x in (1, 2)\n| summarize n = count() by bin(t, 1h)",
    ),
    "own line breaks": (
        "T\n| where a == 1\nand b == 2\n|\ntake 1",
        "T\n| where a == 1\n    and b == 2\n| take 1",
    ),
    "comments": (
        "// first\n\n\n// second\nT // what\n// why\n| take 1 // end",
        "// first\n\n// second\nT // what\n// why\n| take 1 // end",
    ),
    "a typed literal": (
        "T | where t > datetime(2024-01-01  10:00) - time( 1d )",
        "T\n| where t > datetime(2024-01-01  10:00) - time( 1d )",
    ),
    "signs stay at their numbers": ("print -1, 2 -1, a-b", "print -1, 2 -1, a-b"),
    "a string of several lines": ("print ```a\n  | b```|take 1", "print ```a\n  | b```\n| take 1"),
    "an open string": ('T | where a == "x\n|take 1', 'T | where a == "x\n|take 1'),
    "what is not of KQL": ("T  |  take 1 # a", "T  |  take 1 # a"),
    "nothing": ("  \n ", ""),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_layout(text: str, expected: str) -> None:
    assert formatted(text) == expected


def test_time_grows_with_the_length_and_not_faster() -> None:
    def seconds(count: int) -> float:
        started = time.process_time()
        formatted("// c\n" * count + "T\n" + "| take 1 // d\n" * count)
        return time.process_time() - started

    seconds(100)
    assert seconds(8_000) < 40 * seconds(800)  # ten times the text; a square would be a hundred
