"""A conversation with a model, over HTTP and with real rows."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from soc_tui.analysts.openai.plan_tools import WRITE
from soc_tui.hunting.hunter import Hunter
from soc_tui.model.events import Event, Planned, PlanRepaired
from soc_tui.model.hunt import Hunt
from soc_tui.opening.open_hunter import open_hunter
from soc_tui.opening.workspace_kinds import load_settings
from tests.wire import openai_faults as wire
from tests.wire.openai_server import OpenAIServer
from tests.wire.scripted_model import PlanCall, scripted_plan


def narrowing_model(call: PlanCall) -> dict[str, Any]:
    """Changes its own last plan when the request says "only on HOST"."""
    if not call.request.startswith("only on "):
        return scripted_plan(call) | {"follows_up": False}
    calls = [m["tool_calls"][0] for m in call.body["messages"] if m.get("tool_calls")]
    before: dict[str, Any] = json.loads(calls[-1]["function"]["arguments"])
    return before | {"device_name": call.request.split()[-1], "follows_up": True}


@pytest.fixture
async def opened(
    tmp_path: Path, demo_database: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Hunter, OpenAIServer]]:
    monkeypatch.setenv("SOC_TUI_HOME", str(tmp_path))
    (tmp_path / "data").mkdir()
    shutil.copy(demo_database, tmp_path / "data" / "demo.duckdb")
    with OpenAIServer(plan=narrowing_model) as server:
        environ = {"OPENAI_API_KEY": server.api_key, "OPENAI_BASE_URL": server.base_url}
        hunter = await open_hunter(load_settings(environ=environ))
        yield hunter, server
        await hunter.aclose()


async def events(step: AsyncIterator[Event]) -> list[Event]:
    return [event async for event in step]


async def planned_and_run(hunter: Hunter, request: str, previous: Hunt | None = None) -> Hunt:
    planned = (await events(hunter.plan(request, previous)))[-1]
    assert isinstance(planned, Planned)
    return (await events(hunter.query(planned.hunt, planned.hunt.kql)))[-1].hunt


async def test_a_follow_up_narrows_what_was_asked(opened: tuple[Hunter, OpenAIServer]) -> None:
    hunter, server = opened
    first = await planned_and_run(hunter, "suspicious powershell in the last 3 days")
    second = await planned_and_run(hunter, "only on win-07", first)
    assert second.parent == first.id
    assert first.row_count and second.row_count and second.row_count < first.row_count
    text = json.dumps(server.requests[-1].body["messages"][1:])
    assert f"{first.row_count:,} rows" in text
    assert first.rows is not None
    lines = first.rows.table.column("ProcessCommandLine").to_pylist()
    assert not [line for line in lines if line and len(line) > 20 and line in text]


async def test_a_written_query_is_repaired_once_and_runs(
    opened: tuple[Hunter, OpenAIServer],
) -> None:
    hunter, server = opened
    good = (
        "DeviceLogonEvents | where TimeGenerated > ago(1d)"
        " | summarize Logons = count() by AccountName | top 5 by Logons"
    )
    call = {"time_range_hours": 24, "rationale": "counts", "follows_up": False}
    bad = good.replace("DeviceLogonEvents", "DeviceLogons")
    server.next(
        wire.calls_tool(WRITE, call | {"kql": bad}), wire.calls_tool(WRITE, call | {"kql": good})
    )
    steps = await events(hunter.plan("which accounts log on most?"))
    assert any(isinstance(step, PlanRepaired) for step in steps)
    feedback = server.requests[-1].body["messages"][-1]["content"]
    assert "DeviceLogonEvents" in feedback  # the nearest name
    hunt = (await events(hunter.query(steps[-1].hunt, steps[-1].hunt.kql)))[-1].hunt
    assert hunt.row_count == 5
