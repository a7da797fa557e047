"""What is said of what was seen: nothing more than is known, and nothing before it was read."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from soc_tui.model.coverage import Coverage, Stage, Unseen
from soc_tui.model.hunt import Status
from soc_tui.model.receipt import Extent, Receipt, TableReceipt, TableRules, TableState
from tests.history.hunts import example_hunt

NOON = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
SINCE = NOON - dt.timedelta(days=1)
FULL = Extent(True, 500, NOON - dt.timedelta(days=9), NOON, 90, since=SINCE)
STALE = Extent(True, 500, NOON - dt.timedelta(days=9), NOON - dt.timedelta(days=4), 0, since=SINCE)
EMPTY = Extent(True, 0, None, None, 0, since=SINCE)
GONE = Extent(False)
NOT_KNOWN = Extent(why_unknown="time-out")


def receipt(*tables: TableReceipt) -> Receipt:
    return Receipt(tables, NOON)


@pytest.mark.parametrize(
    ("table", "state", "words"),
    [
        (TableReceipt("A", FULL, rows=3), TableState.READ, "A: 3 rows read; 90 rows since"),
        (TableReceipt("A", FULL, rows=0), TableState.NO_MATCH, "A: no rows match the query; 90"),
        (TableReceipt("A", STALE, rows=0), TableState.STALE, "A: no rows since 2026-11-23 12:00"),
        (TableReceipt("A", EMPTY, rows=0), TableState.EMPTY, "no rows: the table exists and is"),
        (TableReceipt("A", GONE, rows=0), TableState.NO_TABLE, "no table of this name"),
        (TableReceipt("A", NOT_KNOWN, rows=0), TableState.UNKNOWN, "not known whether it holds"),
        (TableReceipt("A", NOT_KNOWN), TableState.UNKNOWN, "(time-out)"),
        (TableReceipt("A", NOT_KNOWN, rows=3), TableState.READ, "not known what else the table"),
        (TableReceipt("A", FULL), TableState.READ, "cannot be told from those of other tables"),
        (TableReceipt("A", FULL, rows=0, beside=True), TableState.READ, "only joined or looked up"),
        (TableReceipt("A", STALE, beside=True), TableState.STALE, "newest 2026-11-20 12:00 UTC"),
    ],
)  # fmt: skip
def test_a_table_is_told_as_what_it_was(table: TableReceipt, state: TableState, words: str) -> None:
    assert table.state is state
    assert words in " ".join(receipt(table).lines())


def test_no_rows_no_table_and_not_read_are_three_sentences() -> None:
    def said(extent: Extent, rows: int, done: str = "read") -> str:
        return " ".join(receipt(TableReceipt("A", extent, rows=rows)).lines(done))

    told = {said(FULL, 0), said(GONE, 0), said(FULL, 3, "not read"), said(FULL, 3)}
    assert len(told) == 4
    assert "3 rows not read" in said(FULL, 3, "not read")


def test_rules_are_told_with_what_kept_them_from_running() -> None:
    rules = TableRules(3, 24, 2, ("x",), ("One", "Two"), ("Location",), ("RiskState",))
    lines = "\n".join(receipt(TableReceipt("A", FULL, rules, rows=3)).lines())
    assert "24 of 26 rules ran" in lines
    assert "2 did not run (absent: Location): One; Two" in lines
    assert "RiskState" in lines
    bare = "\n".join(receipt(TableReceipt("A", FULL, TableRules(3), rows=3)).lines())
    assert "No rule is for A" in bare


@pytest.mark.parametrize(
    ("status", "stage", "words"),
    [
        (Status.PLANNED, Stage.NO_ANSWER, "no query has answered"),
        (Status.QUERIED, Stage.NOT_READ, "10 rows were not read"),
        (Status.QUOTED, Stage.NOT_READ, "10 rows were not read"),
        (Status.REFUSED, Stage.NOT_READ, "10 rows were not read"),
        (Status.CANCELLED, Stage.NOT_READ, "10 rows were not read"),
        (Status.HUNTING, Stage.READING, "reading 10 rows"),
        (Status.NO_FINDINGS, Stage.READ, "all 10 rows seen"),
        (Status.FOUND, Stage.READ, "all 10 rows seen"),
    ],
)
def test_rows_are_seen_only_once_they_were_read(status: Status, stage: Stage, words: str) -> None:
    count = None if status is Status.PLANNED else 10
    hunt = replace(example_hunt(), status=status, row_count=count, unseen=Unseen(10, 10))
    assert hunt.coverage.stage is stage
    assert words in hunt.coverage.summary()
    assert ("seen" in hunt.coverage.summary()) is (stage is Stage.READ)
    assert hunt.coverage.whole is (stage is Stage.READ)


@pytest.mark.parametrize("extent", [GONE, EMPTY, STALE, NOT_KNOWN])
def test_a_table_that_gave_nothing_keeps_all_from_being_seen(extent: Extent) -> None:
    seen = receipt(TableReceipt("A", FULL, rows=10))
    coverage = Coverage(Stage.READ, 10, Unseen(10, 10), seen)
    assert coverage.whole and coverage.summary() == "all 10 rows seen"
    missing = receipt(*seen.tables, TableReceipt("Other", extent, rows=0))
    coverage = replace(coverage, receipt=missing)
    assert not coverage.whole
    assert "Other" in coverage.summary() and "seen" not in coverage.summary()


@pytest.mark.parametrize(
    ("extent", "words", "whole"),
    [
        (FULL, "although A holds rows in its time range", True),
        (STALE, "A has no rows in the time window", False),
        (EMPTY, "A is empty", False),
        (GONE, "No table A is in the workspace", False),
        (NOT_KNOWN, "Not known whether A holds rows", False),
    ],
)
def test_a_query_without_rows_says_why(extent: Extent, words: str, whole: bool) -> None:
    coverage = Coverage(Stage.NO_ROWS, 0, None, receipt(TableReceipt("A", extent, rows=0)))
    assert words in coverage.no_rows()
    assert coverage.whole is whole


def test_without_a_receipt_no_rows_prove_nothing() -> None:
    coverage = Coverage(Stage.NO_ROWS, 0)
    assert not coverage.whole
    assert "is not known" in coverage.no_rows()
    assert "partial result" in replace(coverage, partial="over 64 MB").no_rows()


def test_an_incomplete_import_is_a_gap() -> None:
    held = replace(FULL, missing=("a.json is a partial result",))
    coverage = Coverage(Stage.READ, 10, Unseen(10, 10), receipt(TableReceipt("A", held, rows=10)))
    assert not coverage.whole
    assert "A was imported from an incomplete export" in coverage.summary()


def test_rows_that_share_a_line_are_seen() -> None:
    coverage = Coverage(Stage.READ, 10, Unseen(10, 10, rows_folded=4))
    assert coverage.whole
    assert coverage.summary() == "4 identical rows folded"


def test_names_of_tables_are_inert() -> None:
    shown = receipt(TableReceipt("A\x1b[31m", GONE, rows=0))
    assert "\x1b" not in "".join((*shown.lines(), *shown.gaps()))
