"""The planning call over real HTTP."""

import json
from decimal import Decimal
from typing import Any

import pytest

from soc_tui.analysts.openai_planning import TOOL, tool
from soc_tui.model.errors import AnalystError, RefusedError
from soc_tui.model.limits import Limits
from soc_tui.model.plan import Operator, Plan
from tests.analysts.openai_cases import CATALOG, AnalystFactory, plan_request
from tests.wire import openai_server as wire
from tests.wire.openai_rules import strict_problem
from tests.wire.openai_server import OpenAIServer
from tests.wire.scripted_model import PlanCall, scripted_plan


async def test_a_request_becomes_a_plan(analyst_of: AnalystFactory) -> None:
    with OpenAIServer() as server:
        analyst = analyst_of(server)
        answer = await analyst.plan(plan_request())
        await analyst.aclose()
    assert answer.plan.table_name == "DeviceProcessEvents"
    assert answer.plan.time_range_hours == 72
    assert answer.plan.fields[0] == "Timestamp"
    assert answer.plan.predicates[0].operator is Operator.IN
    assert answer.usage is not None
    assert answer.usage.price is not None
    assert answer.usage.price > 0


async def test_what_is_sent(analyst_of: AnalystFactory) -> None:
    with OpenAIServer() as server:
        await analyst_of(server).plan(plan_request())
        body = server.requests[0].body
    assert body["tool_choice"] == {"type": "function", "function": {"name": TOOL}}
    assert body["parallel_tool_calls"] is False
    system = body["messages"][0]["content"]
    assert "2026-11-24 12:00 UTC" in system
    assert "Processes as they start." in system
    assert "720" in system
    assert body["messages"][1]["content"] == plan_request().request


def test_the_tool_has_every_parameter_of_a_plan_and_is_strict() -> None:
    function = tool(CATALOG)["function"]
    parameters: dict[str, Any] = dict(function["parameters"])
    assert function["name"] == "query_log_analytics"
    assert set(parameters["properties"]) == set(Plan.__dataclass_fields__)
    assert set(parameters["required"]) == set(Plan.__dataclass_fields__)
    assert parameters["properties"]["table_name"]["enum"] == list(CATALOG.tables)
    assert all(node.get("description") for node in parameters["properties"].values())
    assert strict_problem(parameters) == ""


async def test_a_refused_plan_goes_back_with_the_reasons(analyst_of: AnalystFactory) -> None:
    def plan(call: PlanCall) -> dict[str, Any]:
        good = scripted_plan(call)
        return good if "Hostname" in call.feedback else good | {"fields": ["Hostname"]}

    with OpenAIServer(plan=plan) as server:
        analyst = analyst_of(server)
        first = await analyst.plan(plan_request())
        assert first.plan.fields == ("Hostname",)
        request = plan_request()
        again = type(request)(
            request.request, request.catalog, request.limits, request.now,
            feedback="Hostname is no field of DeviceProcessEvents.", refused=first.plan,
        )  # fmt: skip
        second = await analyst.plan(again)
        sent = server.requests[1].body["messages"]
    assert "DeviceName" in second.plan.fields
    assert json.loads(sent[2]["tool_calls"][0]["function"]["arguments"])["fields"] == ["Hostname"]
    assert sent[3]["role"] == "tool"


@pytest.mark.parametrize(
    "arguments",
    ["{not json", "", "[]", '{"table_name": 3}', '{"table_name":"SigninLogs"}', "null"],
)
async def test_an_unreadable_plan_is_asked_for_once_more(
    analyst_of: AnalystFactory, arguments: str
) -> None:
    with OpenAIServer() as server:
        server.next(wire.calls_with(arguments))
        answer = await analyst_of(server).plan(plan_request())
        assert len(server.requests) == 2
    assert answer.plan.table_name == "DeviceProcessEvents"
    assert answer.usage is not None
    assert answer.usage.calls == 2


async def test_two_unreadable_plans_are_an_error(analyst_of: AnalystFactory) -> None:
    with OpenAIServer() as server:
        server.next(wire.calls_with("{"), wire.calls_with("{"))
        with pytest.raises(AnalystError, match="plan could not be read"):
            await analyst_of(server).plan(plan_request())
        assert len(server.requests) == 2


async def test_a_plan_as_plain_content_is_read(analyst_of: AnalystFactory) -> None:
    """Some compatible servers ignore tool_choice."""
    plan = {
        "table_name": "SigninLogs", "fields": [" UserPrincipalName ", "", "UserPrincipalName"],
        "time_range_hours": "24", "rationale": "r",
    }  # fmt: skip
    with OpenAIServer() as server:
        server.next(wire.says(json.dumps(plan)))
        answer = await analyst_of(server).plan(plan_request())
    assert answer.plan.fields == ("UserPrincipalName",)
    assert answer.plan.time_range_hours == 24


@pytest.mark.parametrize("hours", ["NaN", "Infinity", "-Infinity", "1e999", "0", "-5"])
async def test_a_time_range_that_is_no_number_is_not_taken(
    analyst_of: AnalystFactory, hours: str
) -> None:
    text = (
        '{"table_name":"SigninLogs","fields":[],"rationale":"r","time_range_hours":' + hours + "}"
    )
    with OpenAIServer() as server:
        server.next(wire.calls_with(text))
        answer = await analyst_of(server).plan(plan_request())
        assert len(server.requests) == 2
    assert answer.plan.time_range_hours == 72


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (wire.refused("I will not\x1b[2J."), "refused"),
        (wire.stopped("length", 0), "ran out of output tokens"),
        (wire.stopped("content_filter", 0), "content filter"),
    ],
)
async def test_answers_that_end_the_planning(
    analyst_of: AnalystFactory, step: wire.Step, words: str
) -> None:
    with OpenAIServer() as server:
        server.next(step)
        with pytest.raises(AnalystError, match=words) as error:
            await analyst_of(server).plan(plan_request())
        assert len(server.requests) == 1
    assert "\x1b" not in str(error.value)


async def test_over_the_price_cap_nothing_is_sent(analyst_of: AnalystFactory) -> None:
    limits = Limits(max_price=Decimal("0.000001"))
    with OpenAIServer() as server:
        with pytest.raises(RefusedError, match="over the cap"):
            await analyst_of(server, limits=limits).plan(plan_request())
        assert server.requests == []


async def test_a_server_of_ones_own_with_a_model_nobody_knows(analyst_of: AnalystFactory) -> None:
    with OpenAIServer(api_key="") as server:
        analyst = analyst_of(server, api_key="", model="llama3.1:8b")
        answer = await analyst.plan(plan_request())
        assert analyst.name == "llama3.1:8b"
        assert server.requests[0].body["model"] == "llama3.1:8b"
    assert answer.usage is not None
    assert answer.usage.price is None
