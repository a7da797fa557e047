"""What one walk through a query tells of its names, tables and columns."""

import pytest

from soc_tui.kql.reading.read import read_query
from soc_tui.kql.reading.result import Function, TableRead
from soc_tui.kql.references.types import ReferenceKind
from soc_tui.kql.syntax import tree as t
from tests.kql.operators.test_registry import CATALOG


def unknown_columns(kql: str) -> list[str]:
    return [one.name for one in read_query(kql, CATALOG).columns.unknown]


def refers_to(kql: str) -> list[tuple[str, ReferenceKind]]:
    return [(one.name, one.kind) for one in read_query(kql, CATALOG).references]


def test_a_let_of_external_data_is_refused_once_and_is_no_unknown_table() -> None:
    kql = "let x = externaldata(a: string)['https://example.test/a.csv']; x | take 5"
    assert refers_to(kql) == [("externaldata", ReferenceKind.CONSTRUCT)]


def test_the_columns_of_another_workspaces_table_are_checked_behind_a_let_too() -> None:
    assert unknown_columns("workspace('w').T | where Nope == 1") == ["Nope"]
    assert unknown_columns("let x = workspace('w').T; x | where Nope == 1") == ["Nope"]


def test_a_second_name_of_a_function_takes_the_same_tables() -> None:
    kql = "let f = (S: (*)) { S | take 1 }; let g = f; g(T) | take 5"
    assert unknown_columns(kql) == []
    assert refers_to(kql) == [("T", ReferenceKind.TABLE)]


def test_a_table_that_a_plugin_takes_by_name_is_no_column() -> None:
    kql = "T | evaluate ipv4_lookup(LookupTable = U, b, c)"
    assert unknown_columns(kql) == []
    assert refers_to(kql) == [("U", ReferenceKind.TABLE), ("T", ReferenceKind.TABLE)][::-1]


def test_a_function_that_gives_a_value_gives_no_rows() -> None:
    kql = "let f = (n: long) { n + 1 }; let g = (n: long) { f(n) }; T | where a > g(1)"
    functions = [one for one in read_query(kql, CATALOG).found if isinstance(one, Function)]
    assert [one.schema for one in functions] == [None, None]


@pytest.mark.parametrize(
    ("kql", "few"),
    [
        ("T | summarize count() by a", False),
        ("T | summarize count()", True),
        ("T | count | summarize max(Count) by Count", True),  # one row stays one row
        ("T | count | extend x = 1 | order by x asc", True),
        ("T | count | union T", False),
        ("T | summarize count() | mv-expand x = range(1, 5)", False),
    ],
)
def test_an_answer_is_short_by_its_nature(kql: str, few: bool) -> None:
    assert read_query(kql, CATALOG).pipeline.few is few


@pytest.mark.parametrize(
    ("kql", "own"),
    [
        ("T | take 1", []),
        ("let x = T; x | take 1", ["x"]),
        ("let T = U; T | take 1", ["T"]),
        ("T | as X | union X", ["X"]),
        ("let f = (S: (*)) { S | take 1 }; f(T)", ["S"]),
        ("let f = () { let inner = T; inner }; f()", ["inner"]),
        ("partition", []),
    ],
)
def test_names_that_the_query_gives_are_told_from_tables(kql: str, own: list[str]) -> None:
    found = read_query(kql, CATALOG).found
    reads = [one for one in found if isinstance(one, TableRead) and one.own]
    assert [t.name(one.node) for one in reads] == own


def test_a_catalog_is_read_against_by_itself() -> None:
    other = type(CATALOG)({"T": CATALOG.tables["U"]})
    assert unknown_columns("T | where b == 'x'") == []
    assert [one.name for one in read_query("T | where b == 'x'", other).columns.unknown] == ["b"]
