"""LocalWorkspace: types, time bound, caps, concurrency, cancelling."""

import asyncio
import datetime as dt
import os
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.errors import QueryError, WorkspaceError
from soc_tui.workspaces import Workspace
from soc_tui.workspaces.local.workspace import LocalWorkspace

NOW = dt.datetime(2026, 11, 24, 13, 0, tzinfo=dt.UTC)
SLOW = (
    "range x from 1 to 1000000 step 1 | extend k = 1"
    " | join kind=inner (range y from 1 to 1000000 step 1 | extend k = 1) on k"
    " | summarize n = sum(x * y % 7) by z = (x + y) % 10"
)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "logs.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("SET TimeZone = 'America/New_York'")
        con.execute(
            "CREATE TABLE Logs (TimeGenerated TIMESTAMP, Zoned TIMESTAMPTZ, Day DATE, Name VARCHAR,"
            " Small INTEGER, Big BIGINT, Huge HUGEINT, Share DOUBLE, Price DECIMAL(10,2),"
            " Ok BOOLEAN, Id UUID, Took INTERVAL, Bag JSON, Pair STRUCT(a INTEGER), List INTEGER[])"
        )
        con.execute(
            "INSERT INTO Logs VALUES ('2026-11-24 12:00:00.123456', '2026-11-24 12:00:00Z',"
            " '2026-11-24', 'ada', 1, 2, 3, 0.5, 1.25, true,"
            " '74be27de-1e4e-49d9-b579-fe0b331d3642', INTERVAL 90 SECOND, '{\"k\": [1]}',"
            " {'a': 1}, [1, 2]), ('2026-11-20 12:00:00', NULL, NULL, NULL, NULL, NULL, NULL, NULL,"
            " NULL, NULL, NULL, NULL, NULL, NULL, NULL)"
        )
        con.execute("CREATE TABLE Exported (Timestamp TIMESTAMP, Name VARCHAR)")
        con.execute(
            "INSERT INTO Exported VALUES ('2026-11-24 12:30:00', 'new'), ('2026-11-01', 'old')"
        )
        con.execute("CREATE TABLE Timeless AS SELECT 'x' AS Name")
    return path


@pytest.fixture
def workspace(database: Path) -> LocalWorkspace:
    return LocalWorkspace(database, now=lambda: NOW)


async def test_is_a_workspace(workspace: LocalWorkspace) -> None:
    as_protocol: Workspace = workspace
    assert as_protocol.name == "local: logs.duckdb"


async def test_types_are_those_that_rows_promise(workspace: LocalWorkspace) -> None:
    rows = await workspace.query("Logs | order by TimeGenerated desc")
    utc = pa.timestamp("us", tz="UTC")
    promised = {
        "TimeGenerated": (KqlType.DATETIME, utc),
        "Zoned": (KqlType.DATETIME, utc),
        "Day": (KqlType.DATETIME, utc),
        "Name": (KqlType.STRING, pa.string()),
        "Small": (KqlType.INT, pa.int32()),
        "Big": (KqlType.LONG, pa.int64()),
        "Huge": (KqlType.LONG, pa.int64()),
        "Share": (KqlType.REAL, pa.float64()),
        "Price": (KqlType.DECIMAL, pa.decimal128(10, 2)),
        "Ok": (KqlType.BOOL, pa.bool_()),
        "Id": (KqlType.GUID, pa.string()),
        "Took": (KqlType.TIMESPAN, pa.duration("us")),
        "Bag": (KqlType.DYNAMIC, pa.string()),
        "Pair": (KqlType.DYNAMIC, pa.string()),
        "List": (KqlType.DYNAMIC, pa.string()),
    }
    assert {c.name: c.type for c in rows.columns} == {n: k for n, (k, _) in promised.items()}
    assert {f.name: f.type for f in rows.table.schema} == {n: t for n, (_, t) in promised.items()}
    first, second = rows.table.to_pylist()
    assert first["TimeGenerated"] == dt.datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=dt.UTC)
    assert first["Zoned"] == dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
    assert first["Took"] == dt.timedelta(seconds=90)
    assert first["Price"] == Decimal("1.25")
    assert (first["Bag"], first["Pair"], first["List"]) == ('{"k": [1]}', '{"a":1}', "[1,2]")
    assert second["Name"] == "" and second["Big"] is None and second["Took"] is None


