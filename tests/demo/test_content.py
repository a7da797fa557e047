"""The generated week: columns, size, coherence, ground truth."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pytest

from soc_tui.demo.columns import DUCKDB_TYPES
from soc_tui.demo.content import TABLE_COUNT, tables
from soc_tui.demo.intrusion import HOSTILE_USER_AGENT, STAGES, Stage
from soc_tui.demo.truth import is_intruder_row, stages_of
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.workspaces.local.workspace import LocalWorkspace

NAMES = (
    "DeviceProcessEvents", "DeviceNetworkEvents", "DeviceLogonEvents", "DeviceFileEvents",
    "DeviceRegistryEvents", "SigninLogs", "AzureActivity", "AzureNetworkAnalytics_CL", "AlertInfo",
    "AlertEvidence",
)  # fmt: skip
TIME = dt.timedelta(minutes=4)


@pytest.fixture(scope="module")
def con(demo_database: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(demo_database), read_only=True)


@pytest.fixture(scope="module")
def end(con: duckdb.DuckDBPyConnection) -> dt.datetime:
    """Last moment of the week, to within seconds."""
    row = con.execute("SELECT max(TimeGenerated) FROM DeviceNetworkEvents").fetchone()
    assert row is not None
    found = row[0]
    assert isinstance(found, dt.datetime)
    return found


def one(con: duckdb.DuckDBPyConnection, sql: str) -> object:
    row = con.execute(sql).fetchone()
    assert row is not None
    return row[0]


def test_the_tables_are_the_ten_and_no_more(con: duckdb.DuckDBPyConnection) -> None:
    assert {row[0] for row in con.execute("SHOW TABLES").fetchall()} == set(NAMES)
    assert len(NAMES) == TABLE_COUNT


@pytest.mark.parametrize("name", NAMES)
def test_columns_and_types_are_the_catalogs(con: duckdb.DuckDBPyConnection, name: str) -> None:
    spec = load_catalog().table(name)
    assert spec is not None
    found = [(row[0], row[1]) for row in con.execute(f'DESCRIBE "{name}"').fetchall()]
    expected = [(column.name, DUCKDB_TYPES[column.type]) for column in spec.columns]
    assert [(n, t.replace(",", ", ").replace("  ", " ")) for n, t in found] == expected


def test_every_generated_column_is_documented() -> None:
    catalog = load_catalog()
    for name, columns in tables(3):
        spec = catalog.table(name)
        assert spec is not None
        assert [name for name in columns if spec.column(name) is None] == []


def test_about_two_hundred_thousand_rows(con: duckdb.DuckDBPyConnection) -> None:
    counts = {name: one(con, f'SELECT count(*) FROM "{name}"') for name in NAMES}
    total = sum(int(str(count)) for count in counts.values())
    assert 150_000 <= total <= 260_000
    assert all(int(str(count)) >= 40 for count in counts.values())


@pytest.mark.parametrize("name", NAMES)
def test_times_lie_in_the_week(con: duckdb.DuckDBPyConnection, name: str, end: dt.datetime) -> None:
    row = con.execute(f'SELECT min(TimeGenerated), max(TimeGenerated) FROM "{name}"').fetchone()
    assert row is not None
    assert end - dt.timedelta(days=7) - TIME <= row[0] <= row[1] <= end + TIME


def test_same_seed_same_week() -> None:
    for (name, first), (again, second) in zip(tables(11), tables(11), strict=True):
        assert name == again
        for column, values in first.items():
            assert list(values) == list(second[column]), (name, column)


def test_another_seed_another_week_with_the_same_intrusion() -> None:
    for name, columns in tables(12):
        if name != "DeviceProcessEvents":
            continue
        rows = zip(*columns.values(), strict=True)
        found = {
            stage.name
            for row in rows
            for stage in stages_of(name, dict(zip(columns, row, strict=True)))
        }
        assert found == {stage.name for stage in STAGES if stage.table == name}


def test_initiators_of_connections_have_their_own_process_rows(
    con: duckdb.DuckDBPyConnection,
) -> None:
    """All but those that started before the week."""
    orphans = one(
        con,
        "SELECT count(*) FROM DeviceNetworkEvents n ANTI JOIN DeviceProcessEvents p ON "
        "p.DeviceId = n.DeviceId AND p.ProcessId = n.InitiatingProcessId "
        "AND p.ProcessCreationTime = n.InitiatingProcessCreationTime "
        "WHERE n.InitiatingProcessCreationTime > "
        "(SELECT min(TimeGenerated) + INTERVAL 1 MINUTE FROM DeviceProcessEvents) "
        "AND n.InitiatingProcessFileName NOT IN ('ntoskrnl.exe', 'systemd')",
    )
    assert orphans == 0


def test_children_are_younger_than_their_parents(con: duckdb.DuckDBPyConnection) -> None:
    assert one(
        con,
        "SELECT count(*) FROM DeviceProcessEvents "
        "WHERE ProcessCreationTime < InitiatingProcessCreationTime",
    ) == 0  # fmt: skip


def test_a_binary_has_one_hash_for_each_version(con: duckdb.DuckDBPyConnection) -> None:
    assert one(
        con,
        "SELECT max(n) FROM (SELECT count(DISTINCT SHA256) n FROM DeviceProcessEvents "
        "GROUP BY lower(FileName), ProcessVersionInfoProductVersion, FileSize)",
    ) == 1  # fmt: skip


def test_logon_ids_lead_from_processes_to_logons(con: duckdb.DuckDBPyConnection) -> None:
    """Every day's desktop shell runs in a session whose logon is on record."""
    assert one(
        con,
        "SELECT count(*) FROM DeviceProcessEvents p ANTI JOIN DeviceLogonEvents l ON "
        "l.DeviceId = p.DeviceId AND l.LogonId = p.LogonId AND l.AccountName = p.AccountName "
        "WHERE p.FileName = 'explorer.exe'",
    ) == 0  # fmt: skip


