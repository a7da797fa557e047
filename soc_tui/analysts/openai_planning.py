"""The planning call: the tool's schema, the messages, and the answer read as a Plan. Pure."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from soc_tui.analysts import PlanRequest, prompts
from soc_tui.analysts.cells import escape
from soc_tui.analysts.openai_schema import strict_schema
from soc_tui.model.catalog import Catalog, TableSpec
from soc_tui.model.errors import AnalystError
from soc_tui.model.plan import Plan

if TYPE_CHECKING:
    from openai.types.chat import (
        ChatCompletion,
        ChatCompletionFunctionToolParam,
        ChatCompletionMessage,
        ChatCompletionMessageParam,
    )

TOOL = "query_log_analytics"
"""Name of the tool that the planner must call."""

MOST_OUTPUT_TOKENS = 8_192
"""Cap of a planning answer, tokens: a plan takes 300, the rest is for models that reason."""

_REFUSED_CALL = "call_refused"
_ABOUT = {
    "table_name": "The one table to query.",
    "fields": "Columns of that table to show.",
    "time_range_hours": "How far back from now, hours.",
    "rationale": "Why this table, these fields, this time range and these filters.",
    "device_name": "Host to look at; empty for all.",
    "caller": "Caller of Azure operations to look at; empty for all.",
    "user_principal_name": "Account to look at; empty for all.",
    "about_individual_user": "The request is about one account.",
    "about_individual_host": "The request is about one host.",
    "about_network_security_group": "The request is about a network security group.",
    "predicates": "Further filters, all of which must hold.",
}
_plans = TypeAdapter(Plan)


class UnreadablePlanError(AnalystError):
    """The answer is no plan; worth one more try."""


def tool(catalog: Catalog) -> ChatCompletionFunctionToolParam:
    """The tool, with the strict schema of `Plan` and the catalog's tables as an enum."""
    parameters = strict_schema(_plans.json_schema())
    for name, description in _ABOUT.items():
        parameters["properties"][name]["description"] = description
    parameters["properties"]["table_name"]["enum"] = list(catalog.tables)
    return {
        "type": "function",
        "function": {
            "name": TOOL,
            "description": "Query one table of the log workspace.",
            "strict": True,
            "parameters": parameters,
        },
    }


def messages(request: PlanRequest) -> list[ChatCompletionMessageParam]:
    """The conversation: rules and catalog, the request and, for a repair, the refused call."""
    system = prompts.load("planner").render(
        now=f"{request.now:%Y-%m-%d %H:%M}",
        default_hours=f"{request.limits.default_hours:g}",
        max_hours=f"{request.limits.max_hours:g}",
        catalog="\n".join(_table_text(table) for table in request.catalog.tables.values()),
    )
    conversation: list[ChatCompletionMessageParam] = [
        {"role": "system", "content": system},
        {"role": "user", "content": request.request},
    ]
    if request.refused is not None:
        arguments = json.dumps(dataclasses.asdict(request.refused), ensure_ascii=False)
        conversation += [
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {
                        "id": _REFUSED_CALL,
                        "type": "function",
                        "function": {"name": TOOL, "arguments": arguments},
                    }
                ],
            },
            {"role": "tool", "tool_call_id": _REFUSED_CALL, "content": _feedback(request)},
        ]
    elif request.feedback:
        conversation.append({"role": "user", "content": _feedback(request)})
    return conversation


def try_again(reason: str) -> ChatCompletionMessageParam:
    """What an unreadable answer is answered with."""
    return {
        "role": "user",
        "content": f"Your answer could not be used: {reason} Call {TOOL} again, completely.",
    }


def read_answer(completion: ChatCompletion) -> Plan | UnreadablePlanError:
    """The plan of an answer, or why it is none (worth one more try).

    Servers that ignore the forced tool may write the plan as plain content: that is read too.

    Raises:
        AnalystError: the model refused, or was stopped; trying again would not help.
    """
    if not completion.choices:
        return _unreadable("the answer was empty.")
    choice = completion.choices[0]
    if choice.message.refusal:
        raise AnalystError(
            "The model refused to plan this request.",
            f"It said: {escape(choice.message.refusal)[:300]}",
            "Word the request as a question about logs, or write the KQL by hand.",
        )
    if choice.finish_reason == "content_filter":
        raise AnalystError(
            "The content filter of the LLM service stopped the planning.",
            "",
            "Word the request differently, or write the KQL by hand.",
        )
    if choice.finish_reason == "length":
        raise AnalystError(
            "The model ran out of output tokens before the plan was complete.",
            "",
            "Ask a shorter question, choose another model, or write the KQL by hand.",
        )
    try:
        plan = _plans.validate_json(_arguments(choice.message))
    except ValidationError as error:
        return _unreadable(_validation_text(error))
    if not (math.isfinite(plan.time_range_hours) and plan.time_range_hours > 0):
        return _unreadable("time_range_hours must be a number above 0.")
    return _clean(plan)


def _arguments(message: ChatCompletionMessage) -> str:
    calls = (call for call in message.tool_calls or () if call.type == "function")
    wanted = (call.function.arguments for call in calls if call.function.name == TOOL)
    return next(wanted, message.content or "")


def _unreadable(why: str) -> UnreadablePlanError:
    return UnreadablePlanError(
        "The model's plan could not be read:",
        why,
        "Try again, choose another model, or write the KQL by hand.",
    )


def _validation_text(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return escape(f"{place}: {first['msg']}." if place else f"{first['msg']}.")[:300]


def _clean(plan: Plan) -> Plan:
    """Blanks around names and empty filters are a model's habit, not a meaning."""
    return dataclasses.replace(
        plan,
        table_name=plan.table_name.strip(),
        fields=tuple(dict.fromkeys(name.strip() for name in plan.fields if name.strip())),
        device_name=plan.device_name.strip(),
        caller=plan.caller.strip(),
        user_principal_name=plan.user_principal_name.strip(),
        rationale=escape(plan.rationale.strip()),
    )


def _table_text(table: TableSpec) -> str:
    notes = " ".join(["", *table.notes.split()])
    fields = ", ".join(f"{column.name} {column.type.value}" for column in table.columns)
    return f"{table.name} (time field {table.time_column}).{notes}\n  {fields}"


def _feedback(request: PlanRequest) -> str:
    return f"Refused: {request.feedback}\nCall {TOOL} again with a plan that keeps the rules."
