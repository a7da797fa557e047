"""Everything that goes wrong has its own words, loses nothing, and shows no key."""

import asyncio
import json
import logging
import socket
import time
import traceback
from dataclasses import replace
from decimal import Decimal
from typing import Any

import httpx2
import openai
import pytest

from soc_tui.analysts import Notice, Waiting
from soc_tui.analysts.openai.endpoint import Endpoint
from soc_tui.analysts.openai.failures import asked_wait, explain, may_pass
from soc_tui.model.errors import AnalystError, ConfigError
from soc_tui.model.limits import Limits
from tests.analysts.openai.cases import AnalystFactory, plan_request, rows_of, task_of
from tests.analysts.openai.test_hunt import SUSPICIOUS, collect
from tests.wire import openai_faults as wire
from tests.wire.openai_faults import Failure
from tests.wire.openai_server import OpenAIServer
from tests.wire.scripted_model import HuntRequest, finding

FAILURES: list[tuple[Failure, str, int]] = [
    (wire.unauthorized(), "did not accept the API key", 1),
    (wire.forbidden(), "has no access to gpt-5-mini", 1),
    (wire.model_not_found("gpt-5-mini"), "has no model gpt-5-mini", 1),
    (wire.out_of_quota(), "out of credit", 1),
    (Failure(429, "Not active.", "billing_not_active", "billing_not_active"), "out of credit", 1),
    (Failure(407, "", body=b""), "proxy requires a user", 1),
    (wire.too_long(), "exceed the context of gpt-5-mini", 1),
    (Failure(400, "maximum context length is 8192 tokens", None), "exceed the context", 1),
    (wire.filtered_prompt(), "content filter", 1),
    (Failure(413, "", body=b"<html>413 Request Entity Too Large</html>"), "exceed the context", 1),
    (
        replace(wire.too_large(6_000, 9_000), status=413),
        "exceed the tokens per minute of gpt-5-mini",
        1,
    ),
    (Failure(401, "Missing scopes: model.request."), "Missing scopes", 1),
    (Failure(400, "That is not how it is done."), "rejected the request", 2),
    (wire.rate_limited("0.01"), "rate limit", 4),
    (Failure(503, "overloaded", headers={"Retry-After": "0.01"}), "HTTP 503", 4),
    (wire.rate_limited("600"), "rate limit", 1),
    (Failure(502, "", body=b"<html>\x1b[2J bad gateway</html>"), "HTTP 502", 4),
]


@pytest.mark.parametrize(("failure", "words", "calls"), FAILURES)
async def test_each_failure_has_its_own_message(
    analyst_of: AnalystFactory, failure: Failure, words: str, calls: int
) -> None:
    if failure.status == 502:
        failure = Failure(502, "", body=failure.body, headers={"Retry-After": "0.01"})
    with OpenAIServer() as server:
        server.next(*[failure] * calls)
        with pytest.raises(AnalystError, match=words) as error:
            await analyst_of(server).plan(plan_request())
        assert len(server.requests) == calls
    assert error.value.next_step
    assert "\x1b" not in str(error.value)


@pytest.mark.parametrize(("failure", "words", "calls"), FAILURES[:13])
async def test_hunting_fails_with_the_same_words(
    analyst_of: AnalystFactory, failure: Failure, words: str, calls: int
) -> None:
    with OpenAIServer() as server:
        server.next(*[failure] * calls)
        prepared = await analyst_of(server).prepare(task_of(rows_of(SUSPICIOUS[:1])))
        findings, usages, _, problem = await collect(prepared.run())
    assert problem is not None
    assert words in str(problem)
    assert (findings, usages) == ([], [])


async def test_the_filter_that_stopped_the_prompt_is_named(analyst_of: AnalystFactory) -> None:
    results = {
        "hate": {"filtered": False, "severity": "safe"},
        "jailbreak": {"filtered": True, "detected": True},
    }
    error = {
        "message": "The response was filtered.",
        "code": "content_filter",
        "innererror": {"code": "ResponsibleAIPolicyViolation", "content_filter_result": results},
    }
    with OpenAIServer() as server:
        server.next(Failure(400, "", body=json.dumps({"error": error}).encode()))
        with pytest.raises(AnalystError, match="content filter") as raised:
            await analyst_of(server).plan(plan_request())
    assert raised.value.why.endswith("Its filters: jailbreak.")


