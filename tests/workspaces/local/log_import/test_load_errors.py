"""Bad files are named with line and column, and change nothing."""

import gzip
import json
import re
from pathlib import Path

import duckdb
import pytest

from soc_tui.model.errors import FileImportError
from soc_tui.workspaces.local.log_import import load
from soc_tui.workspaces.local.log_import.load import import_files


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


BAD: dict[str, tuple[str | bytes, int | None, int | str | None, str]] = {
    "empty.csv": (b"", 1, 1, "empty"),
    "blank.csv": (b" \n\n", 1, 1, "empty"),
    "zero.json": (b"", 1, 1, "empty"),
    "garbage.csv": (bytes(range(256)) * 20, 1, 1, "not text"),
    "garbage.json": (bytes(range(256)) * 20, 1, 1, "not text"),
    "fields.csv": ("a,b\n1,2\n3,4,5\n", 3, 3, "expected 2 fields, found 3"),
    "short.csv": ('a,b\n1,"x\ny"\n3\n', 4, 1, "expected 2 fields, found 1"),
    "quote.csv": ('a,b\n1,2\n"x,3\n', 3, 1, "quote"),
    "half.csv": (b"\xff\xfea\x00,\x00b\x00\n\x001\x00,\x00\x00\xd8", 2, None, "UTF-16"),
    "late.csv": ("\na,b\n1,2\n", 1, None, "header line is empty"),
    "ends.csv": ('a,b\r\n1,"x\ny"\r\n2,3\n', 4, None, "line ending differs"),
    "marked.csv": ("sep=;\na;Timestamp\n1;nope\n", 3, "2 (Timestamp)", "valid datetime"),
    "array.json": ("[[1]]", None, None, "not a JSON object"),
    "same.json": (
        '{"tables": [{"columns": [{"name": "a", "type": "int"}, {"name": "a", "type": "int"}],'
        ' "rows": [[1, 2]]}]}', None, None, "two of its columns are named a"
    ),
    "time.csv": ("Timestamp,b\n2026-01-01,1\n\nnope,2\n", 4, "1 (Timestamp)", "valid datetime"),
    "lines.csv": ('b,Timestamp\n"x\ny",2026-01-01\n2,nope\n', 4, "2 (Timestamp)", "valid datetime"),
    "cut.jsonl": ('{"a": 1}\n{"a":', 2, 6, "too early"),
    "bad.jsonl": ('{"a": 1}\n{"a": 1]\n', 2, 8, "not JSON"),
    "five.jsonl": ('{"a": 1}\n\n5\n', 3, 1, "not a JSON object"),
    "cut.json": ('[{"a": 1},\n{"b": 2}', 2, 9, "too early"),
    "bad.json": ('[{"a": 1},\n{"b":]', 2, 6, "not JSON"),
    "deep.json": ('[{"a": ' + "[" * 100_000, None, None, ""),
    "none.json": ("[]", 1, 1, "no records"),
    "api.json": ('{"tables": [{"name": "x"}]}', None, None, "query API"),
    "time.jsonl": (
        '{"Timestamp": "2026-01-01"}\n\n{"Timestamp": "x"}\n', 3, "1 (Timestamp)", "valid datetime"
    ),
    "text.json": ('"text"', 1, 1, "not a JSON object"),
    "bad.csv.gz": (b"\x1f\x8bxxxx", None, None, "cannot be read"),
    "cut.csv.gz": (gzip.compress(b"a,b\n1,2\n" * 9, mtime=0)[:-12], None, None, "cannot be read"),
    "bad.parquet": (b"PAR1 this is not", None, None, "Parquet"),
    "sheet.xlsx": (b"PK", None, None, "kind"),
}  # fmt: skip


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "data" / "logs.duckdb"
    import_files(path, "Good", [write(tmp_path, "good.csv", "a\n1\n")])
    return path


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_named_with_their_place(tmp_path: Path, name: str) -> None:
    content, line, column, words = BAD[name]
    good = write(tmp_path, "good.csv", "a,b\n1,2\n")
    database = tmp_path / "new" / "logs.duckdb"
    with pytest.raises(FileImportError) as caught:
        import_files(database, "T", [good, write(tmp_path, name, content)])
    text = str(caught.value)
    place = "" if line is None else f", line {line}"
    place += "" if column is None else f", column {column}"
    assert text.startswith(f"{name}{place}: ")
    assert words in text
    assert "Nothing was imported." in text
    assert not re.search(r"SELECT|read_csv|InvalidInput|Traceback|store_rejects", text)
    assert list(database.parent.iterdir()) == []


@pytest.mark.parametrize("table", ["Good", "New"])
@pytest.mark.parametrize("replace", [False, True])
def test_an_existing_database_is_unchanged(
    tmp_path: Path, database: Path, table: str, *, replace: bool
) -> None:
    fine = write(tmp_path, "fine.csv", "a,b\n2,x\n")
    bad = write(tmp_path, "bad.csv", "a,TimeGenerated\n3,never\n")
    with pytest.raises(FileImportError):
        import_files(database, table, [fine, bad], replace=replace)
    assert [path.name for path in database.parent.iterdir()] == ["logs.duckdb"]
    with duckdb.connect(str(database), read_only=True) as con:
        assert con.execute("SELECT table_name FROM duckdb_tables()").fetchall() == [("Good",)]
        assert con.sql("SELECT * FROM Good").fetchall() == [(1,)]


