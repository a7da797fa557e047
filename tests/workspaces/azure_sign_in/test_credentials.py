"""build_credential against Entra on loopback, through the real azure-identity."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from soc_tui.model.errors import ConfigError, CredentialError
from soc_tui.opening.workspace_kinds import load_settings
from soc_tui.workspaces.azure_sign_in.credentials import build_credential
from soc_tui.workspaces.log_analytics.workspace import LogAnalyticsWorkspace
from tests.wire.log_analytics_server import LogAnalyticsServer

SCOPE = "https://api.loganalytics.io/.default"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[LogAnalyticsServer]:
    for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))  # no az
    with LogAnalyticsServer() as running:
        yield running


def given(server: LogAnalyticsServer, **changes: Any) -> dict[str, Any]:
    return {
        "tenant_id": server.entra.tenant_id,
        "client_id": server.entra.client_id,
        "client_secret": server.entra.client_secret,
        "certificate_path": None,
        "authority": server.authority,
        "on_device_code": None,
        "ca_bundle": server.ca_bundle,
        **changes,
    }


@pytest.mark.parametrize("kind", ["client_secret", "environment", "chain"])
async def test_a_client_secret_signs_in(server: LogAnalyticsServer, kind: str) -> None:
    credential = build_credential(kind, **given(server))
    first = await credential.get_token(SCOPE)
    assert [first.token] == server.entra.tokens
    assert server.entra.scopes == [SCOPE]
    assert (await credential.get_token(SCOPE)).token == first.token
    assert len(server.entra.tokens) == 1
    await credential.close()


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"client_secret": "wrong-secret"}, "client secret is wrong (AADSTS7000215)"),
        ({"tenant_id": "other.example"}, "tenant was not found"),
        ({"client_id": "nobody"}, "application was not found"),
        ({"authority": "https://127.0.0.1:9"}, "cannot be reached"),
        ({"ca_bundle": None}, "not trusted"),
    ],
)
async def test_why_a_client_secret_is_refused(
    server: LogAnalyticsServer, changes: dict[str, Any], word: str
) -> None:
    values = given(server, timeout_seconds=3, **changes)
    credential = build_credential("client_secret", **values)
    with pytest.raises(CredentialError) as caught:
        await credential.get_token(SCOPE)
    await credential.close()
    assert word in caught.value.why
    assert values["client_secret"] not in f"{caught.value!s}{caught.value!r}{credential!r}"


@pytest.mark.parametrize("name", ["tenant_id", "client_id", "client_secret"])
def test_a_missing_value_is_named(server: LogAnalyticsServer, name: str) -> None:
    with pytest.raises(CredentialError, match=f"workspace.{name}"):
        build_credential("client_secret", **given(server, **{name: ""}))


def test_what_cannot_be_used_is_told(server: LogAnalyticsServer, tmp_path: Path) -> None:
    secret = server.entra.client_secret
    bad: list[tuple[str, dict[str, Any]]] = [
        ("certificate", {"certificate_path": tmp_path / "none.pem"}),
        ("client_secret", {"tenant_id": "not a tenant!"}),
        ("client_secret", {"authority": "http://login.example"}),
        ("device_code", {}),
        ("magic", {}),
    ]
    for kind, changes in bad:
        with pytest.raises(CredentialError) as caught:
            build_credential(kind, **given(server, **changes))
        assert caught.value.next_step and secret not in str(caught.value)
    with pytest.raises(ConfigError):
        build_credential("chain", **given(server, ca_bundle=tmp_path / "none.pem"))


async def test_a_device_code_is_shown_and_waited_for(server: LogAnalyticsServer) -> None:
    shown: list[tuple[str, str, bool]] = []

    def show(code: str, address: str) -> None:
        shown.append((code, address, threading.current_thread() is threading.main_thread()))
        server.entra.signed_in.set()

    values = given(server, client_secret="", on_device_code=show)
    credential = build_credential("device_code", **values)
    longest = 0.0
    task = asyncio.create_task(credential.get_token(SCOPE))
    while not task.done():
        before = time.monotonic()
        await asyncio.wait({task}, timeout=0.01)
        longest = max(longest, time.monotonic() - before)
    assert (await task).token in server.entra.tokens
    assert shown == [(server.entra.user_code, f"{server.authority}/device", False)]
    assert longest < 0.5
    await credential.close()


async def test_a_sign_in_that_nobody_finishes_can_be_cancelled(server: LogAnalyticsServer) -> None:
    shown = threading.Event()
    values = given(server, client_secret="", on_device_code=lambda *_: shown.set())
    credential = build_credential("device_code", **values)
    task = asyncio.create_task(credential.get_token(SCOPE))
    assert await asyncio.to_thread(shown.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    server.entra.signed_in.set()  # lets the thread end


async def test_the_chain_says_why_each_way_failed(
    server: LogAnalyticsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # App Service's form of managed identity, at an address where nothing listens.
    monkeypatch.setenv("IDENTITY_ENDPOINT", "http://127.0.0.1:9/token")
    monkeypatch.setenv("IDENTITY_HEADER", "x")
    values = given(server, client_secret="", timeout_seconds=3)
    credential = build_credential("chain", **values)
    with pytest.raises(CredentialError) as caught:
        await credential.get_token(SCOPE)
    await credential.close()
    why = caught.value.why
    assert "environment: not set up" in why
    assert "managed identity: " in why
    assert "Azure CLI: not installed" in why
    assert "az login" in caught.value.next_step


async def test_the_settings_alone_are_enough(
    demo_database: Path, server: LogAnalyticsServer, tmp_path: Path, monkeypatch: Any
) -> None:
    from soc_tui.opening.open_hunter import open_hunter

    server.database = demo_database
    home = tmp_path / "home"
    monkeypatch.setenv("SOC_TUI_HOME", str(home))
    environ = {
        "SOC_TUI_WORKSPACE": "log_analytics",
        "SOC_TUI_WORKSPACE_ID": server.workspace_id,
        "SOC_TUI_ENDPOINT": server.endpoint,
        "SOC_TUI_CREDENTIAL": "client_secret",
        "SOC_TUI_CA_BUNDLE": str(server.ca_bundle),
        "AZURE_TENANT_ID": server.entra.tenant_id,
        "AZURE_CLIENT_ID": server.entra.client_id,
        "AZURE_CLIENT_SECRET": server.entra.client_secret,
        "AZURE_AUTHORITY_HOST": server.authority,
        "SOC_TUI_ANALYST": "offline",
    }
    hunter = await open_hunter(load_settings(environ=environ))
    kql = "DeviceLogonEvents | where TimeGenerated > ago(1d) | take 5"
    hunt = hunter.new_hunt(request="", kql=kql)
    states = [event.hunt async for event in hunter.query(hunt, kql)]
    await hunter.aclose()
    assert states[-1].row_count == 5, states[-1].problem
    assert server.requests[0].headers["Authorization"] == f"Bearer {server.entra.tokens[0]}"
    assert server.entra.scopes == [f"{server.endpoint}/.default"]
    written = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert server.entra.client_secret.encode() not in written
    assert server.entra.tokens[0].encode() not in written


async def test_a_refused_sign_in_reaches_the_analyst(server: LogAnalyticsServer) -> None:
    credential = build_credential("client_secret", **given(server, client_secret="wrong"))
    workspace = LogAnalyticsWorkspace(
        server.workspace_id, credential, endpoint=server.endpoint, ca_bundle=server.ca_bundle
    )
    with pytest.raises(CredentialError, match="client secret is wrong"):
        await workspace.query("print 1")
    assert not server.requests
    await workspace.aclose()
