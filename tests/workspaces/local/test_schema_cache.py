"""Columns are read once, and again after each way in which the file can change."""

import datetime as dt
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from duckdb import DuckDBPyConnection

from soc_tui.demo.workspace import ensure_demo
from soc_tui.model.errors import QueryError, WorkspaceError
from soc_tui.workspaces.local import duckdb_sandbox, schema_cache
from soc_tui.workspaces.local.duckdb_sandbox import Tables
from soc_tui.workspaces.local.log_import.load import import_files
from soc_tui.workspaces.local.schema_cache import SETTLED_NS, FileState, Schema, SchemaCache
from soc_tui.workspaces.local.workspace import LocalWorkspace

WRITER = "import duckdb, sys; duckdb.connect(sys.argv[1]).execute(sys.argv[2])"
CRASH = """
import duckdb, os, sys
con = duckdb.connect(sys.argv[1])
con.execute("SET wal_autocheckpoint = '1TB'")
con.execute(sys.argv[2])
os._exit(0)
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "logs.duckdb"
    write(path, "CREATE TABLE Logs AS SELECT 'ada' AS Name")
    return path


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Has an entry for each reading of the columns; a file that has just changed counts as old."""
    monkeypatch.setattr(schema_cache, "SETTLED_NS", -1)
    found: list[int] = []
    read_tables = duckdb_sandbox.read_tables

    def counted(con: DuckDBPyConnection) -> Tables:
        found.append(threading.get_ident())
        return read_tables(con)

    monkeypatch.setattr(duckdb_sandbox, "read_tables", counted)
    return found


def write(path: Path, sql: str) -> None:
    with duckdb.connect(str(path)) as con:
        con.execute(sql)


async def columns(workspace: LocalWorkspace, table: str = "Logs") -> tuple[str, ...]:
    return (await workspace.query(table)).column_names


async def test_columns_are_read_once_while_the_file_stays(database: Path, reads: list[int]) -> None:
    workspace = LocalWorkspace(database)
    for _ in range(3):
        assert await columns(workspace) == ("Name",)
    assert list(await workspace.schema()) == ["Logs"]
    assert len(reads) == 1


# -- ways to change it -----------------------------------------------------------------------------


def changed_by_an_import_here(path: Path) -> None:
    file = path.with_name("more.csv")
    file.write_text("Name,Host\nada,win-07\n")
    import_files(path, "Logs", [file])


def replaced_by_an_import_here(path: Path) -> None:
    file = path.with_name("other.csv")
    file.write_text("Host,Name\nwin-07,ada\n")
    import_files(path, "Logs", [file], replace=True)


def changed_by_another_process(path: Path) -> None:
    sql = "ALTER TABLE Logs ADD COLUMN Host VARCHAR"
    subprocess.run([sys.executable, "-c", WRITER, str(path), sql], check=True)


def left_in_its_log_by_a_process_that_died(path: Path) -> None:
    before = path.read_bytes()
    sql = "ALTER TABLE Logs ADD COLUMN Host VARCHAR"
    subprocess.run([sys.executable, "-c", CRASH, str(path), sql], check=True)
    assert path.read_bytes() == before
    assert path.with_name(f"{path.name}.wal").exists()


def another(path: Path) -> Path:
    other = path.with_name("other.duckdb")
    write(other, "CREATE TABLE Logs AS SELECT 'ada' AS Name, 'win-07' AS Host")
    assert other.stat().st_size == path.stat().st_size
    return other


