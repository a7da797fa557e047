"""A rule drafted from cited rows hits them, tells what was done and not to whom, and reads back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from soc_tui.analysts.offline.sigma.compile_rules import compile_file
from soc_tui.analysts.offline.sigma.matching import RuleMatcher
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.guardrails.judge import judge_kql
from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.errors import SocError
from soc_tui.model.finding import Confidence, Evidence, Finding, Mitre, Quotation, Severity
from soc_tui.model.limits import Limits
from soc_tui.model.rows import Rows
from soc_tui.model.verdict import Level
from soc_tui.review.detections.draft import Draft, How, draft
from soc_tui.review.detections.sentinel_rule import sentinel_rule
from soc_tui.review.detections.sigma_rule import sigma_rule
from soc_tui.review.detections.trial import beyond, trial, within

NOW = dt.datetime(2026, 11, 30, 12, 0, tzinfo=dt.UTC)
TABLE = "DeviceProcessEvents"
Row = tuple[str, str, str, str]

CLEARED: Row = ("srv-01", "maria.silva", "wevtutil.exe", "wevtutil.exe  cl Security /bu:D:\\a.evtx")
ORDINARY: tuple[Row, ...] = (
    ("srv-01", "maria.silva", "wevtutil.exe", "wevtutil.exe  qe Security /c:5"),
    ("pc-02", "jon.doe", "cmd.exe", "cmd.exe /c dir"),
    ("pc-03", "jon.doe", "powershell.exe", "powershell.exe -NoProfile -File D:\\ops\\stock.ps1"),
)


def logs(rows: Sequence[Row]) -> Rows:
    names = ("DeviceName", "AccountName", "FileName", "ProcessCommandLine")
    times = pa.array([NOW - dt.timedelta(minutes=i) for i in range(len(rows))], pa.timestamp("us"))
    cells = [pa.array([row[i] for row in rows], pa.string()) for i in range(len(names))]
    columns = (
        Column("TimeGenerated", KqlType.DATETIME),
        *(Column(name, KqlType.STRING) for name in names),
    )
    return Rows(pa.Table.from_arrays([times, *cells], ["TimeGenerated", *names]), columns)


def found(*rows: int, title: str = "Event log cleared", quoted: str = "") -> Finding:
    quotations = (Quotation("ProcessCommandLine", quoted),) if quoted else ()
    return Finding(
        id="f1",
        title=title,
        description="A log was cleared. 1 row matches, at 2026-11-30 11:00 UTC.",
        confidence=Confidence.HIGH,
        severity=Severity.CRITICAL,
        mitre=(Mitre("Defense Impairment", "T1685", "T1685.005"),) * 2,
        evidence=tuple(Evidence(f"r{row + 1}", quotations) for row in rows),
    )


def hits(made: Draft, rows: Rows) -> tuple[int, ...]:
    """What the written rule hits, read as the offline analyst reads any."""
    compiled = compile_file(sigma_rule(made, NOW.date()))
    assert not compiled.problems
    matcher = RuleMatcher(rows, compiled.rules)
    try:
        return tuple(sorted(matcher.hits(compiled.rules[0])))
    finally:
        matcher.close()


def test_it_hits_what_is_cited_and_names_nobody() -> None:
    rows = logs((CLEARED, *ORDINARY))
    made = draft(found(0, title="Event log cleared: srv-01"), rows, TABLE)
    assert hits(made, rows) == (0,)
    assert made.others == ()
    assert made.title == "Event log cleared"
    columns = {test.column for test in made.tests}
    assert columns <= {"FileName", "ProcessCommandLine"}
    text = sigma_rule(made, NOW.date())
    assert "srv-01" not in text
    assert "maria" not in text
    assert "11:00" not in text
    assert yaml.safe_load(text)["tags"] == ["attack.defense-impairment", "attack.t1685.005"]


def test_commands_that_differ_share_their_words() -> None:
    other: Row = ("srv-09", "al", "wevtutil.exe", "wevtutil.exe  CL System /bu:D:\\b.evtx")
    rows = logs((CLEARED, other, *ORDINARY))
    made = draft(found(0, 1), rows, TABLE)
    assert hits(made, rows) == (0, 1)
    (line,) = (test for test in made.tests if test.column == "ProcessCommandLine")
    assert line.how is How.CONTAINS_ALL
    assert not {"security", "system"} & {value.casefold() for value in line.values}


def test_near_rows_are_those_that_it_must_leave_alone() -> None:
    ours = [(f"pc-{i}", "jo", "certutil.exe", f"certutil.exe -verify a{i}.cer") for i in range(40)]
    odd: Row = ("pc-1", "jo", "certutil.exe", "certutil.exe -urlcache -split -f x.txt")
    clean: Row = ("pc-1", "jo", "notepad.exe", "notepad.exe -urlcache todo list")
    rows = logs((odd, clean, *ours))
    made = draft(found(0), rows, TABLE)
    assert hits(made, rows) == (0,)
    assert 0 not in made.near
    assert len(made.near) <= 20


@pytest.mark.parametrize(
    ("cited", "wrong"),
    [
        ((0, 1, 2, 3), "share nothing"),
        ((), "cites no row"),
    ],
)
def test_what_makes_no_rule_is_said(cited: tuple[int, ...], wrong: str) -> None:
    rows = logs((CLEARED, *ORDINARY))
    with pytest.raises(SocError, match=wrong):
        draft(found(*cited), rows, TABLE)


def test_a_rule_that_would_hit_everything_is_none() -> None:
    rows = logs([("pc", "jo", "svchost.exe", "svchost.exe -k netsvcs -p")] * 300)
    with pytest.raises(SocError, match="tells them from others"):
        draft(found(0), rows, TABLE)


def test_only_rows_of_its_table_count() -> None:
    rows = logs((CLEARED, *ORDINARY, CLEARED))
    mine = np.array([True, True, True, True, False])
    made = draft(found(0, 4), rows, TABLE, mine)
    assert made.cited == (0,)
    assert made.others == ()


CELL = st.text(st.sampled_from("ab -/\\*?\"'%_€{}|:.\n\t"), min_size=1, max_size=14)


@given(st.lists(CELL, min_size=2, max_size=6, unique_by=str.casefold), st.integers(0, 5))
def test_any_text_is_written_so_that_it_is_read_again(cells: list[str], place: int) -> None:
    rows = logs([("pc", "jo", "x.exe", cell) for cell in cells])
    try:
        made = draft(found(place % len(cells)), rows, TABLE)
    except SocError:
        return
    assert hits(made, rows) == tuple(sorted((*made.cited, *made.others)))


def test_sentinel_gets_a_query_that_the_guardrails_take() -> None:
    rows = logs((CLEARED, *ORDINARY))
    made = draft(found(0), rows, TABLE)
    (rule,) = compile_file(sigma_rule(made, NOW.date())).rules
    document = yaml.safe_load(sentinel_rule(made, rule.kql, rows.column_names))
    assert document["severity"] == "High"
    assert document["tactics"] == ["DefenseImpairment"]
    assert document["relevantTechniques"] == ["T1685.005"]
    verdict = judge_kql(document["query"], load_catalog(), Limits(), NOW)
    refused = {line.rule for line in verdict.lines if line.level is Level.REFUSE}
    assert not refused & {"table", "column", "syntax"}
    assert {one["entityType"] for one in document["entityMappings"]} >= {"Host", "Account", "File"}


def test_it_is_tried_by_the_time_column_of_its_rows() -> None:
    rows = logs((CLEARED, *ORDINARY))
    kql = f"{TABLE} | where FileName =~ 'a'"
    assert (
        within(kql, rows, 24)
        == f"{TABLE}\n| where TimeGenerated > ago(24h)\n| where FileName =~ 'a'"
    )
    names = ["Timestamp", *rows.column_names[1:]]
    columns = (Column("Timestamp", KqlType.DATETIME), *rows.columns[1:])
    other = Rows(rows.table.rename_columns(names), columns)
    assert "| where Timestamp > ago(24h)" in within(kql, other, 24)


def test_a_trial_tells_cited_missed_and_others() -> None:
    rows = logs((CLEARED, *ORDINARY))
    made = draft(found(0), rows, TABLE)
    done = trial(made, [2], rows.count)
    assert (done.hits, done.missed, done.others) == ((), (0,), (2,))
    assert done.text == "It hits 0 of 1 cited row, and 1 of the 3 other rows of the hunt."
    later = logs((CLEARED, CLEARED, ORDINARY[0]))
    assert beyond(made, rows, later) == 1
