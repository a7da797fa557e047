"""Kinds of workspace on the command line, and in the README."""

from pathlib import Path

import duckdb
import pytest

from soc_tui.commands.workspace_kinds import workspace_lines
from tests.cli.conftest import Run
from tests.opening.fourth_kind import add_archive

README = Path(__file__).parents[2] / "README.md"


def test_the_readme_has_what_is_declared(run: Run) -> None:
    text = README.read_text("utf-8")
    block = text.split("<!-- workspaces -->\n")[1].split("<!-- /workspaces -->")[0]
    assert block.splitlines() == list(workspace_lines())
    assert run("config", "workspaces").out == block


@pytest.fixture
def archive(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    add_archive(monkeypatch)
    path = tmp_path / "2025.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE TABLE SigninLogs (Timestamp TIMESTAMP, UserPrincipalName VARCHAR)")
    return path


def test_a_fourth_kind_is_in_the_help_and_the_table(archive: Path, run: Run) -> None:
    said = " ".join(run("--help").out.split())
    assert "demo, log_analytics, archive, or a DuckDB file" in said
    printed = run("config", "workspaces").out.splitlines()
    assert (
        "| `workspace.archive` | Archive: file of the year | `archive` | `SOC_TUI_ARCHIVE` |"
        in printed
    )
    assert "- `archive` cannot answer quickly: it lies in the cellar." in printed


def test_the_doctor_tries_a_fourth_kind_and_says_what_it_cannot_do(
    archive: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = run("doctor", "--workspace", "archive", "--offline")
    assert missing.code == 1
    assert "problem  workspace: The archive has no file." in missing.out
    monkeypatch.setenv("SOC_TUI_ARCHIVE", str(archive))
    ran = run("doctor", "--workspace", "archive", "--offline")
    assert ran.code == 0, ran.out
    assert "ok       workspace: archive, shelf 1 answered a query" in ran.out
    assert "ok       limits: archive cannot answer quickly: it lies in the cellar" in ran.out
