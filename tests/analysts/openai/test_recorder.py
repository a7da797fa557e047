"""Every message to and from the model is recorded as it went over the wire, and no key."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from soc_tui.analysts import HuntTask
from soc_tui.analysts.openai.analyst import OpenAIAnalyst
from soc_tui.model.errors import SocError
from soc_tui.model.exchange import Exchange
from tests.analysts.openai.cases import ENCODED, AnalystFactory, plan_request, rows_of, task_of
from tests.patience import until
from tests.wire import openai_faults as wire
from tests.wire.openai_dialects import Dialect
from tests.wire.openai_server import OpenAIServer

ROWS = rows_of([f"{ENCODED}{number:04d}" for number in range(3)])


def recorded_task(tape: list[Exchange]) -> HuntTask:
    return task_of(ROWS, record=tape.append)


async def hunted(analyst: OpenAIAnalyst, task: HuntTask) -> list[Any]:
    return [item async for item in (await analyst.prepare(task)).run()]


async def test_planning_is_recorded(analyst_of: AnalystFactory) -> None:
    tape: list[Exchange] = []
    with OpenAIServer() as server:
        await analyst_of(server).plan(replace(plan_request(), record=tape.append))
    (exchange,) = tape
    assert json.loads(exchange.request) == server.requests[0].body
    answer = json.loads(exchange.answer)
    called = answer["message"]["tool_calls"][0]["function"]
    assert called["name"] == "query_log_analytics"
    assert answer["usage"]["prompt_tokens"] > 0
    assert exchange.problem == ""
    assert exchange.seconds > 0


async def test_a_streamed_hunt_is_recorded_whole(analyst_of: AnalystFactory) -> None:
    tape: list[Exchange] = []
    with OpenAIServer() as server:
        items = await hunted(analyst_of(server), recorded_task(tape))
    (exchange,) = tape
    assert json.loads(exchange.request) == server.requests[0].body
    answer = json.loads(exchange.answer)
    findings = json.loads(answer["message"]["content"])["findings"]
    assert len(findings) == 3 == len(items) - 1
    assert answer["finish_reason"] == "stop"
    assert answer["usage"]["completion_tokens"] > 0


async def test_the_answer_of_a_server_that_does_not_stream_is_recorded(
    analyst_of: AnalystFactory,
) -> None:
    tape: list[Exchange] = []
    with OpenAIServer(dialect=Dialect(ignores=frozenset({"stream"}))) as server:
        await hunted(analyst_of(server), recorded_task(tape))
    assert '"choices"' in tape[0].answer
    assert tape[0].problem == ""


async def test_no_key_is_recorded(analyst_of: AnalystFactory) -> None:
    tape: list[Exchange] = []
    with OpenAIServer() as server:
        await hunted(analyst_of(server), recorded_task(tape))
        server.next(wire.unauthorized())
        with pytest.raises(SocError):
            await hunted(analyst_of(server), recorded_task(tape))
        assert server.api_key
        assert server.api_key not in repr(tape)
        assert server.base_url not in repr(tape)
    assert "Bearer" not in repr(tape)


async def test_each_attempt_is_recorded_with_what_became_of_it(analyst_of: AnalystFactory) -> None:
    tape: list[Exchange] = []
    with OpenAIServer() as server:
        server.next(wire.rate_limited())
        await hunted(analyst_of(server), recorded_task(tape))
    failed, answered = tape
    assert failed.request == answered.request
    assert failed.answer == ""
    assert "Waiting" not in failed.problem
    assert failed.problem
    assert answered.problem == ""


async def test_what_came_before_a_cut_is_recorded(analyst_of: AnalystFactory) -> None:
    tape: list[Exchange] = []
    with OpenAIServer() as server:
        server.next(wire.cut(12))
        with pytest.raises(SocError):
            await hunted(analyst_of(server), recorded_task(tape))
    assert "It stopped" in tape[0].problem
    assert json.loads(tape[0].answer)["message"]["content"].startswith('{"findings"')


async def test_a_cancelled_stream_is_recorded(analyst_of: AnalystFactory) -> None:
    tape: list[Exchange] = []
    with OpenAIServer() as server:
        server.next(wire.slow(0.02))
        task = asyncio.create_task(hunted(analyst_of(server), recorded_task(tape)))
        await asyncio.to_thread(until, lambda: server.requests, "a request")
        await asyncio.sleep(0.3)  # some pieces are there
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert "It stopped" in tape[0].problem


async def test_a_call_cancelled_before_its_answer_is_recorded(analyst_of: AnalystFactory) -> None:
    tape: list[Exchange] = []
    with OpenAIServer() as server:
        server.next(wire.late(30))
        task = asyncio.create_task(hunted(analyst_of(server), recorded_task(tape)))
        await asyncio.to_thread(until, lambda: server.requests, "a request")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert tape[0].problem == "It was canceled."


async def test_two_hunts_at_once_are_told_apart(analyst_of: AnalystFactory) -> None:
    tapes: tuple[list[Exchange], list[Exchange]] = ([], [])
    with OpenAIServer() as server:
        analyst = analyst_of(server)
        tasks = [replace(recorded_task(tape), request=f"hunt {i}") for i, tape in enumerate(tapes)]
        await asyncio.gather(*(hunted(analyst, task) for task in tasks))
    for number, tape in enumerate(tapes):
        assert len(tape) == 1
        assert f"hunt {number}" in tape[0].request
