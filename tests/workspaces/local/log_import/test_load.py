"""Exports of Sentinel, Defender and the query API become tables that KQL can hunt."""

import csv
import datetime as dt
import gzip
import io
import json
import os
import stat
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.errors import FileImportError
from soc_tui.workspaces.local.log_import.import_report import ImportReport
from soc_tui.workspaces.local.log_import.load import import_files
from soc_tui.workspaces.local.workspace import LocalWorkspace


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "data" / "logs.duckdb"


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def rows_of(database: Path, table: str = "T") -> list[dict[str, object]]:
    with duckdb.connect(str(database), read_only=True) as con:
        found = con.sql(f'SELECT * FROM "{table}"')
        return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


def types_of(report: ImportReport) -> dict[str, str]:
    return {column.name: column.type.value for column in report.columns}


SENTINEL = (
    "TimeGenerated [UTC],Computer,SHA256,ProcessId,Dyn,Ok,Score,Empty,ResultType\r\n"
    '"11/24/2026, 10:15:30.123 AM",h1,0012,5,"{""a"":1}",true,1.5,,0\r\n'
    '"11/24/2026, 1:15:30.123 PM",,0013,6,"{""a"":\n""x""}",False,2,,50126\r\n'
)


async def test_a_sentinel_export_can_be_hunted(tmp_path: Path, database: Path) -> None:
    report = import_files(database, "SigninLogs", [write(tmp_path, "a.csv", SENTINEL)])
    assert types_of(report) == {
        "TimeGenerated": "datetime",
        "Computer": "string",
        "SHA256": "string",
        "ProcessId": "long",
        "Dyn": "dynamic",
        "Ok": "bool",
        "Score": "real",
        "Empty": "string",
        "ResultType": "string",
    }
    assert report.rows == 2
    assert report.notes == ("'TimeGenerated [UTC]' is now TimeGenerated",)
    workspace = LocalWorkspace(database, now=lambda: dt.datetime(2026, 11, 24, 14, tzinfo=dt.UTC))
    rows = await workspace.query(
        "SigninLogs | where TimeGenerated > ago(1h) and ResultType != '0' and SHA256 == '0013'"
        " | project TimeGenerated, Computer, a = tostring(Dyn.a), ProcessId, Ok"
    )
    assert rows.table.to_pylist() == [
        {
            "TimeGenerated": dt.datetime(2026, 11, 24, 13, 15, 30, 123000, tzinfo=dt.UTC),
            "Computer": "",
            "a": "x",
            "ProcessId": 6,
            "Ok": False,
        }
    ]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-24T10:15:30Z", (2026, 11, 24, 10, 15, 30)),
        ("2026-11-24T10:15:30.1234567Z", (2026, 11, 24, 10, 15, 30, 123456)),
        ("2026-11-24 10:15:30", (2026, 11, 24, 10, 15, 30)),
        ("2026-11-24T10:15:30+02:00", (2026, 11, 24, 8, 15, 30)),
        ("Nov 24, 2026 10:15:30 AM", (2026, 11, 24, 10, 15, 30)),
        ("Nov 4, 2026 1:15:30 PM", (2026, 11, 4, 13, 15, 30)),
        ("11/24/2026, 10:15:30.123 AM", (2026, 11, 24, 10, 15, 30, 123000)),
        ("11/24/2026, 12:05:00 AM", (2026, 11, 24, 0, 5)),
    ],
)
def test_time_formats(
    tmp_path: Path, database: Path, text: str, moment: tuple[int, int, int, int, int]
) -> None:
    report = import_files(database, "T", [write(tmp_path, "a.csv", f'Seen,N\n"{text}",1\n,2\n')])
    assert types_of(report)["Seen"] == "datetime"
    assert [row["Seen"] for row in rows_of(database)] == [dt.datetime(*moment), None]


@pytest.mark.parametrize(
    ("name", "cells", "kind"),
    [
        ("Port", ["1", "443"], "long"),
        ("Port", ["1", "0443"], "string"),  # a leading zero would be lost
        ("Port", ["1", "x"], "string"),
        ("Port", ["1", "2.5"], "real"),
        ("Port", ["12345678901234567890"], "string"),  # beyond 64 bits
        ("Share", ["1e3", "-2.5"], "real"),
        ("Flag", ["true", "False"], "bool"),
        ("Flag", ["true", "yes"], "string"),
        ("ResultType", ["0", "50126"], "string"),
        ("SHA1", ["1234567890"], "string"),
        ("LogonId", ["123"], "string"),
        ("OSVersion", ["10.0"], "string"),
        ("Sid", ["500"], "string"),
        ("ProcessId", ["500"], "long"),
        ("When", ["infinity", "now"], "string"),
        ("Bag", ['{"a": 1}', "[1]"], "dynamic"),
        ("Bag", ['{"a": 1}', "{no"], "string"),
        ("Nothing", ["", ""], "string"),
    ],
)
def test_types_are_read_off_all_values(
    tmp_path: Path, database: Path, name: str, cells: list[str], kind: str
) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([[name, "Other"], *([cell, "x"] for cell in cells)])
    report = import_files(database, "T", [write(tmp_path, "a.csv", text.getvalue())])
    assert types_of(report)[name] == kind


