"""What the tables of a file hold: there and full, there and empty, stale, without a time, gone."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import duckdb
import pytest

from soc_tui.model.errors import WorkspaceError
from soc_tui.model.receipt import Extent
from soc_tui.model.row_sources import TableWindow
from soc_tui.workspaces.local.log_import.load import import_files
from soc_tui.workspaces.local.workspace import LocalWorkspace

NOON = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture
def workspace(tmp_path: Path) -> LocalWorkspace:
    path = tmp_path / "logs.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("SET TimeZone = 'America/New_York'")
        con.execute("CREATE TABLE Plain (TimeGenerated TIMESTAMP)")
        con.execute("INSERT INTO Plain VALUES ('2026-11-24 12:00'), ('2026-11-20 12:00'), (NULL)")
        con.execute("CREATE TABLE Zoned (Timestamp TIMESTAMPTZ)")
        con.execute("INSERT INTO Zoned VALUES ('2026-11-24 12:00Z'), ('2026-11-20 12:00Z')")
        con.execute("CREATE TABLE Days (TimeGenerated DATE)")
        con.execute("INSERT INTO Days VALUES ('2026-11-24')")
        con.execute("CREATE TABLE Void (TimeGenerated TIMESTAMP)")
        con.execute("CREATE TABLE Timeless AS SELECT 'x' AS TimeGenerated")
        con.execute('CREATE TABLE "odd "" name" AS SELECT TIMESTAMP \'2026-11-24\' Timestamp')
    return LocalWorkspace(path)


async def extent(workspace: LocalWorkspace, window: TableWindow) -> Extent:
    return (await workspace.extents([window]))[window.name]


@pytest.mark.parametrize("name", ["Plain", "Zoned"])
async def test_rows_and_times_of_a_table(workspace: LocalWorkspace, name: str) -> None:
    found = await extent(workspace, TableWindow(name, since=NOON - DAY))
    assert found.exists
    assert found.rows == (3 if name == "Plain" else 2)
    assert (found.oldest, found.newest) == (NOON - 4 * DAY, NOON)
    assert found.rows_in_window == 1


@pytest.mark.parametrize(
    ("since", "until", "count"),
    [
        (None, None, 2),
        (None, NOON - DAY, 1),
        (NOON - 9 * DAY, NOON - DAY, 1),
        (NOON, None, 1),
        (NOON + DAY, None, 0),
    ],
)
async def test_the_window_has_two_ends(
    workspace: LocalWorkspace,
    since: dt.datetime | None,
    until: dt.datetime | None,
    count: int,
) -> None:
    found = await extent(workspace, TableWindow("Zoned", since, until))
    assert found.rows_in_window == count


async def test_no_table_no_rows_and_no_time_are_three_things(workspace: LocalWorkspace) -> None:
    assert await extent(workspace, TableWindow("Nope")) == Extent(False)
    assert await extent(workspace, TableWindow("Void", NOON)) == Extent(True, 0, None, None, 0)
    assert await extent(workspace, TableWindow("Timeless", NOON)) == Extent(True, 1, None, None, 1)
    assert (await extent(workspace, TableWindow("Days", NOON - DAY))).rows_in_window == 1
    assert (await extent(workspace, TableWindow('odd " name'))).rows == 1


async def test_a_window_that_cannot_be_read_counts_nothing(workspace: LocalWorkspace) -> None:
    found = await extent(workspace, TableWindow("Plain", known=False))
    assert found.rows == 3 and found.rows_in_window is None and found.why_unknown


async def test_a_file_that_is_gone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError):
        await LocalWorkspace(tmp_path / "none").extents([TableWindow("Plain")])


async def test_what_the_import_said_is_missing_stays_known(tmp_path: Path) -> None:
    database, file = tmp_path / "logs.duckdb", tmp_path / "a.json"
    table = {"columns": [{"name": "Name", "type": "string"}], "rows": [["x"]]}
    answer = {"tables": [table], "error": {"message": "over 64 MB"}}
    file.write_text(json.dumps(answer))
    import_files(database, "Cut", [file])
    import_files(database, "Cut", [file])
    found = await extent(LocalWorkspace(database), TableWindow("Cut"))
    assert found.missing == ("a.json is a partial result: over 64 MB",)
    file.write_text(json.dumps({"tables": [table]}))
    import_files(database, "Whole", [file])
    import_files(database, "Cut", [file], replace=True)
    workspace = LocalWorkspace(database)
    assert (await extent(workspace, TableWindow("Whole"))).missing == ()
    assert (await extent(workspace, TableWindow("Cut"))).missing == ()
