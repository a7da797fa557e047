"""Each row is held against the rules of its own table, however that is known; else it is said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from soc_tui.analysts.offline.sigma.compile_rules import compile_file
from soc_tui.analysts.offline.sigma.hunting import RuleHunt
from soc_tui.analysts.offline.sigma.rule import Condition
from soc_tui.analysts.offline.sigma.rule_library import RuleLibrary
from soc_tui.analysts.offline.sigma.rulebook import Rulebook, rulebook
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.kql.reading.row_sources import row_sources
from soc_tui.model.coverage import Unseen
from soc_tui.model.finding import Finding
from soc_tui.model.receipt import TableState
from soc_tui.model.row_sources import RowSources
from soc_tui.model.rows import Rows
from soc_tui.rows import row_tables
from tests.analysts.offline.sigma.rows_by_hand import book_of, make_rows, rule_text

CATALOG = load_catalog()
NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
P, N, S, F = "DeviceProcessEvents", "DeviceNetworkEvents", "SigninLogs", "DeviceFileEvents"
DUMP = {
    "DeviceName": "pc-1",
    "FileName": "rundll32.exe",
    "ProcessCommandLine": r"rundll32.exe comsvcs.dll, MiniDump 712 C:\x.dmp full",
}
SIGN_IN = {"UserPrincipalName": "a@b.example", "IPAddress": "203.0.113.7", "ResultType": "0"}
BOOK = book_of(
    rule_text("  s: {ProcessCommandLine|contains: MiniDump}\n  condition: s", title="Dump")
)


def hunt(kql: str, records: Sequence[Mapping[str, object]], book: Rulebook = BOOK) -> RuleHunt:
    return RuleHunt(make_rows(records), "", book, row_sources(kql, CATALOG, NOW))


def titles(one: RuleHunt) -> list[str]:
    return [finding.title for finding in one.findings() if isinstance(finding, Finding)]


def gaps(one: RuleHunt) -> str:
    return "; ".join(one.unseen(Unseen(one.rows.count, one.rows.count)).gaps())


LABELLED: list[tuple[str, str, Mapping[str, str]]] = [
    (f"union withsource=T {P}, {S}", "T", {P: P, S: S}),
    (f"union withsource=T ({P} | take 9), ({S} | take 9)", "T", {P: "union_arg0", S: "union_arg1"}),
    (f"let a = {P} | take 9; union withsource=T a, {S}", "T", {P: "union_arg0", S: S}),
    (f"search in ({P}, {S}) 'x'", "$table", {P: P, S: S}),
    (f"find in ({P}, {S}) where TimeGenerated > ago(1d)", "source_", {P: P, S: S}),
    (f"union ({P} | extend SourceTable='{P}'), ({S} | extend SourceTable='{S}')", "SourceTable",
     {P: P, S: S}),
    (f"union ({P} | extend Where='{P}'), ({S} | extend Where='{S}')", "Where", {P: P, S: S}),
    (f"union {P}, {S}", "Type", {P: P, S: S}),
    ("search 'x'", "$table", {P: P, S: S}),
]  # fmt: skip


@pytest.mark.parametrize(("kql", "column", "labels"), LABELLED)
def test_a_column_that_names_the_table_is_believed(
    kql: str, column: str, labels: Mapping[str, str]
) -> None:
    one = hunt(kql, [{column: labels[S], **SIGN_IN}, {column: labels[P], **DUMP}])
    assert one.origin.counts == {P: 1, S: 1}
    assert titles(one) == ["Dump: pc-1"]


@pytest.mark.parametrize(
    "kql",
    [f"union {P}, {S}", f"{P} | union ({S} | take 3)", f"let a = {S}; a | union {P}"],
)
def test_without_a_label_the_filled_columns_tell(kql: str) -> None:
    one = hunt(kql, [SIGN_IN, DUMP])
    assert one.origin.counts == {P: 1, S: 1}
    assert titles(one) == ["Dump: pc-1"]
    assert "unknown" not in " ".join(notice.message for notice in one.notices())


def test_rows_that_several_tables_could_give_are_said_to_be_unknown() -> None:
    one = hunt(f"union {P}, {F}", [{"DeviceName": "pc-1", "FileName": "x.exe"}, DUMP])
    assert one.origin.counts == {P: 1} and one.origin.unknown == 1
    assert "1 of 2 rows held against no rule of their own table" in gaps(one)
    assert any("table of 1 row is unknown" in notice.message for notice in one.notices())


def test_a_label_of_a_leg_with_several_tables_is_no_table() -> None:
    kql = f"let a = union {P}, {F}; union withsource=T (a | take 9), {S}"
    one = hunt(kql, [{"T": "union_arg0", **DUMP}, {"T": S, **SIGN_IN}])
    assert one.origin.counts == {P: 1, S: 1}  # the first by its filled columns


def test_a_column_of_a_log_is_not_taken_for_a_label() -> None:
    records = [{**DUMP, "AccountName": S}, {**DUMP, "AccountName": "ann"}]
    one = hunt(f"union {P}, {F}", records)
    assert S not in one.origin.counts
    assert hunt(P, [{**DUMP, "Type": S}]).origin.counts == {P: 1}


def test_a_table_behind_a_pipe_is_not_taken_for_the_first() -> None:
    """Its rows were held against the rules of the leftmost table, and passed for seen."""
    one = hunt(f"{S} | union withsource=T {P}", [{"T": P, **DUMP}])
    assert titles(one) == ["Dump: pc-1"]
    assert one.origin.silent == (S,)
    receipt = {table.name: table for table in one.receipt().tables}
    assert receipt[S].rows == 0 and receipt[P].rows == 1


def test_columns_that_only_other_legs_bring_are_absent() -> None:
    """A rule whose column a leg does not project would run on cells that are always empty."""
    text = rule_text(
        "  s: {FileName: rundll32.exe}\n  o: {InitiatingProcessFileName: agent.exe}\n"
        "  condition: s and not o"
    )
    kql = f"union withsource=T ({P} | project DeviceName, FileName), ({F} | project DeviceName,"
    kql += " InitiatingProcessFileName)"
    one = hunt(
        kql,
        [
            {"T": "union_arg0", "DeviceName": "a", "FileName": "rundll32.exe"},
            {"T": "union_arg1", "DeviceName": "a", "InitiatingProcessFileName": "x.exe"},
        ],
        book_of(text),
    )
    assert titles(one) == []
    assert "1 of 1 rules cannot run (absent: InitiatingProcessFileName)" in gaps(one)
    assert "no rule is for DeviceFileEvents" in gaps(one)


def test_a_column_made_behind_the_union_is_there_for_all() -> None:
    text = rule_text("  s: {Made: x}\n  condition: s")
    one = hunt(f"union withsource=T {P}, {S} | extend Made='x'",
               [{"T": P, "Made": "x", "DeviceName": "a"}], book_of(text))  # fmt: skip
    assert titles(one) == ["A rule: a"]


def test_a_table_without_rules_is_said() -> None:
    one = hunt("EmailEvents | take 3", [{"Subject": "x"}])
    assert "no rule is for EmailEvents" in gaps(one)
    assert "1 of 1 rows held against no rule" in gaps(one)
    lines = one.receipt().lines()
    assert any("No rule is for EmailEvents" in line for line in lines)


@pytest.mark.parametrize(
    "tail",
    [
        "count",
        "summarize Rows = count() by DeviceName",
        "distinct DeviceName",
        "project DeviceName",
    ],
)
def test_rows_without_the_columns_say_which_rules_could_not_run(tail: str) -> None:
    one = hunt(f"{P} | {tail}", [{"DeviceName": "pc-1", "Count": 3}])
    assert "1 of 1 rules cannot run (absent: ProcessCommandLine)" in gaps(one)
    (table,) = one.receipt().tables
    assert table.rules is not None
    assert table.rules.not_run_names == ("Dump",) and table.rules.absent == ("ProcessCommandLine",)


COUNTING = (
    rule_text("  s: {ResultType: '50126'}\n  condition: s", service="signinlogs", title="Failed",
              more="name: failed")
    + "\n---\ntitle: Many\nid: 5a52f8a9-1c4b-4f0e-8f2d-2a2f2c1f0d12\nstatus: test\nlevel: high\n"
    "correlation: {type: event_count, rules: [failed], group-by: [IPAddress], timespan: 1h,"
    " condition: {gte: 5}}\n"
)  # fmt: skip


def test_rules_that_count_events_are_no_proof_where_rows_are_summaries() -> None:
    record = {"IPAddress": "203.0.113.7", "ResultType": "50126"}
    kql = f"{S} | summarize count() by IPAddress, ResultType, bin(TimeGenerated, 1h)"
    assert "a row stands for several events" in gaps(hunt(kql, [record], book_of(COUNTING)))
    assert gaps(hunt(S, [record], book_of(COUNTING))) == ""


def test_rules_over_time_cannot_run_where_rows_have_no_time() -> None:
    rows = make_rows([{"IPAddress": "203.0.113.7", "ResultType": "50126"}])
    columns = tuple(one for one in rows.columns if one.name != "TimeGenerated")
    timeless = Rows(rows.table.select([one.name for one in columns]), columns)
    one = RuleHunt(timeless, S, book_of(COUNTING))
    assert "1 of 1 rules cannot run (absent: TimeGenerated)" in gaps(one)


def test_rules_that_could_not_be_read_are_no_secret() -> None:
    good = rule_text("  s: {ProcessCommandLine|contains: MiniDump}\n  condition: s", title="Dump")
    files = {
        "good.yml": good,
        "broken.yml": "title: [",
        "dns.yml": rule_text("  s: {q: x}\n  condition: s").replace(
            "product: windows, service: deviceprocessevents", "category: database"
        ),
    }
    book = rulebook((), [(name, compile_file(text)) for name, text in files.items()])
    assert len(book.problems) == 2
    assert gaps(hunt(P, [DUMP], book)) == "1 rule could not be read"


def test_a_rule_that_breaks_while_it_runs_did_not_run() -> None:
    text = rule_text("  s: {ProcessCommandLine|contains: MiniDump}\n  condition: s")
    (rule,) = book_of(text).rules
    broken = Condition("regex", column="ProcessCommandLine", values=("(",))
    one = hunt(P, [DUMP], Rulebook((replace(rule, condition=broken),)))
    assert gaps(one) == ""
    list(one.findings())
    assert "1 of 1 rules cannot run" in gaps(one)
    (table,) = one.receipt().tables
    assert table.rules is not None and table.rules.run == 0 and table.rules.not_run == 1


def test_columns_that_rules_need_and_no_row_fills_are_named() -> None:
    one = hunt(P, [{"DeviceName": "a", "ProcessCommandLine": ""}])
    (table,) = one.receipt().tables
    assert table.rules is not None and table.rules.empty == ("ProcessCommandLine",)


def test_a_union_with_an_empty_branch_has_a_receipt_for_it() -> None:
    one = hunt(f"union withsource=T {P}, {S}, {F}", [{"T": P, **DUMP}])
    receipt = one.receipt()
    assert {table.name: table.rows for table in receipt.tables} == {P: 1, S: 0, F: 0}
    assert receipt.tables[0].state is TableState.READ


def test_200_000_rows_of_three_tables_are_told_apart() -> None:
    import pyarrow as pa

    few = make_rows([DUMP, SIGN_IN, {"DeviceName": "a", "RemoteIP": "203.0.113.9"}])
    many = pa.concat_tables([few.table] * 70_000)
    origin = row_tables.origin_of(
        Rows(many, few.columns), row_sources(f"union {P}, {S}, {N}", CATALOG, NOW)
    )
    assert origin.counts == {P: 70_000, S: 70_000, N: 70_000} and not origin.unknown


def test_nothing_known_of_the_query_leaves_the_columns() -> None:
    one = RuleHunt(make_rows([DUMP]), "", RuleLibrary().load(), RowSources())
    assert one.origin.guessed and one.origin.tables == (P,)
