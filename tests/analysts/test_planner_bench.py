"""The benchmark of planners: what it measures, and that its requests can be measured."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from soc_tui.guardrails.catalog import load_catalog
from soc_tui.guardrails.judge import judge_kql
from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.limits import Limits
from soc_tui.model.rows import Rows
from tests.bench.planner import REQUESTS, main, overlap, read_cases, share

FILES = (REQUESTS, REQUESTS.with_name("planner_follow_ups.jsonl"))


def rows(*cells: tuple[str, str, str]) -> Rows:
    names = ("A", "B", "C")
    table = pa.table({name: [cell[i] for cell in cells] for i, name in enumerate(names)})
    return Rows(table, tuple(Column(name, KqlType.STRING) for name in names))


def test_overlap_counts_rows() -> None:
    one, other, third = ("1", "x", "y"), ("2", "x", "y"), ("3", "x", "y")
    assert overlap(rows(one, other), rows(one, other)) == (1.0, 1.0)
    assert overlap(rows(one), rows(one, one)) == (0.5, 1.0)
    assert overlap(rows(one, other, third), rows(one)) == (1.0, 1 / 3)
    assert overlap(rows(), rows(one)) == (0.0, 0.0)
    assert overlap(rows(one), rows()) == (None, None)


def test_shares_leave_out_what_cannot_be_said() -> None:
    assert "50.0%  (1 of 2)" in share("x", [True, False, None])
    assert share("x", [None]).endswith("-")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_references_keep_to_the_guardrails(path: Path) -> None:
    cases = read_cases(path)
    assert len(cases) >= 16
    for case in cases:
        verdict = judge_kql(case.query, load_catalog(), Limits())
        assert verdict.allowed, (case.request, verdict.refusals)


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"request": "a", "query": "b"}\n{"request": "a"}\n')
    with pytest.raises(ValueError, match=r"x\.jsonl:2"):
        read_cases(path)


def test_it_runs(
    tmp_path: Path,
    demo_database: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SOC_TUI_HOME", str(tmp_path))
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "demo.duckdb").symlink_to(demo_database)
    path = tmp_path / "two.jsonl"
    path.write_text(
        '{"request": "failed sign-ins in the last 3 days", "query": "SigninLogs'
        ' | where TimeGenerated > ago(3d) | where ResultType != \\"0\\""}\n'
        '{"request": "hello", "query": "SigninLogs | where TimeGenerated > ago(1d)"}\n'
    )
    assert main([str(path), "--analyst", "offline", "--show"]) == 0
    printed = capsys.readouterr().out
    assert "runs on the demo workspace          50.0%  (1 of 2)" in printed
    assert "gives all of the reference's rows  100.0%  (1 of 1)" in printed
    assert "- hello" in printed and "answered: " in printed


def test_requests_with_references_only_are_measured_by_their_literals(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text(
        '{"context": "network events where the remote port is 8443 in the last 2 days",'
        ' "baseline": "DeviceNetworkEvents | where Timestamp > ago(2d) and RemotePort == 8443"}\n'
        '{"context": "file events of the last day",'
        ' "baseline": "DeviceFileEvents | where Timestamp > ago(1d) and FileName == \'x.exe\'"}\n'
        '{"context": "process events", "baseline": "NoSuchTable | take 5"}\n'
    )
    assert main([str(path), "--show"]) == 0
    printed = capsys.readouterr().out
    assert "valid query                                           1.000  (3 of 3)" in printed
    assert "right table, where it exists                          1.000  (2 of 2)" in printed
    assert "right table and all literals, where it exists         0.500  (1 of 2)" in printed
    assert "missing=s:x.exe" in printed
