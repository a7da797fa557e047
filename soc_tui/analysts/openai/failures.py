"""What went wrong with a call, in words an analyst can act on. Pure.

No text here holds a key: the service's own words are shortened, made visible and redacted.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import json
import math
import re
from collections.abc import Mapping
from typing import Any, TypeGuard

import httpx2
import openai

from soc_tui.analysts.cost.rate_limits import reset_seconds
from soc_tui.analysts.openai.answer_limits import OverLimitError
from soc_tui.analysts.openai.server_forms import REJECTIONS, Feature, lesson
from soc_tui.analysts.packing.cell_text import escape
from soc_tui.model.errors import AnalystError, TooLongError

LONGEST_WAIT_SECONDS = 120.0
"""A service that wants a longer wait than this is not waited for, seconds."""

CALL_ERRORS = (
    openai.OpenAIError,
    httpx2.HTTPError,
    json.JSONDecodeError,
    UnicodeDecodeError,
    RecursionError,
)
"""All that a call or its stream may raise (the SDK lets broken or bottomless JSON through)."""

_TOO_LONG_CODES = frozenset({"context_length_exceeded", "string_above_max_length"})
_NO_CREDIT = ("insufficient_quota", "billing_not_active", "billing_hard_limit_reached")
_TOO_LONG_WORDS = re.compile(
    r"context (?:length|window|size)|maximum context|prompt is too long", re.IGNORECASE
)
# "Request too large for gpt-4.1 in organization … on tokens per min (TPM): Limit 30000 …"
_OVER_RATE_WORDS = "Request too large"
_LIMIT = re.compile(r"\bLimit (\d{1,12})\b")
_SECRET = re.compile(r"\b(?:sk|sess|pk|key)[-_][\w*.-]{4,}|(?i:bearer)\s+\S+|\b[0-9a-fA-F]{32,}\b")
_LONGEST_REASON = 600
_LONGEST_WORDS = 300
# As the SDK begins its message.
_STATUS_WORDS = re.compile(r"\AError code: \d{3}(?: - |\Z)")
_FEWER_ROWS = "Narrow the time range, ask for fewer fields or lower the row cap (take)."
_UNTRUSTED = "CERTIFICATE_VERIFY_FAILED"
# What stops a connection until a setting changes.
_LASTING = re.compile(rf"\A407 |{_UNTRUSTED}|unsupported protocol")
_PROXY = "Give them in HTTPS_PROXY (http://user:password@proxy:8080), or set NO_PROXY."
_SETTINGS = "Check the key and base_url in the settings (soc-tui doctor shows which are used)."


def explain(error: Exception, model: str, *, answering: bool = False) -> AnalystError:
    """Convert an error of a call to `model`. Accepts any of `CALL_ERRORS`.

    Args:
        answering: The answer had begun.
    """
    match error:
        case openai.APITimeoutError() | httpx2.TimeoutException():
            return AnalystError(
                f"{model} did not answer in time.",
                "",
                "Try again, or raise openai.timeout_seconds in the settings.",
            )
        case openai.APIConnectionError() | httpx2.TransportError():
            return _lost(_clean(str(error.__cause__ or error)), model, answering)
        case openai.APIStatusError():
            return _status(error, model)
        case openai.APIError():
            words = _service_words(error)
            return _by_code(error, model, words) or AnalystError(
                f"{model} stopped its answer with an error.",
                words,
                "Try again; findings so far are kept.",
            )
        case json.JSONDecodeError() | UnicodeDecodeError() | RecursionError():
            return AnalystError(
                "The LLM service sent a malformed response.",
                "Part of the stream is not JSON.",
                "Try again, or check base_url in the settings.",
            )
        case _:
            return _other(error, model)


def _other(error: Exception, model: str) -> AnalystError:
    if not isinstance(error, OverLimitError):
        return AnalystError(f"The call to {model} failed.", _clean(str(error)))
    return AnalystError(
        f"{model}'s answer was stopped: it went over a limit.",
        error.why,
        f"Check the server, or raise {error.setting} in the settings."
        if error.setting
        else "Check the server behind base_url in the settings.",
    )


def answered_error(error: object, model: str) -> AnalystError:
    """The error that came where an answer should: in a stream, or under HTTP 200."""
    said = error.get("message") if isinstance(error, dict) else error
    request = httpx2.Request("POST", "/chat/completions")
    return explain(openai.APIError(str(said or ""), request, body=error), model)


def _lost(words: str, model: str, answering: bool) -> AnalystError:
    """There is no connection, or no longer one. `words` are the network's."""
    if answering:
        return AnalystError(
            f"The connection dropped in the middle of {model}'s answer.",
            words,
            "Try again; findings so far are kept.",
        )
    if _UNTRUSTED in words:
        return AnalystError(
            "The connection to the LLM service is not trusted.",
            "Its TLS certificate could not be verified.",
            "Behind a TLS-inspecting proxy, set SSL_CERT_FILE to its CA (PEM); else check "
            "base_url in the settings.",
        )
    if words.startswith("407"):
        return AnalystError("The proxy requires a user name and password.", words, _PROXY)
    return AnalystError(
        "The LLM service could not be reached.",
        words,
        "Check the network, the proxy and base_url in the settings.",
    )


