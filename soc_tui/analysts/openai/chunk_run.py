"""Runs the chunks of a hunt in parallel within the tokens per minute and merges their findings."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from soc_tui.analysts import HuntItem, HuntTask, Notice, Progress, Unreadable, Waiting
from soc_tui.analysts.cost.rate_limits import RateLimiter
from soc_tui.analysts.grounding.merge_findings import Merger, part_of
from soc_tui.analysts.openai.findings_call import Streams
from soc_tui.analysts.packing.read_rows import ReadRows
from soc_tui.analysts.packing.time_chunks import Part
from soc_tui.model.coverage import Unseen
from soc_tui.model.errors import AnalystError, RefusedError, TooLongError
from soc_tui.model.finding import Finding

if TYPE_CHECKING:
    from soc_tui.analysts.openai.quoting import PricedChunk
    from soc_tui.analysts.openai.streams import Opened

MOST_AT_ONCE = 6
"""Calls of one hunt that run at the same time."""

_MOST_FAILURES = 3
# Waits shorter than this are not told.
_TOLD_SECONDS = 1.0

HuntOne = Callable[["PricedChunk", Part], AsyncIterator[HuntItem]]
SplitOne = Callable[["PricedChunk"], tuple["PricedChunk", ...]]


class PacedCalls:
    """Calls that wait until the minute has room for them.

    Args:
        calls: Makes the calls.
        tokens: What one call counts: its input and the output that it may use.
    """

    def __init__(self, calls: Streams, limiter: RateLimiter, tokens: int) -> None:
        self._calls = calls
        self._limiter = limiter
        self._tokens = tokens

    def unheeded(self, request: Mapping[str, Any], content: str) -> Notice | None:
        """As `Calls.unheeded`."""
        return self._calls.unheeded(request, content)

    async def stream(self, request: Mapping[str, Any]) -> AsyncIterator[Notice | Opened]:
        """Notices of waits, then as `Calls.stream`."""
        limiter = self._limiter
        while limiter.fits(self._tokens) and (wait := limiter.wait(self._tokens)) > 0:
            if wait > _TOLD_SECONDS and limiter.is_news(wait):
                yield Waiting(f"Waiting {wait:.0f} s for the tokens-per-minute limit.", wait)
            await limiter.pause(wait)
        if not limiter.fits(self._tokens):
            raise TooLongError(
                f"The call takes {self._tokens:,} tokens.",
                f"The service allows {limiter.limit:,} per minute.",
                "Ask for fewer rows or fields, or choose another model.",
            )
        number = limiter.open(self._tokens)
        try:
            async for item in self._calls.stream(request):
                if isinstance(item, Waiting):
                    limiter.hold(item.seconds)
                elif not isinstance(item, Notice):
                    limiter.close(number, item.headers)
                yield item
        except TooLongError as error:
            limiter.limit = error.limit or limiter.limit
            raise
        finally:
            limiter.close(number)


def unread(unseen: Unseen, item: HuntItem) -> Unseen:
    """What is not seen, after one more item of a hunt."""
    if isinstance(item, Unreadable):
        return replace(unseen, findings_unread=unseen.findings_unread + 1)
    return unseen


@dataclass(frozen=True, slots=True)
class _Ended:
    """A chunk's task is over."""

    error: BaseException | None


class ChunkRun:
    """One run through all chunks.

    Args:
        hunt: Hunts through one chunk.
        split: Makes smaller chunks of one that the service found too long, or raises RefusedError.
            Runs in a thread.
        task: What is hunted through; what was found before grows as it is found again.
        unseen: Of all chunks together.
        read: Rows that are answered for; grows with each chunk.
    """

    def __init__(
        self,
        chunks: Iterable[PricedChunk],
        task: HuntTask,
        unseen: Unseen,
        *,
        hunt: HuntOne,
        split: SplitOne,
        read: ReadRows,
    ) -> None:
        self._pending = deque(chunks)
        self._rows = task.rows
        self._found = task.found
        self._unseen = unseen
        self._hunt = hunt
        self._split = split
        self._total = len(self._pending)
        self._started = 0
        self._done = 0
        self._read = read
        self._failures: list[AnalystError] = []
        self._in_a_row = 0
        self._merger = Merger()
        self._news: asyncio.Queue[tuple[PricedChunk, int, HuntItem | _Ended]] = asyncio.Queue()

    async def run(self) -> AsyncIterator[HuntItem]:
        """Everything that the chunks yield, as it comes.

        A chunk that fails does not end the others; after three in a row no more are begun.

        Raises:
            AnalystError: one or more chunks failed; what came stays valid.
        """
        tasks: dict[int, asyncio.Task[None]] = {}
        try:
            await asyncio.to_thread(self._merger.seed, self._found, self._rows)
            if self._total > 1:
                yield self._progress()
            while self._pending or tasks:
                while self._pending and len(tasks) < MOST_AT_ONCE:
                    task = self._start(self._pending.popleft())
                    tasks[self._started] = task
                chunk, number, item = await self._news.get()
                if isinstance(item, Finding):
                    yield await self._merged(item, number)
                elif not isinstance(item, _Ended):
                    self._unseen = unread(self._unseen, item)
                    yield item
                else:
                    del tasks[number]
                    await self._end(chunk, item.error)
                    if self._total > 1:
                        yield self._progress()
        finally:
            for task in tasks.values():
                task.cancel()
            await asyncio.gather(*tasks.values(), return_exceptions=True)
        if self._failures:
            raise self._failure()

    def _start(self, chunk: PricedChunk) -> asyncio.Task[None]:
        self._started += 1
        number = self._started

        async def follow() -> None:
            async for item in self._hunt(chunk, Part(number, self._total)):
                self._news.put_nowait((chunk, number, item))

        def end(task: asyncio.Task[None]) -> None:
            if not task.cancelled():
                self._news.put_nowait((chunk, number, _Ended(task.exception())))

        task = asyncio.create_task(follow())
        task.add_done_callback(end)
        return task

    async def _end(self, chunk: PricedChunk, error: BaseException | None) -> None:
        """Count the chunk, split it, or note its failure."""
        if error is None:
            self._done += 1
            self._read.add(chunk.chunk.indices)
            self._in_a_row = 0
            return
        if isinstance(error, TooLongError) and chunk.count > 1:
            try:
                parts = await asyncio.to_thread(self._split, chunk)
            except RefusedError as refusal:
                error = AnalystError(refusal.what, refusal.why, refusal.next_step)
            else:
                self._pending.extendleft(reversed(parts))
                self._total += len(parts) - 1
                return
        if not isinstance(error, AnalystError):
            raise error
        self._failures.append(error)
        self._in_a_row += 1
        if self._in_a_row >= _MOST_FAILURES:
            self._pending.clear()

    async def _merged(self, finding: Finding, number: int) -> HuntItem:
        part = await asyncio.to_thread(part_of, finding, number, self._rows)
        return self._merger.add(part) or finding

    def _progress(self) -> Progress:
        read = self._read.count
        unread = self._unseen.rows_sent - read
        unseen = replace(
            self._unseen,
            rows_sent=read,
            rows_cut=self._unseen.rows_cut + unread,
        )
        return Progress(self._done, self._total, unseen, self._read.spans)

    def _failure(self) -> AnalystError:
        first, failed = self._failures[0], self._total - self._done
        if self._total == 1:
            return first
        return AnalystError(
            f"{failed} of {self._total} chunks were not hunted.",
            f"{first.what} {first.why}".strip(),
            first.next_step,
            retry_after_seconds=first.retry_after_seconds,
        )
