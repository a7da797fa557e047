"""The planning call: the prompt, and parsing of the answer. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from soc_tui.analysts import PlanRequest, prompts
from soc_tui.analysts.openai.json_answer import raise_if_stopped
from soc_tui.analysts.openai.plan_tools import (
    ASK,
    WRITE,
    UnreadablePlanError,
    arguments_of,
    question_arguments,
    read_call,
    unreadable,
)
from soc_tui.analysts.openai.replies import Answer
from soc_tui.analysts.openai.server_forms import json_object
from soc_tui.analysts.packing.catalog_text import HOW_TO_READ, asked_about, compact
from soc_tui.model.hunt import Turn
from soc_tui.model.plan import Plan, Reply

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletionMessageParam

MOST_OUTPUT_TOKENS = 8_192
"""Cap of a planning answer, tokens: a plan takes 300, the rest is for models that reason."""

_REFUSED_CALL = "call_refused"
_BY_HAND = "(The analyst wrote a query manually.)"
_LONGEST_KQL = 4_000


def messages(request: PlanRequest) -> list[ChatCompletionMessageParam]:
    """Rules and catalog, the earlier turns, the request and, for a repair, the refused call."""
    limits = request.limits
    # What changes comes last in it: what stands before is the same in each call, and can be cached.
    system = prompts.load("planner").render(
        now=f"{request.now:%Y-%m-%d %H:%M}",
        weekday=f"{request.now:%A}",
        default_hours=f"{limits.default_hours:g}",
        max_hours=f"{limits.max_hours:g}",
        max_rows=str(limits.max_rows),
        how_to_read=HOW_TO_READ,
        catalog=compact(request.catalog.often),
        asked_about=_asked_about(request),
    )
    conversation: list[ChatCompletionMessageParam] = [{"role": "system", "content": system}]
    for number, turn in enumerate(request.previous, start=1):
        conversation.extend(_turn(turn, f"call_{number}"))
    conversation.append({"role": "user", "content": request.request})
    if request.refused is not None:
        conversation.extend(_called(request.refused, _REFUSED_CALL, _feedback(request)))
    elif request.feedback:
        conversation.append({"role": "user", "content": _feedback(request)})
    return conversation


def _asked_about(request: PlanRequest) -> str:
    """The seldom tables that the request, an earlier one or a refused plan may be about."""
    said = [request.request, *(f"{turn.request} {turn.kql}" for turn in request.previous)]
    if request.refused is not None:
        said.append(f"{request.refused.table_name} {request.refused.kql}")
    return compact(asked_about(" ".join(said), request.catalog.seldom), with_sets=False) or "(none)"


def try_again(reason: str) -> ChatCompletionMessageParam:
    """What an unreadable answer is answered with."""
    return {
        "role": "user",
        "content": f"Your answer could not be used: {reason} Call one tool again, completely.",
    }


def read_answer(answer: Answer) -> Plan | Reply | UnreadablePlanError:
    """What an answer plans or says, or why it is neither (worth one more try).

    Servers that ignore tools may write a call's arguments as plain content: that is read too.

    Raises:
        AnalystError: the model refused, or was stopped; trying again would not help.
    """
    raise_if_stopped(
        answer,
        "plan this request",
        "Rephrase or shorten the request, or write the KQL yourself.",
    )
    if not answer.said:
        return unreadable("the answer was empty.")
    if answer.calls:
        return read_call(answer.calls[0].name, answer.calls[0].arguments)
    return read_call("", json_object(answer.text) or answer.text)


def _turn(turn: Turn, call_id: str) -> Iterator[ChatCompletionMessageParam]:
    """An earlier exchange. Only the number of its rows is sent."""
    yield {"role": "user", "content": turn.request or _BY_HAND}
    reply = turn.reply
    if reply is not None and reply.question:
        yield _call(ASK, question_arguments(reply), call_id)
        shown = "Shown to the analyst, whose next message answers it."
        yield {"role": "tool", "tool_call_id": call_id, "content": shown}
    elif reply is not None:
        yield {"role": "assistant", "content": reply.text}
    elif turn.plan is not None:
        yield from _called(turn.plan, call_id, _outcome(turn))
    elif turn.kql:
        yield {"role": "user", "content": _outcome(turn)}
    else:
        yield {"role": "assistant", "content": f"(No query was planned. {turn.problem})".strip()}


def _outcome(turn: Turn) -> str:
    if turn.row_count is not None:
        rows = f"It gave {turn.row_count:,} rows."
    else:
        rows = f"It was not run. {turn.problem}" if turn.problem else "It was not run."
    return f"The query as it stands:\n{turn.kql[:_LONGEST_KQL]}\n{rows}".strip()


def _called(plan: Plan, call_id: str, result: str) -> Iterator[ChatCompletionMessageParam]:
    yield _call(*arguments_of(plan), call_id)
    yield {"role": "tool", "tool_call_id": call_id, "content": result}


def _call(name: str, arguments: str, call_id: str) -> ChatCompletionMessageParam:
    return {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {
                "id": call_id,
                "type": "function",
                "function": {"name": name, "arguments": arguments},
            }
        ],
    }


def _feedback(request: PlanRequest) -> str:
    again = (
        f"Call {WRITE} again with a query"
        if request.refused and request.refused.kql
        else "Call a tool again with a plan"
    )
    return f"Refused by the guardrails: {request.feedback}\n{again} that keeps the rules."