def _status(error: openai.APIStatusError, model: str) -> AnalystError:
    words = _service_words(error)
    return (
        _too_long(error, model, words)
        or _by_code(error, model, words)
        or _by_status(error, model, words)
    )


def _too_long(error: openai.APIStatusError, model: str, words: str) -> TooLongError | None:
    in_words = error.status_code == 400 and _TOO_LONG_WORDS.search(error.message)
    if is_over_rate(error):
        return TooLongError(
            f"The rows exceed the tokens per minute of {model}.",
            words,
            f"{_FEWER_ROWS} Set the usage tier of your account.",
            limit=_limit_named(error),
        )
    if error.code in _TOO_LONG_CODES or in_words or error.status_code == 413:
        return TooLongError(f"The rows exceed the context of {model}.", words, _FEWER_ROWS)
    return None


def _by_code(error: openai.APIError, model: str, words: str) -> AnalystError | None:
    if error.code == "content_filter":
        return AnalystError(
            f"The content filter of {model}'s service stopped the request.",
            f"{words}{_filters(error.body)}",
            "Drop the column that triggered it, or use another model or the offline analyst.",
        )
    if error.code == "PermissionDenied":
        return AnalystError(
            "You do not have access to this Azure OpenAI resource.",
            words,
            "Get the role Cognitive Services OpenAI User on it; a new role takes minutes.",
        )
    if error.code == "DeploymentNotFound":
        return AnalystError(
            f"The Azure OpenAI resource has no deployment {model}.",
            words,
            "Check openai.deployment and openai.azure_endpoint; a new deployment takes minutes.",
        )
    if is_quota(error):
        return AnalystError(
            "The account of this key is out of credit.",
            f"The service answered {error.code or error.type}; retrying does not help.",
            "Add credit, raise the account's budget, or use the offline analyst.",
        )
    return None


def _filters(body: object) -> str:
    """Which of Azure's filters stopped it; "jailbreak" is often an injection in a log.

    Source: https://learn.microsoft.com/azure/ai-foundry/openai/concepts/content-filter
    """
    inner = body.get("innererror") if isinstance(body, dict) else None
    results = inner.get("content_filter_result") if isinstance(inner, dict) else None
    if not isinstance(results, dict):
        return ""
    names = [
        escape(str(name))[:40]
        for name, result in results.items()
        if isinstance(result, dict) and result.get("filtered")
    ]
    return f" Its filters: {', '.join(names)}." if names else ""


def _by_status(error: openai.APIStatusError, model: str, words: str) -> AnalystError:
    match error.status_code:
        case 401:
            what, then = "The LLM service did not accept the API key.", _SETTINGS
        case 403:
            what, then = f"This key has no access to {model}.", _SETTINGS
        case 407:
            what, then = "The proxy requires a user name and password.", _PROXY
        case 404:
            what = f"The service has no model {model} at this address."
            then = "Choose another model, or check base_url in the settings."
        case 429:
            what = f"The rate limit of {model} is reached."
            then = "Wait, choose another model, or set the usage tier of your account."
        case status if status >= 500:
            what = f"The LLM service failed (HTTP {status})."
            then = "Try again in a minute; nothing is lost."
        case status:
            what = f"The LLM service rejected the request (HTTP {status})."
            then = "Choose another model, or check base_url in the settings."
    return AnalystError(what, words, then, retry_after_seconds=asked_wait(error))


def lacking(
    error: Exception, request: Mapping[str, Any], lacks: frozenset[Feature]
) -> Feature | None:
    """What the rejection of `request` says that the server lacks, or None."""
    if not _is_rejection(error):
        return None
    words = _rejection_words(error).replace(str(request["model"]), "")
    return lesson(words, request, lacks)


