"""An Azure Log Analytics workspace (Microsoft Sentinel's logs), through azure-monitor-query.

Requests go through LogsQueryClient.send_request, the SDK's own way to a raw answer: its
query_workspace would decode up to 100 MB on the event loop. Heavy imports: this module is itself
imported lazily.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from azure.core.exceptions import AzureError, ClientAuthenticationError
from azure.core.pipeline.policies import AsyncRetryPolicy
from azure.core.rest import HttpRequest
from azure.monitor.query.aio import LogsQueryClient

from soc_tui.model.catalog import Column
from soc_tui.model.errors import CredentialError, WorkspaceError
from soc_tui.model.receipt import Extent
from soc_tui.model.row_sources import TableWindow
from soc_tui.model.rows import Rows
from soc_tui.workspaces.azure_sign_in.token_chain import SignIn
from soc_tui.workspaces.azure_sign_in.transport import TrustingTransport, trusted_authorities
from soc_tui.workspaces.log_analytics import failures
from soc_tui.workspaces.log_analytics.extents import extents
from soc_tui.workspaces.log_analytics.rows import read_answer, read_metadata

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential
    from azure.core.pipeline import PipelineResponse
    from azure.core.rest import AsyncHttpResponse

MAX_SECONDS = 600
"""Longest query that the service allows, seconds.

