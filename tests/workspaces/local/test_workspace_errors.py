"""What a query that cannot run says, and that no query gets out of its file."""

from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from soc_tui.model.errors import QueryError, WorkspaceError
from soc_tui.workspaces.local import duckdb_sandbox
from soc_tui.workspaces.local.workspace import LocalWorkspace


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("db") / "logs.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute(
            "CREATE TABLE SigninLogs AS SELECT TIMESTAMP '2026-11-24' AS TimeGenerated,"
            " 'not-a-number-cell' AS UserPrincipalName, 'h1' AS DeviceName"
        )
        con.execute("CREATE VIEW Leak AS SELECT * FROM read_text('/etc/passwd')")
    return path


@pytest.mark.parametrize(
    ("kql", "words", "place"),
    [
        ("SigninLogs | facet by DeviceName", "facet", (1, 14)),
        ("search 'x'", "search", (1, 1)),
        ("search kind=case_sensitive in (SigninLogs) 'x'", "search", (1, 1)),
        ("find in (SigninLogs) where DeviceName == 'x' project pack(*)", "find", (1, 1)),
        ("SigninLogs\n| mv-apply D on (join (SigninLogs) on D)", "mv-apply", (2, 3)),
        ("SigninLogs\n| where geo_angle(DeviceName, 'x') > 1", "geo_angle", (2, 9)),
        ("let f = () {\nSigninLogs\n};\nf\n| reduce by DeviceName", "reduce", (5, 3)),
        ("SigninLogs\n| evaluate bag_unpack(D)\n| project-away D*", "evaluate", (2, 3)),
        ("SigninLogs | summarize buildschema(DeviceName)", "buildschema", (1, 24)),
        ("SigninLogs | evaluate bag_unpack(DeviceName)", "evaluate", (1, 14)),
        ("SigninLogs | fork (take 1) (count)", "fork", (1, 14)),
        ("SigninLogs | wherex DeviceName == 'x'", "wherex", (1, 14)),
        ("SigninLogs\n| extend string = 1", "keyword", (2, 3)),
        ("SigninLogs | where DeviceName ==", "not valid KQL", (1, 33)),
        ("SigninLog | take 1", "SigninLogs", (1, 1)),
        ("SigninLogs | join (Signins) on DeviceName", "Signins", (1, 20)),
        ("SigninLogs\n| where DevicName == 'x'", "DeviceName", (2, 9)),
        ("SigninLogs | project Device_Name", "DeviceName", (1, 22)),
        ("SigninLogs | summarize count() by Device", "DeviceName", (1, 35)),
        ("SigninLogs | project-away Device", "DeviceName", (1, 27)),
        ("SigninLogs | distinct Device", "DeviceName", (1, 23)),
        (
            "SigninLogs | where DeviceName == 'a' | project x = 1 | where DeviceName == 'b'",
            "no longer exists",
            (1, 62),
        ),
        (".drop table SigninLogs", "Management commands", (1, 1)),
        ("// comment\n  .show tables", "Management commands", (2, 3)),
        ("externaldata(a: string)['/etc/passwd']", "externaldata", (1, 1)),
        ("database('other').SigninLogs", "one database", (1, 11)),
        ("SigninLogs; SigninLogs", "multi-statement", (None, None)),
        ("", "empty", (None, None)),
        ("SigninLogs | where TimeGenerated > 5", "types", (None, None)),
        ("print a = 1, a = 2", "two columns named a", (None, None)),
    ],
)
async def test_errors_name_what_and_where(
    database: Path, kql: str, words: str, place: tuple[int | None, int | None]
) -> None:
    with pytest.raises(QueryError) as caught:
        await LocalWorkspace(database).query(kql)
    error = caught.value
    assert words in str(error)
    assert (error.line, error.column) == place
    assert error.next_step or error.why
    for raw in ("SELECT", "WITH _s", "LINE 1", "Traceback", "Binder", "this wave", "functions.py"):
        assert raw not in str(error)


async def test_cells_stay_out_of_errors(database: Path) -> None:
    kql = "SigninLogs | where UserPrincipalName > 5"
    with pytest.raises(QueryError) as caught:
        await LocalWorkspace(database).query(kql)
    assert "not-a-number-cell" not in str(caught.value)


async def test_too_deep_a_query_is_refused(database: Path) -> None:
    kql = "SigninLogs | where " + "(" * 1000 + "1 == 1" + ")" * 1000
    with pytest.raises(QueryError):
        await LocalWorkspace(database).query(kql)


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd",
        "file.csv",
        "https://example.org/x.csv",
        "duckdb_settings",
        "duckdb_tables",
        "sqlite_master",
        "pg_class",
        "information_schema.tables",
        "kql",  # variables in Python's frames below
        "tables",
        "columns",
        "con",
        "frame_in_scope",
    ],
)
async def test_only_the_files_own_tables_can_be_named(database: Path, name: str) -> None:
    import pandas as pd

    frame_in_scope = pd.DataFrame({"secret": [1]})
    assert len(frame_in_scope) == 1
    with pytest.raises(QueryError, match="There is no table"):
        await LocalWorkspace(database).query(f"['{name}'] | take 1")


async def test_a_view_in_the_file_cannot_read_other_files(database: Path) -> None:
    with pytest.raises(WorkspaceError) as caught:
        await LocalWorkspace(database).query("Leak | take 1")
    assert "root:" not in str(caught.value)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM glob('/*')",
        "COPY (SELECT 1) TO '{folder}/out.csv'",
        "EXPORT DATABASE '{folder}/out'",
        "ATTACH '{folder}/other.duckdb'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "SET python_enable_replacements = true",
        "SET temp_directory = '{folder}'",
        "SELECT * FROM frame_in_scope",
        "CREATE TABLE logs.main.mine (x INTEGER)",
        "DELETE FROM logs.main.SigninLogs",
    ],
)
def test_even_sql_cannot_leave_the_sandbox(database: Path, tmp_path: Path, sql: str) -> None:
    import pandas as pd

    frame_in_scope = pd.DataFrame({"secret": [1]})
    assert len(frame_in_scope) == 1
    con = duckdb_sandbox.open_sandbox(database)
    try:
        with pytest.raises(duckdb.Error):
            con.cursor().execute(sql.format(folder=tmp_path))
    finally:
        con.close()
    assert list(tmp_path.iterdir()) == []


async def test_a_path_with_quotes(tmp_path: Path) -> None:
    path = tmp_path / 'it\'s "mine".duckdb'
    with duckdb.connect(str(path)) as con:
        con.execute('CREATE TABLE "we""ird" AS SELECT 1 AS "a""b"')
    workspace = LocalWorkspace(path)
    assert set(await workspace.schema()) == {'we"ird'}
    assert (await workspace.query("['we\"ird']")).table.to_pylist() == [{'a"b': 1}]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.sampled_from(
            [
                "SigninLogs",
                "|",
                "where",
                "take",
                "1",
                "(",
                ")",
                "'",
                "DeviceName",
                "==",
                "let",
                ";",
                "union",
                "=",
                ",",
                "summarize",
                "count()",
                "by",
                ".",
                "..",
                "{",
                "dynamic",
                "é",
                "\n",
            ]
        ),
        max_size=12,
    )
)
async def test_any_text_gives_rows_or_a_workspace_error(database: Path, words: list[str]) -> None:
    try:
        rows = await LocalWorkspace(database).query(" ".join(words), max_rows=5)
    except WorkspaceError as error:
        assert error.what
    else:
        assert rows.count <= 5
