"""The workspace with a real sign-in: what its errors say of who asks, and which tokens it keeps."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator

import pytest

from soc_tui.model.errors import CredentialError, QueryError, WorkspaceError
from soc_tui.workspaces.azure_sign_in.credentials import build_credential
from soc_tui.workspaces.log_analytics.workspace import LogAnalyticsWorkspace
from tests.wire.log_analytics_server import LogAnalyticsServer, semantic_error

EMPTY = {"tables": [{"name": "P", "columns": [{"name": "x", "type": "int"}], "rows": [[1]]}]}


@pytest.fixture
def server() -> Iterator[LogAnalyticsServer]:
    with LogAnalyticsServer() as running:
        yield running


@pytest.fixture
async def workspace(server: LogAnalyticsServer) -> AsyncIterator[LogAnalyticsWorkspace]:
    credential = build_credential(
        "client_secret",
        tenant_id=server.entra.tenant_id,
        client_id=server.entra.client_id,
        client_secret=server.entra.client_secret,
        authority=server.authority,
        ca_bundle=server.ca_bundle,
    )
    made = LogAnalyticsWorkspace(
        server.workspace_id, credential, endpoint=server.endpoint, ca_bundle=server.ca_bundle
    )
    yield made
    await made.aclose()


@pytest.mark.parametrize("fault", ["forbidden", "unauthorized"])
async def test_who_is_not_allowed_is_named(
    server: LogAnalyticsServer, workspace: LogAnalyticsWorkspace, fault: str
) -> None:
    server.next(fault)
    with pytest.raises(CredentialError) as caught:
        await workspace.query("T")
    assert "through client secret" in caught.value.why
    assert server.entra.client_secret not in str(caught.value)


async def test_a_token_that_was_rejected_is_not_used_again(
    server: LogAnalyticsServer, workspace: LogAnalyticsWorkspace
) -> None:
    server.next("answer", document=EMPTY)
    await workspace.query("T")
    server.next("unauthorized")
    with pytest.raises(CredentialError):
        await workspace.query("T")
    server.next("answer", document=EMPTY)
    assert (await workspace.query("T")).count == 1
    sent = [request.headers["Authorization"] for request in server.requests]
    assert sent[0] == sent[1] == f"Bearer {server.entra.tokens[0]}"
    assert sent[2] == f"Bearer {server.entra.tokens[1]}" != sent[0]


async def test_throttling_that_does_not_end_says_how_often_it_was_asked(
    server: LogAnalyticsServer, workspace: LogAnalyticsWorkspace
) -> None:
    for _ in range(3):
        server.next("throttled", retry_after=0)
    with pytest.raises(WorkspaceError, match="3 attempts were made"):
        await workspace.query("T")
    assert len(server.requests) == 3


async def test_the_place_of_a_name_that_does_not_resolve(
    server: LogAnalyticsServer, workspace: LogAnalyticsWorkspace
) -> None:
    message = "'where' operator: Failed to resolve column or scalar expression named 'Nope'"
    server.next("answer", status=400, document=semantic_error(message))
    kql = "DeviceEvents\n| where NopeNot == 1 and Nope == 2"
    with pytest.raises(QueryError) as caught:
        await workspace.query(kql)
    assert (caught.value.line, caught.value.column) == (2, 26)


async def test_no_log_record_holds_a_secret_or_a_token(
    server: LogAnalyticsServer, workspace: LogAnalyticsWorkspace, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.next("answer", document=EMPTY)
    await workspace.query("T | where Secret == 'x'")
    server.next("forbidden")
    with pytest.raises(CredentialError):
        await workspace.query("T")
    written = caplog.text + "".join(str(record.__dict__) for record in caplog.records)
    assert server.entra.client_secret not in written
    assert not any(token in written for token in server.entra.tokens)


async def test_a_proxy_that_is_not_there_is_named(
    server: LogAnalyticsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://user:pass-word@127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    workspace = LogAnalyticsWorkspace(
        "w", server.credential(), endpoint="https://api.example", ca_bundle=server.ca_bundle
    )
    with pytest.raises(WorkspaceError, match="proxy did not connect") as caught:
        await workspace.query("T")
    assert "pass-word" not in str(caught.value)
    await workspace.aclose()
