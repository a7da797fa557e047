"""LogAnalyticsWorkspace over loopback HTTPS, through the real SDK."""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import json
import math
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from soc_tui.model.catalog import KqlType
from soc_tui.model.errors import (
    ConfigError,
    CredentialError,
    QueryError,
    SocError,
    WorkspaceError,
)
from soc_tui.workspaces.local.workspace import LocalWorkspace
from soc_tui.workspaces.log_analytics.workspace import LogAnalyticsWorkspace
from tests.wire.log_analytics_server import LogAnalyticsServer, StaticCredential

ONE = "print x = 1"


@pytest.fixture
def server(demo_database: Path) -> Iterator[LogAnalyticsServer]:
    with LogAnalyticsServer(demo_database) as running:
        yield running


def opened(server: LogAnalyticsServer, timeout_seconds: float = 30) -> LogAnalyticsWorkspace:
    return LogAnalyticsWorkspace(
        server.workspace_id,
        server.credential(),
        endpoint=server.endpoint,
        ca_bundle=server.ca_bundle,
        timeout_seconds=timeout_seconds,
    )


@pytest.fixture
async def workspace(server: LogAnalyticsServer) -> AsyncIterator[LogAnalyticsWorkspace]:
    made = opened(server)
    yield made
    await made.aclose()


async def failure(workspace: LogAnalyticsWorkspace, kql: str = ONE) -> SocError:
    with pytest.raises(WorkspaceError) as caught:
        await workspace.query(kql)
    assert caught.value.what and caught.value.next_step
    return caught.value


async def test_rows_equal_those_of_the_same_file_read_locally(
    workspace: LogAnalyticsWorkspace, demo_database: Path
) -> None:
    kql = "DeviceLogonEvents | order by TimeGenerated asc, DeviceName asc | take 300"
    remote = await workspace.query(kql)
    local = await LocalWorkspace(demo_database).query(kql)
    assert remote.count == 300
    assert remote.columns == local.columns
    assert remote.table.equals(local.table)
    assert remote.partial is None and remote.elapsed_seconds > 0


async def test_the_request_carries_the_text_byte_for_byte(
    server: LogAnalyticsServer, workspace: LogAnalyticsWorkspace
) -> None:
    kql = "print x = 'ü\\u202e\"' // 日本\r\n\t| project x  "
    server.next("answer", document={"tables": [{"name": "P", "columns": [], "rows": []}]})
    await workspace.query(kql, timespan=dt.timedelta(hours=36, milliseconds=250))
    (request,) = server.requests
    assert request.document == {"query": kql, "timespan": "PT129600.25S"}
    assert request.path == f"/v1/workspaces/{server.workspace_id}/query"
    assert request.headers["Prefer"] == "wait=30"
    assert request.headers["Authorization"] == f"Bearer {server.token}"


async def test_without_a_time_span_none_is_sent(
    server: LogAnalyticsServer, workspace: LogAnalyticsWorkspace
) -> None:
    await workspace.query(ONE)
    assert "timespan" not in server.requests[0].document


async def test_every_type_of_the_wire(
    server: LogAnalyticsServer, workspace: LogAnalyticsWorkspace
) -> None:
    cells = {
        "bool": [True, 0, None],
        "datetime": ["2026-11-24T10:00:00.1234567Z", "0001-01-01T00:00:00Z", None],
        "decimal": ["1.25", "3", None],
        "dynamic": ['{"a":[1]}', "plain", ""],
        "guid": ["74be27de-1e4e-49d9-b579-fe0b331d3642", "", None],
        "int": [1, -2, None],
        "long": [2**62, -1, None],
        "real": ["NaN", "-Infinity", None],
        "string": ["\ud800x", "", None],
        "timespan": ["-1.02:03:04.0000010", "00:05:00", None],
        "novelty": ["kept as text", 5, None],
    }
    columns = [{"name": kind, "type": kind} for kind in cells]
    rows = [list(row) for row in zip(*cells.values(), strict=True)]
    table = {"name": "PrimaryResult", "columns": columns, "rows": rows}
    server.next("answer", document={"tables": [table]})
    answer = await workspace.query("T")
    found = answer.table.to_pydict()
    assert found["bool"] == [True, False, None]
    assert found["datetime"] == [
        dt.datetime(2026, 11, 24, 10, 0, 0, 123456, dt.UTC),
        dt.datetime(1, 1, 1, tzinfo=dt.UTC),
        None,
    ]
    assert found["decimal"] == [Decimal("1.25"), Decimal(3), None]
    assert found["dynamic"] == ['{"a":[1]}', '"plain"', None]
    assert found["guid"] == ["74be27de-1e4e-49d9-b579-fe0b331d3642", None, None]
    assert found["int"] == [1, -2, None]
    assert found["long"] == [2**62, -1, None]
    assert math.isnan(found["real"][0]) and found["real"][1:] == [-math.inf, None]
    assert found["string"] == ["?x", "", ""]
    span = dt.timedelta(days=1, hours=2, minutes=3, seconds=4, microseconds=1)
    assert found["timespan"] == [-span, dt.timedelta(minutes=5), None]
    assert found["novelty"] == ["kept as text", "5", ""]
    assert [c.type for c in answer.columns][-1] is KqlType.STRING