def is_unsaid(error: Exception) -> bool:
    """True for a rejection of the request itself that has no reason known here."""
    return _is_rejection(error) and error.status_code in {400, 422, 501}


def _is_rejection(error: Exception) -> TypeGuard[openai.APIStatusError]:
    return (
        isinstance(error, openai.APIStatusError)
        and error.status_code in REJECTIONS
        and error.code != "model_not_found"
        and not (_too_long(error, "", "") or _by_code(error, "", ""))
    )


def _rejection_words(error: openai.APIStatusError) -> str:
    """Parameter and message, without the request that some servers quote back."""
    detail = error.body.get("detail") if isinstance(error.body, dict) else None
    if isinstance(detail, list):  # pydantic's form, as FastAPI servers answer
        places = [(item.get("loc"), item.get("msg")) for item in detail if isinstance(item, dict)]
        return json.dumps(places)[:_LONGEST_REASON]
    return f"{error.param or ''} {error.message[:_LONGEST_REASON]}"


def is_quota(error: openai.APIError) -> bool:
    """True for a 429 that no waiting cures."""
    return error.code in _NO_CREDIT or error.type in _NO_CREDIT


def is_over_rate(error: openai.APIStatusError) -> bool:
    """True where no waiting cures it: the call alone is over the tokens per minute.

    OpenAI answers 429, Groq 413.
    """
    return error.status_code in {413, 429} and _OVER_RATE_WORDS in error.message


def _limit_named(error: openai.APIStatusError) -> int | None:
    """Tokens per minute, as the header or else the message of a 429 has it."""
    named = _LIMIT.search(error.message)
    text = error.response.headers.get("x-ratelimit-limit-tokens", "") or (named[1] if named else "")
    return int(text) if text.isascii() and text.isdecimal() else None


def may_pass(error: Exception) -> bool:
    """True for failures that are worth another try: throttling, server faults, lost connections."""
    if isinstance(error, openai.APIStatusError):
        return error.status_code >= 500 or (
            error.status_code in {408, 409, 429} and not (is_quota(error) or is_over_rate(error))
        )
    return (
        isinstance(error, openai.APIConnectionError)
        and not isinstance(error, openai.APITimeoutError)
        and not _LASTING.search(str(error.__cause__))
    )


def asked_wait(error: Exception) -> float | None:
    """Seconds the service asks us to wait, or None.

    `retry-after-ms`, then `Retry-After` (seconds or a date), then when the limit that is used up
    is full again (`x-ratelimit-reset-requests`, `x-ratelimit-reset-tokens`). Source:
    https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers
    """
    if not isinstance(error, openai.APIStatusError):
        return None
    headers = error.response.headers
    for name, divisor in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) / divisor
        except ValueError:
            continue  # absent, or an HTTP date
        if math.isfinite(seconds):
            return max(0.0, seconds)
    try:
        when = email.utils.parsedate_to_datetime(headers.get("retry-after", ""))
    except ValueError:
        return _reset_wait(headers) if error.status_code == 429 else None
    utc = when if when.tzinfo else when.replace(tzinfo=dt.UTC)
    return max(0.0, (utc - dt.datetime.now(dt.UTC)).total_seconds())


def _reset_wait(headers: Mapping[str, str]) -> float | None:
    """The longest wait for a limit that is used up; else the shortest that any header names."""
    waits: dict[bool, list[float]] = {True: [], False: []}
    for limit in ("requests", "tokens"):
        seconds = reset_seconds(headers.get(f"x-ratelimit-reset-{limit}", ""))
        if seconds is not None:
            used_up = headers.get(f"x-ratelimit-remaining-{limit}", "").strip() in {"0", "-1"}
            waits[used_up].append(seconds)
    return max(waits[True], default=min(waits[False], default=None))


def _service_words(error: openai.APIError) -> str:
    said = _STATUS_WORDS.sub("", error.message, count=1)
    for name in ("authorization", "api-key"):  # some servers quote what they were sent
        if sent := error.request.headers.get(name, "").removeprefix("Bearer "):
            said = said.replace(sent, "[redacted]")
    shown = _clean(said)
    return f"The service said: {shown}" if shown else ""


def _clean(text: str) -> str:
    text = _SECRET.sub("[redacted]", escape(" ".join(text.split())))
    return f"{text[:_LONGEST_WORDS]}…" if len(text) > _LONGEST_WORDS else text