async def test_a_rate_limit_is_waited_for_and_said(analyst_of: AnalystFactory) -> None:
    with OpenAIServer() as server:
        server.next(wire.rate_limited("0.2"), wire.server_error())
        prepared = await analyst_of(server).prepare(task_of(rows_of(SUSPICIOUS)))
        begun = time.perf_counter()
        findings, usages, notices, problem = await collect(prepared.run())
    assert time.perf_counter() - begun > 0.2
    assert problem is None
    assert len(findings) == 5
    assert len(usages) == 1
    assert "rate limit of gpt-5-mini is reached. Waiting 0.2 s before attempt 2" in notices[0]
    assert "HTTP 500" in notices[1]


async def test_a_limit_is_waited_for_until_it_is_full_again(analyst_of: AnalystFactory) -> None:
    with OpenAIServer() as server:
        server.next(wire.rate_limited_until(requests="20ms", tokens="0.3s"))
        told: list[Notice] = []
        begun = time.perf_counter()
        await analyst_of(server).plan(replace(plan_request(), tell=told.append))
    assert time.perf_counter() - begun > 0.3
    assert [item.seconds for item in told if isinstance(item, Waiting)] == [0.3]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Wed, 25 Nov 2020 23:00:00 GMT", 0),
        ("Wed, 25 Nov 2020 23:00:00 -0000", 0),
        ("Wed, 25 Nov 2020 23:00:00", 0),
        ("-5", 0), ("1.5", 1.5), ("inf", None), ("nan", None), ("soon", None),
    ],
)  # fmt: skip
def test_retry_after_in_any_form(text: str, seconds: float | None) -> None:
    request = httpx2.Request("POST", "http://x")
    response = httpx2.Response(429, headers={"Retry-After": text}, request=request)
    assert asked_wait(openai.RateLimitError("", response=response, body=None)) == seconds


def test_a_reset_of_a_limit_that_is_not_used_up_is_no_reason_to_wait_longer() -> None:
    headers = {
        "x-ratelimit-reset-requests": "1s",
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-tokens": "5m",
        "x-ratelimit-remaining-tokens": "900",
    }
    response = httpx2.Response(429, headers=headers, request=httpx2.Request("POST", "http://x"))
    error = openai.RateLimitError("slow down", response=response, body=None)
    assert asked_wait(error) == 1


async def test_what_failed_plannings_took_is_counted(analyst_of: AnalystFactory) -> None:
    with OpenAIServer() as server:
        server.next(wire.calls_with("{"), wire.calls_with("{"), wire.refused())
        for calls in (2, 1):
            with pytest.raises(AnalystError) as error:
                await analyst_of(server).plan(plan_request())
            assert error.value.usage is not None
            assert error.value.usage.calls == calls


async def test_a_wait_can_be_cancelled(analyst_of: AnalystFactory) -> None:
    with OpenAIServer() as server:
        server.next(wire.rate_limited("60"))
        prepared = await analyst_of(server).prepare(task_of(rows_of(SUSPICIOUS)))
        waiting = asyncio.Event()

        async def run() -> None:
            async for item in prepared.run():
                if isinstance(item, Notice):
                    waiting.set()

        task = asyncio.create_task(run())
        await asyncio.wait_for(waiting.wait(), 5)
        task.cancel()
        begun = time.perf_counter()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert time.perf_counter() - begun < 20
        assert len(server.requests) == 1


async def test_a_wait_that_is_too_long_is_told(analyst_of: AnalystFactory) -> None:
    with OpenAIServer() as server:
        server.next(wire.rate_limited("600"))
        with pytest.raises(AnalystError) as error:
            await analyst_of(server).plan(plan_request())
    assert error.value.retry_after_seconds == 600


