"""Device code sign-in without blocking the event loop.

azure.identity.aio has no DeviceCodeCredential; the blocking one polls in a thread of its own here.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from soc_tui.workspaces.azure_sign_in.transport import trusted_authorities

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken, AccessTokenInfo, TokenRequestOptions
    from azure.core.pipeline.transport import RequestsTransport
    from azure.identity import DeviceCodeCredential

_CONNECT_SECONDS = 15

OnDeviceCode = Callable[[str, str], None]
"""Called from a thread with the code and the address where it is entered."""


class AsyncDeviceCode:
    """An async token credential (get_token_info) over azure.identity.DeviceCodeCredential.

    Cancelling the task leaves nothing behind but a daemon thread that asks nothing any more and
    ends at its next poll (5 seconds by default).

    Args:
        client_id: App that the user signs in to; empty for Microsoft's developer sign-on app.
        valid_seconds: Longest wait for the user, seconds.
    """

    def __init__(
        self,
        *,
        tenant_id: str,
        client_id: str,
        authority: str,
        on_device_code: OnDeviceCode,
        valid_seconds: float,
        ca_bundle: Path | None,
    ) -> None:
        self._arguments: dict[str, Any] = {"authority": authority, "timeout": int(valid_seconds)}
        if tenant_id:
            self._arguments["tenant_id"] = tenant_id
        if client_id:
            self._arguments["client_id"] = client_id
        if not is_known_authority(authority):
            # Discovery would ask login.microsoftonline.com about a host that it does not know.
            self._arguments["disable_instance_discovery"] = True
        self._on_device_code = on_device_code
        self._ca_bundle = ca_bundle
        self._credential: DeviceCodeCredential | None = None
        self._abandoned = threading.Event()

    async def get_token_info(
        self, *scopes: str, options: TokenRequestOptions | None = None
    ) -> AccessTokenInfo:
        """A token from the cache, from the refresh token, or from the user's sign-in."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[AccessTokenInfo] = loop.create_future()

        def settle(result: AccessTokenInfo | None, error: BaseException | None) -> None:
            if answer.done():
                return
            if error is not None:
                answer.set_exception(error)
            elif result is not None:
                answer.set_result(result)

        def work() -> None:
            result, failed = None, None
            try:
                result = self._open().get_token_info(*scopes, options=options)
            except AbandonedError:
                return
            except Exception as error:  # noqa: BLE001 - handed to the task that waits
                failed = error
            with suppress(RuntimeError):  # the loop was closed: nothing waits
                loop.call_soon_threadsafe(settle, result, failed)

        threading.Thread(target=work, name="device-code", daemon=True).start()
        try:
            return await answer
        except asyncio.CancelledError:
            self._abandon()
            raise

    async def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        """See get_token_info."""
        from azure.core.credentials import AccessToken

        token = await self.get_token_info(*scopes)
        return AccessToken(token.token, token.expires_on)

    async def close(self) -> None:
        """Stop polling."""
        self._abandon()

    async def __aenter__(self) -> AsyncDeviceCode:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _open(self) -> DeviceCodeCredential:
        from azure.identity import DeviceCodeCredential

        if self._credential is None:
            abandoned = self._abandoned

            def show(address: str, code: str, _expires: dt.datetime) -> None:
                if abandoned.is_set():
                    raise AbandonedError
                self._on_device_code(code, address)

            self._credential = DeviceCodeCredential(
                prompt_callback=show,
                transport=sync_transport(self._ca_bundle, abandoned),
                **self._arguments,
            )
        return self._credential

    def _abandon(self) -> None:
        self._abandoned.set()
        self._abandoned = threading.Event()
        self._credential = None


class AbandonedError(Exception):
    """The sign-in that this thread works for was cancelled."""


def sync_transport(ca_bundle: Path | None, abandoned: threading.Event) -> RequestsTransport:
    """Transport of a blocking credential in a thread, which stops sending once abandoned.

    Raises:
        ConfigError: the bundle cannot be read.
    """
    import requests
    from azure.core.pipeline.transport import RequestsTransport
    from requests.adapters import HTTPAdapter

    class Transport(RequestsTransport):  # type: ignore[misc, unused-ignore]
        def send(self, request: Any, **kwargs: Any) -> Any:
            if abandoned.is_set():
                raise AbandonedError
            return super().send(request, **kwargs)

    if ca_bundle is None:
        return Transport(connection_timeout=_CONNECT_SECONDS, read_timeout=30)
    context = trusted_authorities(ca_bundle)

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            super().init_poolmanager(*args, **kwargs, ssl_context=context)

        def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
            return super().proxy_manager_for(*args, **kwargs, ssl_context=context)

    session = requests.Session()
    session.mount("https://", Adapter())
    return Transport(session=session, connection_timeout=_CONNECT_SECONDS, read_timeout=30)


def is_known_authority(authority: str) -> bool:
    """Whether the authority is one of Microsoft's public or sovereign clouds."""
    host = urlsplit(authority if "//" in authority else f"//{authority}").hostname or ""
    return host in {
        "login.microsoftonline.com",
        "login.microsoftonline.us",
        "login.chinacloudapi.cn",
        "login.partner.microsoftonline.cn",
    }
