"""Streams one hunting answer; the missing part of an incomplete one is requested again.

An answer that reaches its cap goes on in another call; one that is not JSON is asked for once more.
Both get the same prompt with what is recorded already, so nothing is reported twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

from soc_tui.analysts import Notice, Unreadable
from soc_tui.analysts.cost import pricing
from soc_tui.analysts.cost.pricing import Estimate
from soc_tui.analysts.openai.calls import own_count, usage_of
from soc_tui.analysts.openai.failures import CALL_ERRORS, explain
from soc_tui.analysts.openai.findings_schema import (
    MAX_ANSWER_CHARS,
    FindingStream,
    UnreadableFindingError,
    read_finding,
)
from soc_tui.analysts.packing.cell_text import escape
from soc_tui.model.errors import AnalystError
from soc_tui.model.finding import Finding
from soc_tui.model.quote import Usage, price_text

if TYPE_CHECKING:
    from soc_tui.analysts.openai.streams import Opened

MOST_MORE_CALLS = 2
"""Calls after the first that an answer may take, one of them for JSON that cannot be read."""

_MOST_ROWS_NAMED = 20
_ENDLESS = "endless"
_AGAIN = (
    "\n\n{why}\n{recorded}Answer now in the same form, one JSON object, with only the findings "
    "that are not recorded yet; an empty list when there are none."
)


class Streams(Protocol):
    """What sends a request and learns from the answers: `Calls`, or what stands before them."""

    def stream(self, request: Mapping[str, Any]) -> AsyncIterator[Notice | Opened]:
        """As `Calls.stream`."""
        ...

    def unheeded(self, request: Mapping[str, Any], content: str) -> Notice | None:
        """As `Calls.unheeded`."""
        ...


class FindingsCall:
    """Findings of one prompt.

    Args:
        request: As for `Calls.stream`; its last message is the user's.
        check: Grounds a finding. Runs in a thread.
        max_price: Most that all calls together may take, USD; None for no cap.
    """

    def __init__(
        self,
        calls: Streams,
        request: Mapping[str, Any],
        estimate: Estimate,
        check: Callable[[Finding], Finding],
        *,
        max_price: Decimal | None = None,
    ) -> None:
        self._calls = calls
        self._request = request
        self._estimate = estimate
        self._check = check
        self._max_price = max_price
        self._found: list[Finding] = []
        self._spent = Decimal(0)
        self._repaired = False

    async def run(self) -> AsyncIterator[Finding | Usage | Notice]:
        """Findings as each is complete, notices, and the usage of each call after it.

        Raises:
            AnalystError: a call failed, or the answer is not whole. What was yielded stays valid.
        """
        request = self._request
        for more in range(MOST_MORE_CALLS, -1, -1):
            answer = _Answer()
            problem: AnalystError | None = None
            async for opened in self._calls.stream(request):
                if isinstance(opened, Notice):
                    yield opened
                    continue
                try:
                    async with opened as stream:
                        async for item in self._read(stream, answer):
                            yield item
                except CALL_ERRORS as error:
                    problem = explain(error, self._estimate.model, answering=True)
            async for last in self._usage(answer):
                yield last
            if problem is not None and not answer.findings.closed:
                raise problem
            why = self._unfinished(answer)
            if not why:
                return
            if not more or self._is_over_price():
                yield Notice(f"{why} {self._kept()}")
                return
            if notice := self._calls.unheeded(request, answer.findings.text):
                yield notice
            yield Notice(f"{why} Asking for the rest (one more call).")
            request = self._again(why)

    def _unfinished(self, answer: _Answer) -> str:
        """Why there is more to ask for; empty when the answer is whole.

        Raises:
            AnalystError: the answer is not whole, and asking again would not help.
        """
        model, found = self._estimate.model, len(self._found)
        answer.raise_stop(model, found)
        if answer.findings.closed:
            return ""  # what a cap or a lost connection cut off behind the list is nothing
        if answer.finish_reason == "length":
            why = f"The answer of {model} reached its cap of {self._most:,} tokens"
            if answer.readable:
                return f"{why}."
            raise AnalystError(
                f"{why} before {'another' if found else 'any'} finding was complete.",
                _so_far(found),
                "Narrow the query, or choose a model that uses fewer reasoning tokens.",
            )
        why = f"{model} did not answer with the requested JSON."
        if not self._repaired:
            self._repaired = True
            return why
        raise AnalystError(
            why,
            f"It was requested twice. {_so_far(found)}",
            "Hunt again, or use a model that supports structured output (JSON schema).",
        )

    @property
    def _most(self) -> int:
        return self._estimate.tokens_out_most

    def _kept(self) -> str:
        over = (
            f" Another call might pass the price cap of {price_text(self._max_price)}."
            if self._is_over_price()
            else ""
        )
        found = len(self._found)
        return (
            f"{found} findings are complete; there may be more.{over} Narrow the query to see them."
        )

    def _is_over_price(self) -> bool:
        if self._max_price is None:
            return False
        estimate = self._estimate
        more = pricing.price(estimate.spec, estimate.tokens_in, self._most)
        return more is None or self._spent + more > self._max_price

    def _again(self, why: str) -> dict[str, Any]:
        """The request with what is recorded added at its end, so that the cache holds."""
        messages = list(self._request["messages"])
        words = _AGAIN.format(why=why, recorded=_recorded(self._found))
        messages[-1] = {**messages[-1], "content": f"{messages[-1]['content']}{words}"}
        return {**self._request, "messages": messages}

    async def _read(self, stream: Opened, answer: _Answer) -> AsyncIterator[Finding | Notice]:
        async for piece in stream:
            if piece.counted:
                answer.usage = usage_of(piece.counted, self._estimate.model, self._estimate.spec)
            answer.finish_reason = piece.finish_reason or answer.finish_reason
            answer.refusal += piece.refusal
            for element in answer.findings.feed(piece.text):
                item = await self._item(element)
                answer.readable += isinstance(item, Finding)
                if item is not None:
                    yield item
            if len(answer.findings.text) > MAX_ANSWER_CHARS:
                answer.finish_reason = _ENDLESS
                return

    async def _item(self, element: object) -> Finding | Notice | None:
        """The finding; why it is none; or None when that very finding is recorded already."""
        try:
            finding = read_finding(element)
        except UnreadableFindingError as error:
            return Unreadable(f"One finding in the answer could not be read: {error}.")
        if finding in self._found:
            return None
        self._found.append(finding)
        return await asyncio.to_thread(self._check, finding)

    async def _usage(self, answer: _Answer) -> AsyncIterator[Usage | Notice]:
        estimate, usage = self._estimate, answer.usage
        if usage is None:
            yield Notice("The service sent no usage: tokens and price are counted locally.")
            usage = await asyncio.to_thread(
                own_count, estimate.model, estimate.spec, estimate.tokens_in, answer.findings.text
            )
        self._spent += usage.price or Decimal(0)
        yield usage


@dataclass(slots=True)
class _Answer:
    """What has come of one call's answer."""

    findings: FindingStream = field(default_factory=FindingStream)
    refusal: str = ""
    finish_reason: str = ""
    usage: Usage | None = None
    readable: int = 0

    def raise_stop(self, model: str, found: int) -> None:
        """Raise AnalystError for an end that asking again would not change."""
        if self.refusal:
            raise AnalystError(
                f"{model} refused to analyze these rows.",
                f"It said: {escape(self.refusal)[:300]}",
                "Use another model or the offline analyst.",
            )
        if self.finish_reason == "content_filter":
            raise AnalystError(
                f"The content filter of {model}'s service cut off the answer.",
                _so_far(found),
                "Drop the column that triggered it, or use another model.",
            )
        if self.finish_reason == _ENDLESS:
            raise AnalystError(
                f"The answer of {model} is too long.",
                f"It has over {MAX_ANSWER_CHARS:,} characters. {_so_far(found)}",
                "Hunt again, or use another model.",
            )
        if not (self.finish_reason or self.findings.closed):
            raise AnalystError(
                f"The answer of {model} stopped in the middle.", _so_far(found), "Hunt again."
            )


def _so_far(found: int) -> str:
    return f"{found} findings arrived before it and stay valid."


def _recorded(found: Sequence[Finding]) -> str:
    """The findings so far, a line each; nothing when there are none."""
    lines = []
    for finding in found:
        ids = [evidence.row_id for evidence in finding.evidence[:_MOST_ROWS_NAMED]]
        lines.append(f"- {escape(finding.title)[:200]} ({', '.join(ids)[:300]})")
    return "\n".join(["Recorded already:", *lines, ""]) if lines else ""