def test_a_value_far_down_decides_too(tmp_path: Path, database: Path) -> None:
    lines = ["N", *(str(n) for n in range(20_000)), "x"]
    report = import_files(database, "T", [write(tmp_path, "a.csv", "\n".join(lines) + "\n")])
    assert types_of(report) == {"N": "string"}


def test_known_types_win(tmp_path: Path, database: Path) -> None:
    known = {
        "LogonId": KqlType.LONG,
        "Empty": KqlType.DYNAMIC,
        "Took": KqlType.TIMESPAN,
        "Id": KqlType.GUID,
        "NotThere": KqlType.LONG,
    }
    text = "LogonId,Empty,Took,Id\n12,,00:01:30,74be27de-1e4e-49d9-b579-fe0b331d3642\n"
    report = import_files(database, "T", [write(tmp_path, "a.csv", text)], columns=known)
    assert types_of(report) == {
        "LogonId": "long", "Empty": "dynamic", "Took": "timespan", "Id": "guid",
    }  # fmt: skip
    assert rows_of(database)[0]["Took"] == dt.timedelta(seconds=90)


RECORDS = [
    {"TimeGenerated": "2026-11-24T10:00:00Z", "N": 1, "D": {"x": [1]}, "ResultType": "0"},
    {"TimeGenerated": "2026-11-24T11:00:00Z", "N": 2, "D": None, "ResultType": "1", "New": True},
]
API = {
    "tables": [
        {
            "name": "PrimaryResult",
            "columns": [
                {"name": "TimeGenerated", "type": "datetime"},
                {"name": "N", "type": "long"},
                {"name": "D", "type": "dynamic"},
                {"name": "ResultType", "type": "string"},
                {"name": "New", "type": "bool"},
            ],
            "rows": [
                ["2026-11-24T10:00:00Z", 1, '{"x":[1]}', "0", None],
                ["2026-11-24T11:00:00Z", 2, None, "1", True],
            ],
        }
    ]
}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", json.dumps(RECORDS)),
        ("a.json", json.dumps(RECORDS, indent=2)),
        ("a.json", json.dumps(RECORDS).encode("utf-16")),
        ("a.json", "\ufeff" + json.dumps(RECORDS)),
        ("a.json", json.dumps(API)),
        ("a.json", json.dumps(API, indent=1)),
        ("a.json", json.dumps({"Schema": [], "Results": RECORDS})),
        ("a.json", json.dumps({"value": RECORDS}, indent=1)),
        ("a.json", "\n".join(json.dumps(r) for r in RECORDS)),
        ("a.jsonl", "\n\n".join(json.dumps(r) for r in RECORDS) + "\n"),
        ("a.ndjson.gz", gzip.compress("\n".join(json.dumps(r) for r in RECORDS).encode(), mtime=0)),
        ("a.json.gz", gzip.compress(json.dumps(RECORDS).encode(), mtime=0)),
    ],
)
def test_shapes_of_json(tmp_path: Path, database: Path, name: str, content: str | bytes) -> None:
    report = import_files(database, "T", [write(tmp_path, name, content)])
    assert types_of(report) == {
        "TimeGenerated": "datetime",
        "N": "long",
        "D": "dynamic",
        "ResultType": "string",
        "New": "bool",
    }
    first, second = rows_of(database)
    assert json.loads(str(first["D"])) == {"x": [1]}
    assert (first["New"], second["New"], second["D"]) == (None, True, None)
    assert (first["ResultType"], second["N"]) == ("0", 2)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "a,b\n1,é\n".encode("utf-16")),
        ("a.csv", "a,b\n1,é\n".encode("utf-8-sig")),
        ("a.csv.gz", gzip.compress("a,b\r\n1,é\r\n".encode(), mtime=0)),
        ("a.csv", "a;b\n1;é\n"),
        ("a.tsv", "a\tb\n1\té\n"),
        ("a'[1]*?.csv", 'a,b\n1,"é"\n'),
    ],
)
def test_encodings_delimiters_and_odd_names(
    tmp_path: Path, database: Path, name: str, content: str | bytes
) -> None:
    import_files(database, "T", [write(tmp_path, name, content)])
    assert rows_of(database) == [{"a": 1, "b": "é"}]