def with_its_times(other: Path, path: Path) -> Path:
    stat = path.stat()
    os.utime(other, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    return other


def replaced_by_a_file_of_the_same_size_and_time(path: Path) -> None:
    with_its_times(another(path), path).replace(path)


def overwritten_by_a_copy_of_the_same_size_and_time(path: Path) -> None:
    """Same inode, size and time of modification."""
    shutil.copy2(with_its_times(another(path), path), path)


def delete(path: Path) -> None:
    path.unlink()


def led_elsewhere_by_a_link(path: Path) -> None:
    other = another(path)
    delete(path)
    path.symlink_to(other)


@pytest.mark.parametrize(
    "change",
    [
        changed_by_an_import_here,
        replaced_by_an_import_here,
        changed_by_another_process,
        left_in_its_log_by_a_process_that_died,
        replaced_by_a_file_of_the_same_size_and_time,
        pytest.param(
            overwritten_by_a_copy_of_the_same_size_and_time,
            marks=pytest.mark.skipif(
                sys.platform == "win32", reason="Windows keeps no time of the last change"
            ),
        ),
        led_elsewhere_by_a_link,
    ],
)
async def test_columns_are_read_again_when_the_file_is(
    database: Path, reads: list[int], change: Callable[[Path], None]
) -> None:
    workspace = LocalWorkspace(database)
    assert await columns(workspace) == ("Name",)
    change(database)
    assert set(await columns(workspace)) == {"Name", "Host"}
    assert (await workspace.query("Logs | where Host == 'nowhere' | count")).count == 1
    assert len(reads) == 2


async def test_a_table_that_is_dropped_is_gone(database: Path, reads: list[int]) -> None:
    write(database, "CREATE TABLE Other AS SELECT 1 AS N")
    workspace = LocalWorkspace(database)
    assert await columns(workspace, "Other") == ("N",)
    write(database, "DROP TABLE Other")
    with pytest.raises(QueryError, match="Other"):
        await columns(workspace, "Other")


async def test_a_file_that_is_deleted_is_missed_and_made_anew(
    database: Path, reads: list[int]
) -> None:
    workspace = LocalWorkspace(database)
    await columns(workspace)
    delete(database)
    with pytest.raises(WorkspaceError, match="does not exist"):
        await columns(workspace)
    write(database, "CREATE TABLE Logs AS SELECT 'win-07' AS Host")
    assert await columns(workspace) == ("Host",)


async def test_the_demo_is_read_again_when_it_is_brought_up_to_date(
    demo_database: Path, tmp_path: Path, reads: list[int]
) -> None:
    path = tmp_path / "demo.duckdb"
    shutil.copy(demo_database, path)
    workspace = LocalWorkspace(path)
    before = await workspace.schema()
    ensure_demo(path, now=dt.datetime.now(dt.UTC) + dt.timedelta(hours=1))
    assert await workspace.schema() == before
    assert len(reads) == 2


async def test_a_file_that_another_takes_the_place_of_while_it_is_opened(
    database: Path, reads: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is open is the old file: its columns must not be kept for the new one."""
    other = another(database)
    open_sandbox = duckdb_sandbox.open_sandbox

    def replaced(path: Path) -> DuckDBPyConnection:
        con = open_sandbox(path)
        if other.exists():
            other.replace(path)
        return con

    monkeypatch.setattr(duckdb_sandbox, "open_sandbox", replaced)
    workspace = LocalWorkspace(database)
    assert await columns(workspace) == ("Name",)
    assert await columns(workspace) == ("Name", "Host")


# -- when nothing is kept --------------------------------------------------------------------------


def test_what_changed_just_now_is_not_kept(database: Path) -> None:
    """Its next change may be in the same tick of the clock, and then not show."""
    changed = database.stat().st_ctime_ns
    schema, cache = Schema({}, {}), SchemaCache()
    young = FileState.of(database, lambda: changed + SETTLED_NS)
    cache.keep(young, schema)
    assert cache.get(young) is None
    old = FileState.of(database, lambda: changed + SETTLED_NS + 1)
    cache.keep(old, schema)
    assert cache.get(old) is schema


def test_a_clock_that_is_behind_keeps_nothing(database: Path) -> None:
    early = FileState.of(database, lambda: database.stat().st_ctime_ns - 60 * 10**9)
    assert not early.settled
