"""From a finding to whom, when and where to look for more."""

import datetime as dt
from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from soc_tui.analysts.finding_queries import AROUND, focus, plans, related
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.guardrails.judge import judge_kql
from soc_tui.kql.writing.build import build
from soc_tui.model.catalog import Catalog, Column, KqlType
from soc_tui.model.finding import Confidence, Evidence, Finding, Quotation, Severity
from soc_tui.model.limits import Limits
from soc_tui.model.rows import Rows

NOW = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)
CATALOG = load_catalog()
TIMES = [NOW - dt.timedelta(hours=30, minutes=minute) for minute in (5, 0, 90)]
ROWS = Rows(
    pa.table(
        {
            "TimeGenerated": pa.array(TIMES, pa.timestamp("us", "UTC")),
            "DeviceName": ["win-07", "win-07", "dc-01"],
            "AccountName": ["alice", "bob", "bob"],
        }
    ),
    (
        Column("TimeGenerated", KqlType.DATETIME),
        Column("DeviceName", KqlType.STRING),
        Column("AccountName", KqlType.STRING),
    ),
)
FINDING = Finding(
    "Odd",
    "",
    Confidence.HIGH,
    Severity.HIGH,
    evidence=(
        Evidence("r1", (Quotation("DeviceName", "win-07"),)),
        Evidence("r2", (Quotation("TimeGenerated", "2026-11-24T06:00:00Z"),)),
    ),
)


def test_the_focus_is_read_from_the_cited_rows_alone() -> None:
    found = focus(FINDING, ROWS)
    assert (found.host, found.first, found.last) == ("win-07", TIMES[0], TIMES[1])
    assert found.account in {"alice", "bob"}


def test_without_rows_the_quoted_cells_must_do() -> None:
    found = focus(FINDING, None)
    assert (found.host, found.first) == ("win-07", TIMES[1])
    assert found.account == ""
    assert focus(replace(FINDING, evidence=()), None).first is None


def test_the_other_half_of_the_story_comes_first_and_the_table_itself_last() -> None:
    names = related("DeviceProcessEvents", CATALOG)
    assert names[0] == "DeviceNetworkEvents"
    assert names[-1] == "DeviceProcessEvents"
    few = Catalog({"SigninLogs": CATALOG.tables["SigninLogs"]})
    assert related("DeviceProcessEvents", few) == ()
    assert related("AzureActivity", few) == ("SigninLogs",)


@pytest.mark.parametrize("table", ["DeviceProcessEvents", "SigninLogs", "AzureActivity", ""])
def test_every_plan_is_a_query_that_the_guardrails_allow(table: str) -> None:
    whom = {"DeviceName": "win-07", "UserPrincipalName": 'al"ice@x', "Caller": "bob@x"}
    cells = {**whom, "IPAddress": "203.0.113.7"}
    rows = Rows(
        pa.table({"TimeGenerated": ROWS.table.column(0)[:1], **{k: [v] for k, v in cells.items()}}),
        (ROWS.columns[0], *(Column(name, KqlType.STRING) for name in cells)),
    )
    made = plans(replace(FINDING, evidence=(Evidence("r1"),)), rows, table, CATALOG, NOW)
    assert made
    for plan in made:
        built = build(plan, CATALOG, Limits())
        assert judge_kql(built.kql, CATALOG, Limits()).allowed, built.kql
        assert f"datetime({TIMES[0] - AROUND:%Y-%m-%dT%H:%M:%S}Z)" in built.kql
        assert f"datetime({TIMES[0] + AROUND:%Y-%m-%dT%H:%M:%S}Z)" in built.kql
        assert any(who in built.kql for who in ("win-07", "ice@x", "bob@x", "203.0.113.7"))


def test_a_finding_about_nobody_makes_no_plan() -> None:
    nobody = replace(FINDING, evidence=(Evidence("r1", (Quotation("FileName", "a.exe"),)),))
    assert plans(nobody, None, "DeviceProcessEvents", CATALOG, NOW) == ()


@given(st.datetimes(timezones=st.just(dt.UTC), min_value=dt.datetime(2020, 1, 1)))
def test_the_range_reaches_back_before_the_window(moment: dt.datetime) -> None:
    moment = min(moment, NOW)
    cell = Quotation("TimeGenerated", moment.isoformat())
    about = replace(FINDING, evidence=(Evidence("r1", (Quotation("DeviceName", "h"), cell)),))
    plan = plans(about, None, "DeviceFileEvents", CATALOG, NOW)[0]
    assert NOW - dt.timedelta(hours=plan.time_range_hours) <= moment - AROUND
