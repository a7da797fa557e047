"""The hunting call: packed and priced first, then streamed, findings one by one."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from soc_tui.analysts import HuntTask, Notice, pricing, prompts
from soc_tui.analysts.cells import escape
from soc_tui.analysts.grounding import ground
from soc_tui.analysts.openai_answers import MOST_MORE_CALLS, FindingsCall
from soc_tui.analysts.openai_calls import Calls
from soc_tui.analysts.openai_findings import schema
from soc_tui.analysts.packing import Packed
from soc_tui.analysts.pricing import Estimate
from soc_tui.model.finding import Finding
from soc_tui.model.quote import Quote, Usage

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


class PreparedOpenAIHunt:
    """Packed, counted and priced; nothing is sent before `run`.

    Args:
        max_price: Most that all calls of the hunt may take, USD; None for no cap.
    """

    def __init__(
        self,
        calls: Calls,
        task: HuntTask,
        packed: Packed,
        estimate: Estimate,
        *,
        max_price: Decimal | None = None,
    ) -> None:
        self._calls = calls
        self._task = task
        self._packed = packed
        self._estimate = estimate
        self._max_price = max_price

    @property
    def quote(self) -> Quote:
        """What the call will take."""
        quote = pricing.quote(self._estimate, self._packed.unseen)
        more = f"An answer that does not fit in it goes on in up to {MOST_MORE_CALLS} more calls."
        return replace(quote, reason=f"{quote.reason} {more}")

    async def run(self) -> AsyncIterator[Finding | Usage | Notice]:
        """Stream the call: grounded findings as each is complete, notices, then the usage.

        Raises:
            AnalystError: the call failed, or its answer is not whole. Findings and usage yielded
                before stay valid.
        """
        answer = FindingsCall(
            self._calls,
            self._request(),
            self._estimate,
            functools.partial(_ground, task=self._task),
            max_price=self._max_price,
        )
        async for item in answer.run():
            yield item

    def _request(self) -> dict[str, Any]:
        return {
            "model": self._estimate.model,
            "messages": messages(self._task, self._packed),
            "response_format": response_format(),
            "max_completion_tokens": self._estimate.tokens_out_most,
        }


def _ground(finding: Finding, task: HuntTask) -> Finding:
    return ground(finding, task.rows)
