"""The hunting calls: rows are packed and priced, then findings are streamed one by one."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace

from soc_tui.analysts import HuntItem, HuntTask
from soc_tui.analysts.cost.rate_limits import RateLimiter
from soc_tui.analysts.grounding.attack_traces import load_traces
from soc_tui.analysts.grounding.check_finding import ground
from soc_tui.analysts.openai.calls import Calls
from soc_tui.analysts.openai.chunk_run import ChunkRun, PacedCalls
from soc_tui.analysts.openai.counted_calls import CountedCalls
from soc_tui.analysts.openai.findings_call import MOST_MORE_CALLS, FindingsCall
from soc_tui.analysts.openai.hunt_prompt import messages, response_format
from soc_tui.analysts.openai.quoting import PricedChunk, Quoting
from soc_tui.analysts.packing.time_chunks import Part
from soc_tui.model.finding import Finding
from soc_tui.model.quote import Quote


class PreparedOpenAIHunt:
    """Packed, counted and priced; nothing is sent before `run`."""

    def __init__(
        self,
        calls: Calls,
        task: HuntTask,
        quoting: Quoting,
        chunks: tuple[PricedChunk, ...],
        limiter: RateLimiter,
    ) -> None:
        self._calls = calls
        self._task = task
        self._quoting = quoting
        self._chunks = chunks
        self._limiter = limiter

    @property
    def quote(self) -> Quote:
        """What the calls will take."""
        made = self._quoting.quote(self._chunks)
        more = (
            f"A longer answer continues in up to {MOST_MORE_CALLS} more calls, "
            "each at most that price, within the spend limits."
        )
        return replace(made, reason=f"{made.reason} {more}")

    def prompts(self) -> tuple[str, ...]:
        """The messages of each call, as they are sent."""
        total = len(self._chunks)
        asked = (
            messages(self._task, priced.chunk.packed, Part(number, total))
            for number, priced in enumerate(self._chunks, 1)
        )
        return tuple("\n\n".join(one["content"] for one in sent) for sent in asked)

    async def run(self) -> AsyncIterator[HuntItem]:
        """Stream the calls: grounded findings as each is complete, notices, usage of each call.

        Raises:
            AnalystError: a call failed, or its answer is not whole. What was yielded before stays
                valid.
        """
        run = ChunkRun(
            self._chunks,
            self._task,
            self._quoting.unseen(self._chunks),
            hunt=self._hunt,
            split=self._quoting.halves,
            read=self._quoting.read,
        )
        # It takes a second, and the first answer is longer in coming.
        loaded = asyncio.create_task(asyncio.to_thread(load_traces))
        try:
            async with aclosing(run.run()) as items:  # type: ignore[type-var]
                async for item in items:
                    yield item
        finally:
            await loaded

    def _hunt(self, priced: PricedChunk, part: Part) -> AsyncIterator[HuntItem]:
        estimate = priced.estimate
        request = {
            "model": estimate.model,
            "messages": messages(self._task, priced.chunk.packed, part),
            "response_format": response_format(),
            "max_completion_tokens": estimate.tokens_out_most,
        }
        return FindingsCall(
            PacedCalls(
                CountedCalls(self._calls, self._task.sending, estimate),
                self._limiter,
                priced.tokens,
            ),
            request,
            estimate,
            functools.partial(_ground, task=self._task),
            max_price=priced.max_price,
        ).run()


def _ground(finding: Finding, task: HuntTask) -> Finding:
    return ground(finding, task.rows)
