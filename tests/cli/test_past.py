"""`soc-tui history report` and what else is done with past hunts."""

from pathlib import Path

import pytest

from soc_tui.history.store import History
from tests.cli.conftest import Run
from tests.history.hunts import example_finding, example_hunt


@pytest.fixture
def recorded(home: Path) -> Path:
    """A history with two hunts, the second one with two findings."""
    history = History(home / "data" / "history.sqlite3")
    history.save(example_hunt(1, request="failed sign-ins"))
    history.save(example_hunt(2, example_finding(), example_finding("Odd logon", 2)))
    history.close()
    return home


def test_a_report_is_written_in_the_form_of_its_ending(
    recorded: Path, run: Run, tmp_path: Path
) -> None:
    for ending, begins in ((".md", "# Hunt"), (".html", "<!DOCTYPE html>"), (".stix.json", "{")):
        path = tmp_path / f"report{ending}"
        ran = run("history", "report", "last", path)
        assert (ran.code, ran.err) == (0, f"Written: {path} (2 findings)\n")
        assert path.read_text().startswith(begins)
        assert path.stat().st_mode & 0o777 == 0o600


def test_a_report_of_chosen_findings(recorded: Path, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "report.md"
    assert run("history", "report", "last", path, "--finding", "2").code == 0
    assert "Odd logon" in path.read_text()
    assert "Encoded PowerShell" not in path.read_text()
    ran = run("history", "report", "last", path, "--finding", "3")
    assert ran.code == 1
    assert "no finding 3" in ran.err


def test_search_takes_filters(recorded: Path, run: Run) -> None:
    assert len(run("history", "search", "state:new", "technique:T1059").out.splitlines()) == 1
    assert "No hunt matches" in run("history", "search", "state:closed").err
    ran = run("history", "search", "state:odd")
    assert ran.code == 1
    assert "Unknown state odd" in ran.err
