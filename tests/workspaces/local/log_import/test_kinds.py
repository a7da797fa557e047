"""Files are told by their content, whatever their names; each kind becomes the rows it means."""

import bz2
import gzip
import io
import json
import lzma
import os
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import duckdb
import py7zr
import pyarrow as pa
import pytest

from soc_tui.files.log_import import tables_of
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.model.errors import AmbiguousDatesError, FileImportError
from soc_tui.workspaces.local.log_import import inputs
from soc_tui.workspaces.local.log_import.import_report import ImportReport
from soc_tui.workspaces.local.log_import.load import import_files
from soc_tui.workspaces.local.log_import.times import DateOrder

KNOWN = tables_of(load_catalog())


def take(folder: Path, *named: Path, table: str | None = None, **how: Any) -> ImportReport:
    return import_files(folder / "w.duckdb", table, named, known=KNOWN, **how)


def rows_of(folder: Path, table: str) -> list[dict[str, Any]]:
    with duckdb.connect(str(folder / "w.duckdb"), read_only=True) as con:
        found = con.sql(f'SELECT * FROM "{table}"')
        return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


# -- what wraps records ----------------------------------------------------------------------------

ROWS = [
    {"TimeGenerated": "2026-11-28T13:00:03Z", "Computer": "h1", "Port": 1},
    {"TimeGenerated": "2026-11-28T13:00:04Z", "Computer": "h2", "Port": 2},
]
COLUMNS = [("TimeGenerated", "datetime"), ("Computer", "string"), ("Port", "long")]
V1 = {
    "Tables": [
        {
            "TableName": "Table_0",
            "Columns": [
                {"ColumnName": n, "DataType": "String", "ColumnType": k} for n, k in COLUMNS
            ],
            "Rows": [list(row.values()) for row in ROWS],
        },
        {"TableName": "Table_1", "Columns": [{"ColumnName": "Value"}], "Rows": [["{}"]]},
    ]
}
V2_HEAD = {
    "TableId": 1,
    "TableKind": "PrimaryResult",
    "TableName": "PrimaryResult",
    "Columns": [{"ColumnName": n, "ColumnType": k} for n, k in COLUMNS],
}
V2 = [
    {"FrameType": "DataSetHeader", "IsProgressive": False, "Version": "v2.0"},
    {
        "FrameType": "DataTable",
        "TableId": 0,
        "TableKind": "QueryProperties",
        "Columns": [],
        "Rows": [],
    },
    {"FrameType": "DataTable", **V2_HEAD, "Rows": [list(row.values()) for row in ROWS]},
    {"FrameType": "DataSetCompletion", "HasErrors": False},
]
V2_BY_PARTS = [
    {"FrameType": "TableHeader", **V2_HEAD},
    {"FrameType": "TableFragment", "TableId": 1, "TableFragmentType": "DataAppend",
     "Rows": [list(ROWS[0].values())]},
    {"FrameType": "TableFragment", "TableId": 1, "TableFragmentType": "DataAppend",
     "Rows": [list(ROWS[1].values())]},
    {"FrameType": "TableCompletion", "TableId": 1, "RowCount": 2},
]  # fmt: skip
DATES = [
    {**row, "TimeGenerated": f"/Date({1795870803000 + n * 1000})/"} for n, row in enumerate(ROWS)
]
EPOCH = [{**row, "TimeGenerated": 1795870803 + n} for n, row in enumerate(ROWS)]
WRAPPED: dict[str, str] = {
    "graph": json.dumps({"@odata.context": "x", "value": ROWS}),
    "hunting": json.dumps({"schema": [], "results": ROWS}),
    "pages, one a line": "\n".join(json.dumps({"value": [row]}) for row in ROWS),
    "records": json.dumps({"records": ROWS}, indent=1),
    "elastic": json.dumps(
        {"took": 1, "hits": {"total": 2, "hits": [{"_source": r} for r in ROWS]}}
    ),
    "elastic, lines": "\n".join(json.dumps({"_index": "x", "_source": row}) for row in ROWS),
    "splunk": "\n".join(json.dumps({"preview": False, "result": row}) for row in ROWS),
    "kusto v1": json.dumps(V1),
    "kusto v2": json.dumps(V2),
    "kusto v2, progressive": json.dumps(V2_BY_PARTS),
    "two arrays": json.dumps(ROWS[:1]) + "\n" + json.dumps(ROWS[1:]),
    "documents over lines": "\n".join(json.dumps(row, indent=2) for row in ROWS),
    "powershell": json.dumps(DATES),
    "seconds": json.dumps(EPOCH),
    "array": json.dumps(ROWS),
    "lines": "\n".join(map(json.dumps, ROWS)),
}


