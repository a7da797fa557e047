"""What the entries of operators say of the local workspace is so, and so are their columns."""

import re

import duckdb
import pytest

from soc_tui.kql.columns.schema import OPEN
from soc_tui.kql.operators.entry import Local, Rows, Written
from soc_tui.kql.operators.registry import ALL, BY_WORD, OPERATORS
from soc_tui.kql.reading.read import read_query
from soc_tui.kql.reading.result import Step, TableRead
from soc_tui.model.catalog import KqlType
from soc_tui.model.errors import QueryError
from soc_tui.workspaces.local.dialect.functions.registry import PYTHON
from soc_tui.workspaces.local.dialect.python_functions import add_functions
from soc_tui.workspaces.local.kind import UNTRANSLATED
from soc_tui.workspaces.local.kql_to_sql import translate
from soc_tui.workspaces.local.rewrite.operators import REWRITES
from tests.kql.operators.examples import EXAMPLES
from tests.kql.operators.test_registry import CATALOG

STORED = {name: table.columns for name, table in CATALOG.tables.items()}
RUNNING = [word for word in EXAMPLES if BY_WORD[word].local in {Local.RUNS, Local.REWRITTEN}]
NOT_RUNNING = [word for word in EXAMPLES if BY_WORD[word].local is Local.NOT]
PARTLY = {
    "as": (EXAMPLES["as"], "T | join (U | as X) on a"),
    "evaluate": (EXAMPLES["evaluate"], "T | evaluate rows_near(a > 1, 1)"),
    "mv-apply": (EXAMPLES["mv-apply"], "T | mv-apply e = d on (join (U) on a)"),
    "mvapply": (EXAMPLES["mvapply"], "T | mvapply e = d on (join (U) on a)"),
    "partition": (EXAMPLES["partition"], "T | partition by b (join (U) on a)"),
}


class _Nothing:
    """A workspace in which there is nothing to see."""

    def values(self, kql: str) -> list[object]:
        return []

    def types(self, kql: str) -> dict[str, KqlType]:
        return {}


def run(kql: str) -> tuple[list[str], int]:
    """Columns and number of rows."""
    with duckdb.connect() as database:
        database.execute("create table T (a bigint, b varchar, t timestamp, d json)")
        database.execute("create table U (a bigint, c varchar)")
        database.execute(
            "insert into T values (1, 'x y', '2026-11-24', '[1, 2]'),"
            " (2, 'xk', '2026-11-24 05:00', '[3]'), (2, 'xk', '2026-11-24 06:00', null)"
        )
        database.execute("insert into U values (1, 'q'), (2, 'r')")
        sql = translate(kql, STORED, peek=_Nothing())
        add_functions(database, sql.sql, PYTHON)
        answer = database.execute(sql.sql, dict(sql.parameters))
        return [column[0] for column in answer.description], len(answer.fetchall())


@pytest.mark.parametrize("word", RUNNING)
def test_an_operator_that_runs_gives_the_columns_and_rows_of_its_entry(word: str) -> None:
    columns, rows = run(EXAMPLES[word])

    found = read_query(EXAMPLES[word], CATALOG).found
    read = [one for one in found if isinstance(one, Step | TableRead)][-1]
    schema = read.behind if isinstance(read, Step) else read.schema
    assert schema == OPEN or list(schema.names) == columns or word in {"find", "search"}
    assert set(columns) <= {*schema.names, *schema.also} or schema.open
    if BY_WORD[word].rows in {Rows.NO_MORE, Rows.ORDERED, Rows.CAPPED, Rows.DRAWN}:
        assert rows <= 3


@pytest.mark.parametrize("word", NOT_RUNNING)
def test_an_operator_that_does_not_run_says_so_and_why(word: str) -> None:
    with pytest.raises(QueryError) as raised:
        translate(EXAMPLES[word], STORED)
    assert word in str(raised.value) or word == "macro-expand"
    assert BY_WORD[word].why_not
    assert raised.value.why == BY_WORD[word].why_not or word == "macro-expand"


@pytest.mark.parametrize("word", PARTLY)
def test_an_operator_that_runs_in_part_does_so(word: str) -> None:
    runs, does_not = PARTLY[word]
    run(runs)
    with pytest.raises(QueryError, match=BY_WORD[word].why_not):
        translate(does_not, STORED, peek=_Nothing())


def test_every_operator_says_whether_it_runs() -> None:
    assert {*RUNNING, *NOT_RUNNING, *PARTLY} == set(BY_WORD)
    rewritten = {Local.REWRITTEN, Local.PARTLY}
    assert {OPERATORS[rule].rule for rule in REWRITES} <= {
        one.rule for one in ALL if one.local in rewritten
    }


@pytest.mark.parametrize(
    ("kql", "said"),
    [
        ("T | wher a == 1", "KQL has no operator 'wher'"),
        ("T | filter a ==== 1", "not valid KQL"),
        ("T | parse-kv b =", "The syntax of the operator parse-kv is not valid"),
        ("T | filter =", "The syntax of the operator filter is not valid"),
        ("T | graph-match =", "The syntax of the operator graph-match is not valid"),
    ],
)
def test_a_broken_operator_is_named(kql: str, said: str) -> None:
    with pytest.raises(QueryError, match=said):
        translate(kql, STORED)


def test_what_the_doctor_says_of_it_names_the_operators_that_do_not_run_and_no_others() -> None:
    told = [one for one in ALL if not one.refused and one.written is not Written.INTERNAL]
    whole, in_part, _ = UNTRANSLATED.what.split(";")
    for text, local in ((whole, Local.NOT), (in_part, Local.PARTLY)):
        named = re.findall("`(.+?)`", text)
        assert named == sorted(one.words[0] for one in told if one.local is local)
