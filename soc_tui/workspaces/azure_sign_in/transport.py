"""HTTP transport for the Azure SDK that trusts extra certificate authorities.

The SDK's own `connection_verify` replaces the system's authorities and reads the file at every
request. Heavy imports: this module is itself imported lazily.
"""

from __future__ import annotations

import ssl
from pathlib import Path

import aiohttp
from azure.core.pipeline.transport import AioHttpTransport

from soc_tui.model.errors import ConfigError


def trusted_authorities(ca_bundle: Path | None) -> ssl.SSLContext:
    """The system's certificate authorities and those of `ca_bundle` (PEM).

    Raises:
        ConfigError: the bundle cannot be read.
    """
    context = ssl.create_default_context()
    if ca_bundle is None:
        return context
    try:
        context.load_verify_locations(cafile=str(ca_bundle))
    except (OSError, ssl.SSLError) as error:
        missing = isinstance(error, FileNotFoundError)
        raise ConfigError(
            f"The CA bundle {ca_bundle} cannot be used.",
            "The file does not exist." if missing else "It is not readable or not in PEM format.",
            "Correct workspace.ca_bundle (SOC_TUI_CA_BUNDLE), or remove it.",
        ) from error
    return context


class TrustingTransport(AioHttpTransport):  # type: ignore[misc, unused-ignore]
    """AioHttpTransport with a TLS context of ours. The session is made at the first request."""

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__()
        self.session: aiohttp.ClientSession | None = None
        self._context = context

    async def open(self) -> None:
        """Open the session in the running event loop, with the SDK's own session options."""
        if not self.session:
            self.session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=self._context),
                trust_env=True,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
            )
        await super().open()