Source: https://learn.microsoft.com/azure/azure-monitor/service-limits
"""

_MAX_BYTES = 512 * 2**20  # the service stops at about 100 MB; anything far beyond is not its answer
_CONNECT_SECONDS = 15
_GRACE_SECONDS = 2  # beyond the server's own time-out, so that its error arrives
_RETRIES = 2
# The public cloud's newer address; its documented scope is still the older one's.
# Source: https://learn.microsoft.com/rest/api/logsquery/metadata/post (Security)
_AUDIENCES = {"https://api.loganalytics.azure.com": "https://api.loganalytics.io"}
_LONGEST_WAIT_SECONDS = 60


class LogAnalyticsWorkspace:
    """Answers KQL from a Log Analytics workspace.

    Args:
        workspace_id: The workspace's GUID.
        credential: Signs in; closed with the workspace.
        endpoint: Query API of the cloud, with or without `/v1`; https only.
        audience: Token audience; empty for the endpoint itself (in the public cloud
            https://api.loganalytics.io, whichever address is used).
        timeout_seconds: Longest query, seconds; at most 600 are asked for.
        ca_bundle: PEM file of further certificate authorities.
        name: Name for the status strip; "la: <workspace id>" by default.

    Raises:
        ConfigError: the certificate file cannot be used.
        WorkspaceError: the endpoint is not https.
    """

    def __init__(
        self,
        workspace_id: str,
        credential: AsyncTokenCredential,
        *,
        endpoint: str,
        audience: str = "",
        timeout_seconds: float = 600,
        ca_bundle: Path | None = None,
        name: str = "",
    ) -> None:
        endpoint = endpoint.rstrip("/")
        if not endpoint.casefold().startswith("https://"):
            raise WorkspaceError(
                "The Log Analytics endpoint must start with https://.",
                "Sign-in tokens are never sent unencrypted.",
                "Correct workspace.endpoint.",
            )
        self._path = f"workspaces/{quote(workspace_id, safe='')}"
        self._endpoint = endpoint
        self._name = name or f"la: {workspace_id}"
        self._timeout = min(max(timeout_seconds, 1), MAX_SECONDS)
        self._credential = credential
        self._closed = False
        audience = audience or _AUDIENCES.get(endpoint.removesuffix("/v1").casefold(), "")
        options: dict[str, Any] = {"audience": audience} if audience else {}
        self._client = LogsQueryClient(
            credential,
            endpoint=endpoint,
            transport=TrustingTransport(trusted_authorities(ca_bundle)),
            retry_policy=_Retries(retry_total=_RETRIES, retry_backoff_factor=0.5),
            logging_enable=False,
            permit_redirects=False,
            **options,
        )

    @property
    def name(self) -> str:
        """Short name for the status strip."""
        return self._name

    async def query(
        self, kql: str, *, timespan: dt.timedelta | None = None, max_rows: int | None = None
    ) -> Rows:
        """Run `kql` and return its rows; see Workspace.query.

        Cancelling closes the connection.
        """
        started = time.monotonic()
        body = {"query": kql}
        if timespan is not None:
            body["timespan"] = f"PT{timespan.total_seconds():.6f}".rstrip("0").rstrip(".") + "S"
        request = HttpRequest(
            "POST",
            f"{self._path}/query",
            headers={"Prefer": f"wait={round(self._timeout)}", "Accept": "application/json"},
            json=body,
        )
        answer = await self._send(request, kql)
        rows = await asyncio.to_thread(read_answer, answer, max_rows)
        return replace(rows, elapsed_seconds=time.monotonic() - started)

    async def schema(self) -> Mapping[str, tuple[Column, ...]]:
        """Tables and columns of the workspace, as its metadata says."""
        answer = await self._send(HttpRequest("GET", f"{self._path}/metadata"))
        return await asyncio.to_thread(read_metadata, answer)

    async def extents(self, tables: Sequence[TableWindow]) -> Mapping[str, Extent]:
        """What the workspace holds of these tables; see Workspace.extents."""
        return await extents(self, tables)

    async def aclose(self) -> None:
        """Close connections and the credential."""
        if not self._closed:
            self._closed = True
            await self._client.close()
            await self._credential.close()

    async def _send(self, request: HttpRequest, kql: str = "") -> bytes:
        """The body of the answer, once it is a good one."""
        if self._closed:
            raise WorkspaceError(f"The workspace {self._name!r} is closed.")
        # The SDK unpacks gzip; what it takes for deflate is not what HTTP calls so.
        request.headers["Accept-Encoding"] = "gzip"
        statuses: list[int] = []
        try:
            response = await self._client.send_request(
                request,
                stream=True,
                raw_response_hook=lambda each: statuses.append(each.http_response.status_code),
                connection_timeout=_CONNECT_SECONDS,
                read_timeout=self._timeout + _GRACE_SECONDS,
            )
            async with response:
                body = await _read(response)
        except ClientAuthenticationError as error:
            raise CredentialError(
                "Signing in failed.",
                "The sign-in service did not give a token for this endpoint.",
                "Check workspace.audience and sign in again.",
            ) from error
        except AzureError as error:
            raise failures.from_transport(error, self._endpoint) from error
        except zlib.error as error:
            raise failures.unreadable_answer() from error
        if response.status_code != 200:
            raise failures.from_status(
                response.status_code,
                body,
                _retry_after(response),
                kql=kql,
                identity=self._identity(response.status_code),
                tries=len(statuses),
            )
        return body

    def _identity(self, status: int) -> str:
        """Who is signed in. A token that was not accepted is not used again."""
        if not isinstance(self._credential, SignIn):
            return ""
        if status == 401:
            self._credential.forget()
        return self._credential.identity


async def _read(response: AsyncHttpResponse) -> bytes:
    parts = bytearray()
    async for part in response.iter_bytes():
        parts += part
        if len(parts) > _MAX_BYTES:
            raise failures.too_large(_MAX_BYTES)
    return bytes(parts)


def _retry_after(response: AsyncHttpResponse) -> float | None:
    """Seconds of a Retry-After header; None when there is none, or it holds a date."""
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdecimal() else None


class _Retries(AsyncRetryPolicy[Any, Any]):
    """The SDK's policy, but a time-out is not tried again, and no wait is longer than a minute."""

    def is_retry(self, settings: dict[str, Any], response: PipelineResponse[Any, Any]) -> bool:
        if response.http_response.status_code in (400, 401, 403, 404, 408, 504):
            return False
        if (self.get_retry_after(response) or 0) > _LONGEST_WAIT_SECONDS:
            return False
        return bool(super().is_retry(settings, response))

    def get_retry_after(self, response: PipelineResponse[Any, Any]) -> float | None:
        """Seconds; None also for what is neither seconds nor a date, which the SDK raises for."""
        try:
            return super().get_retry_after(response)
        except ValueError:
            return None