async def test_a_cut_stream_keeps_its_complete_findings(analyst_of: AnalystFactory) -> None:
    with OpenAIServer() as server:
        server.next(wire.cut(120))
        prepared = await analyst_of(server).prepare(task_of(rows_of(SUSPICIOUS)))
        findings, usages, notices, problem = await collect(prepared.run())
    assert 1 <= len(findings) < 5
    assert all(f.grounded for f in findings)
    assert problem is not None
    assert "counted locally" in notices[-1]
    assert usages[0].tokens_in > 0
    assert usages[0].tokens_out > 50


async def test_an_answer_at_its_cap_goes_on_without_saying_anything_twice(
    analyst_of: AnalystFactory,
) -> None:
    with OpenAIServer() as server:
        server.next(wire.stopped("length", 120))
        prepared = await analyst_of(server).prepare(task_of(rows_of(SUSPICIOUS)))
        assert "up to 2 more calls" in prepared.quote.reason
        findings, usages, notices, problem = await collect(prepared.run())
        first, second = (recorded.body["messages"][-1]["content"] for recorded in server.requests)
    assert problem is None
    assert [f.evidence[0].row_id for f in findings] == ["r1", "r2", "r3", "r4", "r5"]
    assert len(usages) == 2
    assert "reached its cap of 16,384 tokens. Asking for the rest" in notices[0]
    assert second.startswith(first)
    assert "Recorded already:\n- Encoded PowerShell command (r1)" in second


async def test_an_answer_that_never_fits_is_told_with_what_there_is(
    analyst_of: AnalystFactory,
) -> None:
    def hunt(request: HuntRequest) -> list[dict[str, Any]]:
        number = len(server.requests)
        row_id, cells = next(iter(request.rows()))
        command = cells["ProcessCommandLine"]
        return [finding(f"{number}.{i}", row_id, "ProcessCommandLine", command) for i in range(9)]

    with OpenAIServer(hunt=hunt) as server:
        server.next(*[wire.stopped("length", 120)] * 3)
        prepared = await analyst_of(server).prepare(task_of(rows_of(SUSPICIOUS)))
        findings, usages, notices, problem = await collect(prepared.run())
        assert len(server.requests) == len(usages) == 3
    assert problem is None
    assert {f.title.split(".")[0] for f in findings} == {"1", "2", "3"}
    assert f"{len(findings)} findings are complete; there may be more" in notices[-1]


async def test_the_price_cap_holds_for_all_calls_together(analyst_of: AnalystFactory) -> None:
    limits = Limits(max_price=Decimal("0.008"))
    with OpenAIServer() as server:
        server.next(wire.stopped("length", 120))
        prepared = await analyst_of(server, limits=limits).prepare(task_of(rows_of(SUSPICIOUS)))
        _, _, notices, problem = await collect(prepared.run())
        assert len(server.requests) == 1
    assert problem is None
    assert "Another call might pass the price cap of $0.0080" in notices[-1]


async def test_a_cap_that_was_used_up_by_thinking_is_told(analyst_of: AnalystFactory) -> None:
    with OpenAIServer() as server:
        server.next(wire.stopped("length", 0))
        prepared = await analyst_of(server).prepare(task_of(rows_of(SUSPICIOUS)))
        findings, usages, _, problem = await collect(prepared.run())
        assert len(server.requests) == 1
    assert (findings, len(usages)) == ([], 1)
    assert problem is not None
    assert "before any finding was complete" in problem.what


async def test_the_content_filter_in_the_middle_is_told(analyst_of: AnalystFactory) -> None:
    with OpenAIServer() as server:
        server.next(wire.stopped("content_filter", 120))
        prepared = await analyst_of(server).prepare(task_of(rows_of(SUSPICIOUS)))
        findings, usages, _, problem = await collect(prepared.run())
    assert len(findings) >= 1
    assert problem is not None
    assert "content filter" in problem.what
    assert len(usages) == 1


