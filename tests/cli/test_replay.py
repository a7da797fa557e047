"""`soc-tui replay`: a hunt from its bundle, without a network; done again, it is compared."""

from __future__ import annotations

import json
import socket
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from soc_tui.history.bundle_file import Bundle, pack, unpack
from tests.cli.conftest import Run
from tests.history.hunts import example_finding, example_hunt
from tests.wire.openai_server import OpenAIServer
from tests.wire.scripted_model import HuntRequest, scripted_hunt

KQL = (
    'DeviceProcessEvents | where FileName =~ "wevtutil.exe" | project TimeGenerated, DeviceName,'
    " FileName, ProcessCommandLine | take 50"
)


@pytest.fixture
def query(tmp_path: Path) -> Path:
    path = tmp_path / "query.kql"
    path.write_text(KQL)
    return path


def kept(home: Path) -> list[Path]:
    return sorted((home / "data" / "bundles").glob("*"))


def no_network(*_: object, **__: object) -> None:
    raise AssertionError("the network was used")


def test_every_hunt_with_rows_is_kept_for_its_owner_alone(
    demo_home: Path, run: Run, query: Path
) -> None:
    assert run("hunt", "--offline", "--kql", query).code == 0
    (path,) = kept(demo_home)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    bundle = unpack(path)
    assert bundle.hunt.rows is not None
    assert bundle.hunt.findings
    assert bundle.hunt.id == path.stem
    assert any(version.startswith("MITRE ATT&CK ") for version in bundle.hunt.versions)
    assert any(version.startswith("catalog of ") for version in bundle.hunt.versions)


def test_a_hunt_without_rows_leaves_no_bundle(demo_home: Path, run: Run, query: Path) -> None:
    query.write_text("DeviceProcessEvents | where FileName == 'nobody' | take 5")
    assert run("hunt", "--offline", "--kql", query).code == 0
    assert kept(demo_home) == []


def test_bundles_can_be_turned_off(demo_home: Path, run: Run, query: Path) -> None:
    (demo_home / "config").mkdir()
    (demo_home / "config" / "config.toml").write_text("[bundles]\nmax_mb = 0\n")
    assert run("hunt", "--offline", "--kql", query).code == 0
    assert kept(demo_home) == []
    refused = run("history", "bundle", "last", demo_home / "b.zip")
    assert refused.code == 1
    assert "No bundle of hunt" in refused.err


