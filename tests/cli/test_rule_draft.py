"""`soc-tui rules draft`: from a finding to rule files that the offline analyst runs at once."""

from __future__ import annotations

import json
import re
import shutil
import stat
from pathlib import Path

import yaml

from soc_tui.analysts.offline.sigma.compile_rules import compile_file
from tests.cli.conftest import Run

KQL = "DeviceProcessEvents | where FileName =~ 'wevtutil.exe' or FileName =~ 'cmd.exe' | take 500"


def test_a_finding_becomes_a_detection(demo_home: Path, run: Run, tmp_path: Path) -> None:
    query, folder = tmp_path / "query.kql", tmp_path / "rules"
    query.write_text(KQL)
    hunted = run("hunt", "--offline", "--kql", query, "--json").document
    (number,) = (
        str(place)
        for place, one in enumerate(hunted["findings"], 1)
        if one["title"].startswith("Event log cleared")
    )
    drafted = run("rules", "draft", "last", number, folder, "--offline")
    assert drafted.code == 0, drafted.err
    assert re.search(r"It hits (\d+) of \1 cited rows?, and 0 of the", drafted.err)
    assert re.search(r"In the workspace, last 168 h: \d+ rows?, \d+ beside", drafted.err)
    sigma = folder / "event_log_cleared.yml"
    assert stat.S_IMODE(sigma.stat().st_mode) == 0o600
    assert [rule.title for rule in compile_file(sigma.read_text()).rules] == ["Event log cleared"]
    sentinel = yaml.safe_load((folder / "event_log_cleared.sentinel.yml").read_text())
    assert sentinel["kind"] == "Scheduled"
    tests = json.loads((folder / "event_log_cleared.rows.json").read_text())
    assert tests["hits"]
    assert all(one["ProcessCommandLine"] for one in tests["leaves"])
    shutil.copytree(folder, demo_home / "config" / "rules", copy_function=shutil.copyfile)
    listed = run("rules", "list")
    assert "Event log cleared" in listed.out
    assert not listed.err  # the Sentinel rule beside it is none of Sigma's
    # Its rows, from the bundle.
    assert run("history", "rows", "last", tmp_path / "rows.csv").code == 0
    lines = (tmp_path / "rows.csv").read_text().splitlines()
    assert len(lines) == hunted["row_count"] + 1
    assert run("history", "rows", "last", tmp_path / "rows.pdf").code == 1
    # Trying it is no hunt: the newest one is still that of the finding.
    assert run("rules", "draft", "last", number, "--offline").code == 0
    missing = run("rules", "draft", "last", "99", "--offline")
    assert missing.code == 1
    assert "has no finding 99" in missing.err
