"""Whatever the text: a verdict, soon; and what means nothing changes nothing."""

import re
import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.guardrails.bounds import add_bounds
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.guardrails.judge import judge_kql
from soc_tui.kql.text.lexer import Kind, lexemes
from soc_tui.model.limits import Limits
from soc_tui.model.verdict import Verdict
from tests.guardrails import allowed, refused
from tests.guardrails.cases import unmarked

CATALOG, LIMITS = load_catalog(), Limits()
PASSING = [q for table in (allowed.LOOSE, allowed.BOUNDED) for qs in table.values() for q in qs]
REFUSED = [
    unmarked(query)[0]
    for table in (refused.TABLES, refused.WORDS, refused.LIMITS, refused.COLUMNS)
    for queries in table.values()
    for query in queries
]
ALL = st.sampled_from(PASSING + REFUSED)
PIECES = sorted({kql[one.start : one.end] for kql in PASSING + REFUSED for one in lexemes(kql)})
# The first verdict of a process also loads the parser and warms its tables: not what is bounded.
judge_kql(" ".join(PASSING[:50]), CATALOG, LIMITS)
# CPU time, so that a busy machine fails no test; ordinary verdicts take 2 to 50 ms.
MOST_SECONDS = 1.0
SOON = settings(max_examples=120, deadline=None)


def judged(kql: str) -> Verdict:
    start = time.process_time()
    verdict = judge_kql(kql, CATALOG, LIMITS)
    assert time.process_time() - start < MOST_SECONDS
    assert verdict.kql == kql
    assert verdict.lines
    for line in verdict.refusals:
        assert line.message.isprintable()
        assert line.place is None or (line.place.line >= 1 and line.place.column >= 1)
    return verdict


@given(st.text(max_size=300))
@SOON
def test_random_text(kql: str) -> None:
    judged(kql)


@given(st.lists(st.sampled_from(PIECES), max_size=40).map(" ".join))
@SOON
def test_random_words(kql: str) -> None:
    if judged(kql).allowed:
        add_bounds(kql, CATALOG, LIMITS)


@given(ALL, st.data())
@SOON
def test_mutated_queries(kql: str, data: st.DataObject) -> None:
    pieces = [kql[one.start : one.end] for one in lexemes(kql)]
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, max(0, len(pieces) - 1)))
        pieces[at : at + data.draw(st.integers(0, 2))] = data.draw(
            st.lists(st.sampled_from(PIECES), max_size=2)
        )
    mutated = " ".join(pieces)
    if judged(mutated).allowed:
        bounded = add_bounds(mutated, CATALOG, LIMITS)
        assert judged(bounded.kql).allowed


@given(ALL, st.integers(0, 500), st.characters())
@SOON
def test_one_character_more(kql: str, at: int, character: str) -> None:
    judged(kql[:at] + character + kql[at:])


@given(st.sampled_from(["(", "[", "{", "not(", "(T|", "a.b[", "toscalar(", "f(", "join(", "((("]))
@SOON
def test_deep_nesting(opening: str) -> None:
    for times in (25, 31, 300):
        judged("print " + opening * times + "1" + ")" * times)
        judged(opening * times)


def test_a_line_of_its_own_changes_no_verdict() -> None:
    one_line = words(judged("SELECT * FROM DeviceProcessEvents"))
    assert words(judged("SELECT * FROM\nDeviceProcessEvents")) == one_line


@given(ALL, st.data())
@SOON
def test_white_space_and_comments_change_no_verdict(kql: str, data: st.DataObject) -> None:
    gaps = [
        (left.end, right.start)
        for left, right in pairwise(lexemes(kql))
        if left.kind is not Kind.COMMENT and kql[left.end : right.start].isspace()
    ]
    # `matches regex` is one word to the grammar; a literal like datetime(…) ends with its line.
    one_word = re.compile(
        r"matches\s*$|\b(?:date\w*|decimal|guid|u\w*id|int|long|real|double|time\w*)\([^()]*$"
    )
    gaps = [gap for gap in gaps if not one_word.search(kql[: gap[0]])]
    if not gaps:
        return
    start, end = data.draw(st.sampled_from(gaps))
    space = data.draw(
        st.sampled_from(["\t", "\r\n", "\u00a0", "\u3000", "\ufeff", " // | SecretTable\n", "  "])
    )
    changed = kql[:start] + space + kql[end:]
    assert words(judged(changed)) == words(judged(kql))


def words(verdict: Verdict) -> list[tuple[str, int, str]]:
    return [(line.rule, line.level, line.message) for line in verdict.lines]


BLOWN_UP = {
    "a let that doubles the columns": "let a0 = DeviceProcessEvents; "
    + "".join(f"let a{i + 1} = a{i} | join a{i} on DeviceId; " for i in range(40))
    + "a40",
    "a let that is used often": "let a0 = DeviceProcessEvents; "
    + "".join(f"let a{i + 1} = union a{i}, a{i}, a{i}, a{i}; " for i in range(40))
    + "a40",
    "calls in calls": "print " + "strcat(" * 29 + "'a', 'b'" + ")" * 29,
    "calls in calls that make columns": "DeviceProcessEvents | summarize "
    + "make_set(" * 29
    + "FileName"
    + ")" * 29,
    "one pipe of unions": "DeviceProcessEvents" + " | union AlertInfo" * 800,
    "names that are nothing": "print " + ", ".join(f"x{i}" for i in range(2_000)),
    "tables that are nothing": "union " + ", ".join(f"x{i}" for i in range(2_000)),
    "values that are nothing": "print 1 in (" + ", ".join(f"x{i}" for i in range(2_000)) + ")",
}


@pytest.mark.parametrize("kql", BLOWN_UP.values(), ids=BLOWN_UP)
def test_nothing_grows_faster_than_the_text(kql: str) -> None:
    assert len(kql) < LIMITS.max_query_chars
    # Most of them took minutes or all memory once.
    assert len(judged(kql).lines) < 30


@pytest.mark.parametrize("keys", ["$left.A == $right.B-c", "$left", "$left - 1", "$right[0] == 1"])
def test_odd_keys_of_a_join(keys: str) -> None:
    judged(f"DeviceEvents | join (DeviceEvents) on {keys}")
