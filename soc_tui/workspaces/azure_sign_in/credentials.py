"""The Azure credentials, by their names in the settings.

Endpoints, audiences and authorities by cloud (settings: workspace.endpoint, workspace.audience,
workspace.authority; the audience is the endpoint itself unless set):

- Public: https://api.loganalytics.io (also https://api.loganalytics.azure.com, with audience
  https://api.loganalytics.io), https://login.microsoftonline.com
- Azure Government: https://api.loganalytics.us, https://login.microsoftonline.us
- Azure in China (21Vianet): https://api.loganalytics.azure.cn, https://login.chinacloudapi.cn

Sources: https://learn.microsoft.com/azure/azure-monitor/logs/api/access-api,
https://docs.azure.cn/azure-monitor/logs/api/access-api, azure.identity.AzureAuthorityHosts
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from soc_tui.model.errors import CredentialError
from soc_tui.workspaces.azure_sign_in.token_chain import SignIn, Source

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential

    from soc_tui.workspaces.azure_sign_in.device_code import OnDeviceCode

PUBLIC_AUTHORITY = "https://login.microsoftonline.com"

MANAGED_IDENTITY_SECONDS = 4.0
"""Longest wait for a managed identity in the chain, seconds; outside Azure nothing responds."""

DEVICE_CODE_SECONDS = 900.0
"""Longest wait for a human with a code, seconds: Entra ID lets a code live that long.

