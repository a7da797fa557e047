"""A token from the first credential that has one.

azure-identity's ChainedTokenCredential ends at the first source that fails; on a jump box an
expired `az login` must not block the device code. Each source has its own time-out
here, and every failure becomes a CredentialError whose text holds no secret.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from soc_tui.model.errors import CredentialError
from soc_tui.workspaces.azure_sign_in.failures import (
    Failure,
    failure_of,
    nobody_error,
    source_error,
)

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken, AccessTokenInfo, TokenRequestOptions
    from azure.core.credentials_async import AsyncTokenCredential

_REFRESH_SECONDS = 300  # a token this close to its end is not used any more

# The SDK logs failed sign-ins; without a handler Python would print them over the screen.
for _name in ("azure", "msal"):
    logging.getLogger(_name).addHandler(logging.NullHandler())


@dataclass(frozen=True)
class Source:
    """One way to get a token.

    Attributes:
        name: As shown: "the Azure CLI".
        open: Makes the SDK's credential, inside the running loop.
        timeout_seconds: Longest wait for a token, seconds.
        decisive: Its failure ends the search, because somebody configured it on purpose.
    """

    name: str
    open: Callable[[], Awaitable[AsyncTokenCredential]] = field(repr=False)
    timeout_seconds: float
    decisive: bool = False


class SignIn:
    """An async token credential (azure.core.credentials_async.AsyncTokenCredential).

    Args:
        sources: Asked in this order. The first one that gave a token is kept.
        host: Host of the authority, for messages.
    """

    def __init__(self, sources: Sequence[Source], host: str) -> None:
        self._sources = tuple(sources)
        self._host = host
        self._opened: dict[str, AsyncTokenCredential] = {}
        self._chosen: Source | None = None
        self._tokens: dict[tuple[str, ...], AccessTokenInfo] = {}
        self._identity = ""
        self._rejected = False
        self._lock = asyncio.Lock()

    def __repr__(self) -> str:
        return f"SignIn({', '.join(source.name for source in self._sources)})"

    @property
    def identity(self) -> str:
        """Who is signed in and through what; empty before."""
        return self._identity

    def forget(self) -> None:
        """Drop tokens that the service rejected, the SDK's own copies too."""
        self._tokens.clear()
        self._rejected = True

    async def get_token(
        self,
        *scopes: str,
        claims: str | None = None,
        tenant_id: str | None = None,
        enable_cae: bool = False,
        **_: Any,
    ) -> AccessToken:
        """See AsyncTokenCredential.

        Raises:
            CredentialError: the sign-in failed.
        """
        from azure.core.credentials import AccessToken

        options: TokenRequestOptions = {"enable_cae": enable_cae}
        if claims:
            options["claims"] = claims
        if tenant_id:
            options["tenant_id"] = tenant_id
        token = await self.get_token_info(*scopes, options=options)
        return AccessToken(token.token, token.expires_on)

    async def get_token_info(
        self, *scopes: str, options: TokenRequestOptions | None = None
    ) -> AccessTokenInfo:
        """See AsyncSupportsTokenInfo.

        Raises:
            CredentialError: the sign-in failed.
        """
        async with self._lock:
            if self._rejected:
                self._rejected = False
                await self.close()
            token = self._tokens.get(scopes)
            fresh = token is not None and token.expires_on - time.time() > _REFRESH_SECONDS
            if token is None or not fresh or (options or {}).get("claims"):
                token = await self._request(scopes, options)
                self._tokens[scopes] = token
            return token

    async def close(self) -> None:
        """Release connections. Safe to call twice."""
        opened, self._opened = self._opened, {}
        for credential in opened.values():
            await credential.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        await self.close()

    async def _request(
        self, scopes: tuple[str, ...], options: TokenRequestOptions | None
    ) -> AccessTokenInfo:
        failures: list[Failure] = []
        sources = (self._chosen,) if self._chosen else self._sources
        for source in sources:
            found = await self._ask(source, scopes, options)
            if not isinstance(found, Failure):
                self._chosen = source
                self._identity = identity_of(found.token, source.name)
                return found
            if len(sources) == 1 or (source.decisive and not found.absent):
                raise source_error(found)
            failures.append(found)
        raise nobody_error(failures)

    async def _ask(
        self, source: Source, scopes: tuple[str, ...], options: TokenRequestOptions | None
    ) -> AccessTokenInfo | Failure:
        from azure.core.exceptions import AzureError

        try:
            async with asyncio.timeout(source.timeout_seconds):
                credential = self._opened.get(source.name)
                if credential is None:
                    credential = self._opened[source.name] = await source.open()
                return await _token(credential, scopes, options)
        except CredentialError:
            raise
        except (AzureError, OSError, ValueError) as error:
            return failure_of(source.name, error, self._host, source.timeout_seconds)


async def _token(
    credential: AsyncTokenCredential,
    scopes: tuple[str, ...],
    options: TokenRequestOptions | None,
) -> AccessTokenInfo:
    from azure.core.credentials import AccessTokenInfo
    from azure.core.credentials_async import AsyncSupportsTokenInfo

    if isinstance(credential, AsyncSupportsTokenInfo):
        return await credential.get_token_info(*scopes, options=options)
    token = await credential.get_token(*scopes, **dict(options or {}))  # type: ignore[arg-type]
    return AccessTokenInfo(token.token, token.expires_on)


def identity_of(token: str, source: str) -> str:
    """Who an access token is for, read from its claims without checking them: for messages only."""
    parts = token.split(".")
    if len(parts) != 3:
        return f"signed in through {source}"
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return f"signed in through {source}"
    if not isinstance(claims, dict):
        return f"signed in through {source}"
    user = claims.get("upn") or claims.get("preferred_username") or claims.get("unique_name")
    app = claims.get("appid") or claims.get("azp")
    who = str(user) if user else f"app {app}" if app else "an unknown identity"
    tenant = f" of tenant {claims['tid']}" if claims.get("tid") else ""
    text = f"signed in as {who}{tenant} through {source}"
    return "".join(char for char in text if char.isprintable())[:300]
