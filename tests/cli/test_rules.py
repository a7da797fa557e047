"""`soc-tui rules`: what there is, and how it does on labelled and unlabelled logs."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

import pytest

from soc_tui.analysts.offline.sigma.rule_library import RuleLibrary
from soc_tui.demo.intrusion import STAGES
from tests.analysts.offline.sigma.rows_by_hand import rule_text
from tests.cli.conftest import Run

GOOD = rule_text("  s: {FileName: odd.exe}\n  condition: s", title="Mine")


def test_list_names_our_rules_and_the_users_and_fails_on_a_bad_file(run: Run, home: Path) -> None:
    listed = run("rules", "list")
    loud = [rule for rule in RuleLibrary().load().rules if not rule.silent]
    assert listed.code == 0
    assert f"Together: {len(loud)} rules" in listed.out
    assert all(rule.title in listed.out for rule in loud)
    folder = home / "config" / "rules"
    folder.mkdir(parents=True)
    (folder / "mine.yml").write_text(GOOD, "utf-8")
    (folder / "bad.yml").write_text("title: x\n foo: [", "utf-8")
    mine = run("rules", "list", "--table", "DeviceProcessEvents")
    assert mine.code == 1
    assert "Mine" in mine.out and "SigninLogs" not in mine.out
    assert "bad.yml" in mine.err and "line 2" in mine.err
    examined = run("doctor", "--workspace", home / "none.duckdb")
    assert re.search(r"problem +rules: 1 of your rules cannot be used\. .*bad\.yml", examined.out)


def test_the_demo_is_judged_by_its_ground_truth(run: Run, demo_home: Path) -> None:
    tested = run("rules", "test", "--json")
    assert tested.code == 0
    tables = tested.document["tables"]
    labels = {name: found for one in tables for name, found in one["labels"].items()}
    # Text for an AI is no rule's: every hunt looks for it before them.
    by_rules = [stage.name for stage in STAGES if "prompt injection" not in stage.name]
    assert all(labels[name] for name in by_rules if name in labels)
    assert len(labels) >= len(STAGES) - 2
    assert sum(one["false_findings"] for one in tables) <= 5
    assert sum(one["labelled_rows_hit"] for one in tables) >= 0.9 * sum(
        one["labelled_rows"] for one in tables
    )
    assert all(rule["problem"] == "" for one in tables for rule in one["rules"])


@pytest.fixture
def logs(run: Run, tmp_path: Path) -> Path:
    file = tmp_path / "logs.csv"
    lines = ["TimeGenerated,DeviceName,FileName,ProcessCommandLine,Label"]
    lines += [f"2020-01-01T00:00:{i:02d}Z,pc-{i},x.exe,x.exe {i},benign" for i in range(9)]
    lines += ["2020-01-01T00:01:00Z,pc-1,wevtutil.exe,wevtutil cl Security,attack"]
    lines += ["2020-01-01T00:02:00Z,pc-2,wevtutil.exe,wevtutil cl System,benign"]
    lines += ["2020-01-01T00:03:00Z,pc-3,x.exe,x.exe quiet,attack"]
    file.write_text("\n".join(lines), "utf-8")
    database = tmp_path / "logs.duckdb"
    assert run("import", file, "--table", "DeviceProcessEvents", "--workspace", database).code == 0
    return database


@pytest.mark.parametrize("label", ["Label=ATTACK", "Label"])
def test_logs_of_any_time_are_judged_by_a_column(run: Run, logs: Path, label: str) -> None:
    tested = run("rules", "test", "--workspace", logs, "--labels", label)
    assert tested.code == 0
    assert re.search(r"2 +1 +2 .* high  Event log cleared", tested.out)
    assert "Labelled rows: 2, of which rules hit 1: recall 50.0%." in tested.out
    assert "Ordinary rows: 10, with 1 false finding: 1000.00 per 10,000." in tested.out
    assert "cannot run: the rows lack" in tested.out


def test_without_labels_nothing_is_judged(
    run: Run, logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tested = run("rules", "test", "--workspace", logs, "--all")
    assert tested.code == 0
    assert "recall" not in tested.out and "Event log cleared" in tested.out
    assert "rules hit nothing" not in tested.out
    recent = run("rules", "test", "--workspace", logs, "--hours", "24")
    assert "DeviceProcessEvents: 12 rows" in recent.out  # back from the end of the logs
    monkeypatch.setenv("SOC_TUI_CLOCK", "wall")
    recent = run("rules", "test", "--workspace", logs, "--hours", "24")
    assert "DeviceProcessEvents: 0 rows" in recent.out


def test_a_column_that_is_not_there_is_said(run: Run, logs: Path) -> None:
    tested = run("rules", "test", "--workspace", logs, "--labels", "Verdict=bad")
    assert tested.code == 1
    assert "No table has the column Verdict." in tested.err


def test_a_table_that_is_not_there_is_refused_with_what_is(run: Run, logs: Path) -> None:
    tested = run("rules", "test", "--workspace", logs, "--table", "SigninLogs")
    assert tested.code == 1
    assert "There is no table SigninLogs." in tested.err and "DeviceProcessEvents" in tested.err


def test_labels_without_a_column_are_an_error(run: Run, logs: Path) -> None:
    tested = run("rules", "test", "--workspace", logs, "--labels", "=bad")
    assert tested.code == 1 and "names no column" in tested.err


def test_compiled_rules_are_kept_for_their_owner_and_a_damaged_cache_is_said(
    run: Run, home: Path
) -> None:
    cache = home / "cache" / "rules.json"
    assert run("rules", "list").code == 0
    kept = cache.read_bytes()
    if os.name == "posix":
        assert stat.S_IMODE(cache.stat().st_mode) == 0o600
    cache.write_bytes(kept[:-1])
    listed = run("doctor", "--workspace", home / "none.duckdb")
    assert "the cache of compiled rules was damaged and is being rebuilt" in listed.out
    assert cache.read_bytes() == kept
    again = run("doctor", "--workspace", home / "none.duckdb")
    assert re.search(r"ok +rules: \d+ Sigma rules", again.out) and "damaged" not in again.out


def test_a_cache_that_cannot_be_kept_costs_nothing_but_time(run: Run, home: Path) -> None:
    (home / "cache").write_text("no folder", "utf-8")
    assert run("rules", "list").code == 0
    examined = run("doctor", "--workspace", home / "none.duckdb")
    assert re.search(r"problem +cache folder: .*cache cannot be written", examined.out)
