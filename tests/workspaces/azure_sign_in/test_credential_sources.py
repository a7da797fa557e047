"""Each way to sign in, and how the chain goes from one to the next."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import logging
import socket
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from soc_tui.model.errors import CredentialError
from soc_tui.workspaces.azure_sign_in import credentials
from soc_tui.workspaces.azure_sign_in.credentials import build_credential
from soc_tui.workspaces.azure_sign_in.token_chain import identity_of
from tests.wire.entra_server import Answer, Entra
from tests.wire.log_analytics_server import LogAnalyticsServer

SCOPE = "https://api.loganalytics.io/.default"


class WatchedEntra(Entra):
    """Also takes certificates, and keeps every form that was sent."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, str]] = []

    def handle(self, path: str, form: Mapping[str, str], origin: str) -> Answer | None:
        if path.endswith("/token"):
            self.forms.append(dict(form))
            if "client_assertion" in form:
                form = {**form, "client_secret": self.client_secret}
        return super().handle(path, form, origin)


@pytest.fixture
def entra() -> WatchedEntra:
    return WatchedEntra()


@pytest.fixture
def server(
    entra: WatchedEntra, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[LogAnalyticsServer]:
    for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"):
        monkeypatch.delenv(name, raising=False)
    # A managed identity (in App Service's form) at an address where nothing listens, and no az.
    monkeypatch.setenv("IDENTITY_ENDPOINT", "http://127.0.0.1:9/token")
    monkeypatch.setenv("IDENTITY_HEADER", "x")
    monkeypatch.setenv("PATH", str(tmp_path))
    with LogAnalyticsServer() as running:
        running.entra = entra
        yield running


def given(server: LogAnalyticsServer, **changes: Any) -> dict[str, Any]:
    return {
        "tenant_id": server.entra.tenant_id,
        "authority": server.authority,
        "ca_bundle": server.ca_bundle,
        **changes,
    }


def az(folder: Path, script: str) -> None:
    """An Azure CLI that does what `script` says."""
    path = folder / "az"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o700)


def az_token(folder: Path) -> None:
    expires = dt.datetime.now() + dt.timedelta(hours=1)
    document = {
        "accessToken": "token-of-az",
        "expiresOn": f"{expires:%Y-%m-%d %H:%M:%S}.000000",
        "expires_on": int(expires.timestamp()),
        "tokenType": "Bearer",
    }
    az(folder, f"cat <<'END'\n{json.dumps(document)}\nEND".replace("cat", "/bin/cat"))


def certificate(path: Path) -> None:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "soc_tui")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))


async def test_a_certificate_signs_in(
    server: LogAnalyticsServer, entra: WatchedEntra, tmp_path: Path
) -> None:
    certificate(tmp_path / "app.pem")
    values = given(server, client_id=server.entra.client_id, certificate_path=tmp_path / "app.pem")
    async with build_credential("certificate", **values) as credential:
        assert (await credential.get_token(SCOPE)).token == entra.tokens[0]
        assert credential.identity.endswith("through certificate")
    (form,) = entra.forms
    assert form["client_assertion"].count(".") == 2 and "client_secret" not in form


async def test_a_file_that_is_no_certificate_is_told(
    server: LogAnalyticsServer, tmp_path: Path
) -> None:
    (tmp_path / "app.pem").write_text("no certificate")
    values = given(server, client_id="app", certificate_path=tmp_path / "app.pem")
    async with build_credential("certificate", **values) as credential:
        with pytest.raises(CredentialError, match="certificate"):
            await credential.get_token(SCOPE)


async def test_the_azure_cli_is_asked_once_for_many_queries(
    server: LogAnalyticsServer, tmp_path: Path
) -> None:
    az_token(tmp_path)
    async with build_credential("chain", **given(server)) as credential:
        assert (await credential.get_token(SCOPE)).token == "token-of-az"
        (tmp_path / "az").unlink()
        assert (await credential.get_token(SCOPE)).token == "token-of-az"
        assert credential.identity == "signed in through Azure CLI"


