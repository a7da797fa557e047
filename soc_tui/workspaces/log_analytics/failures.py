"""Failures of the Log Analytics query API in words an analyst can act on.

Error format: https://learn.microsoft.com/azure/azure-monitor/logs/api/errors
Heavy imports: this module is itself imported lazily.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import aiohttp
from azure.core.exceptions import (
    AzureError,
    ServiceRequestTimeoutError,
    ServiceResponseTimeoutError,
)

from soc_tui.model.errors import CredentialError, QueryError, WorkspaceError
from soc_tui.model.text_position import line_and_column

_LONGEST_MESSAGE = 300
_ROLE = (
    "Request the Log Analytics Reader role on the workspace, or sign in with another account;"
    " check the tenant too."
)


def from_status(
    status: int,
    body: bytes,
    retry_after: float | None,
    *,
    kql: str = "",
    identity: str = "",
    tries: int = 1,
) -> WorkspaceError:
    """The error for an answer other than 200.

    Args:
        retry_after: Seconds that the service asked us to wait, or None.
        kql: The text that was sent, to find the place of a name in it.
        identity: Who is signed in ("signed in as ..."), or empty.
        tries: Requests that were answered, this one included.
    """
    error = _error_of(body)
    if status == 400:
        return _rejected(error, kql)
    if status in (401, 403):
        return _denied(status, error, identity)
    if 300 <= status < 400:
        return WorkspaceError(
            "The service sends the query on to another address.",
            f"It answered HTTP {status}; queries are sent to workspace.endpoint alone.",
            "Check workspace.endpoint and the proxy.",
        )
    if status in (408, 504):
        return timed_out()
    if status == 429:
        return _throttled(retry_after, tries)
    return WorkspaceError(*_unavailable(status, _innermost(error)))


def from_transport(error: AzureError, endpoint: str) -> WorkspaceError:
    """The error for a request that got no (whole) answer."""
    cause = error.inner_exception
    if isinstance(error, ServiceResponseTimeoutError):
        return timed_out()
    if isinstance(error, ServiceRequestTimeoutError):
        return _unreachable(endpoint, "No connection was made in time.")
    if isinstance(cause, aiohttp.ClientConnectorCertificateError | aiohttp.ClientSSLError):
        return WorkspaceError(
            f"The connection to {endpoint} is not trusted.",
            "Its TLS certificate could not be verified.",
            "Behind a TLS-inspecting proxy, set workspace.ca_bundle to its CA (PEM);"
            " else check workspace.endpoint.",
        )
    why = _why_no_connection(cause)
    return _unreachable(endpoint, why) if why else cut_off()


def _why_no_connection(cause: BaseException | None) -> str:
    """Empty when there was one."""
    match cause:
        case aiohttp.ClientHttpProxyError(status=407):
            return "The proxy requires authentication (HTTP 407)."
        case aiohttp.ClientProxyConnectionError() | aiohttp.ClientHttpProxyError():
            return "The proxy did not connect to it."
        case aiohttp.ClientConnectorDNSError():
            return "Its name could not be resolved."
        case aiohttp.ClientConnectorError():
            return "The connection was refused or there is no route."
    return ""


def cut_off() -> WorkspaceError:
    """The connection ended in the middle."""
    return WorkspaceError(
        "The connection to Log Analytics was closed.",
        "It closed before the whole response had arrived.",
        "Run the query again; if that happens again, ask for fewer rows.",
    )


def timed_out() -> WorkspaceError:
    """The query took too long."""
    return WorkspaceError(
        "The query took too long.",
        "Log Analytics did not finish it in the time allowed (10 minutes at most).",
        "Shorten the time range, filter earlier, or raise workspace.timeout_seconds.",
    )


def unreadable_answer() -> WorkspaceError:
    """A body that is not what the API documents."""
    return WorkspaceError(
        "The workspace's response could not be read.",
        "It is not in the format of the Log Analytics query API.",
        "Check workspace.endpoint; a proxy may have answered instead. Else run the query again.",
    )


def too_large(limit_bytes: int) -> WorkspaceError:
    """A body beyond what is kept in memory."""
    return WorkspaceError(
        f"The response is larger than {limit_bytes // 2**20} MiB.",
        "Log Analytics returns about 100 MB at most.",
        "Project fewer columns, shorten the time range, or add `take`.",
    )


def partial_reason(error: Any) -> str:
    """Why an answer is partial, one line."""
    details = error.get("details") if isinstance(error, Mapping) else None
    texts = [_innermost(detail) for detail in details] if isinstance(details, list) else []
    known = [text for text in texts if text] or [_innermost(error)]
    return " ".join(dict.fromkeys(known)) or "Log Analytics gave no reason."


def _unreachable(endpoint: str, why: str) -> WorkspaceError:
    return WorkspaceError(
        f"{endpoint} cannot be reached.",
        why,
        "Check workspace.endpoint, the network, the firewall and the proxy settings (HTTPS_PROXY,"
        " NO_PROXY).",
    )


def _rejected(error: Any, kql: str) -> WorkspaceError:
    """400: the levels of innererror run from general to exact."""
    levels = list(_levels(error))
    codes = {str(level.get("code", "")) for level in levels}
    line, column = _position(levels)
    if line is None:
        line, column = _place_of_name(_innermost(error), kql)
    kind = "The workspace rejected the query."
    next_step = "Fix the KQL and run it again."
    if "SyntaxError" in codes:
        kind, next_step = "The query has a syntax error.", "Fix it at the place shown."
    elif "SemanticError" in codes:
        kind = "The query refers to something that does not exist or has the wrong type."
        next_step = "Check tables, columns, functions and their types in this workspace."
    return QueryError(kind, _innermost(error), next_step, line=line, column=column)


def _position(levels: list[Mapping[str, Any]]) -> tuple[int | None, int | None]:
    """1-based line and column. The API counts lines from 1 and `pos` in the line from 0."""
    for level in reversed(levels):
        line, pos = level.get("line"), level.get("pos")
        if isinstance(line, int) and line > 0:
            return line, pos + 1 if isinstance(pos, int) and pos >= 0 else None
    return None, None


def _place_of_name(message: str, kql: str) -> tuple[int | None, int | None]:
    """Where the name stands that a semantic error quotes; the service tells no place for these."""
    named = re.search(r"named '([^']+)'", message)
    found = re.search(rf"(?<![\w-]){re.escape(named[1])}(?![\w-])", kql) if named else None
    if found is None:
        return None, None
    return line_and_column(kql, found.start())


def _denied(status: int, error: Any, identity: str) -> CredentialError:
    who = f" You are {identity}." if identity else ""
    if status == 401:
        return CredentialError(
            "Log Analytics did not accept the sign-in.",
            (_innermost(error) or "The token is not valid for this endpoint.") + who,
            "Check workspace.tenant_id, workspace.audience and workspace.endpoint (they must be of"
            " one cloud), then sign in again.",
        )
    return CredentialError(
        "You do not have access to this workspace.",
        (_innermost(error) or "Access was denied.") + who,
        _ROLE,
    )


def _throttled(retry_after: float | None, tries: int) -> WorkspaceError:
    wait = "a minute" if retry_after is None else f"{retry_after:.0f} seconds"
    return WorkspaceError(
        "Log Analytics is throttling this account.",
        "Too many queries ran in a short time"
        + (f"; {tries} attempts were made, with the requested waits." if tries > 1 else "."),
        f"Run the query again in {wait}.",
    )


def _unavailable(status: int, message: str) -> tuple[str, str, str]:
    """What, why and next step of the other statuses."""
    if status == 404:
        return (
            "The workspace was not found.",
            message or "No Log Analytics workspace has this id at this endpoint.",
            "Check workspace.workspace_id (the GUID on its overview page, not its name) and"
            " workspace.endpoint.",
        )
    if status == 413:
        return (
            "The query or its result is too large for Log Analytics.",
            message,
            "Project fewer columns, shorten the time range, or summarize.",
        )
    if status >= 500:
        return (
            f"Log Analytics failed (HTTP {status}).",
            message or "The error is on the service side.",
            "Run the query again in a minute; see https://status.azure.com if it lasts.",
        )
    return (
        f"Log Analytics gave an unexpected response (HTTP {status}).",
        message,
        "Check workspace.endpoint; a proxy may have answered instead.",
    )


def _error_of(body: bytes) -> Any:
    """The `error` of a body; None for HTML of a proxy, an empty body and the like."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return document.get("error") if isinstance(document, dict) else None


def _levels(error: Any) -> Iterator[Mapping[str, Any]]:
    while isinstance(error, Mapping):
        yield error
        error = error.get("innererror")


def _innermost(error: Any) -> str:
    """The most exact message, on one line, without control characters, cut to a readable length."""
    messages = [str(level["message"]) for level in _levels(error) if level.get("message")]
    if not messages:
        return ""
    line = " ".join("".join(c if c.isprintable() else " " for c in messages[-1]).split())
    return line if len(line) <= _LONGEST_MESSAGE else line[:_LONGEST_MESSAGE] + "…"
