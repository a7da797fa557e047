"""`soc-tui hunt --resume`: a hunt that was cut off goes on headless."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from soc_tui.history.store import History
from soc_tui.model.hunt import Status
from tests.cli.conftest import Run
from tests.tui.cockpit.test_cut_off_hunts import READ, ROWS, seed
from tests.wire.openai_server import OpenAIServer
from tests.wire.scripted_model import HuntRequest


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIServer]:
    with OpenAIServer() as server:
        monkeypatch.setenv("OPENAI_API_KEY", server.api_key)
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        yield server


def test_it_is_offered_refused_without_a_yes_and_goes_on(
    demo_home: Path, run: Run, model: OpenAIServer, tmp_path: Path
) -> None:
    hunt = seed(demo_home)
    query = tmp_path / "q.kql"
    query.write_text("DeviceProcessEvents | where FileName == 'none.exe' | take 1")
    offered = run("hunt", "--offline", "--kql", query)
    assert f"Go on with it: soc-tui hunt --resume {hunt.id}" in offered.err
    assert f"{ROWS - READ} of {ROWS} rows are not read yet" in offered.err
    shown = run("hunt", "--resume", "--show-prompt")
    assert "--- call 1 of 1 ---" in shown.out
    assert run("hunt", "--resume").code == 2  # nobody accepts the price: it is still offered
    ran = run("hunt", "--resume", hunt.id, "--yes")
    assert ran.code == 0, ran.err
    assert f"{READ} rows were read before; the other {ROWS - READ} are sent now." in ran.out
    (request,) = model.requests
    assert len(list(HuntRequest(request.body).rows())) == ROWS - READ
    history = History(demo_home / "data" / "history.sqlite3")
    ended = history.load(hunt.id)
    history.close()
    assert ended.status is Status.FOUND
    assert ended.findings[0] == hunt.findings[0]
    again = run("hunt", "--resume", hunt.id)
    assert again.code == 1
    assert "came to its end" in again.err
    assert run("hunt", "more", "--resume", hunt.id).code == 1


def test_a_bundle_is_handed_on_with_pseudonyms(demo_home: Path, run: Run, tmp_path: Path) -> None:
    hunt = seed(demo_home)
    target = tmp_path / "handed.zip"
    assert run("history", "bundle", hunt.id, target, "--pseudonyms", "hosts,people").code == 1
    ran = run("history", "bundle", hunt.id, target, "--pseudonyms")
    assert (ran.code, "names are pseudonyms" in ran.err) == (0, True)
    replayed = run("replay", target, "--json")
    assert "ws-00" not in replayed.out.casefold()
    assert "203.0.113.7" in replayed.out
    assert json.loads(replayed.out)
    assert run("replay", target).code == 0