Source: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code
"""


def build_credential(
    kind: str,
    *,
    tenant_id: str = "",
    client_id: str = "",
    client_secret: str = "",
    certificate_path: Path | None = None,
    authority: str = PUBLIC_AUTHORITY,
    on_device_code: OnDeviceCode | None = None,
    timeout_seconds: float = 30.0,
    ca_bundle: Path | None = None,
) -> SignIn:
    """The credential the settings select. Nothing is sent before the first token is needed.

    Args:
        kind: As `workspace.credential` in the settings. The chain asks, in this order: the client
            secret or certificate of settings and environment, managed identity, Azure CLI, device
            code. What somebody set up on purpose and is refused ends it; what is not there is
            passed over.
        client_id: App that signs in; for a managed identity, the user-assigned one.
        authority: Login host of the cloud, https.
        on_device_code: Shows code and address to the user; called from a thread. None leaves
            device codes out of the chain.
        timeout_seconds: Longest wait for each source but the user, seconds.
        ca_bundle: PEM file of further certificate authorities.

    Raises:
        CredentialError: an unknown kind, or what the kind needs is not set or cannot be used.
        ConfigError: the CA bundle cannot be used.
    """
    builder = _Builder(
        tenant_id=tenant_id,
        client_id=client_id,
        client_secret=client_secret,
        certificate_path=certificate_path,
        authority=_checked_authority(authority),
        on_device_code=on_device_code,
        timeout_seconds=timeout_seconds,
        ca_bundle=ca_bundle,
    )
    host = urlsplit(builder.authority).netloc
    kinds: Mapping[str, Callable[[], Source]] = {
        "environment": builder.environment,
        "client_secret": builder.secret,
        "certificate": builder.certificate,
        "managed_identity": builder.managed_identity,
        "cli": builder.cli,
        "device_code": builder.device_code,
    }
    if kind == "chain":
        return SignIn(builder.chain(), host)
    if kind not in kinds:
        raise CredentialError(
            f"Unknown credential {kind!r}.",
            f"Use chain, {', '.join(kinds)}.",
            "Correct workspace.credential (SOC_TUI_CREDENTIAL).",
        )
    return SignIn([kinds[kind]()], host)


def _checked_authority(authority: str) -> str:
    address = authority.strip().rstrip("/") or PUBLIC_AUTHORITY
    if "//" not in address:
        address = f"https://{address}"
    parts = urlsplit(address)
    if parts.scheme != "https" or not parts.netloc:
        raise CredentialError(
            f"The authority {authority!r} is not valid.",
            "It is not an https address.",
            f"Set workspace.authority (AZURE_AUTHORITY_HOST), for example to {PUBLIC_AUTHORITY}.",
        )
    return address


class _Builder:
    def __init__(
        self,
        *,
        tenant_id: str,
        client_id: str,
        client_secret: str,
        certificate_path: Path | None,
        authority: str,
        on_device_code: OnDeviceCode | None,
        timeout_seconds: float,
        ca_bundle: Path | None,
    ) -> None:
        from soc_tui.workspaces.azure_sign_in.transport import trusted_authorities

        if re.search(r"[^A-Za-z0-9.-]", tenant_id):
            raise CredentialError(
                "The tenant is not valid.",
                "It is neither a GUID nor a domain name.",
                "Correct workspace.tenant_id (AZURE_TENANT_ID).",
            )
        self.authority = authority
        self._tenant_id = tenant_id
        self._client_id = client_id
        self._client_secret = client_secret
        self._certificate_path = certificate_path
        self._on_device_code = on_device_code
        self._timeout_seconds = timeout_seconds
        self._ca_bundle = ca_bundle
        self._context = trusted_authorities(ca_bundle)

    def chain(self) -> list[Source]:
        sources = [self.environment(), self.managed_identity(MANAGED_IDENTITY_SECONDS), self.cli()]
        if self._on_device_code is not None:
            sources.append(self.device_code())
        return sources

    def secret(self) -> Source:
        self._require(
            "client_secret",
            {
                "tenant_id (AZURE_TENANT_ID)": self._tenant_id,
                "client_id (AZURE_CLIENT_ID)": self._client_id,
                "client_secret (AZURE_CLIENT_SECRET)": self._client_secret,
            },
        )

        async def open_it() -> AsyncTokenCredential:
            from azure.identity.aio import ClientSecretCredential

            return ClientSecretCredential(
                self._tenant_id, self._client_id, self._client_secret, **self._network()
            )

        return self._source("client secret", open_it, decisive=True)

    def certificate(self) -> Source:
        path = self._certificate_path or Path()
        self._require(
            "certificate",
            {
                "tenant_id (AZURE_TENANT_ID)": self._tenant_id,
                "client_id (AZURE_CLIENT_ID)": self._client_id,
                "certificate_path (AZURE_CLIENT_CERTIFICATE_PATH)": str(
                    self._certificate_path or ""
                ),
            },
        )

        if not path.is_file():
            raise CredentialError(
                f"The certificate {path} cannot be read.",
                "The file does not exist.",
                "Correct workspace.certificate_path (AZURE_CLIENT_CERTIFICATE_PATH).",
            )

        async def open_it() -> AsyncTokenCredential:
            from azure.identity.aio import CertificateCredential

            network = self._network()

            def read() -> CertificateCredential:
                return CertificateCredential(
                    self._tenant_id,
                    self._client_id,
                    certificate_data=path.read_bytes(),
                    password=os.environ.get("AZURE_CLIENT_CERTIFICATE_PASSWORD"),
                    **network,
                )

            return await asyncio.to_thread(read)

        return self._source("certificate", open_it, decisive=True)

    def environment(self) -> Source:
        """What settings and environment hold; the SDK's own reading where that is not enough."""
        if self._tenant_id and self._client_id and self._client_secret:
            return self.secret()
        if self._tenant_id and self._client_id and self._certificate_path:
            return self.certificate()

        async def open_it() -> AsyncTokenCredential:
            from azure.identity.aio import EnvironmentCredential

            return await asyncio.to_thread(EnvironmentCredential, **self._network())

        return self._source("environment", open_it, decisive=True)

    def managed_identity(self, seconds: float | None = None) -> Source:
        async def open_it() -> AsyncTokenCredential:
            from azure.identity.aio import ManagedIdentityCredential

            return ManagedIdentityCredential(
                client_id=self._client_id or None, connection_timeout=2, retry_total=1
            )

        return Source("managed identity", open_it, seconds or self._timeout_seconds)

    def cli(self) -> Source:
        async def open_it() -> AsyncTokenCredential:
            from azure.identity.aio import AzureCliCredential

            # Its own time-out kills the `az` process.
            seconds = max(1, int(self._timeout_seconds))
            return AzureCliCredential(tenant_id=self._tenant_id, process_timeout=seconds)

        return Source("Azure CLI", open_it, self._timeout_seconds + 2)

    def device_code(self) -> Source:
        shown = self._on_device_code
        if shown is None:
            raise CredentialError(
                "A device code cannot be shown here.",
                "There is no one to read it.",
                "Use the app, or choose another workspace.credential.",
            )

        async def open_it() -> AsyncTokenCredential:
            from soc_tui.workspaces.azure_sign_in.device_code import AsyncDeviceCode

            return AsyncDeviceCode(
                tenant_id=self._tenant_id,
                client_id=self._client_id,
                authority=self.authority,
                on_device_code=shown,
                valid_seconds=DEVICE_CODE_SECONDS,
                ca_bundle=self._ca_bundle,
            )

        return Source("device code", open_it, DEVICE_CODE_SECONDS + self._timeout_seconds)

    def _source(
        self, name: str, open_it: Callable[[], Awaitable[AsyncTokenCredential]], *, decisive: bool
    ) -> Source:
        return Source(name, open_it, self._timeout_seconds, decisive)

    def _network(self) -> dict[str, Any]:
        """Arguments of every credential that talks to the authority."""
        from soc_tui.workspaces.azure_sign_in.transport import TrustingTransport

        return {
            "authority": self.authority,
            "transport": TrustingTransport(self._context),
            "retry_total": 2,
        }

    @staticmethod
    def _require(kind: str, values: Mapping[str, str]) -> None:
        missing = [name for name, value in values.items() if not value]
        if missing:
            raise CredentialError(
                f"The credential {kind!r} is incomplete.",
                f"Not set: workspace.{', workspace.'.join(missing)}.",
                "Set them, or choose another workspace.credential.",
            )
