"""What the catalog denies of a table is neither shown nor tested, whatever the query."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.guardrails.bounds import add_bounds
from soc_tui.guardrails.catalog import catalog_toml, load_catalog
from soc_tui.guardrails.judge import judge_kql
from soc_tui.model.catalog import Catalog, Column, KqlType
from soc_tui.model.limits import Limits
from tests.guardrails import allowed

LIMITS = Limits()
NOW = dt.datetime(2026, 11, 25, tzinfo=dt.UTC)
B = "DeviceFileEvents | where TimeGenerated > ago(1d)"
OUT = "| project-away SHA256"


def denying(folder: Path) -> Catalog:
    text = '[tables.DeviceFileEvents]\ndeny_columns = ["SHA256"]\n'
    (folder / "catalog.toml").write_text(text, encoding="utf-8")
    return load_catalog(folder)


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return denying(tmp_path_factory.mktemp("config"))


@pytest.mark.parametrize(
    "kql",
    [
        f"{B} | take 5",
        f"{B} | distinct * | take 5",
        f"{B} | summarize arg_max(TimeGenerated, *) by DeviceName | take 5",
        f'{B} | where * has "abc" | project FileName | take 5',
        f"{B} | project p = pack_all() | take 5",
        f"{B} | project p = tostring(pack_all().SHA256) | take 5",
        f"{B} | where column_ifexists('SHA256', '') == 'a' | project FileName | take 5",
        f"{B} | extend p = pack_all() | evaluate bag_unpack(p, 'x_') | project x_SHA256 | take 5",
        f"let f = (T: (*)) {{ T | take 1 }}; {B} | invoke f() | take 5",
        f"{B} | search 'abc' | project FileName | take 5",
        f"{B} | join kind=inner ({B}) on DeviceId | take 5",
        f"{B} | project-keep FileName, SHA* | take 5",
        f"{B} | project-reorder SHA* | take 5",
        f"{B} | evaluate narrow() | take 5",
        f"{B} | evaluate autocluster() | take 5",
        f"{B} | top 5 by TimeGenerated",
        "union DeviceProcessEvents, DeviceFileEvents | where TimeGenerated > ago(1d) | take 5",
        "DeviceProcessEvents | where TimeGenerated > ago(1d) "
        "| where SHA256 in (DeviceFileEvents) | take 5",
        "let V = DeviceFileEvents; V | where TimeGenerated > ago(1d) | take 5",
        "let V = () { DeviceFileEvents }; V() | where TimeGenerated > ago(1d) | take 5",
        "table('DeviceFileEvents') | where TimeGenerated > ago(1d) | take 5",
        f"{B} | make-graph DeviceId --> FileName with DeviceFileEvents on DeviceId "
        "| graph-match (a)-[e]->(b) project e.SHA256 | take 5",
    ],
)
def test_it_is_left_out_in_view(kql: str, catalog: Catalog) -> None:
    lines = judge_kql(kql, catalog, LIMITS, NOW).lines
    assert OUT in [line.added for line in lines]
    left = add_bounds(kql, catalog, LIMITS)
    assert OUT in left.kql
    assert any("denies of DeviceFileEvents: SHA256" in note for note in left.notes)
    again = judge_kql(left.kql, catalog, LIMITS, NOW)
    assert again.allowed
    assert [line for line in again.lines if line.added == OUT] == []


@pytest.mark.parametrize(
    "kql",
    [
        f"{B} | project SHA256 | take 5",
        f"{B} | where SHA256 == 'a' | count",
        f"{B} | where ['SHA256'] == 'a' | count",
        f"{B} | project-keep SHA256 | take 5",
        f"{B} | summarize count() by SHA256",
        f"{B} | project-rename x = SHA256 | take 5",
        f"let f = (T: (SHA256: string)) {{ T | project SHA256 }}; {B} | invoke f() | take 5",
        f"let f = (T: (*)) {{ T | where SHA256 == 'a' }}; {B} | invoke f() | take 5",
        "search in (DeviceFileEvents) 'abc'",
        "search in (DeviceFileEvents, DeviceProcessEvents) 'abc'",
        "find in (DeviceFileEvents) where FileName has 'abc'",
        "let f = (name: string) { table(name) | take 5 }; f('DeviceFileEvents')",
    ],
)
def test_it_is_refused(kql: str, catalog: Catalog) -> None:
    refusals = judge_kql(kql, catalog, LIMITS, NOW).refusals
    assert any("denies" in line.message or "SHA256" in line.message for line in refusals)
    assert not judge_kql(add_bounds(kql, catalog, LIMITS).kql, catalog, LIMITS, NOW).allowed


@pytest.mark.parametrize(
    "kql",
    [
        f"{B} | project FileName | take 5",
        f"{B} | where FileName == 'a' | sort by TimeGenerated | project-away SHA* | take 5",
        f"{B} | summarize count() by FileName | take 5",
        f"{B} | distinct FileName, FolderPath | take 5",
        f"{B} | count",
        "DeviceProcessEvents | where TimeGenerated > ago(1d) | where SHA256 == 'a' | take 5",
        f"{B} | project FileName | join ({B} | project FileName) on FileName | take 5",
    ],
)
def test_named_columns_need_nothing(kql: str, catalog: Catalog) -> None:
    assert judge_kql(kql, catalog, LIMITS, NOW).allowed
    assert add_bounds(kql, catalog, LIMITS).kql == kql


PASSING = [
    query
    for table in (allowed.LOOSE, allowed.BOUNDED)
    for queries in table.values()
    for query in queries
]


@given(st.sampled_from(PASSING))
@settings(max_examples=100, deadline=None)
def test_what_is_left_open_by_no_query_that_runs(kql: str) -> None:
    spec = load_catalog().tables["DeviceProcessEvents"]
    hidden = replace(spec, denied=(Column("Hidden_", KqlType.STRING),))
    denying_catalog = Catalog({**load_catalog().tables, spec.name: hidden})
    bounded = add_bounds(kql, denying_catalog, LIMITS)
    verdict = judge_kql(bounded.kql, denying_catalog, LIMITS, NOW)
    assert not verdict.allowed or not any("Hidden_" in line.added for line in verdict.lines)


def test_a_catalog_that_denies_is_written_and_read_again(catalog: Catalog, tmp_path: Path) -> None:
    written = catalog_toml(catalog.tables.values())
    (tmp_path / "catalog.toml").write_text(written, encoding="utf-8")
    assert load_catalog(tmp_path).tables == catalog.tables
