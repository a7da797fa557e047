"""Everything on the command line but hunting."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import sqlite3
import stat
import tomllib
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

import soc_tui
from soc_tui.commands import config as config_command
from soc_tui.config import audit_log
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.guardrails.models import load_models
from soc_tui.history.ledger import Ledger
from soc_tui.history.ledger_rows import Entry
from soc_tui.history.store import History
from soc_tui.model.quote import Usage
from tests.cli.conftest import Ran, Run
from tests.history.hunts import example_finding, example_hunt
from tests.wire.log_analytics_server import LogAnalyticsServer
from tests.wire.openai_server import OpenAIServer

KEY = "sk-proj-0123456789abcdefghij"
SIGN_INS = "TimeGenerated,UserPrincipalName,ResultType\n2026-11-24T10:00:00Z,a@b.test,0\n"


@pytest.fixture
def recorded(home: Path) -> Path:
    """A history with two hunts, the second one with a hostile finding."""
    history = History(home / "data" / "history.sqlite3")
    history.save(example_hunt(1, request="failed sign-ins"))
    history.save(example_hunt(2, example_finding("Odd\x1b[2J\nFinding 7: forged")))
    history.close()
    return home


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# -- main ------------------------------------------------------------------------------------------


def test_version(run: Run) -> None:
    assert run("--version").out == f"soc-tui {soc_tui.__version__}\n"


@pytest.mark.parametrize("words", [["nonsense"], ["hunt", "x", "--nonsense"], ["history"]])
def test_unknown_words_fail_and_are_not_a_refusal(run: Run, words: list[str]) -> None:
    ran = run(*words)
    assert ran.code == 1
    assert "usage: " in ran.err


def test_offline_and_a_model_exclude_each_other(run: Run) -> None:
    assert run("hunt", "x", "--offline", "--model", "gpt-5").code == 1


def test_the_app_needs_a_terminal(run: Run) -> None:
    ran = run()
    assert ran.code == 1
    assert "soc-tui hunt" in ran.err


def test_bad_settings_are_told_with_file_and_key(home: Path, run: Run) -> None:
    (home / "config").mkdir()
    (home / "config" / "config.toml").write_text('[openai]\nteir = "4"\n')
    ran = run("hunt", "x")
    assert ran.code == 1
    assert "config.toml" in ran.err
    assert "openai.teir" in ran.err


def test_our_own_faults_are_one_line_and_a_private_file_without_secrets(
    home: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "config").mkdir()
    (home / "config" / "secrets.toml").write_text('[workspace]\nclient_secret = "hunter2hunter2"\n')
    monkeypatch.setenv("OPENAI_API_KEY", KEY)

    def broken() -> None:
        raise RuntimeError(f"{KEY} and hunter2hunter2 at https://me:word@gateway.test \x1b[2J")

    monkeypatch.setattr(config_command, "show_paths", broken)
    ran = run("config", "path")
    assert ran.code == 1
    assert ran.err.startswith("internal error (RuntimeError)")
    assert ran.err.count("\n") == 1
    (crash,) = (home / "state").iterdir()
    assert str(crash) in ran.err
    assert mode(crash) == 0o600
    text = crash.read_text()
    assert "in broken" in text
    for secret in (KEY, "hunter2", "me:word", "\x1b"):
        assert secret not in text


# -- history ---------------------------------------------------------------------------------------


def test_list_shows_the_newest_first(recorded: Path, run: Run) -> None:
    first, second = run("history", "list").out.splitlines()
    assert "20261124T101502" in first
    assert "1 findings" in first
    assert "failed sign-ins" in second
    assert "no findings" in second
    assert run("history", "list", "--limit", "1").out == first + "\n"


def test_an_empty_history_is_no_failure(home: Path, run: Run) -> None:
    ran = run("history", "list")
    assert (ran.code, ran.out) == (0, "")
    assert "No hunt" in ran.err
    assert run("history", "show", "last").code == 1


@pytest.mark.parametrize("name", ["last", "20261124T101502", "20261124T101502-00000002"])
def test_show_takes_an_id_its_beginning_or_last(recorded: Path, run: Run, name: str) -> None:
    ran = run("history", "show", name)
    assert ran.code == 0
    assert "powershell -enc AAAA" in ran.out
    assert "\x1b" not in ran.out
    assert "\nFinding 7" not in ran.out


@pytest.mark.parametrize("name", ["", "2027", "%", "20261124T1015"])
def test_show_does_not_guess(recorded: Path, run: Run, name: str) -> None:
    ran = run("history", "show", name)
    assert ran.code == 1
    assert ran.err.startswith("error: ")
    assert ran.out == ""


def test_search_finds_words_of_findings(recorded: Path, run: Run) -> None:
    assert len(run("history", "search", "powershell", "enc").out.splitlines()) == 1
    nothing = run("history", "search", "unheard")
    assert (nothing.code, nothing.out) == (0, "")


def test_a_report_is_printed_or_written_to_a_private_file(recorded: Path, run: Run) -> None:
    assert run("history", "report", "last", "-").document["id"] == "20261124T101502-00000002"
    assert run("history", "report", "last", "-", "--format", "markdown").out.startswith("# Hunt")
    target = recorded / "out.json"
    target.write_text("older")
    assert run("history", "report", "last", target).code == 0
    assert mode(target) == 0o600
    assert json.loads(target.read_text())["findings"][0]["mitre"][0]["id"] == "T1059.001"
    other = recorded / "ticket.txt"
    assert run("history", "report", "last", other, "--format", "markdown").code == 0
    assert other.read_text().startswith("# Hunt")
    unknown = run("history", "report", "last", other, "--format", "pdf")
    assert (unknown.code, unknown.out) == (1, "")
    assert "Known: html, stix, navigator, markdown, json." in unknown.err


def test_a_report_takes_the_place_of_files_only(recorded: Path, run: Run) -> None:
    pipe = recorded / "pipe"
    os.mkfifo(pipe)
    for target in (pipe, recorded):
        assert run("history", "report", "last", target, "--format", "json").code == 1
    assert pipe.is_fifo()


# -- import ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("time", ["TimeGenerated", "Timestamp"])
def test_imported_logs_can_be_hunted_in(home: Path, run: Run, tmp_path: Path, time: str) -> None:
    hour_ago = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    file = tmp_path / "sign ins.csv"
    file.write_text(
        f"{time},UserPrincipalName,ResultType\n{hour_ago:%FT%TZ},a@b.test,50126\n"
        f"{hour_ago:%FT%TZ},a@b.test,0\n"
    )
    ran = run("import", file, "--table", "SigninLogs")
    assert ran.code == 0
    assert ran.out.startswith("Imported 2 rows from 1 file into SigninLogs (3 columns)")
    database = home / "data" / "local.duckdb"
    assert f"soc-tui --workspace {database}" in ran.out
    # An export has few of the catalog's columns: the plan must ask for those only.
    hunted = run("hunt", "failed sign-ins today", "--workspace", database, "--json")
    # Nothing was found, but most rules need columns that the export does not have.
    assert hunted.code == 3, hunted.err
    assert hunted.document["coverage"]["whole"] is False
    assert hunted.document["row_count"] == 1
    assert hunted.document["plan"]["fields"] == [time, "UserPrincipalName", "ResultType"]


def test_replace_drops_what_was_there(home: Path, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "s.csv"
    file.write_text(SIGN_INS)
    database = tmp_path / "case.duckdb"
    words = ("import", file, "--table", "SigninLogs", "--workspace", database)
    assert run(*words).code == run(*words).code == run(*words, "--replace").code == 0
    query = tmp_path / "query.kql"
    query.write_text("SigninLogs | where TimeGenerated > ago(30d) | summarize count() | take 5")
    assert run("hunt", "--kql", query, "--workspace", database).code == 3  # a count proves nothing
    with duckdb.connect(str(database), read_only=True) as con:
        assert con.execute("SELECT count(*) FROM SigninLogs").fetchall() == [(1,)]


def test_a_bad_file_is_named_with_its_place_and_changes_nothing(
    home: Path, run: Run, tmp_path: Path
) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text(SIGN_INS)
    bad.write_text("TimeGenerated,UserPrincipalName\nnonsense,b\n")
    database = tmp_path / "case.duckdb"
    assert run("import", good, "--table", "SigninLogs", "--workspace", database).code == 0
    before = database.read_bytes()
    ran = run("import", good, bad, "--table", "SigninLogs", "--workspace", database)
    assert ran.code == 1
    assert "bad.csv, line 2, column 1" in ran.err
    assert database.read_bytes() == before


def test_a_table_outside_the_catalog_is_imported_and_hunted_in(
    home: Path, run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "own.csv"
    file.write_text("A,When\n1,2024-05-03 10:00\n")
    ran = run("import", file, "--table", "MyOwn")
    assert ran.code == 0
    assert "TimeGenerated of MyOwn is When" in ran.out
    query = tmp_path / "query.kql"
    query.write_text("MyOwn | where TimeGenerated > ago(1h) | project A, When | take 5")
    hunted = run("hunt", "--kql", query, "--workspace", home / "data" / "local.duckdb", "--json")
    assert hunted.document["row_count"] == 1, hunted.err


# -- config ----------------------------------------------------------------------------------------


def test_show_never_prints_secrets(home: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "hunter2hunter2")
    monkeypatch.setenv("OPENAI_BASE_URL", "https://me:word@gateway.test/v1?api-key=abcdef")
    ran = run("config", "show")
    assert ran.code == 0
    assert "openai.api_key (OPENAI_API_KEY): set" in ran.out
    assert "gateway.test/v1" in ran.out
    for secret in (KEY, "hunter2", "me:word", "abcdef"):
        assert secret not in ran.out + ran.err


def test_paths(home: Path, run: Run) -> None:
    assert str(home / "config" / "config.toml") in run("config", "path").out


def test_the_printed_catalog_can_be_put_into_the_config_folder(home: Path, run: Run) -> None:
    (home / "config").mkdir()
    mine = home / "config" / "catalog.toml"
    mine.write_text(
        'deny = ["Syslog"]\n[tables.SigninLogs]\ndeny_columns = ["UserId"]\nnotes = "a\\u202eb"\n'
    )
    printed = run("config", "catalog")
    assert printed.code == 0
    assert "\u202e" not in printed.out
    before = load_catalog(home / "config")
    mine.write_text(printed.out)
    assert load_catalog(home / "config") == before
    assert before.tables["SigninLogs"].notes == "a\u202eb"
    assert run("config", "catalog").out == printed.out


def test_one_table_of_the_catalog_and_the_list_of_all(home: Path, run: Run) -> None:
    (home / "config").mkdir()
    printed = run("config", "catalog", "Heartbeat").out
    assert tomllib.loads(printed)["tables"]["Heartbeat"]["columns"]["Computer"] == "string"
    (home / "config" / "catalog.toml").write_text(printed)
    assert load_catalog(home / "config") == load_catalog()
    assert run("config", "catalog", "Nothing").code == 1
    listed = run("config", "catalog", "--list").out.splitlines()
    assert any(line.startswith("SecurityEvent  (228 columns") for line in listed)


def test_the_printed_models_can_be_put_into_the_config_folder(home: Path, run: Run) -> None:
    (home / "config").mkdir()
    mine = home / "config" / "models.toml"
    mine.write_text('[models."llama3.1:8b"]\ncontext_tokens = 128_000\n')
    printed = run("config", "models")
    assert printed.code == 0
    before = load_models(home / "config")
    mine.write_text(printed.out)
    assert load_models(home / "config") == before
    assert "llama3.1:8b" in before


# -- audit -----------------------------------------------------------------------------------------


def test_the_audit_log_is_shown_verified_and_exported(home: Path, run: Run, tmp_path: Path) -> None:
    for kql in ("DeviceEvents", "SigninLogs | take 5"):
        audit_log.record("query", {"kql": kql})
    shown = run("audit", "show")
    assert "kql: DeviceEvents" in shown.out and "kql: SigninLogs | take 5" in shown.out
    assert "2 entries hold" in run("audit", "verify").out
    assert run("audit", "export", str(tmp_path / "all.jsonl")).code == 0
    assert len((tmp_path / "all.jsonl").read_text().splitlines()) == 2
    file = home / "data" / audit_log.FILE_NAME
    file.write_text(file.read_text().replace("take 5", "take 9"))
    broken = run("audit", "verify")
    assert broken.code == 1 and "audit.jsonl line 2" in broken.out


# -- licences --------------------------------------------------------------------------------------


def test_all_that_runs_is_listed_with_its_licence(run: Run) -> None:
    listed = {part["name"].lower(): part for part in run("licences", "--json").document}
    assert {"soc-tui", "duckdb", "textual", "openai", "rich"} <= set(listed)
    assert "pytest" not in listed
    assert [name for name, part in listed.items() if part["licence"] == "unknown"] == []
    assert "MIT" in run("licences").out


# -- doctor ----------------------------------------------------------------------------------------


def test_a_healthy_home(demo_home: Path, run: Run) -> None:
    ran = run("doctor")
    assert ran.code == 0, ran.out
    lines = ran.out.splitlines()
    assert all(line.startswith("ok ") for line in lines)
    assert any("OPENAI_API_KEY is not set" in line for line in lines)
    assert any("demo answered a query" in line for line in lines)
    assert any("SHA-256" in line for line in lines)


def test_the_doctor_tries_the_azure_deployment(
    demo_home: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with OpenAIServer(azure_tokens=(), api_key=KEY, models=frozenset({"our-gpt"})) as server:
        monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", server.address)
        monkeypatch.setenv("AZURE_OPENAI_API_KEY", KEY)
        assert "AZURE_OPENAI_DEPLOYMENT" in run("doctor").out
        ran = run("doctor", "--model", "our-gpt")
        assert ran.code == 0, ran.out
        assert "Azure OpenAI at 127.0.0.1, deployment our-gpt, API v1, by key" in ran.out
        other = run("doctor", "--model", "theirs")
    assert other.code == 1
    assert "no deployment theirs" in other.out
    assert KEY not in ran.out + other.out + run("config", "show").out


def test_what_is_wrong_is_said_with_what_to_do(
    home: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOC_TUI_ANALYST", "openai")
    (home / "state").write_text("a file where a folder should be")
    ran = run("doctor", "--workspace", home / "nowhere.duckdb")
    assert ran.code == 1
    problems = {
        line.split(": ")[0].split()[1] for line in ran.out.splitlines() if line[:7] == "problem"
    }
    assert problems == {"analyst", "state", "workspace"}
    assert "OPENAI_API_KEY" in ran.out


def test_settings_that_cannot_be_read_do_not_stop_the_other_checks(home: Path, run: Run) -> None:
    (home / "config").mkdir()
    (home / "config" / "config.toml").write_text("not toml")
    ran = run("doctor")
    assert ran.code == 1
    assert ran.out.startswith("problem  settings: ")
    assert "ok       catalog" in ran.out


# -- doctor --schema -------------------------------------------------------------------------------

THE_TEN = {
    "AlertEvidence", "AlertInfo", "AzureActivity", "AzureNetworkAnalytics_CL", "DeviceFileEvents",
    "DeviceLogonEvents", "DeviceNetworkEvents", "DeviceProcessEvents", "DeviceRegistryEvents",
    "SigninLogs",
}  # fmt: skip


def tables_said(ran: Ran, word: str) -> set[str]:
    """Tables on lines like `ok       schema of SigninLogs: ...`."""
    pattern = re.compile(rf"{word} +schema of (\w+):")
    return {match[1] for line in ran.out.splitlines() if (match := pattern.match(line))}


def small_database(path: Path) -> Path:
    """SigninLogs with columns missing, added and of another type; and a table of its own."""
    with duckdb.connect(str(path)) as con:
        con.execute(
            "CREATE TABLE SigninLogs (TimeGenerated TIMESTAMP, UserPrincipalName VARCHAR,"
            ' ResultType INTEGER, "Own \x1b[2Jcolumn" VARCHAR)'
        )
        con.execute("CREATE TABLE Own_CL (TimeGenerated TIMESTAMP)")
    return path


def assert_small_schema(ran: Ran) -> None:
    assert ran.code == 0, ran.out
    assert tables_said(ran, "differs") == {"SigninLogs"}
    assert tables_said(ran, "ok") == set()
    lines = ran.out.splitlines()
    missing = next(line for line in lines if line.startswith("  not in the workspace: "))
    assert "IPAddress" in missing and "UserPrincipalName" not in missing
    assert "  not in the catalog: Own \\x1b[2Jcolumn (string)" in lines
    assert "  ResultType is int, the catalog says string" in lines
    absent = len(load_catalog().tables) - 1
    assert (
        f"schema: 0 tables match the catalog, 1 differ, {absent} are not in the workspace" in lines
    )
    assert "  tables missing from the catalog: Own_CL" in lines


def test_the_demo_workspace_agrees_with_the_catalog(demo_home: Path, run: Run) -> None:
    ran = run("doctor", "--schema")
    assert ran.code == 0, ran.out
    assert tables_said(ran, "ok") == THE_TEN
    assert tables_said(ran, "differs") == set()
    assert tables_said(ran, "absent") == set(load_catalog().tables) - THE_TEN


def test_a_local_file_is_compared_with_the_catalog(home: Path, run: Run, tmp_path: Path) -> None:
    database = small_database(tmp_path / "small.duckdb")
    assert_small_schema(run("doctor", "--schema", "--workspace", database))


def test_log_analytics_is_compared_with_the_catalog(
    home: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with LogAnalyticsServer(small_database(tmp_path / "small.duckdb")) as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        assert_small_schema(run("doctor", "--schema"))
        asked = [one.document["query"] for one in server.requests if one.method == "POST"]
        assert "SigninLogs | getschema" in asked


def test_a_schema_that_cannot_be_read_is_a_problem(
    home: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with LogAnalyticsServer(small_database(tmp_path / "small.duckdb")) as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        server.metadata = {"tables": "none"}
        ran = run("doctor", "--schema")
    assert ran.code == 1
    assert any(line.startswith("problem  workspace: ") for line in ran.out.splitlines())


def test_config_budget_shows_spend_and_limits(home: Path, run: Run) -> None:
    nothing = run("config", "budget")
    assert nothing.code == 0
    assert nothing.out.count("  nothing\n") == 2
    assert "none; max_day_spend" in nothing.out
    assert not (home / "data" / "ledger.sqlite3").exists()
    now = dt.datetime.now(dt.UTC)
    ledger = Ledger(home / "data" / "ledger.sqlite3")
    for usage in (Usage("gpt-5-mini", 1_200, 34, price=Decimal("0.25")), Usage("llama3", 7)):
        ledger.record(Entry(now, "s", "h", "hunting", usage))
    ledger.close()
    (home / "config").mkdir()
    (home / "config" / "config.toml").write_text("[limits]\nmax_day_spend = 1\n")
    lines = run("config", "budget").out.splitlines()
    (mini,) = [line.split() for line in lines if "gpt-5-mini" in line]
    assert mini == ["gpt-5-mini", "1", "calls", "1,200", "tokens", "in", "34", "out", "$0.2500"]
    (llama,) = [line for line in lines if "llama3" in line]
    assert llama.endswith("unknown")
    assert any("$0.2500, calls of unknown price: 1" in line for line in lines)
    assert any("limits.max_day_spend" in line and "$0.7500 left today" in line for line in lines)


def test_doctor_tells_of_damaged_hunts(home: Path, run: Run) -> None:
    history = History(home / "data" / "history.sqlite3")
    for number in (1, 2):
        history.save(example_hunt(number))
    history.close()
    with sqlite3.connect(history.path) as con:
        con.execute("DROP TRIGGER hunts_digest_changed")
        con.execute("UPDATE hunts SET request = 'od' WHERE id = ?", (example_hunt(1).id,))
    con.close()
    ran = run("doctor")
    assert ran.code == 1
    assert "problem  history: 1 record of hunts cannot be read." in ran.out + ran.err


def test_config_budget_tells_of_a_damaged_ledger(home: Path, run: Run) -> None:
    (home / "data" / "ledger.sqlite3").write_bytes(b"no database" * 100)
    ran = run("config", "budget")
    assert ran.code == 0
    assert "spend ledger was damaged. It is kept as" in ran.err
    assert "1 calls" in ran.out


def test_what_libraries_write_is_for_the_owner_alone(home: Path, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("A\n1\n")
    target = tmp_path / "new" / "x.duckdb"
    before = os.umask(0o022)
    try:
        assert run("import", file, "--table", "T_CL", "--workspace", target).code == 0
    finally:
        os.umask(before)
    assert stat.S_IMODE(target.parent.stat().st_mode) == 0o700