async def test_an_expired_az_login_does_not_keep_the_human_from_a_device_code(
    server: LogAnalyticsServer, tmp_path: Path
) -> None:
    az(tmp_path, 'echo "ERROR: AADSTS700082: The refresh token has expired." >&2; exit 1')
    shown: list[tuple[str, str]] = []

    def show(code: str, address: str) -> None:
        shown.append((code, address))
        server.entra.signed_in.set()

    values = given(server, client_id=server.entra.client_id, on_device_code=show)
    async with build_credential("chain", **values) as credential:
        assert (await credential.get_token(SCOPE)).token in server.entra.tokens
    assert shown == [(server.entra.user_code, f"{server.authority}/device")]


async def test_a_refused_secret_ends_the_chain(server: LogAnalyticsServer, tmp_path: Path) -> None:
    az_token(tmp_path)
    values = given(server, client_id=server.entra.client_id, client_secret="wrong-one")
    async with build_credential("chain", **values) as credential:
        with pytest.raises(CredentialError, match="AADSTS7000215"):
            await credential.get_token(SCOPE)


async def test_an_az_that_hangs_is_given_up(server: LogAnalyticsServer, tmp_path: Path) -> None:
    az(tmp_path, "exec /bin/sleep 30")
    started = time.monotonic()
    async with build_credential("cli", **given(server, timeout_seconds=1)) as credential:
        with pytest.raises(CredentialError, match="Timed out"):
            await credential.get_token(SCOPE)
    assert time.monotonic() - started < 5
    await asyncio.sleep(0.2)  # the SDK kills az without waiting; its pipes close behind it


async def test_a_managed_identity_that_never_answers_is_given_up(
    server: LogAnalyticsServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    az_token(tmp_path)
    monkeypatch.setattr(credentials, "MANAGED_IDENTITY_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"http://127.0.0.1:{port}/token")
        started = time.monotonic()
        async with build_credential("chain", **given(server)) as credential:
            assert (await credential.get_token(SCOPE)).token == "token-of-az"
    assert 0.5 <= time.monotonic() - started < 5


async def test_a_cancelled_device_code_asks_no_more(
    server: LogAnalyticsServer, entra: WatchedEntra
) -> None:
    shown = asyncio.Event()
    loop = asyncio.get_running_loop()
    values = given(
        server,
        client_id=server.entra.client_id,
        on_device_code=lambda *_: loop.call_soon_threadsafe(shown.set),
    )
    async with build_credential("device_code", **values) as credential:
        task = asyncio.create_task(credential.get_token(SCOPE))
        await asyncio.wait_for(shown.wait(), 10)
        started = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert time.monotonic() - started < 5
        polls = len(entra.forms)
        await asyncio.sleep(2.5)  # the server's interval is one second
        assert len(entra.forms) <= polls + 1
        # And the next one starts over.
        shown.clear()
        server.entra.signed_in.set()
        assert (await credential.get_token(SCOPE)).token == entra.tokens[-1]
        assert shown.is_set()


async def test_two_at_once_ask_the_human_once(server: LogAnalyticsServer) -> None:
    shown: list[str] = []

    def show(code: str, _address: str) -> None:
        shown.append(code)
        server.entra.signed_in.set()

    values = given(server, client_id=server.entra.client_id, on_device_code=show)
    async with build_credential("device_code", **values) as credential:
        first, second = await asyncio.gather(
            credential.get_token(SCOPE), credential.get_token(SCOPE)
        )
    assert first == second and len(shown) == 1


async def test_nothing_that_is_written_or_shown_holds_a_secret(
    server: LogAnalyticsServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = server.entra.client_secret
    values = given(server, client_id=server.entra.client_id, client_secret=secret)
    async with build_credential("chain", **values) as credential:
        token = (await credential.get_token(SCOPE)).token
        shown = f"{credential!r} {credential.identity}"
    async with build_credential("chain", **{**values, "client_secret": f"{secret}-old"}) as bad:
        with pytest.raises(CredentialError) as caught:
            await bad.get_token(SCOPE)
    texts = shown + str(caught.value) + repr(caught.value) + caplog.text
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert secret not in texts and token not in texts


@pytest.mark.parametrize(
    ("token", "identity"),
    [
        ("opaque", "signed in through x"),
        ("a.!!!.c", "signed in through x"),
        ("e30.eyJ1cG4iOiAiYVx1MDAxYltAYi5jIn0.s", "signed in as a[@b.c through x"),
        ("e30.W10.s", "signed in through x"),
    ],
)
def test_who_is_signed_in_is_read_from_any_token(token: str, identity: str) -> None:
    assert identity_of(token, "x") == identity