async def test_sum_beyond_64_bits_becomes_real(tmp_path: Path) -> None:
    path = tmp_path / "big.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute(
            "CREATE TABLE T AS SELECT 170141183460469231731687303715884105727::HUGEINT AS n"
        )
    rows = await LocalWorkspace(path).query("T")
    assert rows.columns == (Column("n", KqlType.REAL),)
    assert rows.table["n"][0].as_py() == pytest.approx(1.7e38, rel=0.01)


async def test_schema_has_kql_types(workspace: LocalWorkspace) -> None:
    schema = await workspace.schema()
    assert set(schema) == {"Logs", "Exported", "Timeless"}
    assert schema["Exported"] == (
        Column("Timestamp", KqlType.DATETIME),
        Column("Name", KqlType.STRING),
    )


@pytest.mark.parametrize(
    ("kql", "hours", "count"),
    [
        ("Logs | count", None, 2),
        ("Logs | count", 2, 1),
        ("Exported | count", 2, 1),  # Timestamp where there is no TimeGenerated
        ("Timeless | count", 2, 1),
        ("union Logs, Exported | count", 2, 2),
        ("Logs | where Name in ((Exported | project Name)) | count", 2, 0),
        ("let t = Logs; t | join kind=inner (Logs) on Name | count", 2, 1),
        ("union Log* | count", 2, 1),
        ("Logs | where TimeGenerated > ago(2h) | count", None, 1),
    ],
)
async def test_time_bound(
    workspace: LocalWorkspace, kql: str, hours: int | None, count: int
) -> None:
    timespan = None if hours is None else dt.timedelta(hours=hours)
    rows = await workspace.query(kql, timespan=timespan)
    assert rows.table["Count"].to_pylist() == [count]


async def test_wall_clock_is_utc_in_any_zone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        path = tmp_path / "now.duckdb"
        with duckdb.connect(str(path)) as con:
            con.execute("CREATE TABLE T (TimeGenerated TIMESTAMP)")
            recent = dt.datetime.now(dt.UTC).replace(tzinfo=None) - dt.timedelta(minutes=30)
            con.execute("INSERT INTO T VALUES (?)", [recent])
        workspace = LocalWorkspace(path)
        for minutes, count in ((40, 1), (20, 0)):
            by_ago = await workspace.query(f"T | where TimeGenerated > ago({minutes}m) | count")
            by_span = await workspace.query("T | count", timespan=dt.timedelta(minutes=minutes))
            assert by_ago.table["Count"].to_pylist() == [count]
            assert by_span.table["Count"].to_pylist() == [count]
        shown = (await workspace.query("print now()")).table.column(0)[0].as_py()
        assert abs(shown - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=1)
    finally:
        monkeypatch.undo()
        time.tzset()


async def test_frozen_clock(workspace: LocalWorkspace) -> None:
    rows = await workspace.query("print a = now(), b = ago(1h)")
    assert rows.table.to_pylist() == [{"a": NOW, "b": NOW - dt.timedelta(hours=1)}]


async def test_rows_beyond_the_cap_are_left_and_said_so(workspace: LocalWorkspace) -> None:
    whole = await workspace.query("range x from 1 to 10 step 1", max_rows=10)
    cut = await workspace.query("range x from 1 to 2000000 step 1", max_rows=10)
    assert (whole.count, whole.partial) == (10, None)
    assert cut.count == 10
    assert cut.partial is not None and "10 rows" in cut.partial
    assert cut.table["x"].to_pylist() == list(range(1, 11))


