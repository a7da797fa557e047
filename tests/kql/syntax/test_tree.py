"""The fast parse gives duckdb_kql's tree, and says where a text stops being KQL."""

from typing import Any

import duckdb_kql
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.antlr import MAX_TOKENS, FirstError
from soc_tui.model.verdict import Place
from tests.guardrails import allowed

QUERIES = [query for queries in allowed.BOUNDED.values() for query in queries]
# What Kusto takes and duckdb_kql's grammar does not.
OURS = (
    *(" as (", "first", "last", "count = count()", "(count", ", by ", "serialize", "count as"),
    *("kind", "table", "title", "others", "materialize", "date(", "time("),
    *("distinct Path", "project-by-names", "(*,", "view (T:", "(regex="),
    *("timeline", "chart", "card", "panels", "timepivot", "treemap"),
)


def shape(node: Any) -> Any:
    below = getattr(node, "children", None)
    return (t.kind(node), *map(shape, below)) if below else node.getText()


def in_the_grammar(kql: str) -> str:
    """The text as duckdb_kql reads it: words that are names to Kusto alone in brackets."""
    try:
        edits = t.grammar_edits(kql)
    except FirstError:
        return kql
    for (start, end), new in sorted(edits.items(), reverse=True):
        kql = kql[:start] + new + kql[end:]
    return kql


@pytest.mark.parametrize("kql", QUERIES)
def test_the_tree_is_that_of_duckdb_kql(kql: str) -> None:
    if t.grammar_edits(kql) and "(regex=" not in kql:
        assert not duckdb_kql.validate(in_the_grammar(kql))
    if not t.grammar_edits(kql) and not any(word in kql for word in OURS):
        assert shape(t.parse(kql)) == shape(duckdb_kql.parse(kql).tree)


WORDS = sorted({word for kql in QUERIES for word in kql.split()})


@given(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join))
@settings(max_examples=300, deadline=None)
@example('1 top: "FolderPath"')  # in brackets, `top` is a name to duckdb_kql and the text is one
def test_what_duckdb_kql_takes_is_taken_and_the_other_way_round(kql: str) -> None:
    if any(word in kql for word in OURS) or kql.startswith("."):
        return
    try:
        t.parse(kql)
    except t.NotKqlError:
        assert duckdb_kql.validate(kql)
    else:
        assert not duckdb_kql.validate(in_the_grammar(kql))


@pytest.mark.parametrize(
    ("kql", "token", "before", "place"),
    [
        ("T | foo a", "foo", "|", Place(1, 5, 3)),
        ("T | where (", "", "(", Place(1, 12)),
        ("T\n| where x == 1\n| projct x", "projct", "|", Place(3, 3, 6)),
        ("T | join (U | where x == ) on a", ")", "==", Place(1, 26)),
        ("T | where \u0455", "\u0455", "", Place(1, 11)),
        ("T | where x == 'abc", "'", "", Place(1, 16)),
        (".show tables", ".", "", Place(1, 1)),
        ("T | facet by a with (parse-kv b as U c: string))", "as", "b", Place(1, 33, 2)),
        ("T | facet by a with (join (U (V) on a)", "on", ")", Place(1, 34, 2)),
        ("", "", "", Place(1, 1)),
    ],
)
def test_the_first_error_is_where_the_text_stops_being_kql(
    kql: str, token: str, before: str, place: Place
) -> None:
    with pytest.raises(t.NotKqlError) as caught:
        t.parse(kql)
    assert (caught.value.token, caught.value.before, caught.value.place) == (token, before, place)


@pytest.mark.parametrize("kql", ["T" + "|count" * (MAX_TOKENS // 2), "print " + "'a' " * 500])
def test_what_takes_too_much_work_is_not_read(kql: str) -> None:
    with pytest.raises(t.TooComplexError):
        t.parse(kql)