def test_parquet_types_must_fit_the_table(tmp_path: Path, database: Path) -> None:
    path = tmp_path / "a.parquet"
    duckdb.execute(f"COPY (SELECT 'x' AS a) TO '{path}'")
    with pytest.raises(FileImportError, match="not a valid long"):
        import_files(database, "Good", [path])


@pytest.mark.parametrize(
    ("name", "row"), [("a.csv", "{0}\n"), ("a.jsonl", '{{"a": "{0}"}}\n')], ids=["csv", "json"]
)
def test_too_little_memory_is_not_a_fault_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, row: str
) -> None:
    monkeypatch.setattr(load, "_LIMITS", ({"memory_limit": "4MB"},))
    head = "a\n" if name.endswith("csv") else ""
    path = write(tmp_path, name, head + row.format("x" * 1_000_000) * 9)
    with pytest.raises(FileImportError, match="not enough memory"):
        import_files(tmp_path / "w.duckdb", None, [path])


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet"])
def test_what_the_memory_at_first_does_not_hold_is_imported_with_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path, cell = tmp_path / name, "x" * 3_000_000
    sql = f"COPY (SELECT 1 AS n, '{cell}' AS a) TO '{path}'"
    with duckdb.connect() as con:
        con.execute(sql + (" (FORMAT json)" if name.endswith("jsonl") else ""))
    monkeypatch.setattr(load, "_LIMITS", ({"memory_limit": "4MB"}, *load._LIMITS))
    told: list[str] = []
    report = import_files(
        tmp_path / "w.duckdb", "T", [path], progress=lambda text, share: told.append(text)
    )
    assert report.rows == 1
    assert "More memory is needed: starting again" in told
    assert sorted(one.name for one in tmp_path.iterdir()) == [name, "w.duckdb"]


def test_a_spelling_that_differs_in_case_is_that_of_the_table(
    tmp_path: Path, database: Path
) -> None:
    report = import_files(database, "Good", [write(tmp_path, "b.csv", "A\n2\n")])
    assert [column.name for column in report.columns] == ["a"]
    with duckdb.connect(str(database), read_only=True) as con:
        assert con.sql("SELECT a FROM Good").fetchall() == [(1,), (2,)]


@pytest.mark.parametrize("table", ["", "1T", "a b", "a;b", 'a"b', "a-b", "x" * 129, "Tä"])
def test_table_names(tmp_path: Path, table: str) -> None:
    with pytest.raises(FileImportError, match="not a valid table name"):
        import_files(tmp_path / "x.duckdb", table, [write(tmp_path, "a.csv", "a\n1\n")])


def test_no_files_and_missing_files(tmp_path: Path) -> None:
    with pytest.raises(FileImportError, match="No file"):
        import_files(tmp_path / "x.duckdb", "T", [])
    with pytest.raises(FileImportError, match=r"gone\.csv: no such file in /"):
        import_files(tmp_path / "x.duckdb", "T", [tmp_path / "gone.csv"])
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(FileImportError, match="it holds no files"):
        import_files(tmp_path / "x.duckdb", "T", [empty])


def test_a_database_that_is_none(tmp_path: Path) -> None:
    database = write(tmp_path, "x.duckdb", "hello " * 1000)
    with pytest.raises(FileImportError, match="not a DuckDB file"):
        import_files(database, "T", [write(tmp_path, "a.csv", "a\n1\n")])
    assert database.read_text() == "hello " * 1000


def test_a_database_in_use(tmp_path: Path, database: Path) -> None:
    with duckdb.connect(str(database)), pytest.raises(FileImportError, match="in use"):
        import_files(database, "T", [write(tmp_path, "a.csv", "a\n1\n")])


def test_cells_do_not_run(tmp_path: Path) -> None:
    name = "x'); DROP TABLE T; --"
    hostile = json.dumps([{name: "'; COPY T TO '/tmp/x'", '"}': "$.a"}])
    database = tmp_path / "x.duckdb"
    report = import_files(database, "T", [write(tmp_path, "a.json", hostile.replace('\\"}', "q"))])
    assert report.rows == 1
    assert report.columns[0].name == "x_DROP_TABLE_T"


def test_a_parquet_name_that_is_no_utf8_is_told(tmp_path: Path, database: Path) -> None:
    path = tmp_path / "a.parquet"
    duckdb.execute(f"COPY (SELECT 'x' AS Account) TO '{path}'")
    path.write_bytes(path.read_bytes().replace(b"Account", b"\xffccount"))
    with pytest.raises(FileImportError, match="not a readable Parquet"):
        import_files(database, "Good", [path])