def test_replay_shows_the_hunt_with_no_network(
    demo_home: Path, run: Run, query: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hunted = run("hunt", "--offline", "--kql", query)
    monkeypatch.setattr(socket, "socket", no_network)
    replayed = run("replay", kept(demo_home)[0])
    assert replayed.code == 0
    assert "Replay of hunt" in replayed.out
    for line in hunted.out.splitlines():
        if line.startswith(("Finding ", "  Severity", "    r")):
            assert line in replayed.out
    assert "Recorded after" not in replayed.out


def test_every_message_is_in_the_bundle_and_no_key(
    demo_home: Path, run: Run, model: OpenAIServer
) -> None:
    assert run("hunt", "suspicious powershell in the last 7 days", "--yes").code == 0
    (path,) = kept(demo_home)
    bundle = unpack(path)
    assert [json.loads(one.request) for one in bundle.exchanges] == [
        recorded.body for recorded in model.requests
    ]
    assert any(version.startswith("prompt hunter ") for version in bundle.hunt.versions)
    document = run("replay", path, "--json").document
    assert len(document["messages"]) == len(model.requests) == 2
    assert document["messages"][1]["answer"]["finish_reason"] == "stop"
    assert document["hunt"]["findings"][0]["evidence"][0]["row"]
    told = run("replay", path, "--messages").out
    assert "Request 2" in told
    assert "You are a senior threat hunter" in told
    assert model.api_key not in told + repr(bundle) + json.dumps(document)


def test_hunting_again_compares(demo_home: Path, run: Run, model: OpenAIServer) -> None:
    request = "suspicious powershell in the last 7 days"
    first = run("hunt", request, "--yes", "--json").document
    (path,) = kept(demo_home)

    def changed(asked: HuntRequest) -> list[dict[str, Any]]:
        found = scripted_hunt(asked)
        return [{**found[0], "severity": "low"}, *found[2:]]

    model.hunt = changed
    asked_before = len(model.requests)
    again = run("replay", path, "--again", "--yes")
    assert again.code == 0, again.err
    count = len(first["findings"])
    assert f"{count - 1} same, 1 gone, 0 new" in again.out
    assert "→ low" in again.out
    assert len(model.requests) == asked_before + 1, "rows again, but no planning"
    assert model.requests[-1].body["messages"][1]["content"].count("\n") > 5

    document = run("replay", path, "--again", "--yes", "--json").document
    assert len(document["comparison"]["same"]) == count - 1
    assert document["comparison"]["gone"] == [first["findings"][1]["id"]]
    assert document["again"]["row_count"] == first["row_count"]
    assert len(kept(demo_home)) == 3, "each of them is a hunt of its own"


def test_hunting_again_asks_for_its_price(demo_home: Path, run: Run, model: OpenAIServer) -> None:
    run("hunt", "suspicious powershell in the last 7 days", "--yes")
    asked_before = len(model.requests)
    refused = run("replay", kept(demo_home)[0], "--again")
    assert refused.code == 2
    assert len(model.requests) == asked_before


def test_what_a_bundle_says_of_itself_is_checked(home: Path, tmp_path: Path, run: Run) -> None:
    """A finding that is "verified" in the file, over rows that are not there."""
    path = tmp_path / "evil.zip"
    path.write_bytes(pack(Bundle(example_hunt(1, example_finding("\x1b[2J"))), 1 << 30))
    replayed = run("replay", path)
    assert replayed.code == 0
    assert "UNVERIFIED" in replayed.out
    assert "nothing could be checked" in replayed.out
    assert "\x1b" not in replayed.out
    refused = run("replay", path, "--again", "--offline")
    assert refused.code == 1
    assert "cannot be replayed" in refused.err


def test_no_bundle_is_told(home: Path, tmp_path: Path, run: Run) -> None:
    (tmp_path / "x.zip").write_bytes(b"nonsense")
    for name in ("x.zip", "y.zip"):
        refused = run("replay", tmp_path / name)
        assert refused.code == 1
        assert f"{name} cannot be replayed" in refused.err
        assert "Traceback" not in refused.err


def test_a_bundle_is_handed_on_as_it_is_triaged_now(
    demo_home: Path, tmp_path: Path, run: Run, query: Path
) -> None:
    from soc_tui.history.store import History
    from soc_tui.model.finding import TriageState

    run("hunt", "--offline", "--kql", query)
    (path,) = kept(demo_home)
    history = History(demo_home / "data" / "history.sqlite3")
    finding = history.load(path.stem).findings[0]
    history.set_state(path.stem, finding.id, TriageState.BENIGN)
    history.close()
    target = tmp_path / "handed on.zip"
    assert run("history", "bundle", "last", target).code == 0
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    handed = unpack(target).hunt
    assert handed.findings[0].state is TriageState.BENIGN
    assert handed.rows is not None
    assert "triaged: benign" in run("replay", target).out


def test_a_question_on_a_finding_of_a_hunt_of_before(
    demo_home: Path, run: Run, query: Path
) -> None:
    run("hunt", "--offline", "--kql", query)
    why = run("history", "ask", "--offline", "last", "1", "why")
    assert why.code == 0, why.err
    assert "The rule " in why.out
    assert "Why is this suspicious?" not in why.out
    confirm = run("history", "ask", "--offline", "last", "f1", "confirm")
    assert "\nDeviceNetworkEvents\n" in confirm.out
    assert (
        "Asked: Why is this suspicious?"
        in run("history", "report", "last", "-", "--format", "markdown").out
    )
    unknown = run("history", "ask", "--offline", "last", "99", "why")
    assert unknown.code == 1
    assert "No such finding" in unknown.err


def test_a_model_is_asked_and_its_price_counted(
    demo_home: Path, run: Run, model: OpenAIServer
) -> None:
    run("hunt", "suspicious powershell in the last 7 days", "--yes")
    before = run("history", "report", "last", "-").document["usage"]["calls"]
    asked = run("history", "ask", "last", "1", "What of it?")
    assert asked.code == 0, asked.err
    assert asked.out.startswith("It is in r")
    assert run("history", "report", "last", "-").document["usage"]["calls"] == before + 1


def test_a_bundle_says_who_made_it(
    demo_home: Path, tmp_path: Path, run: Run, query: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("hunt", "--offline", "--kql", query)
    (path,) = kept(demo_home)
    handed = tmp_path / "handed.zip"
    run("history", "bundle", "last", handed)
    forged = tmp_path / "forged.zip"
    bundle = unpack(handed)
    lie = replace(bundle.hunt.findings[0], title="Ransomware on fs-99", grounded=True)
    hunt = replace(bundle.hunt, findings=(lie, *bundle.hunt.findings[1:]))
    forged.write_bytes(pack(replace(bundle, hunt=hunt), 1 << 30))

    here = run("replay", handed)
    assert "Made here" in here.out
    assert run("replay", path, "--json").document["origin"] == "made here"
    assert {one["grounded"] for one in _findings(run("replay", handed, "--json"))} == {True}

    told = run("replay", forged, "--json")
    assert told.document["origin"] == "unsigned"
    first, *others = _findings(told)
    assert not first["grounded"], "no rule of ours finds this, whoever the file says wrote it"
    assert any("fs-99" in doubt for doubt in first["doubts"])
    assert all(one["grounded"] for one in others)

    monkeypatch.setenv("SOC_TUI_HOME", str(tmp_path / "elsewhere"))
    elsewhere = run("replay", handed)
    assert "which is not this installation's" in " ".join(elsewhere.out.split())
    assert b"PRIVATE KEY" not in handed.read_bytes()


def _findings(ran: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ran.document["hunt"]["findings"]
    return found
