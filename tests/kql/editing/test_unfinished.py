"""What completion knows of a query that is being typed: the columns and names at its end."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.kql.editing.completion import MOST, Sort, complete
from soc_tui.kql.editing.names import Names, made_in, tables_in
from soc_tui.kql.editing.unfinished import MOST_CHARACTERS
from soc_tui.kql.operators.entry import Written
from soc_tui.kql.operators.registry import BY_WORD
from soc_tui.kql.reading.read import read_query
from soc_tui.kql.reading.result import Step, TableRead
from soc_tui.kql.syntax import tree as t
from soc_tui.model.catalog import Catalog, Column, KqlType, TableSpec
from tests.kql.operators.examples import EXAMPLES

CATALOG = Catalog(
    {
        "T": TableSpec(
            "T",
            (
                Column("a", KqlType.LONG),
                Column("b", KqlType.STRING),
                Column("t", KqlType.DATETIME),
                Column("d", KqlType.DYNAMIC),
            ),
        ),
        "U": TableSpec("U", (Column("a", KqlType.LONG), Column("c", KqlType.STRING))),
    }
)


def offered(before: str, *sorts: Sort, whole: bool = True) -> list[str]:
    names = Names(CATALOG, tables_in(before, CATALOG), made_in(before))
    found = complete(before, names, whole=whole)
    return [item.text for item in found.items if item.sort in sorts]


def columns(before: str) -> list[str]:
    return offered(before, Sort.COLUMN)


def tables(before: str) -> list[str]:
    return offered(before, Sort.TABLE)


@pytest.mark.parametrize(
    ("before", "there"),
    [
        ("T | project a, n = b | where ", ["a", "n"]),
        ("T | project a, n = b | where a == 1 and not(", ["a", "n"]),
        ("T | project a\n// b is not needed\n| extend z = iff(a > 1, ", ["a"]),
        ("T | summarize n = count() by b | order by ", ["b", "n"]),
        ("T | summarize n = count() by b | summarize max(n) by ", ["b", "n"]),
        ("T | project-away b, d | project-rename x = a | where ", ["x", "t"]),
        ("T | extend z = 1 | project-keep z, b | where ", ["b", "z"]),
        ("T | where a in (U | where c == 'x' | project a) | where ", ["a", "b", "t", "d"]),
        ("T | mv-apply e = d on (where ", ["a", "b", "t", "d", "e"]),
        ("let X = T | project k = a | where ", ["k"]),
        ("let X = T | project k = a; X | where ", ["k"]),
        ("let X = T | project k = a; let Y = X | extend m = 1 | where ", ["k", "m"]),
        ("let f = (S: (*)) { T | project b }; f(U) | where ", ["b"]),
        ("print x = 1, y = 2 | where ", ["x", "y"]),
        ("datatable(q: string, r: long)['a', 1] | where ", ["q", "r"]),
        ("T | project a | union (U | project c) | where ", ["a", "c"]),
        ("T | join kind=inner (U) on a | where ", ["a", "b", "t", "d", "a1", "c"]),
        ("T | lookup (U | project-rename q = c) on a | where ", ["a", "b", "t", "d", "q"]),
        ("T | join (U | project a, c) on $left.", ["a", "b", "t", "d"]),
        ("T | join (U | project c, z = a) on $left.a == $right.", ["c", "z"]),
    ],
)
def test_the_columns_that_are_there_and_no_others(before: str, there: list[str]) -> None:
    assert columns(before) == there
    assert columns(f"{before}{there[0]}")[0] == there[0]


@pytest.mark.parametrize(
    ("before", "there", "not_there"),
    [
        ("T | join (U | project c, z = a | where ", ["c", "z"], "a1"),
        ("T | union (U | project-away a | where ", ["c"], "n"),
        ("union T, (U | extend n = 1 | project n | where ", ["n"], "c"),
        ("T | where a in (U | project c | where ", ["c"], "n"),
        ("let x = toscalar(U | project c | where ", ["c"], "a"),
        ("let f = (p: string) { U | project c | where ", ["c"], "a"),
        ("let f = (p: string) { let g = U | project c; g | where ", ["c"], "a"),
        ("T | join (U | project c, a) on ", ["a"], "a1"),
    ],
)
def test_columns_of_the_innermost_query_come_first(
    before: str, there: list[str], not_there: str
) -> None:
    assert columns(before)[: len(there)] == there
    assert not_there not in columns(before)


@pytest.mark.parametrize("word", [word for word in EXAMPLES if not BY_WORD[word].refused])
def test_behind_each_operator_stand_the_columns_of_its_entry(word: str) -> None:
    query = EXAMPLES[word]
    if BY_WORD[word].written is Written.INTERNAL or word in {"render", "consume"}:
        return
    read = [one for one in read_query(query, CATALOG).found if isinstance(one, Step | TableRead)]
    schema = read[-1].behind if isinstance(read[-1], Step) else read[-1].schema
    assert columns(f"{query} | where ")[: len(schema.names)] == list(schema.names)


def test_types_are_told_where_they_are_known() -> None:
    names = Names(CATALOG)
    items = complete("T | project b, z = a + 1 | where ", names).items
    told = {item.text: item.detail for item in items if item.sort is Sort.COLUMN}
    assert told["b"] == "string"


@pytest.mark.parametrize(
    ("before", "own"),
    [
        ("let X = T | project a; let n = 1; ", ["X"]),
        ("let X = T; let Y = U; X | union ", ["X", "Y"]),
        ("let X = T; U | join kind=inner (", ["X"]),
        ("T | where a > 1 | as Y | union ", ["Y"]),
        ("T | as Y | join (", ["Y"]),
        ("let f = (S: (*), p: string) { ", ["S"]),
        ("let f = () { let g = U; ", ["g"]),
    ],
)
def test_tables_of_the_query_come_before_those_of_the_catalog(before: str, own: list[str]) -> None:
    assert tables(before) == [*own, "T", "U"]
    assert offered(before, Sort.NAME) == []  # a value or a column is no table


def test_a_function_that_gives_rows_is_offered_with_its_bracket() -> None:
    names = Names(CATALOG)
    items = complete("let f = (p: string) { U }; T | union ", names).items
    assert items[0].inserted == "f("


def test_values_of_the_query_are_offered_in_expressions() -> None:
    names = Names(CATALOG)
    items = complete("let limit_ = 5; T | where a > lim", names).items
    assert [(item.text, item.sort) for item in items] == [("limit_", Sort.NAME)]


def test_names_that_are_gone_are_not_offered() -> None:
    before = "T | extend gone = 1 | project a | where "
    assert "gone" not in offered(before, Sort.COLUMN, Sort.NAME)


@pytest.mark.parametrize(
    "before",
    [
        "T | project a, | where ",
        "T | wher a == 1 | where ",
        "T | project a | where )) ",
        "T | project ((( | where ",
        ".show tables | where ",
        "T | evaluate bag_unpack(d) | where ",
        "Unknown | where a == 1 | where ",
        "T | project b | join (U | projec c | where ",
        "T | project b | where (count() > ",
        f"T | where b == '{'x' * MOST_CHARACTERS}' | project a | where ",
    ],
)
def test_where_the_columns_are_not_known_all_of_the_tables_near_are_offered(before: str) -> None:
    assert {*columns(before)} >= {*offered(before, Sort.COLUMN, whole=False)}


def test_a_text_that_does_not_begin_at_its_beginning_is_not_parsed() -> None:
    before = "T | project a | where "
    assert offered(before, Sort.COLUMN, whole=False) == ["a", "b", "t", "d"]


@pytest.mark.parametrize(
    "before",
    [
        "T | where " + "(" * 2_900,
        "T | join (" * 290 + "U | where ",
        "let f = () { " * 200 + "T | where ",
        "T | where a in (" * 180 + "U | where ",
        "[" * 2_000 + "{" * 900,
        ")" * 2_000 + "| where ",
        "|" * 2_900,
        ";" * 2_900,
        "T | where \x00\ud800 | where ",
    ],
)
def test_hostile_texts_are_completed_by_their_words(before: str) -> None:
    assert complete(before, Names(CATALOG)).typed == ""


def test_what_is_finished_is_read_once_while_an_operator_is_typed() -> None:
    names = Names(CATALOG)
    before = "T | project a, n = b, only_here = 1 | where "
    complete(f"{before}o", names)
    parsed = t.parse.cache_info().misses
    for end in range(2, len("only_here == 1 and n")):
        complete(f"{before}{'only_here == 1 and n'[:end]}", names)
    assert t.parse.cache_info().misses == parsed


PIECES = [
    *("T", "U", "X", " | ", "; ", "(", ")", "{ ", "}", ", ", " = ", "let X = ", " where ", " a "),
    *(
        " project a ",
        " extend n = 1 ",
        " join kind=inner (",
        ") on ",
        " as Y ",
        " union ",
        "$left.",
    ),
    *(" summarize n = count() by b ", " mv-apply e = d on (", "let f = (p: long) {", " // x\n"),
]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_any_text_is_completed_and_nothing_but_names_is_lost_by_reading_it(before: str) -> None:
    names = Names(CATALOG, tables_in(before, CATALOG), made_in(before))
    read, worded = complete(before, names), complete(before, names, whole=False)
    assert read.typed == worded.typed
    naming = {Sort.TABLE, Sort.COLUMN, Sort.NAME, Sort.FUNCTION}
    if len(read.items) < MOST and len(worded.items) < MOST:
        kept = [one for one in read.items if one.sort not in naming]
        assert kept == [one for one in worded.items if one.sort not in naming]