async def test_no_rows_keep_their_columns(workspace: LogAnalyticsWorkspace) -> None:
    answer = await workspace.query("DeviceLogonEvents | where false | project TimeGenerated")
    assert answer.count == 0 and answer.column_names == ("TimeGenerated",)
    assert str(answer.table.schema.field(0).type) == "timestamp[us, tz=UTC]"


async def test_trimmed_and_partial_answers_say_so(
    server: LogAnalyticsServer, workspace: LogAnalyticsWorkspace
) -> None:
    server.next("partial")
    answer = await workspace.query("range x from 1 to 50 step 1", max_rows=7)
    assert answer.count == 7
    assert answer.partial is not None
    assert "64000000 bytes" in answer.partial and "first 7 of 50" in answer.partial


async def test_a_partial_answer_without_rows_is_an_error(
    server: LogAnalyticsServer, workspace: LogAnalyticsWorkspace
) -> None:
    error = {"code": "PartialError", "message": "engine fell over"}
    server.next("answer", document={"tables": [], "error": error})
    assert "engine fell over" in str(await failure(workspace))


async def test_the_place_of_a_syntax_error_is_kept(
    server: LogAnalyticsServer, workspace: LogAnalyticsWorkspace
) -> None:
    server.next("syntax")
    error = await failure(workspace)
    assert isinstance(error, QueryError)
    assert (error.line, error.column) == (2, 3)
    assert "could not be parsed at 'wher'" in error.why


async def test_a_name_that_is_not_there_is_a_query_error(workspace: LogAnalyticsWorkspace) -> None:
    error = await failure(workspace, "NoSuchTable | take 1")
    assert isinstance(error, QueryError) and "NoSuchTable" in error.why


@pytest.mark.parametrize(
    ("fault", "kind", "word"),
    [
        ("unauthorized", CredentialError, "sign-in"),
        ("forbidden", CredentialError, "Log Analytics Reader"),
        ("not_found", WorkspaceError, "workspace.workspace_id"),
        ("gateway_timeout", WorkspaceError, "took too long"),
        ("malformed", WorkspaceError, "could not be read"),
        ("dropped", WorkspaceError, "before the whole response had arrived"),
        ("cut", WorkspaceError, "before the whole response had arrived"),
        ("html", WorkspaceError, "HTTP 502"),
    ],
)
async def test_each_failure_has_its_own_words(
    server: LogAnalyticsServer,
    workspace: LogAnalyticsWorkspace,
    fault: str,
    kind: type[SocError],
    word: str,
) -> None:
    server.next(fault)
    error = await failure(workspace)
    assert type(error) is kind and word in str(error)
    assert server.token not in f"{error!s}{error!r}{error.__cause__!r}"
    assert len(server.requests) == 1
    assert (await workspace.query(ONE)).count == 1


async def test_throttling_is_waited_out(
    server: LogAnalyticsServer, workspace: LogAnalyticsWorkspace
) -> None:
    server.next("throttled", retry_after=1)
    answer = await workspace.query(ONE)
    assert answer.count == 1 and answer.elapsed_seconds >= 1
    assert len(server.requests) == 2


async def test_a_long_throttling_is_told_at_once(
    server: LogAnalyticsServer, workspace: LogAnalyticsWorkspace
) -> None:
    server.next("throttled", retry_after=900)
    assert "900 seconds" in str(await failure(workspace))