async def test_a_refusal_is_told(analyst_of: AnalystFactory) -> None:
    with OpenAIServer() as server:
        server.next(wire.refused("No.\x1b[2J"))
        prepared = await analyst_of(server).prepare(task_of(rows_of(SUSPICIOUS)))
        findings, usages, _, problem = await collect(prepared.run())
    assert findings == []
    assert problem is not None
    assert "refused to analyze" in problem.what
    assert "\x1b" not in str(problem)
    assert len(usages) == 1


NO_JSON = ["", "Sorry, nothing here.", '{"findings": [{"title": oops', "[]"]


@pytest.mark.parametrize("content", NO_JSON)
async def test_an_answer_that_is_not_json_is_asked_for_once_more(
    analyst_of: AnalystFactory, content: str
) -> None:
    with OpenAIServer() as server:
        server.next(wire.says(content))
        prepared = await analyst_of(server).prepare(task_of(rows_of(SUSPICIOUS)))
        findings, usages, notices, problem = await collect(prepared.run())
    assert problem is None
    assert len(findings) == 5
    assert len(usages) == 2
    assert "did not answer with the requested JSON. Asking for" in notices[-1]


@pytest.mark.parametrize("content", NO_JSON)
async def test_two_answers_that_are_not_json_are_told_with_what_was_usable(
    analyst_of: AnalystFactory, content: str
) -> None:
    with OpenAIServer() as server:
        server.next(wire.cut_short(150), wire.says(content))
        prepared = await analyst_of(server).prepare(task_of(rows_of(SUSPICIOUS)))
        findings, usages, _, problem = await collect(prepared.run())
        assert len(server.requests) == 2
    assert 1 <= len(findings) < 5
    assert problem is not None
    assert "requested JSON" in problem.what
    assert f"requested twice. {len(findings)} findings arrived before it" in problem.why
    assert len(usages) == 2


async def test_an_answer_without_end_is_left(
    analyst_of: AnalystFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("soc_tui.analysts.openai.findings_call.MAX_ANSWER_CHARS", 900)
    with OpenAIServer() as server:
        prepared = await analyst_of(server).prepare(task_of(rows_of(SUSPICIOUS)))
        findings, _, _, problem = await collect(prepared.run())
        assert len(server.requests) == 1
    assert len(findings) >= 1
    assert problem is not None
    assert "is too long" in problem.what


@pytest.mark.parametrize("piece", [3, 50, 10_000])
async def test_thoughts_before_the_answer_are_no_answer(
    analyst_of: AnalystFactory, piece: int
) -> None:
    content = '<think>{"findings": [{"title": "a lie"}]}</think>\n{"findings": []}'
    with OpenAIServer() as server:
        server.next(lambda _: wire.Reply(content=content, piece_chars=piece))
        prepared = await analyst_of(server).prepare(task_of(rows_of(SUSPICIOUS)))
        findings, _, notices, problem = await collect(prepared.run())
    assert (findings, notices, problem) == ([], [], None)


async def test_json_in_a_code_fence_is_read(analyst_of: AnalystFactory) -> None:
    with OpenAIServer() as server:
        server.next(wire.says('```json\n{"findings": []}\n```'))
        prepared = await analyst_of(server).prepare(task_of(rows_of(SUSPICIOUS)))
        _, _, _, problem = await collect(prepared.run())
    assert problem is None


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{broken", "malformed response"),
        (
            '{"error":{"message":"engine died, key sk-abcdef123456","type":"server_error"}}',
            "stopped its answer with an error",
        ),
        ("[" * 5_000, "malformed response"),
    ],
)
async def test_a_broken_stream_is_told(analyst_of: AnalystFactory, line: str, words: str) -> None:
    with OpenAIServer() as server:
        server.next(wire.stray_line(line))
        prepared = await analyst_of(server).prepare(task_of(rows_of(SUSPICIOUS)))
        _, _, _, problem = await collect(prepared.run())
    assert problem is not None
    assert words in str(problem)
    assert "abcdef123456" not in str(problem)


