"""Failed sign-ins in words that an analyst can act on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from soc_tui.model.errors import CredentialError

_CHOICES = (
    "Run `az login`, or set tenant, client id and secret (AZURE_TENANT_ID, AZURE_CLIENT_ID,"
    " AZURE_CLIENT_SECRET), or choose another workspace.credential."
)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why one source gave no token.

    Attributes:
        absent: The source is not there at all (no `az` installed, no managed identity), as opposed
            to one that is there and was refused.
    """

    source: str
    why: str
    next_step: str = ""
    absent: bool = False


def failure_of(source: str, error: Exception, host: str, timeout_seconds: float) -> Failure:
    """What an exception of azure-identity means. Its own text is kept only where it is safe."""
    from azure.core.exceptions import (
        ClientAuthenticationError,
        HttpResponseError,
        ServiceRequestError,
        ServiceResponseError,
    )
    from azure.identity import CredentialUnavailableError

    if isinstance(error, CredentialUnavailableError):
        return Failure(source, _absence(str(error.message)), absent=True)
    if isinstance(error, TimeoutError):
        return Failure(
            source,
            f"No response within {timeout_seconds:g} s.",
            "Check the network and try again.",
        )
    if isinstance(error, ServiceRequestError | ServiceResponseError):
        return Failure(source, *network_failure(error, host))
    if isinstance(error, ClientAuthenticationError | HttpResponseError):
        return _refusal(source, str(error.message))
    return Failure(source, _sentence(str(error)) or type(error).__name__)


def _absence(message: str) -> str:
    if "not fully configured" in message:
        return "Not set up (AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET)."
    if "not found on path" in message:
        return "Not installed."
    if "az login" in message:
        return "`az login` has not been run."
    return _sentence(message)


def source_error(failure: Failure) -> CredentialError:
    """The error of a source that was asked for on purpose."""
    return CredentialError(
        f"The sign-in with {failure.source} failed.", failure.why, failure.next_step or _CHOICES
    )


def nobody_error(failures: Sequence[Failure]) -> CredentialError:
    """The error after every source of the chain failed."""
    tried = " ".join(f"{failure.source}: {_lowered(failure.why)}" for failure in failures)
    steps = [failure.next_step for failure in failures if failure.next_step]
    return CredentialError("Azure sign-in failed.", tried, " ".join([*steps[-1:], _CHOICES]))


