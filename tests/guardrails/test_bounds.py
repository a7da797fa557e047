"""Missing bounds are written where each table is read, for all to see."""

import pytest

from soc_tui.guardrails.bounds import add_bounds
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.model.catalog import Catalog, Column, KqlType, TableSpec
from soc_tui.model.limits import Limits

CATALOG, LIMITS = load_catalog(), Limits(max_rows=100)
P, A = "DeviceProcessEvents", "AlertInfo"
W = "| where TimeGenerated > ago(24h)"
TAKE = "\n| take 100"
B, KEYS, F = f"{P} {W}", "$left.DeviceId == $right.AlertId", "let f = (t: (*)) { t }"


@pytest.mark.parametrize(
    ("kql", "bounded"),
    [
        (P, f"{P}\n{W}{TAKE}"),
        (f"{P} // a | b", f"{P}\n{W}{TAKE} // a | b"),
        (f"({P})", f"({P}\n{W}){TAKE}"),
        (f"{P} | order by AccountName", f"{P}\n{W} | order by AccountName{TAKE}"),
        (f"{P} | render table", f"{P}\n{W}{TAKE} | render table"),
        (f"{P} datascope=all", f"{P} datascope=all\n{W}{TAKE}"),
        (f"union {P}, {A} | count", f"union {P}, {A}\n{W} | count"),
        (f"{B} | union {A} | count", f"{B} | union ({A} {W}) | count"),
        (f"{B} | join {A} on {KEYS} | count", f"{B} | join ({A} {W}) on {KEYS} | count"),
        (f"{B} | where DeviceId in ({A}) | count", f"{B} | where DeviceId in (({A} {W})) | count"),
        (f"let t = {P}; t {W} | count", f"let t = {P}; t {W} | count"),
        (f"let t = {P}; t | count", f"let t = {P}\n{W}; t | count"),
        (f"{F}; f({P}) | count", f"{F}; f(({P} {W})) | count"),
        (f"search in ({P}, {A}) 'x' | count", f"search in ({P}, {A}) 'x'\n{W} | count"),
        (f"print x = toscalar({P} | count)", f"print x = toscalar({P}\n{W} | count){TAKE}"),
        ("print 1", f"print 1{TAKE}"),
    ],
)
def test_the_text_with_its_bounds(kql: str, bounded: str) -> None:
    added = add_bounds(kql, CATALOG, LIMITS)
    assert added.kql == bounded
    assert bool(added.notes) is (kql != bounded)


@pytest.mark.parametrize(("hours", "written"), [(None, "24h"), (3, "3h"), (24 * 7, "7d")])
def test_the_time_range_of_the_request(hours: float | None, written: str) -> None:
    assert f"ago({written})" in add_bounds(P, CATALOG, LIMITS, hours).kql


def test_no_more_than_the_limits_allow() -> None:
    assert "ago(2h)" in add_bounds(P, CATALOG, Limits(max_hours=2), 50).kql


@pytest.mark.parametrize("kql", ["", "not kql |", "((((", f"{P} |"])
def test_what_cannot_be_read_is_left_alone(kql: str) -> None:
    assert add_bounds(kql, CATALOG, LIMITS).kql == kql


def test_tables_with_other_time_columns_get_their_own() -> None:
    odd = TableSpec("Odd", (Column("Timestamp", KqlType.DATETIME),), time_column="Timestamp")
    timeless = TableSpec("Timeless", (Column("a", KqlType.STRING),), time_column="")
    catalog = Catalog({**CATALOG.tables, "Odd": odd, "Timeless": timeless})
    assert "Odd\n| where Timestamp > ago(24h)" in add_bounds("Odd", catalog, LIMITS).kql
    assert add_bounds("Timeless | count", catalog, LIMITS).kql == "Timeless | count"
    mixed = add_bounds(f"union Odd, {P} | count", catalog, LIMITS)
    assert mixed.kql == f"union Odd, {P} | count"
    assert "add one to each" in mixed.notes[0]