def test_parquet(tmp_path: Path, database: Path) -> None:
    path = tmp_path / "a.parquet"
    duckdb.execute(
        "COPY (SELECT TIMESTAMPTZ '2026-11-24 10:00:00Z' AS TimeGenerated, {'a': 1} AS Bag,"
        " [1, 2] AS List, 7::UTINYINT AS Small, NULL::VARCHAR AS Name, DATE '2026-11-24' AS Day)"
        f" TO '{path}'"
    )
    report = import_files(database, "T", [path])
    assert types_of(report) == {
        "TimeGenerated": "datetime", "Bag": "dynamic", "List": "dynamic", "Small": "int",
        "Name": "string", "Day": "datetime",
    }  # fmt: skip
    assert rows_of(database) == [
        {
            "TimeGenerated": dt.datetime(2026, 11, 24, 10),
            "Bag": '{"a":1}',
            "List": "[1,2]",
            "Small": 7,
            "Name": "",
            "Day": dt.datetime(2026, 11, 24),
        }
    ]


def test_several_files_are_joined_by_name(tmp_path: Path, database: Path) -> None:
    one = write(tmp_path, "1.csv", "a,b\n1,x\n")
    two = write(tmp_path, "2.json", '[{"b": "y", "c": {"d": 1}, "a": 2.5}]')
    report = import_files(database, "T", [one, two])
    assert types_of(report) == {"a": "real", "b": "string", "c": "dynamic"}
    assert report.rows == 2
    assert rows_of(database) == [
        {"a": 1.0, "b": "x", "c": None},
        {"a": 2.5, "b": "y", "c": '{"d":1}'},
    ]


def test_appending_and_replacing(tmp_path: Path, database: Path) -> None:
    import_files(database, "T", [write(tmp_path, "1.csv", "n,s\n1,x\n")])
    report = import_files(database, "T", [write(tmp_path, "2.csv", "new,n\nq,2\n")])
    assert report.rows == 1
    assert rows_of(database) == [{"n": 1, "s": "x", "new": ""}, {"n": 2, "s": "", "new": "q"}]
    with pytest.raises(FileImportError, match=r"3\.csv, line 3, column 1 \(n\)"):
        import_files(database, "T", [write(tmp_path, "3.csv", "n\n1\nx\n")])
    assert len(rows_of(database)) == 2
    report = import_files(database, "T", [tmp_path / "3.csv"], replace=True)
    assert report.columns == (Column("n", KqlType.STRING),)
    assert rows_of(database) == [{"n": "1"}, {"n": "x"}]


def test_other_tables_stay(tmp_path: Path, database: Path) -> None:
    path = write(tmp_path, "1.csv", "n\n1\n")
    import_files(database, "A", [path])
    import_files(database, "B", [path])
    assert rows_of(database, "A") == rows_of(database, "B") == [{"n": 1}]


def test_the_file_is_for_its_owner_and_nothing_else_is_left(tmp_path: Path, database: Path) -> None:
    import_files(database, "T", [write(tmp_path, "1.csv", "n\n1\n")])
    assert stat.S_IMODE(database.stat().st_mode) == 0o600
    assert [path.name for path in database.parent.iterdir()] == ["logs.duckdb"]


def test_progress_runs_from_start_to_end(tmp_path: Path, database: Path) -> None:
    told: list[tuple[str, float]] = []
    path = write(tmp_path, "1.csv", "n\n1\n")
    import_files(
        database, "T", [path, path], progress=lambda text, share: told.append((text, share))
    )
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert told[0] == ("Reading 1.csv", 0.0) and told[-1][1] == 1.0


CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=12)


