"""Servers without strict schemas, tools, JSON mode or streaming get the next best form."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from soc_tui.analysts import Notice
from soc_tui.analysts.openai.analyst import OpenAIAnalyst
from soc_tui.analysts.openai.server_forms import Feature, adapt, call_in, json_object, lesson
from soc_tui.model.errors import AnalystError
from soc_tui.model.plan import Plan
from tests.analysts.openai.cases import AnalystFactory, plan_request, rows_of, task_of
from tests.analysts.openai.test_hunt import SUSPICIOUS, collect
from tests.wire import openai_dialects as dialects
from tests.wire import openai_faults as wire
from tests.wire.openai_dialects import USES, Dialect
from tests.wire.openai_server import OpenAIServer

WORDS = [
    dialects.in_openais_words,
    dialects.in_llama_cpps_words,
    dialects.in_a_bare_text,
    dialects.in_pydantics_words,
]
ALL = frozenset(USES) - {"system"}


async def plan_and_hunt(analyst: OpenAIAnalyst) -> tuple[list[str], list[str]]:
    """Plan twice and hunt twice; the notices of the first and of the second time."""
    times: list[list[str]] = []
    for _ in range(2):
        told: list[Notice] = []
        answer = await analyst.plan(replace(plan_request(), tell=told.append))
        assert isinstance(answer.outcome, Plan)
        assert answer.outcome.table_name == "DeviceProcessEvents"
        assert answer.outcome.time_range_hours == 72
        prepared = await analyst.prepare(task_of(rows_of(SUSPICIOUS)))
        findings, usages, notices, problem = await collect(prepared.run())
        assert problem is None
        assert len(findings) == 5
        assert all(found.grounded for found in findings)
        assert usages[0].tokens_in > 0
        times.append([notice.message for notice in told] + notices)
    return times[0], times[1]


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize("feature", sorted(ALL))
async def test_what_a_server_rejects_is_left_out_and_told_once(
    analyst_of: AnalystFactory, feature: str, words: Callable[[str], tuple[int, Any]]
) -> None:
    rejects = frozenset({feature})
    if feature == "json_object":  # is only asked for where there is no schema
        rejects |= {"json_schema"}
    with OpenAIServer(dialect=Dialect(rejects, words=words)) as server:
        first, second = await plan_and_hunt(analyst_of(server))
    assert first
    assert all(
        "gpt-5-mini at this server" in message
        for message in first
        if "counted locally" not in message
    )
    assert len(set(first)) == len(first)
    assert [message for message in second if "at this server" in message] == []


@pytest.mark.parametrize("words", [*WORDS, dialects.without_a_word])
async def test_a_server_that_takes_nothing_gets_plain_text(
    analyst_of: AnalystFactory, words: Callable[[str], tuple[int, Any]]
) -> None:
    with OpenAIServer(dialect=Dialect(ALL, words=words, wraps=True)) as server:
        await plan_and_hunt(analyst_of(server))
        plan, hunt = server.requests[-2].body, server.requests[-1].body
    assert set(plan) == set(hunt) == {"model", "messages", "max_tokens"}
    assert "this JSON schema" in plan["messages"][0]["content"]


async def test_a_server_without_a_system_message(analyst_of: AnalystFactory) -> None:
    with OpenAIServer(dialect=Dialect(frozenset({"system"}))) as server:
        answer = await analyst_of(server).plan(plan_request())
        sent = server.requests[-1].body["messages"]
    assert isinstance(answer.outcome, Plan)
    assert [message["role"] for message in sent] == ["user"]
    assert plan_request().request in sent[0]["content"]


@pytest.mark.parametrize(
    "ignores", [{"tools"}, {"tools", "json_schema"}, {"tools", "json_schema", "json_object"}]
)
async def test_a_server_that_ignores_what_it_is_asked_for(
    analyst_of: AnalystFactory, ignores: set[str]
) -> None:
    """The first answer is prose; the one retry asks in another form."""
    dialect = Dialect(ignores=frozenset(ignores), wraps=True)
    with OpenAIServer(dialect=dialect) as server:
        analyst = analyst_of(server)
        told: list[Notice] = []
        request = replace(plan_request(), tell=told.append)
        for _ in range(2):  # the second planning begins with what the first has learnt
            try:
                answer = await analyst.plan(request)
            except AnalystError:
                continue
        count = len(server.requests)
        answer = await analyst.plan(request)
        assert len(server.requests) == count + 1
    assert isinstance(answer.outcome, Plan)
    assert answer.outcome.table_name == "DeviceProcessEvents"
    assert "It does not support tools" in told[0].message


async def test_a_server_that_ignores_stream(analyst_of: AnalystFactory) -> None:
    with OpenAIServer(dialect=Dialect(ignores=frozenset({"stream"}))) as server:
        first, second = await plan_and_hunt(analyst_of(server))
        assert len(server.requests) == 4
    assert any("does not stream" in message for message in first)
    assert second == []


async def test_calls_at_the_same_time_tell_it_once(analyst_of: AnalystFactory) -> None:
    with OpenAIServer(dialect=Dialect(frozenset({"json_schema"}))) as server:
        analyst = analyst_of(server)
        hunts = [await analyst.prepare(task_of(rows_of(SUSPICIOUS))) for _ in range(3)]
        ended = await asyncio.gather(*(collect(hunt.run()) for hunt in hunts))
    assert all(problem is None and len(findings) == 5 for findings, _, _, problem in ended)
    told = [message for _, _, notices, _ in ended for message in notices]
    assert len(told) == 1


async def test_models_are_remembered_each_by_itself(analyst_of: AnalystFactory) -> None:
    with OpenAIServer(dialect=Dialect(frozenset({"json_schema"}))) as server:
        analyst = analyst_of(server)
        for model in ("gpt-5-mini", "gpt-4.1"):
            prepared = await analyst.prepare(task_of(rows_of(SUSPICIOUS), model=model))
            _, _, notices, _ = await collect(prepared.run())
            assert notices
            assert model in notices[0]


async def test_a_rejection_that_stays_is_told_in_its_own_words(analyst_of: AnalystFactory) -> None:
    with OpenAIServer() as server:
        server.next(wire.Failure(400, "You have been naughty."), wire.Failure(400, "Still."))
        with pytest.raises(AnalystError, match="naughty"):
            await analyst_of(server).plan(plan_request())


REQUEST = {
    "model": "m",
    "messages": [{"role": "system", "content": "rules"}, {"role": "user", "content": "hi"}],
    "tools": [{"type": "function", "function": {"name": "f", "strict": True, "parameters": {}}}],
    "tool_choice": "auto",
    "max_completion_tokens": 9,
}


GPT_5_6_WORDS = (  # and GPT-6: by default they reason, which goes with tools in the other API only
    "reasoning_effort Function tools with reasoning_effort are not supported for gpt-6-luna in "
    "/v1/chat/completions. To use function tools, use /v1/responses or set reasoning_effort to "
    "'none'."
)


@pytest.mark.parametrize(
    ("words", "feature"),
    [
        ("tools param requires --jinja flag", Feature.TOOLS),
        ("No endpoints found that support tool use", Feature.TOOLS),
        (GPT_5_6_WORDS, Feature.TOOLS),
        ("Unrecognized request argument supplied: max_completion_tokens", Feature.MAX_COMPLETION),
        ('"auto" tool choice requires --enable-auto-tool-choice', Feature.TOOL_CHOICE),
        ("Invalid schema for function 'f': 'minimum' is not permitted", Feature.STRICT),
        ("Unsupported parameter: 'stream_options'", None),
        ("response_format json_schema is not supported", None),
        ("The tool shed is closed", None),
        ("Unsupported value: temperature", None),
        ("", None),
    ],
)
def test_lessons_of_a_rejection(words: str, feature: Feature | None) -> None:
    assert lesson(words, REQUEST, frozenset()) is feature


def test_tools_go_when_leaving_the_choice_did_not_help() -> None:
    lacks = frozenset({Feature.TOOL_CHOICE})
    sent = adapt(REQUEST, lacks)
    assert "tool_choice" not in sent
    assert lesson('"auto" tool choice requires a parser', sent, lacks) is Feature.TOOLS


def test_calls_in_the_conversation_become_text_where_there_are_no_tools() -> None:
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}
    messages = [
        *REQUEST["messages"],  # type: ignore[misc]
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "content": "Refused: no."},
    ]
    sent = adapt({**REQUEST, "messages": messages}, frozenset({Feature.TOOLS}))["messages"]
    assert [message["role"] for message in sent] == ["system", "user", "assistant", "user"]
    assert sent[2]["content"] == '{"a":1}'
    assert not any("tool_calls" in message for message in sent)


def test_one_of_several_tools_is_called_in_json() -> None:
    tools = [
        {
            "type": "function",
            "function": {"name": name, "description": "d", "parameters": {"description": name}},
        }
        for name in ("f", "g")
    ]
    request = {**REQUEST, "tools": tools}
    sent = adapt(request, frozenset({Feature.TOOLS}))
    assert "- g: d" in sent["messages"][0]["content"]
    schema = sent["response_format"]["json_schema"]["schema"]
    calls = [one["properties"] for one in schema["properties"]["call"]["anyOf"]]
    assert [one["tool"]["const"] for one in calls] == ["f", "g"]
    assert [one["arguments"]["description"] for one in calls] == ["f", "g"]
    written = '{"call": {"tool": "g", "arguments": {"a": 1}}}'
    assert call_in(request, written) == ("g", '{"a": 1}')
    assert call_in(request, '{"tool": "g", "arguments": {"a": 1}}') == ("g", '{"a": 1}')
    assert call_in(request, '{"tool": "h", "arguments": {}}') is None
    assert call_in(request, '{"a": 1}') is None
    assert call_in(REQUEST, '{"a": 1}') == ("f", '{"a": 1}')


def test_a_request_is_never_changed_in_place() -> None:
    before = repr(REQUEST)
    adapt(REQUEST, frozenset(Feature))
    assert repr(REQUEST) == before


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"a": 1}', '{"a": 1}'),
        ('x {not} ```json\n{"a": {"b": 2}}\n``` y {"c": 3}', '{"a": {"b": 2}}'),
        ('<think>{"no": 1}</think>{"yes": 1}', '{"yes": 1}'),
        ("{" * 5_000, None),
        ("[1, 2]", None),
        ("", None),
    ],
)
def test_json_in_whatever_stands_around_it(text: str, found: str | None) -> None:
    assert json_object(text) == found