@pytest.mark.parametrize("form", WRAPPED)
def test_records_are_taken_out_of_what_wraps_them(tmp_path: Path, form: str) -> None:
    take(tmp_path, write(tmp_path, "a.txt", WRAPPED[form]), table="SecurityEvent")
    found = [
        (str(r["TimeGenerated"])[:19], r["Computer"]) for r in rows_of(tmp_path, "SecurityEvent")
    ]
    assert found == [("2026-11-28 13:00:03", "h1"), ("2026-11-28 13:00:04", "h2")]


# -- names -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "columns", "note"),
    [
        ("a.jsonl", '{"@version": "1", "Version": "5"}', {"version1": "1", "Version": "5"},
         "@version"),
        ("a.jsonl", '{"PId": "1"}\n{"PID": "2"}', {"PId": "1"}, "PId and PID are one column"),
        ("a.jsonl", '{"PId": "1", "PID": "2"}', {"PId": "1", "PID1": "2"}, "PID1"),
        ("a.json", '[{"A": "0", "A": "50126"}]', {"A": "0", "A1": "50126"}, "stands twice"),
        ("a.csv", "A,B,A\nx,y,z\n", {"A": "x", "B": "y", "A1": "z"}, "A1"),
        ("a.csv", ",A\n7,x\n", {"Column1": 7, "A": "x"}, "column 1 has no name"),
        ("a.csv", "Site_,A B\nx,y\n", {"Site_": "x", "A_B": "y"}, "A B"),
        ("a.csv", " A , B \nx,y\n", {"A": "x", "B": "y"}, "' A ' is now A"),
        ("a.csv", "A\nKöln\n".encode("cp1252"), {"A": "Köln"}, "Windows-1252"),
        ("a.csv", "A,B\nx,Köln\n".encode("utf-16-le"), {"A": "x", "B": "Köln"}, "UTF-16-LE"),
        ("a.csv", "A\n日本語日本\n日".encode()[:-1] + b"\n", {"A": "日本語日本"}, "not UTF-8"),
    ],
)  # fmt: skip
def test_names_and_encodings(
    tmp_path: Path, name: str, content: str | bytes, columns: dict[str, Any], note: str
) -> None:
    report = take(tmp_path, write(tmp_path, name, content), table="T")
    assert rows_of(tmp_path, "T")[0] == columns
    assert any(note in said for said in report.notes), report.notes


def test_names_in_two_spellings_take_no_more_memory_than_one(tmp_path: Path) -> None:
    record = {f"field{i}": "x" for i in range(120)} | {"Message": "m" * 4000}
    spelled = ({**record, "PId" if i % 2 else "PID": i} for i in range(1500))
    take(tmp_path, write(tmp_path, "a.jsonl", "\n".join(map(json.dumps, spelled))), table="Made")
    assert {row["PID"] for row in rows_of(tmp_path, "Made")} == set(range(1500))


# -- times -----------------------------------------------------------------------------------------


def test_the_order_of_dates_is_read_off_the_whole_column(tmp_path: Path) -> None:
    early = [f"{day}/11/2026, 10:00:00" for day in range(1, 13)]
    path = write(
        tmp_path, "a.csv", "When\n" + "\n".join(f'"{d}"' for d in [*early, "24/11/2026, 10:00:00"])
    )
    take(tmp_path, path, table="T")
    assert {row["When"].month for row in rows_of(tmp_path, "T")} == {11}