def _lowered(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _refusal(source: str, message: str) -> Failure:
    """A refusal by Microsoft Entra ID.

    Codes: https://learn.microsoft.com/entra/identity-platform/reference-error-codes
    """
    code = re.search(r"AADSTS(\d+)", message)
    if code and code[1] in _REFUSALS:
        why, step = _REFUSALS[code[1]]
        return Failure(source, f"{why} (AADSTS{code[1]}).", step)
    return Failure(source, _sentence(message), "Ask your tenant administrator.")


_RENEW = "Create a new secret in the app registration and set AZURE_CLIENT_SECRET to its value."
_REFUSALS = {
    "7000215": ("The client secret is wrong", "Use the secret's value, not its ID. " + _RENEW),
    "7000222": ("The client secret has expired", _RENEW),
    "700016": (
        "The application was not found in the tenant",
        "Check workspace.client_id and workspace.tenant_id (AZURE_CLIENT_ID, AZURE_TENANT_ID).",
    ),
    "700027": (
        "The app registration does not have this certificate, or it has expired",
        "Upload the certificate to the app registration, or set the right"
        " AZURE_CLIENT_CERTIFICATE_PATH.",
    ),
    "90002": (
        "The tenant was not found in this cloud",
        "Check workspace.tenant_id (AZURE_TENANT_ID), and workspace.authority for sovereign"
        " clouds.",
    ),
    "500011": (
        "The tenant has no query API for this audience",
        "Check workspace.audience (SOC_TUI_AUDIENCE) against the cloud of workspace.endpoint.",
    ),
    "65001": (
        "The app has no consent to read Log Analytics",
        "Ask an administrator to grant it the Log Analytics API permission Data.Read.",
    ),
    "50076": ("The tenant requires MFA", "Sign in with a device code or `az login`."),
    "50079": ("The tenant requires MFA", "Sign in with a device code or `az login`."),
    "53003": (
        "A Conditional Access policy blocks this sign-in",
        "Sign in from an allowed device or location, or ask your tenant administrator.",
    ),
    "53000": ("This device is not compliant", "Sign in from a managed device."),
    "70020": ("The code expired", "Start again and enter the new code promptly."),
    "70016": ("The code expired", "Start again and enter the new code promptly."),
    "70018": ("The code was mistyped or is no longer valid", "Start again with the new code."),
    "700082": ("The sign-in has expired", "Sign in again."),
    "50173": ("The sign-in was revoked", "Sign in again."),
    "7000112": ("The app is disabled", "Ask your tenant administrator."),
}  # fmt: skip


def _sentence(message: str) -> str:
    """The first line of a message, without control characters, ids and links."""
    lines = [line for line in message.strip().splitlines() if line.strip()] or [""]
    first = re.split(r"\s(?:Trace ID|Correlation ID|Visit|To mitigate this)\b", lines[0])[0]
    text = "".join(char for char in first if char.isprintable())[:300].strip()
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."


def network_failure(error: BaseException, host: str) -> tuple[str, str]:
    """Why a connection failed and what to do about it, from the SDK's error and its causes."""
    kinds = {type(cause).__name__ for cause in _causes(error)}
    for names, why, step in _FAILURES:
        if kinds & names:
            return why.format(host=host), step.format(host=host)
    return (
        f"{host} cannot be reached ({type(error).__name__}).",
        "Check the network and try again.",
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it, the deepest last; every SDK nests them in its own way."""
    queue, seen = [error], set()
    while queue:
        current = queue.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        inner = (
            current.__cause__,
            current.__context__,
            getattr(current, "inner_exception", None),
            getattr(current, "reason", None),
            *current.args,
        )
        queue.extend(item for item in inner if isinstance(item, BaseException))


_PROXY_STEP = "Check HTTPS_PROXY and NO_PROXY, and that the proxy lets {host} through."
_TLS_STEP = (
    "If a proxy inspects TLS here, set workspace.ca_bundle (SOC_TUI_CA_BUNDLE) to its certificate;"
    " also check this machine's clock."
)
# Class names of aiohttp, requests, urllib3 and the standard library, most telling first.
_FAILURES = (
    (
        {"ClientProxyConnectionError", "ClientHttpProxyError", "ProxyError"},
        "{host} cannot be reached: the proxy did not connect.",
        _PROXY_STEP,
    ),
    (
        {
            "ClientConnectorCertificateError",
            "SSLCertVerificationError",
            "CertificateError",
            "ClientConnectorSSLError",
            "ClientSSLError",
            "SSLError",
        },
        "The TLS certificate of {host} is not trusted here, or TLS failed.",
        _TLS_STEP,
    ),
    (
        {"ClientConnectorDNSError", "gaierror", "NameResolutionError"},
        "{host} cannot be reached: the name could not be resolved.",
        "Check the spelling of the address in the settings, DNS, and whether a proxy is needed.",
    ),
    (
        {
            "ConnectionTimeoutError",
            "ServerTimeoutError",
            "SocketTimeoutError",
            "ServiceRequestTimeoutError",
            "ServiceResponseTimeoutError",
            "ConnectTimeout",
            "ConnectTimeoutError",
            "ReadTimeout",
        },
        "{host} did not answer in time.",
        "Check firewall and proxy, then try again.",
    ),
    (
        {"ConnectionRefusedError"},
        "{host} cannot be reached: it refused the connection.",
        "Check the address and port in the settings, and the firewall.",
    ),
    (
        {
            "ServerDisconnectedError",
            "ClientPayloadError",
            "IncompleteReadError",
            "ConnectionResetError",
            "ClientOSError",
            "ProtocolError",
            "RemoteDisconnected",
        },
        "{host} closed the connection early.",
        "Try again; if it happens again, ask for fewer rows or check the proxy.",
    ),
)