def test_report_ids_are_unique_on_each_device(con: duckdb.DuckDBPyConnection) -> None:
    for name in NAMES[:5]:
        assert one(
            con, f"SELECT count(*) - count(DISTINCT (DeviceId, ReportId)) FROM {name}"
        ) == 0  # fmt: skip


def test_outside_addresses_are_reserved_ones(con: duckdb.DuckDBPyConnection) -> None:
    ranges = r"^(10\.|192\.0\.2\.|198\.51\.100\.|203\.0\.113\.|198\.1[89]\.)"
    for table, column in (
        ("DeviceNetworkEvents", "RemoteIP"), ("SigninLogs", "IPAddress"),
        ("AzureActivity", "CallerIpAddress"), ("AzureNetworkAnalytics_CL", "SrcIP_s"),
        ("AzureNetworkAnalytics_CL", "SrcPublicIPs_s"),
    ):  # fmt: skip
        assert one(
            con,
            f"SELECT count(*) FROM {table} "
            f"WHERE {column} <> '' AND NOT regexp_matches({column}, '{ranges}')",
        ) == 0  # fmt: skip


def test_hostile_cells_are_there(con: duckdb.DuckDBPyConnection) -> None:
    row = con.execute(
        "SELECT count(*) FROM SigninLogs WHERE UserAgent = ?", [HOSTILE_USER_AGENT]
    ).fetchone()
    assert row == (1,)
    assert one(con, "SELECT count(*) FROM DeviceFileEvents WHERE contains(FileName, '\u202e')") == 1


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: str(stage.name))
async def test_each_stage_is_found_by_its_query_at_its_time(
    stage: Stage, demo_database: Path, end: dt.datetime
) -> None:
    rows = await LocalWorkspace(demo_database).query(stage.kql)
    assert 1 <= rows.count <= 200
    times = [value.replace(tzinfo=None) for value in rows.table["TimeGenerated"].to_pylist()]
    hour = dt.timedelta(hours=1)
    assert min(times) >= end - stage.first_hours * hour - TIME
    assert max(times) <= end - stage.last_hours * hour + TIME
    for row in rows.table.to_pylist():
        assert stage in stages_of(stage.table, row)
        assert is_intruder_row(stage.table, row)


@pytest.mark.parametrize("name", NAMES)
def test_ordinary_rows_are_recognised_as_such(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Matchers agree with KQL on every row of the table, and nearly all rows are ordinary."""
    stages = [stage for stage in STAGES if stage.table == name]
    wanted = {test.column for stage in stages for test in stage.conditions}
    columns = sorted(wanted | {"TimeGenerated"})
    listed = ", ".join(f'"{column}"' for column in columns)
    rows = con.execute(f'SELECT {listed} FROM "{name}"').fetchall()
    hits = [row for row in rows if stages_of(name, dict(zip(columns, row, strict=True)))]
    end = max(row[columns.index("TimeGenerated")] for row in rows)
    assert 0 < len(hits) <= 230
    first = max(stage.first_hours for stage in stages)
    oldest = min(row[columns.index("TimeGenerated")] for row in hits)
    assert oldest >= end - dt.timedelta(hours=first) - TIME


def test_the_last_twelve_hours_of_the_victim_are_not_empty_of_it(
    con: duckdb.DuckDBPyConnection, end: dt.datetime
) -> None:
    for name in ("DeviceProcessEvents", "DeviceFileEvents", "DeviceNetworkEvents"):
        found = con.execute(
            f"SELECT * FROM {name} WHERE DeviceName = 'win-07' AND TimeGenerated > ?",
            [end - dt.timedelta(hours=12)],
        )
        columns = [column[0] for column in found.description or ()]
        rows = [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
        guilty = [row for row in rows if is_intruder_row(name, row)]
        assert guilty
        assert len(rows) - len(guilty) > 20
