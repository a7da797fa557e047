"""Ways on from a cell: each is KQL that the guardrails allow and that the demo workspace runs."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.guardrails.catalog import load_catalog
from soc_tui.guardrails.judge import judge_kql
from soc_tui.kql.writing.pivot import Entity, entity_of, everywhere, narrowed
from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.finding import Ioc
from soc_tui.model.hunt import Hunt
from soc_tui.model.limits import Limits
from soc_tui.model.rows import Rows
from soc_tui.opening.open_hunter import present
from soc_tui.review.pivots import MOST_STOPS, Ground, Stop, Trail, cell_pivots, ioc_pivots
from soc_tui.workspaces.local.workspace import LocalWorkspace

NOW = dt.datetime.now(dt.UTC)
CATALOG, LIMITS = load_catalog(), Limits()
GROUND = Ground(CATALOG, LIMITS, NOW)
QUERY = (
    "DeviceProcessEvents\n| where TimeGenerated > ago(1d)\n| order by TimeGenerated desc\n| take 9"
)


def asked(kql: str = QUERY) -> Hunt:
    return Hunt(id="h", created=NOW, request="", workspace="demo", analyst="offline", kql=kql)


def one_row(**cells: object) -> Rows:
    kinds = {"TimeGenerated": KqlType.DATETIME, "ProcessId": KqlType.LONG}
    columns = tuple(Column(name, kinds.get(name, KqlType.STRING)) for name in cells)
    table = pa.Table.from_arrays([pa.array([value]) for value in cells.values()], list(cells))
    return Rows(table, columns)


EVENT = one_row(
    TimeGenerated=NOW - dt.timedelta(hours=30),
    DeviceName="win-07",
    AccountName="erik.lindqvist",
    RemoteIP="192.0.2.10",
    FileName='a"b\\c.exe',
    ProcessId=712,
)


@pytest.mark.parametrize(
    ("kql", "expected"),
    [
        ("T", "T\n| where C"),
        ("T | take 5", "T\n| where C | take 5"),
        (
            "T | where X > 1 | order by X | take 5",
            "T | where X > 1\n| where C | order by X | take 5",
        ),
        (
            "let a = 1; T | where X == a | top 3 by X",
            "let a = 1; T | where X == a\n| where C | top 3 by X",
        ),
        ("T | take 5 | extend Y = 1", "T | take 5 | extend Y = 1\n| where C"),
        ("(T | take 5)", "(T | take 5)\n| where C"),
    ],
)
def test_a_condition_stands_before_the_last_order_and_cap(kql: str, expected: str) -> None:
    assert narrowed(kql, "C") == expected


@pytest.mark.parametrize(
    ("name", "value", "entity"),
    [
        ("DeviceId", "a" * 40, None),
        ("AlertId", "b" * 64, None),
        ("UserId", "c9286921-8bb6-5e2f-9d0a-0123456789ab", None),
        ("SHA1", "a" * 40, Entity.HASH),
        ("DeviceName", "win-07", Entity.HOST),
        ("Computer", "srv-1", Entity.HOST),
        ("RemoteIP", "192.0.2.1", Entity.ADDRESS),
        ("anything", "2001:db8::1", Entity.ADDRESS),
        ("AccountName", "anna", Entity.ACCOUNT),
        ("UserPrincipalName", "anna@x.example", Entity.ACCOUNT),
        ("Caller", "anna@x.example", Entity.ACCOUNT),
        ("SHA256", "ab" * 32, Entity.HASH),
        ("RemoteUrl", "x.example", Entity.DOMAIN),
        ("FileName", "a.exe", Entity.FILE),
        ("UserAgent", "Mozilla", None),
        ("AccountDomain", "corp", None),
        ("ActionType", "ProcessCreated", None),
        ("DeviceName", "", None),
    ],
)
def test_what_a_value_names(name: str, value: str, entity: Entity | None) -> None:
    assert entity_of(name, KqlType.STRING, value) is entity


def test_every_way_on_from_a_row() -> None:
    pivots = {pivot.key: pivot for pivot in cell_pivots(asked(), EVENT, 0, "FileName", GROUND)}
    assert set(pivots) == {"k", "d", "h", "u", "a", "f", "t"}
    assert '| where FileName == "a\\"b\\\\c.exe"\n| order by' in pivots["k"].kql
    assert '| where FileName != "a\\"b\\\\c.exe"\n| order by' in pivots["d"].kql
    assert "ago(31h)" in pivots["h"].kql  # wide enough to hold the event itself
    assert "between (datetime(" in pivots["t"].kql
    for pivot in pivots.values():
        verdict = judge_kql(pivot.kql, CATALOG, LIMITS)
        assert verdict.allowed, (pivot, verdict.refusals)


def test_indicators_lead_on() -> None:
    iocs = (Ioc("ip", "192.0.2.10"), Ioc("registry key", "HKLM"), Ioc("sha256", "ab" * 32))
    pivots = ioc_pivots(iocs, GROUND, 24)
    assert [pivot.key for pivot in pivots] == ["1", "2"]
    assert all(judge_kql(pivot.kql, CATALOG, LIMITS).allowed for pivot in pivots)


@settings(max_examples=30, deadline=None)  # the whole catalog is judged each time
@given(st.text(min_size=1, max_size=30), st.sampled_from(Entity))
def test_no_value_breaks_out_of_its_literal(value: str, entity: Entity) -> None:
    kql = everywhere(entity, value, CATALOG, LIMITS)
    assert judge_kql(kql, CATALOG, LIMITS).allowed


async def test_the_demo_workspace_answers_each_way(demo_database: Path) -> None:
    workspace = LocalWorkspace(demo_database)
    catalog = present(CATALOG, await workspace.schema())
    ground = Ground(catalog, LIMITS, NOW)
    sources = {}
    for pivot in cell_pivots(asked(), EVENT, 0, "DeviceName", ground):
        rows = await workspace.query(pivot.kql)
        if "SourceTable" in rows.column_names:
            sources[pivot.key] = set(rows.table.column("SourceTable").to_pylist())
    assert {"DeviceProcessEvents", "DeviceNetworkEvents"} <= sources["h"]
    assert {"SigninLogs"} <= sources["u"]
    await workspace.aclose()


def test_a_trail_goes_back_and_forward_and_forgets_what_was_ahead() -> None:
    a, b, c, d = (Stop(kql) for kql in "abcd")
    trail = Trail().on(a, b).on(b, c)
    gone = trail.back(c)
    assert gone is not None
    trail, stop = gone
    assert stop == b
    forward = trail.forward(Stop("b edited"))
    assert forward is not None
    assert forward[1] == c
    again = forward[0].back(c)
    assert again is not None
    assert again[1] == Stop("b edited")
    trail = trail.on(b, d)
    assert trail.forward(d) is None
    assert [stop.kql for stop in trail.stops] == ["a", "b", "d"]
    assert Trail().back(a) is None
    for number in range(100):
        trail = trail.on(Stop(str(number)), Stop(str(number + 1)))
    assert len(trail.stops) == MOST_STOPS


def test_what_a_pivot_does_is_read_whole_however_long_its_value_is() -> None:
    row = one_row(
        TimeGenerated=NOW - dt.timedelta(hours=700), DeviceName="w" * 200, SHA256="0f" * 32
    )
    pivots = cell_pivots(asked(), row, 0, "SHA256", GROUND)
    whole = [one.label for one in pivots if one.key in {"h", "s", "t"}]
    assert len(whole) == 3
    assert all(len(label) <= 66 and "…" in label for label in whole)
    assert whole[0].endswith("1 h")
    assert all("0f" * 32 in one.kql for one in pivots if one.key == "s")


@pytest.mark.parametrize("name", ["ProcessCommandLine", "DeviceName"])
def test_no_way_on_is_longer_than_what_may_run(name: str) -> None:
    row = one_row(TimeGenerated=NOW, **{name: "x" * LIMITS.max_query_chars})
    for kql in (QUERY, QUERY + "// " + "x" * LIMITS.max_query_chars):
        pivots = cell_pivots(asked(kql), row, 0, name, GROUND)
        assert [pivot.key for pivot in pivots] == ["t"]