async def test_no_rows_keep_their_columns(workspace: LocalWorkspace) -> None:
    rows = await workspace.query("Logs | where Name == 'nobody' | project TimeGenerated, Bag")
    assert rows.count == 0
    assert rows.column_names == ("TimeGenerated", "Bag")
    assert rows.table.schema.field("TimeGenerated").type == pa.timestamp("us", tz="UTC")


async def test_concurrent_queries_do_not_mix(workspace: LocalWorkspace) -> None:
    texts = [f"Logs | extend n = {n} | project n, Name | count | extend n = {n}" for n in range(12)]
    spans = [dt.timedelta(hours=2) if n % 2 else None for n in range(12)]
    answers = await asyncio.gather(
        *(workspace.query(kql, timespan=span) for kql, span in zip(texts, spans, strict=True))
    )
    for n, rows in enumerate(answers):
        assert rows.table.to_pylist() == [{"Count": 1 if n % 2 else 2, "n": n}]


async def test_cancelling_stops_the_query_and_leaves_the_workspace_usable(
    workspace: LocalWorkspace,
) -> None:
    task = asyncio.create_task(workspace.query(SLOW))
    bystander = asyncio.create_task(workspace.query("range x from 1 to 5000000 step 1 | count"))
    await asyncio.sleep(0.5)
    assert not task.done()
    started = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - started < 10
    assert (await bystander).table["Count"].to_pylist() == [5_000_000]
    assert (await workspace.query("Logs | count")).table["Count"].to_pylist() == [2]


async def test_the_event_loop_stays_free(workspace: LocalWorkspace) -> None:
    task = asyncio.create_task(workspace.query("range x from 1 to 8000000 step 1 | count"))
    longest = 0.0
    while not task.done():
        before = time.monotonic()
        await asyncio.sleep(0.005)
        longest = max(longest, time.monotonic() - before)
    await task
    assert longest < 0.5


async def test_another_process_can_read_meanwhile_and_write_in_between(
    database: Path, workspace: LocalWorkspace
) -> None:
    program = (
        "import duckdb, sys\n"
        "duckdb.connect(sys.argv[1], read_only=sys.argv[2] == 'r').execute(sys.argv[3])"
    )

    def other(mode: str, sql: str) -> int:
        command = [sys.executable, "-c", program, str(database), mode, sql]
        return subprocess.run(command, capture_output=True, check=False).returncode

    task = asyncio.create_task(workspace.query(SLOW))
    await asyncio.sleep(0.3)
    assert await asyncio.to_thread(other, "r", "SELECT count(*) FROM Logs") == 0
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(other, "w", "DELETE FROM Exported") == 0
    assert (await workspace.query("Exported | count")).table["Count"].to_pylist() == [0]


async def test_a_file_that_a_writer_holds(database: Path, workspace: LocalWorkspace) -> None:
    program = (
        "import duckdb, sys\n"
        "con = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    )
    writer = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        program,
        str(database),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert writer.stdout is not None
    assert await writer.stdout.readline() == b"open\n"
    with pytest.raises(WorkspaceError, match="in use"):
        await workspace.query("Logs")
    await writer.communicate(b"")
    assert (await workspace.query("Logs")).count == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "does not exist"),
        (b"", "not a DuckDB file"),
        (b"a,b\n1,2\n" * 9, "not a DuckDB file"),
    ],
)
async def test_unusable_files(tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / "x.duckdb"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(WorkspaceError, match=words) as caught:
        await LocalWorkspace(path).query("T")
    assert not isinstance(caught.value, QueryError)
    assert caught.value.next_step


def test_a_cut_file_is_an_error(database: Path) -> None:
    os.truncate(database, database.stat().st_size // 2)
    with pytest.raises(WorkspaceError) as caught:
        asyncio.run(LocalWorkspace(database).query("Logs"))
    assert caught.value.next_step


async def test_closed_workspace(workspace: LocalWorkspace) -> None:
    await workspace.query("Logs | count")
    await workspace.aclose()
    await workspace.aclose()
    with pytest.raises(WorkspaceError, match="closed"):
        await workspace.query("Logs")
