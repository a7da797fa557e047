"""What tables of Log Analytics hold, through the real SDK: asked cheaply, and never an error."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from soc_tui.model.row_sources import TableWindow
from soc_tui.workspaces.local.workspace import LocalWorkspace
from soc_tui.workspaces.log_analytics.extents import extents
from soc_tui.workspaces.log_analytics.workspace import LogAnalyticsWorkspace
from tests.wire.log_analytics_server import LogAnalyticsServer

SINCE = dt.datetime.now(dt.UTC) - dt.timedelta(days=2)
WINDOWS = [
    TableWindow("DeviceLogonEvents", SINCE),
    TableWindow("AlertInfo", SINCE, SINCE + dt.timedelta(days=1)),
    TableWindow("SigninLogs"),
]


@pytest.fixture
def server(demo_database: Path) -> Iterator[LogAnalyticsServer]:
    with LogAnalyticsServer(demo_database) as running:
        yield running


@pytest.fixture
async def workspace(server: LogAnalyticsServer) -> AsyncIterator[LogAnalyticsWorkspace]:
    made = LogAnalyticsWorkspace(
        server.workspace_id,
        server.credential(),
        endpoint=server.endpoint,
        ca_bundle=server.ca_bundle,
    )
    yield made
    await made.aclose()


async def test_the_figures_are_those_of_the_same_file_read_locally(
    workspace: LogAnalyticsWorkspace, server: LogAnalyticsServer, demo_database: Path
) -> None:
    assert await workspace.extents(WINDOWS) == await LocalWorkspace(demo_database).extents(WINDOWS)
    texts = [request.document["query"] for request in server.requests]
    assert len(texts) == 3
    assert all("summarize" in text and "timespan" not in text for text in texts)
    assert not any("timespan" in request.document for request in server.requests)


async def test_a_missing_table_is_known_as_such_by_the_metadata(
    workspace: LogAnalyticsWorkspace,
) -> None:
    found = await workspace.extents([TableWindow("Nope_CL"), *WINDOWS])
    assert found["Nope_CL"].exists is False
    assert found["SigninLogs"].exists


@pytest.mark.parametrize("fault", ["forbidden", "malformed", "semantic", "partial", "dropped"])
async def test_what_the_service_does_not_tell_is_not_known(
    workspace: LogAnalyticsWorkspace, server: LogAnalyticsServer, fault: str
) -> None:
    for _ in range(3):  # the SDK tries again where that may help
        server.next(fault)
    found = (await workspace.extents(WINDOWS[:1]))["DeviceLogonEvents"]
    assert found.exists is not False
    assert found.why_unknown and found.rows_in_window is None


async def test_no_answer_in_time_is_not_known(
    workspace: LogAnalyticsWorkspace, server: LogAnalyticsServer
) -> None:
    server.next("hang")
    found = await extents(workspace, WINDOWS[:1], seconds=0.3)
    assert "no answer within" in found["DeviceLogonEvents"].why_unknown


async def test_cancelling_ends_all_questions(
    workspace: LogAnalyticsWorkspace, server: LogAnalyticsServer
) -> None:
    server.next("hang")
    asking = asyncio.create_task(workspace.extents(WINDOWS[:1]))
    assert await asyncio.to_thread(server.hanging.wait, 10)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await asyncio.to_thread(server.aborted.wait, 10)
