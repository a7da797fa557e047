"""Which tables the rows of an answer come from: every branch is followed, not the leftmost one."""

from __future__ import annotations

import datetime as dt

import pytest

from soc_tui.guardrails.catalog import load_catalog
from soc_tui.kql.reading.row_sources import row_sources
from soc_tui.model.row_sources import RowSources

CATALOG = load_catalog()
NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
P, N, S, A = "DeviceProcessEvents", "DeviceNetworkEvents", "SigninLogs", "AzureActivity"


def read(kql: str) -> RowSources:
    return row_sources(kql, CATALOG, NOW)


def ago(hours: float) -> dt.datetime:
    return NOW - dt.timedelta(hours=hours)


@pytest.mark.parametrize(
    ("kql", "tables"),
    [
        (f"{S} | take 5", {S}),
        (f"union {S}, {A}", {S, A}),
        (f"union ({S} | take 3), {A}", {S, A}),
        (f"{S} | where true | union {A}", {S, A}),
        (f"{S} | union ({A} | take 3), ({P} | take 1)", {S, A, P}),
        (f"let a = {S} | take 3; union a, {A}", {S, A}),
        (f"let a = union {S}, {A}; a | take 3", {S, A}),
        (f"let f = (h: string) {{ {P} | where DeviceName == h }}; union f('a'), {S}", {P, S}),
        (f"materialize({S} | take 3) | union {A}", {S, A}),
        (f"table('{S}') | take 1", {S}),
        (f"search in ({S}, {A}) 'x'", {S, A}),
        (f"find in ({S}, {A}) where TimeGenerated > ago(1h)", {S, A}),
        (f"union (union {S}, {A}), {P}", {S, A, P}),
        (f"{P} | join kind=inner {N} on DeviceName", {P}),
        (f"{P} | join kind=rightanti {N} on DeviceName", {N}),
        (f"{S} | where UserPrincipalName in (({A} | project Caller))", {S}),
        ("print 1", set()),
    ],
)
def test_every_branch_whose_rows_reach_the_answer_is_followed(kql: str, tables: set[str]) -> None:
    found = read(kql)
    assert found.complete
    assert {one.name for one in found.tables} == tables
    assert found.only == (next(iter(tables)) if len(tables) == 1 else "")


@pytest.mark.parametrize(
    "kql",
    [
        f"{P} | join kind=fullouter {N} on DeviceName",
        f"{P} | invoke something()",
        "union Device*",
        "search 'x'",
        f"let a = {S}; let a = union a, {P}; a | take 1 | invoke f()",
        "something(3) | take 5",
        "this is | no |",
    ],
)
def test_what_the_text_does_not_tell_is_not_taken_for_known(kql: str) -> None:
    assert not read(kql).complete
    assert read(kql).only == ""


def test_labels_and_columns_of_each_leg() -> None:
    found = read(f"union withsource=T ({S} | project TimeGenerated, IPAddress), {A}")
    assert found.label_columns == ("T",)
    first, second = found.tables
    assert first.labels == (S, "union_arg0")
    assert first.columns == ("TimeGenerated", "IPAddress")
    assert A in second.labels and "Caller" in (second.columns or ())
    assert read(f"search in ({S}, {A}) 'x'").label_columns == ("$table",)
    assert read(f"find withsource=W in ({S}) where TimeGenerated > ago(1h)").label_columns == ("W",)


@pytest.mark.parametrize(
    ("kql", "since", "until"),
    [
        (f"{S} | where TimeGenerated > ago(2h)", ago(2), None),
        (f"{S} | where TimeGenerated between (ago(2h) .. ago(1h))", ago(2), ago(1)),
        (f"{S} | where TimeGenerated >= ago(9h) | where ago(3h) > TimeGenerated", ago(9), ago(3)),
        (f"{S} | where TimeGenerated > ago(9h) and TimeGenerated > ago(3h)", ago(3), None),
        (f"union ({S} | where TimeGenerated > ago(9h)), ({S} | where TimeGenerated > ago(3h))",
         ago(9), None),
        (f"union ({S} | where TimeGenerated > ago(9h)), {S}", None, None),
        (f"union {S}, {A} | where TimeGenerated > ago(5h)", ago(5), None),
        (f"let from = ago(4h); {S} | where TimeGenerated > from", ago(4), None),
        (f"{S} | summarize count() by TimeGenerated=bin(TimeGenerated, 1d)"
         " | where TimeGenerated > ago(5h)", None, None),
        (f"{S} | take 1", None, None),
    ],
)  # fmt: skip
def test_the_window_of_a_table(
    kql: str, since: dt.datetime | None, until: dt.datetime | None
) -> None:
    found = read(kql).reads[0]
    assert (found.name, found.since, found.until, found.known) == (S, since, until, True)


def test_a_bound_that_cannot_be_read_is_said() -> None:
    assert not read(f"{S} | where TimeGenerated > toscalar({A} | summarize max(X))").reads[0].known


def test_tables_that_are_only_joined_or_tested_stand_beside() -> None:
    found = read(
        f"{P} | join ({N} | where TimeGenerated > ago(1d)) on DeviceName"
        f" | where AccountName in (({S} | project UserPrincipalName))"
    )
    assert {one.name: one.beside for one in found.reads} == {P: False, N: True, S: True}
    assert next(one for one in found.reads if one.name == N).since == ago(24)


def test_tables_of_another_workspace_are_told_apart() -> None:
    assert read(f"workspace('eu').{S} | take 1").reads[0].elsewhere
    assert not read(f"{S} | take 1").reads[0].elsewhere


@pytest.mark.parametrize(
    ("tail", "summarised"),
    [
        ("summarize count() by IPAddress", True),
        ("distinct IPAddress", True),
        ("count", True),
        ("make-series count() on TimeGenerated step 1h", True),
        ("evaluate autocluster()", True),
        ("evaluate bag_unpack(DeviceDetail)", False),
        ("project IPAddress | take 3", False),
        ("top 5 by TimeGenerated", False),
    ],
)
def test_rows_that_stand_for_several_events(tail: str, summarised: bool) -> None:
    assert read(f"{S} | {tail}").summarised is summarised