async def test_a_wait_that_is_no_time_does_not_matter(
    server: LogAnalyticsServer, workspace: LogAnalyticsWorkspace
) -> None:
    server.next("throttled", retry_after="soon")
    assert (await workspace.query(ONE)).count == 1


async def test_packed_answers(server: LogAnalyticsServer, workspace: LogAnalyticsWorkspace) -> None:
    body = json.dumps({"tables": [{"columns": [], "rows": []}]}).encode()
    server.next("packed", encoding="gzip", body=gzip.compress(body))
    assert (await workspace.query(ONE)).count == 0
    assert server.requests[-1].headers["Accept-Encoding"] == "gzip"
    server.next("packed", encoding="gzip", body=b"not gzip")
    assert "could not be read" in str(await failure(workspace))
    server.next("packed", encoding="gzip", body=gzip.compress(body)[:-12])
    assert "could not be read" in str(await failure(workspace))


async def test_a_server_error_is_tried_again(
    server: LogAnalyticsServer, workspace: LogAnalyticsWorkspace
) -> None:
    server.next("internal")
    assert (await workspace.query(ONE)).count == 1
    for _ in range(3):
        server.next("internal")
    assert "HTTP 500" in str(await failure(workspace))


async def test_a_server_that_never_answers_times_out(server: LogAnalyticsServer) -> None:
    workspace = opened(server, timeout_seconds=1)
    server.next("hang")
    assert "took too long" in str(await failure(workspace))
    await workspace.aclose()


async def test_cancelling_closes_the_connection(
    server: LogAnalyticsServer, workspace: LogAnalyticsWorkspace
) -> None:
    server.next("hang")
    task = asyncio.create_task(workspace.query(ONE))
    assert await asyncio.to_thread(server.hanging.wait, 5)
    assert not server.aborted.is_set()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(server.aborted.wait, 5)


async def test_an_unknown_certificate_is_not_trusted(server: LogAnalyticsServer) -> None:
    workspace = LogAnalyticsWorkspace("w", server.credential(), endpoint=server.endpoint)
    assert "not trusted" in str(await failure(workspace))
    assert not server.requests
    await workspace.aclose()


@pytest.mark.parametrize(
    ("endpoint", "word"),
    [("https://127.0.0.1:9", "refused"), ("https://nowhere.invalid", "resolved")],
)
async def test_an_endpoint_that_is_not_there(endpoint: str, word: str) -> None:
    workspace = LogAnalyticsWorkspace("w", StaticCredential("t"), endpoint=endpoint)
    assert word in str(await failure(workspace))
    await workspace.aclose()


def test_tokens_are_never_sent_unencrypted() -> None:
    with pytest.raises(WorkspaceError, match="https"):
        LogAnalyticsWorkspace("w", StaticCredential("t"), endpoint="http://127.0.0.1")


def test_a_bad_certificate_file_is_told(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    for text in (None, "no pem"):
        if text:
            bundle.write_text(text)
        with pytest.raises(ConfigError, match=r"ca\.pem"):
            LogAnalyticsWorkspace(
                "w", StaticCredential("t"), endpoint="https://x", ca_bundle=bundle
            )


async def test_schema(workspace: LogAnalyticsWorkspace, demo_database: Path) -> None:
    assert await workspace.schema() == await LocalWorkspace(demo_database).schema()


async def test_closing_twice_and_a_query_after_it(server: LogAnalyticsServer) -> None:
    credential = server.credential()
    workspace = LogAnalyticsWorkspace("w", credential, endpoint=server.endpoint)
    assert workspace.name == "la: w"
    await workspace.aclose()
    await workspace.aclose()
    assert credential.closed
    with pytest.raises(WorkspaceError, match="closed"):
        await workspace.query(ONE)


async def test_a_query_is_not_sent_on_to_where_the_service_redirects(
    server: LogAnalyticsServer, workspace: LogAnalyticsWorkspace
) -> None:
    elsewhere = server.endpoint.replace("127.0.0.1", "localhost")
    server.next("redirect", to=f"{elsewhere}/workspaces/{server.workspace_id}/query")
    assert (await failure(workspace)).what == "The service sends the query on to another address."
    assert len(server.requests) == 1
