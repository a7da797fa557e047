"""Model endpoints and their sign-in: OpenAI, Azure OpenAI and compatible servers.

Heavy to import: this module is itself imported lazily.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx2
from openai import AsyncAzureOpenAI, AsyncOpenAI

from soc_tui.analysts.openai.answer_limits import USUAL_LIMITS, AnswerLimits, LimitedClient
from soc_tui.model.errors import ConfigError

_BEHIND_RESOURCE = re.compile(r"(?:/openai(?:/.*)?|/+)\Z")
OPENAI_HOST = "api.openai.com"

# Self-hosted servers often need no key; the SDK requires one.
_NO_KEY = "none"

Token = Callable[[], Awaitable[str]]
"""Gives an Entra token for the service; asked before each request."""


async def _nothing_to_close() -> None:
    return None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One service.

    Attributes:
        base_url: `/chat/completions` at its end is left out; None for OpenAI itself. Of Azure
            OpenAI, the resource (https://NAME.openai.azure.com); `/openai` and what follows it, as
            in the portal's target URI, is left out.
        api_key: May be empty for a server that asks for none, and where `token` is given.
        azure: Azure OpenAI: models are named by their deployments.
        api_version: Of Azure OpenAI; empty for its v1 API, which has none.
            https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle
        token: Signs in to Azure OpenAI in place of a key.
        close: Releases what `token` holds.
        limits: What one answer may take.
    """

    base_url: str | None = None
    api_key: str = field(default="", repr=False)
    azure: bool = False
    api_version: str = ""
    token: Token | None = field(default=None, repr=False)
    close: Callable[[], Awaitable[None]] = field(default=_nothing_to_close, repr=False)
    limits: AnswerLimits = USUAL_LIMITS

    @property
    def explains(self) -> bool:
        """Whether the service says what of a request it rejects."""
        return self.azure or self.base_url is None or is_openai(self.base_url)

    def client(self, timeout_seconds: float) -> AsyncOpenAI:
        """The SDK's client, without its own silent retries.

        Raises:
            ConfigError: the proxy of the environment cannot be used.
        """
        try:
            return self._client(timeout_seconds)
        except (ImportError, ValueError, httpx2.InvalidURL) as error:  # it holds a password
            raise ConfigError(
                "The proxy set in the environment cannot be used.",
                "A SOCKS proxy needs the socksio package."
                if isinstance(error, ImportError)
                else "It is not a proxy address.",
                "Set HTTPS_PROXY and ALL_PROXY to http://proxy:8080, or add the host to NO_PROXY.",
            ) from None

    def _client(self, timeout_seconds: float) -> AsyncOpenAI:
        if not self.azure:
            return AsyncOpenAI(
                api_key=self.api_key or _NO_KEY,
                base_url=(self.base_url or f"https://{OPENAI_HOST}/v1")
                .rstrip("/")
                .removesuffix("/chat/completions"),
                timeout=timeout_seconds,
                max_retries=0,
                http_client=LimitedClient(self.limits),
            )
        resource = _BEHIND_RESOURCE.sub("", self.base_url or "")
        if self.api_version:
            return AsyncAzureOpenAI(
                azure_endpoint=resource,
                api_version=self.api_version,
                api_key=None if self.token else self.api_key or _NO_KEY,
                azure_ad_token_provider=self.token,
                timeout=timeout_seconds,
                max_retries=0,
                http_client=LimitedClient(self.limits),
            )
        # The v1 API takes its key as OpenAI does; the older one in a header of its own.
        return AsyncOpenAI(
            api_key=self.token or self.api_key or _NO_KEY,
            base_url=f"{resource}/openai/v1",
            timeout=timeout_seconds,
            max_retries=0,
            http_client=LimitedClient(self.limits),
        )


def is_openai(base_url: str) -> bool:
    """Whether an address is OpenAI's own."""
    return (urlsplit(base_url).hostname or "").lower() == OPENAI_HOST
