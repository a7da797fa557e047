"""The whole way on real parts, configured by the environment alone, as a user would."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from soc_tui.hunting.hunter import Hunter
from soc_tui.model.events import Event
from soc_tui.model.hunt import Hunt, Status
from soc_tui.model.rows import row_index
from soc_tui.opening.open_hunter import open_hunter
from soc_tui.opening.workspace_kinds import load_settings
from tests.wire.log_analytics_server import LogAnalyticsServer
from tests.wire.openai_server import OpenAIServer

REQUEST = "suspicious powershell in the last 7 days"
WAYS = (
    "offline + local",
    "OpenAI + local",
    "OpenAI + Log Analytics",
    "Azure OpenAI by key + local",
    "Azure OpenAI by Entra + Log Analytics",
)
DEPLOYMENT = "our-deployment"


@pytest.fixture(params=WAYS)
def environment(
    request: pytest.FixtureRequest,
    demo_database: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[dict[str, str]]:
    """What is set for one way; its servers run meanwhile."""
    monkeypatch.setenv("SOC_TUI_HOME", str(tmp_path))
    (tmp_path / "data").mkdir()
    shutil.copy(demo_database, tmp_path / "data" / "demo.duckdb")
    environ: dict[str, str] = {}
    with ExitStack() as stack:
        tokens: list[str] = []
        if "Log Analytics" in request.param:
            logs = stack.enter_context(LogAnalyticsServer(demo_database))
            environ |= logs.environment
            tokens = logs.entra.tokens
        if "Azure" in request.param:
            deployed = frozenset({DEPLOYMENT})
            model = stack.enter_context(OpenAIServer(azure_tokens=tokens, models=deployed))
            environ |= {
                "AZURE_OPENAI_ENDPOINT": model.address,
                "AZURE_OPENAI_DEPLOYMENT": DEPLOYMENT,
            }
            if "key" in request.param:
                environ |= {"AZURE_OPENAI_API_KEY": model.api_key}
        elif "OpenAI" in request.param:
            model = stack.enter_context(OpenAIServer())
            environ |= {"OPENAI_API_KEY": model.api_key, "OPENAI_BASE_URL": model.base_url}
        yield environ


@pytest.fixture
async def hunter(environment: dict[str, str]) -> AsyncIterator[Hunter]:
    opened = await open_hunter(load_settings(environ=environment))
    yield opened
    await opened.aclose()


async def last(step: AsyncIterator[Event]) -> Hunt:
    hunt = None
    async for event in step:
        hunt = event.hunt
    assert hunt is not None
    assert not hunt.problem
    return hunt


async def test_from_request_to_grounded_findings(hunter: Hunter) -> None:
    planned = await last(hunter.plan(REQUEST))
    assert planned.plan is not None
    assert planned.plan.table_name == "DeviceProcessEvents"
    edited = planned.kql.replace("take 10000", "take 400")
    queried = await last(hunter.query(planned, edited))
    assert queried.rows is not None
    assert 0 < queried.rows.count <= 400
    quoted = await last(hunter.quote(queried))
    assert quoted.quote is not None
    assert (quoted.quote.price is None) == (quoted.quote.model == DEPLOYMENT)
    hunted = await last(hunter.hunt(quoted))
    assert hunted.status is Status.FOUND
    assert any(finding.grounded and finding.mitre for finding in hunted.findings)
    for finding in hunted.findings:
        for evidence in finding.evidence:
            assert row_index(evidence.row_id, queried.rows.count) is not None
    assert hunter.history is not None
    stored = hunter.history.load(hunted.id)
    assert stored.findings == hunted.findings
    assert stored.kql == edited
