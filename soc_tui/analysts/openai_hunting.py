"""The hunting call: packed and priced first, then streamed, findings one by one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from soc_tui.analysts import HuntTask, Notice, pricing, prompts
from soc_tui.analysts.cells import escape
from soc_tui.analysts.grounding import ground
from soc_tui.analysts.openai_calls import Calls, own_count, usage_of
from soc_tui.analysts.openai_failures import CALL_ERRORS, explain
from soc_tui.analysts.openai_findings import (
    MAX_ANSWER_CHARS,
    FindingStream,
    UnreadableFindingError,
    read_finding,
    schema,
)
from soc_tui.analysts.packing import Packed
from soc_tui.analysts.pricing import Estimate
from soc_tui.model.errors import AnalystError
from soc_tui.model.finding import Finding
from soc_tui.model.quote import Quote, Usage

if TYPE_CHECKING:
    from openai import AsyncStream
    from openai.types.chat import ChatCompletionChunk

    from soc_tui.analysts.openai_streams import WholeAnswer

MOST_OUTPUT_TOKENS = 16_384
"""Cap of a hunting answer, tokens: some 40 findings, or 10 and a long reasoning before them."""


def messages(task: HuntTask, packed: Packed) -> list[dict[str, str]]:
    """The conversation: rules that name the boundary, then the question and the rows."""
    system = prompts.load("hunter").render(
        boundary=packed.boundary, guidance=_guidance(task.table_name)
    )
    table = f"Main table: {task.table_name}\n" if task.table_name else ""
    question = task.request or "Hunt for anything malicious or suspicious."
    unseen = packed.unseen
    user = (
        f"Request of the analyst: {question}\n\n{table}Query that gave the rows:\n{task.kql}\n\n"
        f"{unseen.rows_total:,} rows ({escape(unseen.summary())}):\n{packed.text}"
    )
    return [{"role": "system", "content": system}, {"role": "user", "content": user}]


def _guidance(table: str) -> str:
    known = prompts.guidance(table)
    return f"About this table (leads, no proof)\n{known}\n" if known else ""


def response_format() -> dict[str, Any]:
    """Structured output, strict."""
    return {
        "type": "json_schema",
        "json_schema": {"name": "findings", "strict": True, "schema": schema()},
    }


@dataclass(slots=True)
class _Answer:
    """What has come of the answer so far."""

    findings: FindingStream = field(default_factory=FindingStream)
    refusal: str = ""
    finish_reason: str = ""
    usage: Usage | None = None
    readable: int = 0

    def problem(self, model: str) -> AnalystError | None:
        """Why the answer is not whole; None when it is."""
        so_far = f"{self.readable} findings came before it and stay valid."
        if self.refusal:
            return AnalystError(
                f"{model} refused to hunt through these rows.",
                f"It said: {escape(self.refusal)[:300]}",
                "Use another model or the offline analyst.",
            )
        if self.finish_reason == "content_filter":
            return AnalystError(
                f"The content filter of {model}'s service cut the answer off.",
                so_far,
                "Leave out the column that set it off, or use another model.",
            )
        if not self.finish_reason:
            return AnalystError(
                f"The answer of {model} broke off in the middle.", so_far, "Hunt again."
            )
        if self.finish_reason == "length" or self.findings.closed:
            return None
        return AnalystError(
            f"The answer of {model} is not the JSON that was asked for.",
            so_far,
            "Hunt again, or use a model that supports structured output (JSON schema).",
        )


class PreparedOpenAIHunt:
    """Packed, counted and priced; nothing is sent before `run`."""

    def __init__(self, calls: Calls, task: HuntTask, packed: Packed, estimate: Estimate) -> None:
        self._calls = calls
        self._task = task
        self._packed = packed
        self._estimate = estimate

    @property
    def quote(self) -> Quote:
        """What the call will take."""
        return pricing.quote(self._estimate, self._packed.unseen)

    async def run(self) -> AsyncIterator[Finding | Usage | Notice]:
        """Stream the call: grounded findings as each is complete, notices, then the usage.

        Raises:
            AnalystError: the call failed, or its answer is not whole. Findings and usage yielded
                before stay valid.
        """
        answer = _Answer()
        problem: AnalystError | None = None
        async for opened in self._calls.stream(self._request()):
            if isinstance(opened, Notice):
                yield opened
                continue
            try:
                async with opened as stream:
                    async for item in self._read(stream, answer):
                        yield item
            except CALL_ERRORS as error:
                problem = explain(error, self._estimate.model)
        problem = problem or answer.problem(self._estimate.model)
        async for last in self._closing(answer):
            yield last
        if problem is not None:
            raise problem

    def _request(self) -> dict[str, Any]:
        return {
            "model": self._estimate.model,
            "messages": messages(self._task, self._packed),
            "response_format": response_format(),
            "max_completion_tokens": self._estimate.tokens_out_most,
        }

    async def _read(
        self, stream: AsyncStream[ChatCompletionChunk] | WholeAnswer, answer: _Answer
    ) -> AsyncIterator[Finding | Notice]:
        async for chunk in stream:
            if chunk.usage is not None:
                answer.usage = usage_of(chunk.usage, self._estimate.model, self._estimate.spec)
            for choice in chunk.choices or ():
                answer.finish_reason = choice.finish_reason or answer.finish_reason
                if choice.delta is None:  # Azure's filter results come without one
                    continue
                answer.refusal += choice.delta.refusal or ""
                for element in answer.findings.feed(choice.delta.content or ""):
                    item = await self._finding(element)
                    answer.readable += isinstance(item, Finding)
                    yield item
            if len(answer.findings.text) > MAX_ANSWER_CHARS:
                answer.finish_reason = "length"
                return

    async def _finding(self, element: dict[str, Any]) -> Finding | Notice:
        try:
            finding = read_finding(element)
        except UnreadableFindingError as error:
            return Notice(f"One finding of the answer could not be read and is left out: {error}")
        return await asyncio.to_thread(ground, finding, self._task.rows)

    async def _closing(self, answer: _Answer) -> AsyncIterator[Usage | Notice]:
        if answer.finish_reason == "length":
            yield Notice(
                f"The answer reached its cap of {self._estimate.tokens_out_most:,} tokens: "
                f"{answer.readable} findings are complete, there may be more. "
                "Narrow the query to see them."
            )
        if answer.usage is not None:
            yield answer.usage
            return
        yield Notice("The service sent no usage: tokens and price are our own count.")
        estimate = self._estimate
        yield await asyncio.to_thread(
            own_count, estimate.model, estimate.spec, estimate.tokens_in, answer.findings.text
        )
