"""The planner's tools: their schemas, and their calls read as a Plan or a Reply. Pure."""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from soc_tui.analysts.openai.strict_schema import strict_schema
from soc_tui.analysts.packing.cell_text import escape
from soc_tui.model.catalog import Catalog
from soc_tui.model.errors import AnalystError
from soc_tui.model.plan import Plan, Reply

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletionFunctionToolParam

QUERY, WRITE, ANSWER, ASK = "query_log_analytics", "write_kql", "answer", "ask_back"
"""Names of the tools; one of them must be called."""

_LONGEST_REPLY = 4_000
_MOST_CHOICES = 6
_ABOUT = {
    "table_name": "The one table to query.",
    "fields": "Columns of that table to show.",
    "time_range_hours": "How far back from now, hours.",
    "rationale": "Why this query, these fields, this time range and these filters.",
    "device_name": "Host to look at; empty for all.",
    "caller": "Caller of Azure operations to look at; empty for all.",
    "user_principal_name": "Account to look at; empty for all.",
    "about_individual_user": "The request is about one account.",
    "about_individual_host": "The request is about one host.",
    "about_network_security_group": "The request is about a network security group.",
    "predicates": "Further filters, all of which must hold.",
    "follows_up": "The request changes or continues the query before it.",
    "kql": "The whole query.",
    "text": "What to tell the analyst.",
    "question": "The one question.",
    "choices": "Two to five likely answers.",
}
_NOT_ASKED_FOR = ("kql", "not_applied", "instead")
"""What of a plan the tool for queries does not take."""


class UnreadablePlanError(AnalystError):
    """The answer is no plan; worth one more try."""


@dataclass(frozen=True, slots=True)
class _WrittenQuery:
    kql: str
    time_range_hours: float
    rationale: str
    follows_up: bool = False


@dataclass(frozen=True, slots=True)
class _Answer:
    text: str


@dataclass(frozen=True, slots=True)
class _Question:
    question: str
    choices: tuple[str, ...] = ()


_KINDS: dict[str, TypeAdapter[Any]] = {
    QUERY: TypeAdapter(Plan),
    WRITE: TypeAdapter(_WrittenQuery),
    ANSWER: TypeAdapter(_Answer),
    ASK: TypeAdapter(_Question),
}
_WHAT = {
    QUERY: "Query one table of the log workspace.",
    WRITE: "Write the whole KQL query, for what query_log_analytics cannot say.",
    ANSWER: "Answer a request that is not for logs.",
    ASK: "Ask the analyst one question before planning.",
}


def tools(catalog: Catalog, *, may_ask: bool = True) -> list[ChatCompletionFunctionToolParam]:
    """All tools with strict schemas; the table is an enum of the catalog's tables."""
    names = (QUERY, WRITE, ANSWER, ASK) if may_ask else (QUERY, WRITE, ANSWER)
    return [_tool(name, catalog) for name in names]


def arguments_of(plan: Plan) -> tuple[str, str]:
    """The tool call that makes this plan: its name, and its arguments as JSON."""
    if plan.kql:
        written = _WrittenQuery(plan.kql, plan.time_range_hours, plan.rationale, plan.follows_up)
        return WRITE, _json(dataclasses.asdict(written))
    arguments = dataclasses.asdict(plan)
    for name in _NOT_ASKED_FOR:
        del arguments[name]
    return QUERY, _json(arguments)


def question_arguments(reply: Reply) -> str:
    """The arguments of the call that asked this, as JSON."""
    return _json({"question": reply.text, "choices": reply.choices})


def read_call(name: str, arguments: str) -> Plan | Reply | UnreadablePlanError:
    """What a tool call says; an empty name is for plain content that holds the arguments."""
    if not name:
        name = _kind_of(arguments)
    if name not in _KINDS:
        return unreadable(f"there is no tool {escape(name[:80])!r}.")
    try:
        call = _KINDS[name].validate_json(arguments)
    except ValidationError as error:
        return unreadable(_validation_text(error))
    match call:
        case Plan():
            return _timed(_clean(call))
        case _WrittenQuery():
            return _written(call)
        case _Answer():
            return _reply(call.text)
        case _:
            return _reply(call.question, call.choices, question=True)


def unreadable(why: str) -> UnreadablePlanError:
    """The error for an answer that is none."""
    return UnreadablePlanError(
        "The model's plan could not be read:",
        why,
        "Try again, choose another model, or write the KQL yourself.",
    )


def _tool(name: str, catalog: Catalog) -> ChatCompletionFunctionToolParam:
    parameters = strict_schema(_KINDS[name].json_schema())
    properties = parameters["properties"]
    if name == QUERY:
        for ours in _NOT_ASKED_FOR:
            del properties[ours]
            parameters["required"].remove(ours)
        properties["table_name"]["enum"] = list(catalog.tables)
    for parameter, schema in properties.items():
        schema["description"] = _ABOUT[parameter]
    return {
        "type": "function",
        "function": {
            "name": name,
            "description": _WHAT[name],
            "strict": True,
            "parameters": parameters,
        },
    }


def _kind_of(content: str) -> str:
    """Which tool's arguments a server that ignores tools wrote as plain content."""
    try:
        keys = set(json.loads(content))
    except (ValueError, TypeError, RecursionError):
        return QUERY
    for key, name in (("table_name", QUERY), ("kql", WRITE), ("question", ASK), ("text", ANSWER)):
        if key in keys:
            return name
    return QUERY


def _written(call: _WrittenQuery) -> Plan | UnreadablePlanError:
    kql = call.kql.strip()
    if not kql:
        return unreadable("kql is empty.")
    return _timed(
        Plan(
            table_name="",
            fields=(),
            time_range_hours=call.time_range_hours,
            rationale=escape(call.rationale.strip()),
            follows_up=call.follows_up,
            kql=kql,
        )
    )


def _timed(plan: Plan) -> Plan | UnreadablePlanError:
    if math.isfinite(plan.time_range_hours) and plan.time_range_hours > 0:
        return plan
    return unreadable("time_range_hours must be a number above 0.")


def _reply(
    text: str, choices: tuple[str, ...] = (), *, question: bool = False
) -> Reply | UnreadablePlanError:
    lines = (escape(line.rstrip()) for line in text.strip()[:_LONGEST_REPLY].split("\n"))
    said = "\n".join(lines)
    if not said:
        return unreadable("the answer is empty.")
    offered = tuple(escape(choice.strip()[:200]) for choice in choices if choice.strip())
    return Reply(said, question, offered[:_MOST_CHOICES])


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
        kql="",
        not_applied=(),
        instead="",
    )


def _validation_text(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return escape(f"{place}: {first['msg']}." if place else f"{first['msg']}.")[:300]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
