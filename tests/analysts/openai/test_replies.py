"""Answers of another form than the API's end in words, never in a traceback."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soc_tui.analysts.openai.replies import Call, Counted, read
from soc_tui.model.errors import AnalystError
from soc_tui.model.exchange import Exchange
from tests.analysts.openai.cases import AnalystFactory, plan_request, rows_of, task_of
from tests.analysts.openai.test_hunt import SUSPICIOUS, collect
from tests.wire import openai_faults as wire
from tests.wire.openai_faults import Failure
from tests.wire.openai_server import OpenAIServer
from tests.wire.scripted_model import finding

ANSWER = json.dumps({"findings": [finding("A", "r1", "ProcessCommandLine", SUSPICIOUS[0])]})

_NAMES = (
    "choices message delta content text refusal tool_calls function name arguments usage error"
    " prompt_tokens completion_tokens prompt_tokens_details cached_tokens finish_reason"
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(_NAMES.split()),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON, JSON, JSON)
def test_any_json_is_read(document: Any, message: Any, usage: Any) -> None:
    for one in (document, {"choices": [{"message": message}], "usage": usage}):
        answer = read(one)
        assert isinstance(answer.said + answer.finish_reason, str)
        assert all(isinstance(call.name + call.arguments, str) for call in answer.calls)
        if counted := answer.counted:
            numbers = counted.tokens_in, counted.tokens_out, counted.cached, counted.written
            assert all(number >= 0 for number in numbers)


def test_content_in_parts_is_read_without_its_thoughts() -> None:
    thought = {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}
    content = [thought, {"type": "text", "text": "a"}, {"type": "text", "text": "b"}, 5]
    assert read({"choices": [{"message": {"content": content}}]}).text == "ab"


def test_calls_without_a_type_and_with_an_object_are_read() -> None:
    call = {"function": {"name": "f", "arguments": {"a": 1}}}
    message = {"content": None, "tool_calls": [None, call, {"type": "custom", "custom": {}}]}
    assert read({"choices": [{"message": message}]}).calls == (Call("f", '{"a": 1}'),)


def test_cached_tokens_are_read() -> None:
    details = {"cached_tokens": 3, "cache_write_tokens": None}
    usage = {"prompt_tokens": 9, "completion_tokens": 2, "prompt_tokens_details": details}
    assert read({"usage": usage}).counted == Counted(9, 2, cached=3)


@pytest.mark.parametrize(
    "change",
    [
        {"choices": "none"},
        {"choices": [None]},
        {"choices": [{"index": 0, "message": None, "finish_reason": "stop"}]},
        {"choices": [{"message": {"content": 7, "tool_calls": {"a": 1}}}]},
        {"choices": [], "usage": {}},
        {"usage": "unknown", "choices": [{"message": {"refusal": {"a": 1}}}]},
    ],
)
async def test_a_whole_answer_of_another_form_is_told(
    analyst_of: AnalystFactory, change: dict[str, Any]
) -> None:
    page = Failure(200, "", body=json.dumps({"id": "1", **change}).encode())
    with OpenAIServer() as server:
        server.next(page, page)
        with pytest.raises(AnalystError, match="the answer was empty"):
            await analyst_of(server).plan(plan_request())


async def test_an_error_under_http_200_is_told_in_its_words(analyst_of: AnalystFactory) -> None:
    error = {"error": {"message": "Upstream is down", "code": 502}}
    with OpenAIServer() as server:
        server.next(Failure(200, "", body=json.dumps(error).encode()))
        with pytest.raises(AnalystError, match="Upstream is down"):
            await analyst_of(server).plan(plan_request())
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    "usage",
    [{}, "none", {"prompt_tokens": 1.5, "completion_tokens": 2}, {"prompt_tokens": -1}, None],
)
async def test_usage_that_cannot_be_read_is_our_own_count(
    analyst_of: AnalystFactory, usage: Any
) -> None:
    message = {"content": '{"text": "No."}'}
    body = {"id": "1", "choices": [{"message": message}], "usage": usage}
    with OpenAIServer() as server:
        server.next(Failure(200, "", body=json.dumps(body).encode()))
        answer = await analyst_of(server).plan(plan_request())
    assert answer.usage is not None
    assert answer.usage.tokens_in > 500


def streamed(*chunks: Any) -> Failure:
    """An event stream of these, to its end."""
    lines = [*(json.dumps(chunk) for chunk in chunks), "[DONE]"]
    body = "".join(f"data: {line}\n\n" for line in lines).encode()
    return Failure(200, "", body=body, content_type="text/event-stream")


def piece(content: Any, finish_reason: str | None = None) -> dict[str, Any]:
    """One chunk."""
    choice = {"index": 0, "delta": {"content": content}, "finish_reason": finish_reason}
    return {"id": "1", "choices": [choice]}


@pytest.mark.parametrize(
    "stray",
    [
        None,
        [1],
        "x",
        {"choices": "x"},
        {"choices": [None]},
        {"choices": [{"delta": "x"}]},
        {"choices": [], "usage": {"prompt_tokens": None}},
        piece(5),
        piece([{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}]),
    ],
)
async def test_a_chunk_of_another_form_takes_nothing_away(
    analyst_of: AnalystFactory, stray: Any
) -> None:
    parts = [{"type": "text", "text": ANSWER[9:]}]
    with OpenAIServer() as server:
        server.next(streamed(piece(ANSWER[:9]), stray, piece(parts), piece("", "stop")))
        prepared = await analyst_of(server).prepare(task_of(rows_of(SUSPICIOUS)))
        findings, usages, _, problem = await collect(prepared.run())
    assert problem is None
    assert [one.grounded for one in findings] == [True]
    assert [usage.tokens_in > 500 for usage in usages] == [True]


@pytest.mark.parametrize("end", ["length", None])
async def test_a_list_that_is_closed_is_whole_whatever_cut_the_rest_off(
    analyst_of: AnalystFactory, end: str | None
) -> None:
    with OpenAIServer() as server:
        server.next(streamed(piece(f"{ANSWER[:-1]}   "), piece("", end)))
        prepared = await analyst_of(server).prepare(task_of(rows_of(SUSPICIOUS)))
        findings, _, _, problem = await collect(prepared.run())
        assert len(server.requests) == 1
    assert (len(findings), problem) == (1, None)


NO_CREDIT = {"error": {"message": "You exceeded your quota.", "code": "insufficient_quota"}}


@pytest.mark.parametrize(
    "page", [streamed(NO_CREDIT), Failure(200, "", body=json.dumps(NO_CREDIT).encode())]
)
async def test_no_credit_that_shows_in_the_stream_is_no_matter_of_trying_again(
    analyst_of: AnalystFactory, page: Failure
) -> None:
    with OpenAIServer() as server:
        server.next(page)
        prepared = await analyst_of(server).prepare(task_of(rows_of(SUSPICIOUS)))
        _, _, notices, problem = await collect(prepared.run())
    assert "out of credit" in str(problem)
    assert not any("does not stream" in notice for notice in notices)


async def test_half_a_character_can_be_kept(analyst_of: AnalystFactory) -> None:
    tape: list[Exchange] = []
    halves = [piece(half) for half in ("\ud83d", "\ude00")]
    with OpenAIServer() as server:
        server.next(streamed(*halves, piece(ANSWER, "stop")))
        prepared = await analyst_of(server).prepare(
            task_of(rows_of(SUSPICIOUS), record=tape.append)
        )
        await collect(prepared.run())
    said = json.loads(tape[0].answer.encode())["message"]["content"]
    assert said == f"😀{ANSWER}"


async def test_a_connection_that_is_lost_in_the_answer_is_not_out_of_reach(
    analyst_of: AnalystFactory,
) -> None:
    with OpenAIServer() as server:
        server.next(wire.cut(9))
        prepared = await analyst_of(server).prepare(task_of(rows_of(SUSPICIOUS)))
        _, _, _, problem = await collect(prepared.run())
    assert "dropped in the middle" in str(problem)
