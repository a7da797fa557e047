"""The planning call over real HTTP."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from soc_tui.analysts import PlanAnswer
from soc_tui.analysts.openai.plan_tools import ANSWER, ASK, QUERY, WRITE, tools
from soc_tui.model.errors import AnalystError, RefusedError
from soc_tui.model.hunt import Turn
from soc_tui.model.limits import Limits
from soc_tui.model.plan import Operator, Plan, Reply
from tests.analysts.openai.cases import CATALOG, AnalystFactory, plan_request
from tests.wire import openai_faults as wire
from tests.wire.openai_rules import strict_problem
from tests.wire.openai_server import OpenAIServer
from tests.wire.scripted_model import PlanCall, scripted_plan

PLAN = Plan("SigninLogs", ("TimeGenerated", "ResultType"), 72, "sign-ins")
KQL = "SigninLogs | where TimeGenerated > ago(1d) | summarize count() by UserPrincipalName"
WRITTEN = {"kql": KQL, "time_range_hours": 24, "rationale": "counts", "follows_up": False}


def plan_of(answer: PlanAnswer) -> Plan:
    assert isinstance(answer.outcome, Plan)
    return answer.outcome


async def test_a_request_becomes_a_plan(analyst_of: AnalystFactory) -> None:
    with OpenAIServer() as server:
        analyst = analyst_of(server)
        answer = await analyst.plan(plan_request())
        await analyst.aclose()
    plan = plan_of(answer)
    assert plan.table_name == "DeviceProcessEvents"
    assert plan.time_range_hours == 72
    assert plan.fields[0] == "Timestamp"
    assert plan.predicates[0].operator is Operator.IN
    assert answer.usage is not None
    assert answer.usage.price is not None
    assert answer.usage.price > 0


async def test_what_is_sent(analyst_of: AnalystFactory) -> None:
    with OpenAIServer() as server:
        await analyst_of(server).plan(plan_request())
        body = server.requests[0].body
    assert [tool["function"]["name"] for tool in body["tools"]] == [QUERY, WRITE, ANSWER, ASK]
    assert body["tool_choice"] == "required"
    assert body["parallel_tool_calls"] is False
    system = body["messages"][0]["content"]
    assert system.endswith("2026-11-24 12:00 UTC (Tuesday).")
    assert "Processes as they start." in system
    assert "720" in system
    assert body["messages"][1]["content"] == plan_request().request


def test_the_tools_have_every_parameter_and_are_strict() -> None:
    offered = {tool["function"]["name"]: tool["function"] for tool in tools(CATALOG)}
    parameters: dict[str, Any] = dict(offered["query_log_analytics"]["parameters"])
    assert set(parameters["properties"]) == set(Plan.__dataclass_fields__) - {
        "kql",
        "not_applied",
        "instead",
    }
    assert parameters["properties"]["table_name"]["enum"] == list(CATALOG.tables)
    for function in offered.values():
        parameters = dict(function["parameters"])
        assert set(parameters["required"]) == set(parameters["properties"])
        assert all(node.get("description") for node in parameters["properties"].values())
        assert strict_problem(parameters) == ""


async def test_a_refused_plan_goes_back_with_the_reasons(analyst_of: AnalystFactory) -> None:
    def plan(call: PlanCall) -> dict[str, Any]:
        good = scripted_plan(call)
        return good if "Hostname" in call.feedback else good | {"fields": ["Hostname"]}

    with OpenAIServer(plan=plan) as server:
        analyst = analyst_of(server)
        first = plan_of(await analyst.plan(plan_request()))
        assert first.fields == ("Hostname",)
        feedback = "Hostname is no field of DeviceProcessEvents."
        again = replace(plan_request(), feedback=feedback, refused=first)
        second = plan_of(await analyst.plan(again))
        sent = server.requests[1].body["messages"]
    assert "DeviceName" in second.fields
    assert json.loads(sent[2]["tool_calls"][0]["function"]["arguments"])["fields"] == ["Hostname"]
    assert sent[3]["role"] == "tool"


async def test_a_query_may_be_written_whole_and_goes_back_as_it_was(
    analyst_of: AnalystFactory,
) -> None:
    with OpenAIServer() as server:
        server.next(wire.calls_tool(WRITE, WRITTEN))
        analyst = analyst_of(server)
        first = plan_of(await analyst.plan(plan_request()))
        assert (first.kql, first.time_range_hours, first.rationale) == (KQL, 24, "counts")
        await analyst.plan(replace(plan_request(), feedback="No.", refused=first))
        call = server.requests[1].body["messages"][2]["tool_calls"][0]["function"]
    assert call["name"] == WRITE
    assert json.loads(call["arguments"]) == WRITTEN


async def test_what_is_not_for_logs_is_answered(analyst_of: AnalystFactory) -> None:
    with OpenAIServer() as server:
        server.next(wire.calls_tool(ANSWER, {"text": "Hello.\nI hunt\x1b[2J in logs."}))
        answer = await analyst_of(server).plan(plan_request("hello"))
    assert answer.outcome == Reply("Hello.\nI hunt⟦U+001B⟧[2J in logs.")


async def test_an_ambiguous_request_is_asked_back_once(analyst_of: AnalystFactory) -> None:
    asked = {"question": "Which logons?", "choices": ["Windows", "Entra"]}
    with OpenAIServer() as server:
        server.next(wire.calls_tool(ASK, asked))
        analyst = analyst_of(server)
        reply = (await analyst.plan(plan_request("logins"))).outcome
        assert reply == Reply("Which logons?", True, ("Windows", "Entra"))
        previous = (Turn("logins", reply=reply),)
        await analyst.plan(replace(plan_request("the second"), previous=previous))
        body = server.requests[1].body
    assert ASK not in [tool["function"]["name"] for tool in body["tools"]]
    roles = [message["role"] for message in body["messages"]]
    assert roles == ["system", "user", "assistant", "tool", "user"]
    assert json.loads(body["messages"][2]["tool_calls"][0]["function"]["arguments"]) == asked
    assert body["messages"][-1]["content"] == "the second"


async def test_a_second_question_is_sent_back(analyst_of: AnalystFactory) -> None:
    asked = {"question": "And which day?", "choices": []}
    previous = (Turn("logins", reply=Reply("Which logons?", True)),)
    with OpenAIServer() as server:
        server.next(wire.calls_tool(ASK, asked))
        answer = await analyst_of(server).plan(replace(plan_request(), previous=previous))
        assert "asked already" in server.requests[1].body["messages"][-1]["content"]
    assert plan_of(answer).table_name == "DeviceProcessEvents"


async def test_the_conversation_is_sent_with_queries_as_run_and_no_rows(
    analyst_of: AnalystFactory,
) -> None:
    edited = "SigninLogs | where ResultType == 50126"
    previous = (
        Turn("", kql="Heartbeat | take 5", row_count=5),
        Turn("failed sign-ins", PLAN, edited, 1_234),
        Turn("what is T1110?", reply=Reply("Brute force.")),
        Turn("and then", problem="The service is not there."),
    )
    with OpenAIServer() as server:
        await analyst_of(server).plan(replace(plan_request("only bob"), previous=previous))
        sent = server.requests[0].body["messages"]
    text = json.dumps(sent[1:])
    assert "1,234 rows" in text and "ResultType == 50126" in text
    assert "Heartbeat | take 5" in text and "Brute force." in text and "not there" in text
    assert sent[-1] == {"role": "user", "content": "only bob"}


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
    assert plan_of(answer).table_name == "DeviceProcessEvents"
    assert answer.usage is not None
    assert answer.usage.calls == 2


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        (WRITE, {"kql": " ", "time_range_hours": 1, "rationale": ""}),
        (WRITE, {"kql": KQL, "time_range_hours": -1, "rationale": ""}),
        (ANSWER, {"text": "  "}),
        (ASK, {}),
        ("run_shell", {"command": "id"}),
    ],
)
async def test_unreadable_calls_of_the_other_tools(
    analyst_of: AnalystFactory, name: str, arguments: dict[str, Any]
) -> None:
    with OpenAIServer() as server:
        server.next(wire.calls_tool(name, arguments))
        answer = await analyst_of(server).plan(plan_request())
        assert len(server.requests) == 2
    assert plan_of(answer).table_name == "DeviceProcessEvents"


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
        server.next(wire.says(json.dumps(plan)), wire.says(json.dumps(WRITTEN)))
        analyst = analyst_of(server)
        found = plan_of(await analyst.plan(plan_request()))
        written = plan_of(await analyst.plan(plan_request()))
    assert found.fields == ("UserPrincipalName",)
    assert found.time_range_hours == 24
    assert written.kql == KQL


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
    assert plan_of(answer).time_range_hours == 72


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