def test_an_ambiguous_order_is_asked_for_and_can_be_said(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", 'TimeGenerated,A\n"03/11/2026, 13:02:03",x\n')
    with pytest.raises(AmbiguousDatesError, match="day first, or month first"):
        take(tmp_path, path, table="T")
    take(tmp_path, path, table="D", dates=DateOrder.DAY_FIRST)
    take(tmp_path, path, table="M", dates=DateOrder.MONTH_FIRST)
    months = [rows_of(tmp_path, table)[0]["TimeGenerated"].month for table in ("D", "M")]
    assert months == [11, 3]


def test_another_column_of_the_file_settles_the_order(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", "TimeGenerated,Seen\n03/11/2026 10:00,25/11/2026 10:00\n")
    take(tmp_path, path, table="T")
    assert rows_of(tmp_path, "T")[0]["TimeGenerated"].month == 11


@pytest.mark.parametrize(
    ("header", "flag", "taken"),
    [
        ("CreatedDateTime,ExpiresOn", "", "CreatedDateTime"),
        ("ExpiresOn,ts", "", "ts"),
        ("ExpiresOn,@timestamp", "", "timestamp"),
        ("CreatedDateTime,Seen", "Seen", "Seen"),
    ],
)
def test_a_time_column_is_found_and_named(
    tmp_path: Path, header: str, flag: str, taken: str
) -> None:
    path = write(tmp_path, "a.csv", f"{header},A\n2026-11-28 10:00,2026-11-29 10:00,x\n")
    report = take(tmp_path, path, table="T", time_column=flag)
    row = rows_of(tmp_path, "T")[0]
    assert row["TimeGenerated"] == row[taken]
    assert any(f"TimeGenerated of T is {taken}" in note for note in report.notes)


def test_a_time_column_that_is_not_there(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", "When,A\n2026-11-28,x\n")
    with pytest.raises(FileImportError, match="Its columns of times: When"):
        take(tmp_path, path, time_column="A")


# -- archives, folders, standard input -------------------------------------------------------------

CSV = "TimeGenerated,UserPrincipalName,ResultType\n2026-11-28T13:00:03Z,a@x.test,0\n"


def tarred(path: Path, mode: Literal["w:gz", "w:xz"], name: str, raw: bytes) -> Path:
    with tarfile.open(path, mode) as tar:
        info = tarfile.TarInfo(name)
        info.size = len(raw)
        tar.addfile(info, io.BytesIO(raw))
    return path


def packed(folder: Path, kind: str) -> Path:
    raw = CSV.encode()
    if kind == "zip":
        with zipfile.ZipFile(folder / "a.zip", "w") as archive:
            archive.writestr("../in/signins.csv", raw)
            archive.writestr("__MACOSX/._signins.csv", b"junk")
            archive.writestr("notes.pdf", b"%PDF-1.7")
        return folder / "a.zip"
    if kind == "7z":
        with py7zr.SevenZipFile(folder / "a.7z", "w") as seven:
            seven.writestr(CSV, "signins.csv")
        return folder / "a.7z"
    if kind == "tar.gz":
        return tarred(folder / "a.tgz", "w:gz", "signins.csv", raw)
    if kind == "zst":
        with pa.output_stream(str(folder / "a.zst"), compression="zstd") as stream:
            stream.write(raw)
        return folder / "a.zst"
    if kind == "zip in a folder":
        (folder / "in" / "deep").mkdir(parents=True)
        inner = gzip.compress(raw, mtime=0)
        with zipfile.ZipFile(folder / "in" / "deep" / "a", "w") as archive:
            archive.writestr("signins.csv.gz", inner)
        return folder / "in"
    ways: dict[str, Callable[[bytes], bytes]] = {
        "gz": gzip.compress,
        "bz2": bz2.compress,
        "xz": lzma.compress,
    }
    return write(folder, "signins.download", ways[kind](raw))


@pytest.mark.parametrize(
    "kind", ["zip", "7z", "tar.gz", "zst", "gz", "bz2", "xz", "zip in a folder"]
)
def test_archives_and_folders_are_opened(tmp_path: Path, kind: str) -> None:
    report = take(tmp_path, packed(tmp_path, kind))
    assert [(one.table, one.rows) for one in report.tables] == [("SigninLogs", 1)]
    assert sorted(one.name for one in tmp_path.iterdir() if one.name.startswith(".")) == []


def bomb(folder: Path, kind: str) -> Path:
    """2 MB of one letter, which packs to almost nothing."""
    raw = b"a" * 2_000_000
    if kind == "zip":
        with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.csv", raw)
        return folder / "a.zip"
    if kind == "7z":
        with py7zr.SevenZipFile(folder / "a.7z", "w") as seven:
            seven.writestr(raw, "a.csv")
        return folder / "a.7z"
    if kind == "tar":
        return tarred(folder / "a.txz", "w:xz", "a.csv", raw)
    return write(folder, "a.csv.xz", lzma.compress(raw))


@pytest.mark.parametrize("kind", ["zip", "7z", "tar", "xz"])
def test_an_archive_that_swells_is_refused(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inputs, "_ALWAYS", 1_000)
    with pytest.raises(FileImportError, match="unpacks to more than 250 times its size"):
        take(tmp_path, bomb(tmp_path, kind))
    assert not list(tmp_path.glob(".*"))


def test_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(CSV.encode())))
    assert take(tmp_path, Path("-")).table == "SigninLogs"


def test_one_bad_file_of_many_is_left_out_and_named(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    write(folder, "good.csv", CSV)
    write(folder, "bad.csv", "A,B\n1\n")
    write(
        folder, "events.xml", "<Events><Event><System><EventID>1</EventID></System></Even></Events>"
    )
    report = take(tmp_path, folder)
    assert report.rows == 1
    assert any(note.startswith("left out: bad.csv, line 2") for note in report.notes)


def test_a_file_is_taken_once(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", CSV)
    copy = write(tmp_path, "b.csv.gz", gzip.compress(CSV.encode(), mtime=0))
    assert take(tmp_path, path, copy).rows == 1
    report = take(tmp_path, copy)
    assert report.rows == 0
    assert "in the workspace already (as a.csv)" in report.notes[0]
    assert take(tmp_path, path, again=True).rows == 1
    assert take(tmp_path, path, replace=True).rows == 1
    assert len(rows_of(tmp_path, "SigninLogs")) == 1


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.json", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
        ("a.pcap", b"\xd4\xc3\xb2\xa1\x02\x00", "zeek -r"),
        ("a.csv", "<!DOCTYPE html><html><body>Sign in</body></html>", "sign-in"),
        ("a.evtx", b"ElfFile\0" + b"\0" * 5000, "a.evtx"),
        ("a.evt", b"0\x00\x00\x00LfLe\x01", "Event Viewer"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c" + b"\0" * 30, "cannot be read"),
        ("a.xlsx", None, "Save it as CSV"),
        ("a.exe", b"MZ\x90\x00", "program"),
        ("a.xml", "<root><a/></root>", "Windows events"),
        ("a.xml", '<!DOCTYPE x [<!ENTITY a "b">]><Events><Event/></Events>', "document type"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_with_what_to_do(
    tmp_path: Path, name: str, content: str | bytes | None, said: str
) -> None:
    if content is None:
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr("xl/workbook.xml", "<workbook/>")
    else:
        write(tmp_path, name, content)
    with pytest.raises(FileImportError) as caught:
        take(tmp_path, tmp_path / name)
    assert said in str(caught.value)
    assert caught.value.next_step


# -- which table -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "cells", "name", "table"),
    [
        ("Timestamp,DeviceName,FileName,ProcessCommandLine", "2026-11-28,h,a,b", "x.csv",
         "DeviceProcessEvents"),
        ("TimeGenerated,UserPrincipalName,ResultType,IPAddress", "2026-11-28,a,0,::1",
         "query_data.csv", "SigninLogs"),
        ("TimeGenerated,Computer,Type", "2026-11-28,h,Syslog", "export.csv", "Syslog"),
        ("TimeGenerated,Foo,Bar", "2026-11-28,h,b", "our own-log.2026.csv", "our_own_log_CL"),
    ],
)  # fmt: skip
def test_the_table_is_told_by_the_content(
    tmp_path: Path, header: str, cells: str, name: str, table: str
) -> None:
    assert take(tmp_path, write(tmp_path, name, f"{header}\n{cells}\n")).table == table
    assert take(tmp_path, tmp_path / name, table="Mine", again=True).table == "Mine"


def test_times_without_a_year_go_into_the_year_of_the_file(tmp_path: Path) -> None:
    lines = "Dec 31 23:59:59 h sshd[7]: late\nJan  1 00:00:01 h sshd[7]: early\n"
    path = write(tmp_path, "messages", lines)
    os.utime(path, (1767312000, 1767312000))  # 2026-01-02
    take(tmp_path, path)
    years = [row["TimeGenerated"].year for row in rows_of(tmp_path, "Syslog")]
    assert years == [2025, 2026]
