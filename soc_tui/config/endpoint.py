"""The model service the settings select, and what they are missing for it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from soc_tui.config.settings import OpenAISettings, Settings
from soc_tui.model.errors import ConfigError

_OPENAI_HOST = "api.openai.com"
# A password or key inside an address, as some gateways take it.
_IN_ADDRESS = re.compile(r'(?<=://)[^/\s@"]+(?=@)|(?<=\?)[^\s"]+')
_OFFLINE = "or choose the offline analyst: soc-tui --offline"


def is_azure(chosen: OpenAISettings) -> bool:
    """Whether the model is one of Azure OpenAI."""
    return chosen.kind == "azure" or (chosen.kind == "auto" and bool(chosen.azure_endpoint))


def needs_key(chosen: OpenAISettings) -> bool:
    """Whether it is OpenAI itself, which always requires a key. Self-hosted servers may not."""
    own = not chosen.base_url or _host(chosen.base_url) == _OPENAI_HOST
    return own and not is_azure(chosen)


def uses_model(settings: Settings) -> bool:
    """Whether a model is asked, not the offline analyst."""
    if settings.analyst != "auto":
        return settings.analyst == "openai"
    return not needs_key(settings.openai) or bool(settings.openai.api_key)


def check(chosen: OpenAISettings) -> None:
    """Raise ConfigError when something is missing to reach the model."""
    if needs_key(chosen) and not chosen.api_key:
        raise ConfigError(
            "The OpenAI analyst has no API key.",
            "OPENAI_API_KEY is not set.",
            f"Set it, {_OFFLINE}",
        )
    if not is_azure(chosen):
        if chosen.base_url and not _host(chosen.base_url):
            raise ConfigError(
                "The model server's address is not valid.",
                "openai.base_url is not an http or https address.",
                f"Correct it (OPENAI_BASE_URL), {_OFFLINE}",
            )
        return
    if not _host(chosen.azure_endpoint):
        raise ConfigError(
            "The Azure OpenAI resource has no address.",
            "openai.azure_endpoint is not set, or is not an https address.",
            f"Set it (AZURE_OPENAI_ENDPOINT) to https://NAME.openai.azure.com, {_OFFLINE}",
        )
    if not deployment(chosen):
        raise ConfigError(
            "No Azure OpenAI deployment is set.",
            "openai.deployment is not set.",
            f"Set it (AZURE_OPENAI_DEPLOYMENT), {_OFFLINE}",
        )


def deployment(chosen: OpenAISettings) -> str:
    """The deployment to ask; empty when none is named."""
    return chosen.deployment or ("" if chosen.model == "auto" else chosen.model)


def shown(chosen: OpenAISettings) -> str:
    """The service in a few words, without keys: for the status and `soc-tui doctor`."""
    if is_azure(chosen):
        host = _host(chosen.azure_endpoint)
        way = "key" if chosen.azure_key else f"Entra ID ({chosen.azure_audience})"
        api = chosen.api_version or "v1"
        return f"Azure OpenAI at {host}, deployment {deployment(chosen)}, API {api}, by {way}"
    host = _host(chosen.base_url or "")
    at = f" at {host}" if host and host != _OPENAI_HOST else ""
    return f"{'a server' if at else 'OpenAI'}{at}, model {chosen.model}"


def _host(address: str) -> str:
    """Host of an http or https address in lower case; empty for anything else."""
    try:
        parts = urlsplit(address)
        good = parts.scheme in {"http", "https"} and parts.port != 0
    except ValueError:  # brackets that do not match, a port that is none
        return ""
    return (parts.hostname or "").lower() if good else ""


def without_credentials(text: str) -> str:
    """A text with what its addresses hold of passwords and keys hidden."""
    return _IN_ADDRESS.sub("hidden", text)