@settings(max_examples=15, deadline=None)
@given(rows=st.lists(st.tuples(CELL, CELL), min_size=1, max_size=24))
def test_text_survives_csv(
    rows: list[tuple[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("csv")
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([("CommandHash", "Version"), *rows])
    known = {"CommandHash": KqlType.STRING, "Version": KqlType.STRING}
    path = write(folder, "a.csv", text.getvalue())
    import_files(folder / "x.duckdb", "T", [path], columns=known)
    found = rows_of(folder / "x.duckdb")
    assert [(row["CommandHash"], row["Version"]) for row in found] == rows


def test_excels_own_first_line_names_the_delimiter(tmp_path: Path, database: Path) -> None:
    report = import_files(database, "T", [write(tmp_path, "a.csv", "sep=;\r\nA,x;B\r\n1;2\r\n")])
    assert types_of(report) == {"A_x": "long", "B": "long"}
    assert rows_of(database) == [{"A_x": 1, "B": 2}]


def test_times_in_another_zone_are_not_taken_as_utc_in_silence(
    tmp_path: Path, database: Path
) -> None:
    text = '"TimeGenerated [Local Time]",Data [x]\n2026-11-24 10:15:30,y\n'
    report = import_files(database, "T", [write(tmp_path, "a.csv", text)])
    assert report.notes == (
        "'TimeGenerated [Local Time]' is now TimeGenerated, its times read as UTC",
        "'Data [x]' is now Data",
    )


def test_an_answer_that_is_not_whole_says_so(tmp_path: Path, database: Path) -> None:
    answer = {
        "tables": [*API["tables"], *API["tables"]],
        "error": {"code": "PartialError", "message": "It took\ntoo long."},
    }
    report = import_files(database, "T", [write(tmp_path, "a.json", json.dumps(answer))])
    assert report.notes == (
        "a.json contains 2 tables; only the first was imported",
        "a.json is a partial result: It took\\ntoo long.",
    )


def test_timespans_as_kql_writes_them(tmp_path: Path, database: Path) -> None:
    spans = ["1.02:03:04.1234567", "-1.00:00:01", "00:00:00.5", None]
    table = {
        "columns": [{"name": "Took", "type": "timespan"}, {"name": "Odd", "type": "SqlDecimal"}],
        "rows": [[span, "1"] for span in spans],
    }
    file = write(tmp_path, "a.json", json.dumps({"tables": [table]}))
    report = import_files(database, "T", [file])
    assert types_of(report) == {"Took": "timespan", "Odd": "string"}
    assert [row["Took"] for row in rows_of(database)] == [
        dt.timedelta(days=1, hours=2, minutes=3, seconds=4, microseconds=123456),
        dt.timedelta(days=-1, seconds=-1),
        dt.timedelta(seconds=0.5),
        None,
    ]


def test_times_of_day_in_parquet(tmp_path: Path, database: Path) -> None:
    path = tmp_path / "a.parquet"
    with duckdb.connect() as con:
        con.sql("SELECT TIME '01:02:03.5' AS At").write_parquet(str(path))
    assert types_of(import_files(database, "T", [path])) == {"At": "timespan"}
    assert rows_of(database) == [{"At": dt.timedelta(hours=1, minutes=2, seconds=3.5)}]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.jsonl", '{"A": "x"}\n\n{"A": "\\ud800y"}\n'),
        ("a.json", '[{"A": "x"},\n{"A": "\\ud800y"}]'),
        ("a.json", '{"value": [{"A": "x"}, {"A": "\\ud800y"}]}'),
    ],
)
def test_half_a_surrogate_pair_does_not_stop_an_import(
    tmp_path: Path, database: Path, name: str, text: str
) -> None:
    import_files(database, "T", [write(tmp_path, name, text)])
    assert rows_of(database) == [{"A": "x"}, {"A": "?y"}]


def test_whole_numbers_beyond_64_bits_keep_their_digits(tmp_path: Path, database: Path) -> None:
    text = '{"N": 1, "M": 9223372036854775807}\n{"N": 18446744073709551615, "M": 1}\n'
    report = import_files(database, "T", [write(tmp_path, "a.jsonl", text)])
    assert types_of(report) == {"N": "string", "M": "long"}
    assert [row["N"] for row in rows_of(database)] == ["1", "18446744073709551615"]


def test_a_wide_table_takes_little_memory(tmp_path: Path, database: Path) -> None:
    resource = pytest.importorskip("resource")
    names = [f"Column{n}" for n in range(200)]  # AzureDiagnostics has up to 500
    file = write(tmp_path, "a.csv", ",".join(names) + "\n" + ",".join("1" for _ in names))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert len(import_files(database, "T", [file]).columns) == 200
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300 * 1024  # KiB; was 1 GB


def test_what_killed_imports_left_is_deleted_a_day_later(tmp_path: Path, database: Path) -> None:
    old, running = (database.parent / f".soc-tui-import-{name}" for name in ("old", "running"))
    for folder in (old, running):
        folder.mkdir(parents=True)
        (folder / "new.duckdb").write_bytes(b"rows")
    os.utime(old, (0, 0))
    import_files(database, "T", [write(tmp_path, "a.csv", "a\n1\n")])
    assert sorted(database.parent.iterdir()) == [running, database]