@pytest.mark.parametrize("body", [b"<html>log in to the network</html>", b""])
async def test_a_page_instead_of_an_answer_is_told(analyst_of: AnalystFactory, body: bytes) -> None:
    page = Failure(200, "", body=body or b" ", content_type="text/html")
    with OpenAIServer() as server:
        server.next(page, page)
        with pytest.raises(AnalystError, match="malformed response"):
            await analyst_of(server).plan(plan_request())
        prepared = await analyst_of(server).prepare(task_of(rows_of(SUSPICIOUS)))
        findings, _, _, problem = await collect(prepared.run())
    assert findings == []
    assert problem is not None


async def test_a_server_that_sends_no_usage_is_counted_by_us(analyst_of: AnalystFactory) -> None:
    with OpenAIServer() as server:
        server.next(wire.without_usage())
        prepared = await analyst_of(server).prepare(task_of(rows_of(SUSPICIOUS)))
        findings, usages, notices, problem = await collect(prepared.run())
    assert problem is None
    assert len(findings) == 5
    assert "counted locally" in notices[0]
    assert usages[0].tokens_in == prepared.quote.tokens_in


async def test_a_service_that_says_nothing_times_out(analyst_of: AnalystFactory) -> None:
    with OpenAIServer() as server:
        server.next(wire.late(30))
        begun = time.perf_counter()
        with pytest.raises(AnalystError, match="did not answer in time"):
            await analyst_of(server, timeout_seconds=0.3).plan(plan_request())
        assert time.perf_counter() - begun < 20


@pytest.mark.parametrize(
    ("cause", "words", "passes"),
    [
        ("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed (_ssl.c:1016)", "SSL_CERT_FILE", False),
        ("407 Proxy Authentication Required", "HTTPS_PROXY", False),
        ("Request URL has an unsupported protocol 'ftp://'.", "base_url", False),
        ("All connection attempts failed", "base_url", True),
    ],
)
def test_a_connection_that_cannot_come_about_is_tried_once(
    cause: str, words: str, passes: bool
) -> None:
    error = openai.APIConnectionError(request=httpx2.Request("POST", "http://x"))
    error.__cause__ = httpx2.ConnectError(cause)
    assert words in explain(error, "m").next_step
    assert may_pass(error) is passes


@pytest.mark.parametrize("proxy", ["socks5://u:s3cret@127.0.0.1:1", "what://u:s3cret@p"])
async def test_a_proxy_that_cannot_be_used_is_told(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(ConfigError, match="proxy set in the environment") as error:
        await asyncio.to_thread(Endpoint("https://models.example/v1").client, 1.0)
    assert "s3cret" not in "".join(traceback.format_exception(error.value))


async def test_nobody_listening_is_told(
    analyst_of: AnalystFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("soc_tui.analysts.openai.calls._FIRST_WAIT_SECONDS", 0.01)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        with OpenAIServer() as server:
            analyst = analyst_of(server, base_url=url)
            with pytest.raises(AnalystError, match="could not be reached"):
                await analyst.plan(plan_request())


@pytest.mark.parametrize("key", ["sk-proj-s3cr3ts3cr3ts3cr3t", "s3cr3t of a server of one's own"])
async def test_no_key_in_any_message_log_or_repr(
    analyst_of: AnalystFactory, caplog: pytest.LogCaptureFixture, key: str
) -> None:
    caplog.set_level(logging.DEBUG)
    steps = [
        wire.unauthorized(key),
        Failure(403, f"key {key} may not"),
        Failure(400, f"Bearer {key} is odd"),
        Failure(500, key, headers={"x-should-retry": "false", "Retry-After": "900"}),
    ]
    with OpenAIServer(api_key=key) as server:
        analyst = analyst_of(server)
        seen = repr(analyst)
        for step in steps:
            server.next(step)
            with pytest.raises(AnalystError) as error:
                await analyst.plan(plan_request())
            seen += str(error.value) + "".join(traceback.format_exception(error.value))
    assert key not in seen
    assert "s3cr3t" not in seen
    assert key not in caplog.text
