"""`soc-tui playbook`: list, show, save, run, delete, and what a run leaves in the history."""

from __future__ import annotations

from pathlib import Path

from soc_tui.files.playbook_folder import load_shelf
from soc_tui.history.filters import parse_filter
from soc_tui.history.store import History
from tests.cli.conftest import Run


def own(home: Path) -> Path:
    return home / "config" / "playbooks"


def test_a_shipped_playbook_runs_with_its_defaults_and_is_recorded(
    demo_home: Path, run: Run
) -> None:
    ran = run("playbook", "run", "lateral-logons", "--offline", "--json")
    assert ran.code == 0
    document = ran.document
    assert document["playbook"] == "lateral-logons"
    assert document["request"].endswith("from host win-07 in the last 2d")
    assert document["findings"]
    assert "cannot run" not in ran.err
    history = History(demo_home / "data" / "history.sqlite3")
    hunt = history.load(document["id"])
    assert hunt.playbook == "lateral-logons"
    assert any(note.startswith("Playbook lateral-logons: host = win-07") for note in hunt.notes)
    (found,) = history.find(parse_filter("playbook:Lateral-Logons", hunt.created))
    assert found.id == hunt.id
    assert not history.find(parse_filter("playbook:run-keys", hunt.created))
    history.close()
    assert "Playbook: lateral-logons" in run("history", "show", "last").out


def test_a_value_is_a_literal_whatever_it_holds(demo_home: Path, run: Run) -> None:
    value = 'x"; SigninLogs | take 3 //'
    ran = run("playbook", "run", "lateral-logons", "--offline", "--json", "--set", f"host={value}")
    assert ran.code == 0
    assert ran.document["status"] == "no rows"
    assert 'let host = "x\\"; SigninLogs | take 3 //";' in ran.document["kql"]


def test_guardrails_refuse_a_time_range_over_the_limit(demo_home: Path, run: Run) -> None:
    ran = run("playbook", "run", "run-keys", "--offline", "--set", "span=9999d")
    assert ran.code == 2
    assert "over the limit" in ran.err


def test_wrong_words_are_a_failure_and_say_what_there_is(home: Path, run: Run) -> None:
    ran = run("playbook", "run", "run-key")
    assert (ran.code, "Did you mean run-keys" in ran.err) == (1, True)
    ran = run("playbook", "run", "run-keys", "--set", "host=win-08")
    assert (ran.code, "It has: span." in ran.err) == (1, True)
    ran = run("playbook", "run", "run-keys", "--set", "span=soon")
    assert (ran.code, "for example 12h" in ran.err) == (1, True)
    ran = run("playbook", "run", "run-keys", "--set", "span")
    assert (ran.code, "NAME=VALUE" in ran.err) == (1, True)
    assert run("playbook", "show", "../secrets").code == 1


def test_a_hunt_is_saved_shown_run_and_deleted(demo_home: Path, run: Run, tmp_path: Path) -> None:
    kql = tmp_path / "q.kql"
    kql.write_text(
        'DeviceProcessEvents | where TimeGenerated > ago(2d) | where DeviceName =~ "win-07"'
        ' | where FileName =~ "reg.exe" | project TimeGenerated, DeviceName, FileName,'
        " ProcessCommandLine | take 20"
    )
    assert run("hunt", "reg.exe on win-07", "--kql", kql, "--offline").code == 0
    saved = run("playbook", "save", "reg-on-host")
    assert saved.code == 0
    assert "host (host) = win-07" in saved.out
    assert "Could also be parameters: file_name=reg.exe" in saved.err
    assert run("playbook", "save", "reg-on-host").code == 1
    again = run("playbook", "save", "reg-on-host", "last", "--replace", "--title", "A program",
                "--param", "host=win-07", "--param", "program=reg.exe")  # fmt: skip
    assert again.code == 0
    assert 'let program = "reg.exe";' in run("playbook", "show", "reg-on-host").out
    listed = run("playbook", "list")
    assert listed.code == 0
    assert "A program" in listed.out
    assert "host=win-07 program=reg.exe" in listed.out
    ran = run("playbook", "run", "reg-on-host", "--offline", "--json",
              "--set", "program=whoami.exe")  # fmt: skip
    assert ran.code == 3  # nothing found, by the few rules that need no more columns
    assert ran.document["row_count"] > 0
    assert ran.document["request"] == "whoami.exe on win-07"
    assert run("playbook", "rename", "reg-on-host", "run-keys").code == 0
    assert run("playbook", "rename", "run-keys", "a-program").code == 0
    assert run("playbook", "rename", "run-keys", "mine").code == 1
    assert run("playbook", "delete", "a-program").code == 0
    assert not [one for one in load_shelf(own(demo_home)).playbooks if not one.shipped]
    assert run("playbook", "delete", "run-keys").code == 1


def test_a_value_that_is_not_in_the_query_is_told(
    demo_home: Path, run: Run, tmp_path: Path
) -> None:
    kql = tmp_path / "q.kql"
    kql.write_text('DeviceProcessEvents | where DeviceName =~ "win-07" | take 1')
    run("hunt", "--kql", kql, "--offline")
    ran = run("playbook", "save", "x", "--param", "host=win-70")
    assert ran.code == 1
    assert "Did you mean win-07?" in ran.err
    assert not own(demo_home).exists()


def test_a_bad_file_is_named_and_the_others_are_listed(home: Path, run: Run) -> None:
    own(home).mkdir(parents=True)
    (own(home) / "bad.toml").write_text("kql = ")
    ran = run("playbook", "list")
    assert ran.code == 1
    assert "run-keys" in ran.out
    assert "bad.toml" in ran.err
