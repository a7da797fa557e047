"""Of which table a file is, and imports that end early."""

import asyncio
import datetime as dt
import gzip
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from soc_tui.files.log_import import (
    ImportOrder,
    files_of,
    import_in_thread,
    import_logs,
    look_into,
    tables_of,
    target_of,
    told,
)
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.model.errors import FileImportError
from soc_tui.workspaces.local.log_import.normalise.source import load_sources
from soc_tui.workspaces.local.log_import.peek import peek_into
from soc_tui.workspaces.local.log_import.table_choice import chosen, fits

TABLES = tables_of(load_catalog())
SOURCES = load_sources()


def columns_of(path: Path) -> tuple[str, ...]:
    return peek_into(path, SOURCES).columns


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SOC_TUI_HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("table", sorted(TABLES))
def test_a_table_is_known_by_its_columns(table: str) -> None:
    columns = list(TABLES[table])
    best = fits(columns, "export.csv", TABLES)[0]
    # GraphAPIAuditEvents is known under a newer name too.
    assert TABLES[best.table] == TABLES[table]
    assert TABLES[chosen(columns, "export.csv", TABLES)] == TABLES[table]
    assert (best.known, best.of) == (len(columns), len(columns))


def test_the_name_of_the_file_decides_what_the_columns_leave_open() -> None:
    columns = ("TimeGenerated", "UserPrincipalName", "IPAddress", "ResultType")
    assert fits(columns, "signins-may.csv", TABLES)[0].table == "SigninLogs"
    assert fits(columns, "DeviceEvents.csv", TABLES)[0].table == "DeviceEvents"
    assert {fit.table for fit in fits((), "x.csv", TABLES)} == set(TABLES)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "TimeGenerated [UTC],Account\n2026-11-24,x\n"),
        ("a.tsv", "TimeGenerated\tAccount\n2026-11-24\tx\n"),
        ("a.jsonl", '{"TimeGenerated": 1, "Account": "x"}\n{"other": 2}\n'),
        ("a.json", '[\n {"TimeGenerated": 1, "Account": "x"}]'),
        ("b.json", '{"value": [{"TimeGenerated": 1, "Account": "x"}]}'),
        (
            "c.json",
            '{"tables": [{"columns": [{"name": "TimeGenerated", "type": "datetime"},'
            ' {"name": "Account", "type": "string"}], "rows": [["2026-11-24", "x"]]}]}',
        ),
    ],
)
def test_columns_are_read_off_the_beginning(tmp_path: Path, name: str, content: str) -> None:
    plain = tmp_path / name
    plain.write_text(content)
    packed = tmp_path / f"{name}.gz"
    packed.write_bytes(gzip.compress(content.encode()))
    marked = tmp_path / f"marked-{name}"
    marked.write_text(content, encoding="utf-16")
    for path in (plain, packed, marked):
        assert columns_of(path)[:2] == ("TimeGenerated", "Account"), path


def test_columns_of_parquet(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"TimeGenerated": [1], "Account": [2]}), path)
    assert columns_of(path) == ("TimeGenerated", "Account")
    for damaged in (b"PAR1 and nothing", path.read_bytes().replace(b"Account", b"\xffccount")):
        path.write_bytes(damaged)
        with pytest.raises(FileImportError, match="Parquet"):
            columns_of(path)


@pytest.mark.parametrize(
    ("name", "content"), [("a.json", "{oops"), ("a.jsonl", "[1]"), ("b.json", "[")]
)
def test_what_is_not_understood_has_no_columns_or_a_reason(
    tmp_path: Path, name: str, content: str
) -> None:
    path = tmp_path / name
    path.write_text(content)
    try:
        assert columns_of(path) == ()
    except FileImportError as error:
        assert name in error.what


@pytest.mark.parametrize("name", ["nothing.csv", "a.exe", "a"])
def test_what_cannot_be_imported_is_said_at_once(tmp_path: Path, name: str) -> None:
    if "nothing" not in name:
        (tmp_path / name).write_text("x")
    with pytest.raises(FileImportError) as caught:
        look_into(tmp_path / name)
    assert caught.value.next_step


def test_the_demo_is_no_place_for_other_logs(home: Path) -> None:
    assert target_of(home / "case") == home / "case.duckdb"
    with pytest.raises(FileImportError, match="demo"):
        target_of(home / "data" / "demo.duckdb")


def test_old_logs_say_from_where_time_counts(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("TimeGenerated,ResultType\n2026-05-01 10:00:00,0\n2026-05-03 11:30:00,0\n")
    report = import_logs(ImportOrder((file,), tmp_path / "a.duckdb", "SigninLogs"))
    now = dt.datetime(2026, 5, 10, 12, tzinfo=dt.UTC)
    lines = list(told(report, tmp_path / "a.duckdb", now))
    assert "2026-05-01 10:00 to 2026-05-03 11:30 UTC" in lines[1]
    assert "from the end of the logs" in lines[2]
    assert len(list(told(report, tmp_path / "a.duckdb", report.span[1]))) == 2  # type: ignore[index]
    file.write_text("Account\nx\n")
    plain = import_logs(ImportOrder((file,), tmp_path / "b.duckdb", "Other_CL"))
    assert plain.span is None
    assert len(list(told(plain, tmp_path / "b.duckdb", now))) == 1


def left_over(folder: Path) -> list[Path]:
    return list(folder.glob(".soc-tui-import-*"))


@pytest.mark.parametrize("existing", [False, True])
async def test_a_stopped_import_changes_nothing(tmp_path: Path, existing: bool) -> None:
    file, target = tmp_path / "big.csv", tmp_path / "case.duckdb"
    rows = "\n".join(f"2026-11-24,user{i % 97},{i}" for i in range(400_000))
    file.write_text(f"TimeGenerated,UserPrincipalName,ResultType\n{rows}\n")
    if existing:
        small = tmp_path / "small.csv"
        small.write_text("TimeGenerated,UserPrincipalName,ResultType\n2026-11-24,a,0\n")
        await import_in_thread(ImportOrder((small,), target, "SigninLogs"), lambda *_: None)
    reading = asyncio.Event()
    loop = asyncio.get_running_loop()

    def progress(what: str, share: float) -> None:
        loop.call_soon_threadsafe(reading.set)

    order = ImportOrder((file,), target, "SigninLogs")
    importing = asyncio.create_task(import_in_thread(order, progress))
    await asyncio.wait_for(reading.wait(), 10)
    importing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await importing
    if existing:
        with duckdb.connect(str(target), read_only=True) as con:
            assert con.execute("SELECT count(*) FROM SigninLogs").fetchall() == [(1,)]
    else:
        assert not target.exists()
    assert left_over(tmp_path) == []


def test_several_files_are_meant_by_one_line(tmp_path: Path) -> None:
    one, two, odd = (tmp_path / name for name in ("a.csv", "b.csv", "c d.csv"))
    for path in (one, two, odd):
        path.write_text("A\n1\n")
    meant = {
        str(one): (one,),
        str(odd): (odd,),
        str(tmp_path / "*.csv"): (one, two, odd),
        f"{two} {one}": (two, one),
        f'"{odd}" {tmp_path}/[ab].csv {one}': (odd, one, two),
        f"'{odd}'": (odd,),
        str(tmp_path / "none.csv"): (tmp_path / "none.csv",),
    }
    assert {typed: files_of(Path(typed)) for typed in meant} == meant
    for typed in (f"{one} {tmp_path}/none.csv", str(tmp_path / "*.gz"), str(tmp_path / "e f.csv")):
        with pytest.raises(FileImportError):
            files_of(Path(typed))
