"""OfflineAnalyst: the Analyst protocol without any model. Nothing leaves the machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from decimal import Decimal

from soc_tui.analysts import (
    OFFLINE,
    Covered,
    ExplainAnswer,
    ExplainRequest,
    FindingAnswer,
    FindingQuestion,
    HuntTask,
    Notice,
    PlanAnswer,
    PlanRequest,
    RepairAnswer,
    RepairRequest,
    Tell,
)
from soc_tui.analysts.offline.planner import conversation
from soc_tui.analysts.offline.sigma import finding_questions
from soc_tui.analysts.offline.sigma.hunting import RuleHunt
from soc_tui.analysts.offline.sigma.rule_library import RuleLibrary
from soc_tui.analysts.offline.sigma.rulebook import Rulebook
from soc_tui.kql.editing.repair import nearest
from soc_tui.kql.explain.passages import explain
from soc_tui.model.coverage import Unseen
from soc_tui.model.errors import AnalystError
from soc_tui.model.finding import Finding
from soc_tui.model.quote import Quote, Usage
from soc_tui.model.row_sources import RowSources
from soc_tui.threads import interruptible

NAME = OFFLINE
_FIRST_WORD_SECONDS, _NEXT_WORD_SECONDS = 0.5, 5.0


class OfflineAnalyst:
    """Plans from the words of a request and hunts with Sigma rules.

    Args:
        rules: Read again at each hunt, so that a changed rule counts; None for ours only.
    """

    def __init__(self, rules: RuleLibrary | None = None) -> None:
        self._rules = rules or RuleLibrary()

    def read_ahead(self) -> None:
        """Begin to read and compile the rules, in the background."""
        self._rules.begin()

    @property
    def name(self) -> str:
        """Short name for the status strip."""
        return NAME

    @property
    def offline(self) -> bool:
        """Always True: no model is asked."""
        return True

    async def plan(self, request: PlanRequest) -> PlanAnswer:
        """Choose table, fields, filters and time range by the request's words; answer or ask back.

        Raises:
            AnalystError: the catalog has no table for it.
        """
        book = await self._rulebook(request.tell)
        return PlanAnswer(await asyncio.to_thread(conversation.outcome, request, book.columns_for))

    async def explain(self, request: ExplainRequest) -> ExplainAnswer:
        """What the KQL parser sees."""
        return ExplainAnswer(await asyncio.to_thread(explain, request.kql, request.catalog))

    async def repair(self, request: RepairRequest) -> RepairAnswer:
        """Put the nearest known names in place of unknown ones.

        Raises:
            AnalystError: the problem is another one.
        """
        repaired = await asyncio.to_thread(
            nearest, request.refused or request.kql, _said(request), request.catalog
        )
        if repaired is None:
            raise AnalystError(
                "The offline analyst cannot repair this query.",
                "It only replaces unknown tables, columns, operators and functions.",
                "Fix it yourself at the place shown, or use a model.",
            )
        return RepairAnswer(*repaired)

    async def prepare(self, task: HuntTask) -> PreparedOfflineHunt:
        """Choose the rules that fit the rows. Never refuses: it costs nothing."""
        book = await self._rulebook(task.tell)
        return PreparedOfflineHunt(task, RuleHunt(task.rows, task.table_name, book, _sources(task)))

    async def discuss(self, question: FindingQuestion) -> FindingAnswer:
        """Answer from the rules that made the finding."""
        book = await self._rulebook(question.tell)
        return await asyncio.to_thread(finding_questions.answer, question, book)

    async def aclose(self) -> None:
        """Stop reading rules."""
        await asyncio.to_thread(self._rules.close)

    async def _rulebook(self, tell: Tell) -> Rulebook:
        """The rules of now; says how far they are while they are compiled."""
        loading = asyncio.wrap_future(self._rules.begin())
        try:
            patience = _FIRST_WORD_SECONDS
            while not (await asyncio.wait([loading], timeout=patience))[0]:
                ready, total = self._rules.progress
                if ready < total:
                    tell(Notice(f"Compiling rules: {ready:,} of {total:,} files are ready."))
                patience = _NEXT_WORD_SECONDS
            return loading.result()
        finally:
            loading.cancel()  # who waits no longer; the rules are compiled to the end


class PreparedOfflineHunt:
    """Rules chosen, not yet run."""

    def __init__(self, task: HuntTask, hunt: RuleHunt) -> None:
        self._task, self._hunt = task, hunt

    @property
    def quote(self) -> Quote:
        """What it takes: no tokens, no money, all rows."""
        count, table = len(self._hunt.rules), self._hunt.origin.text
        return Quote(
            model=NAME,
            tokens_in=0,
            tokens_out_assumed=0,
            price=Decimal(0),
            unseen=self._unseen(),
            reason=f"No model is used; {count} rules for {table} or any table run on this machine.",
            warnings=tuple(notice.message for notice in self._hunt.notices()),
            free=True,
        )

    def prompts(self) -> tuple[str, ...]:
        """Nothing: no model is asked."""
        return ()

    def _unseen(self) -> Unseen:
        rows = self._task.rows
        seen = Unseen(rows.count, rows.count, partial=rows.partial, row_cap=self._task.row_cap)
        return self._hunt.unseen(seen)

    async def run(self) -> AsyncIterator[Finding | Covered | Usage | Notice]:
        """Findings rule by rule, then a usage of nothing. Cancelling stops the running query."""
        for notice in self._hunt.notices():
            yield notice
        steps = self._hunt.findings()
        try:
            while True:
                step = await interruptible(lambda: next(steps, None), self._hunt.interrupt)
                if step is None:
                    break
                yield step
        finally:
            _close(steps)
        yield Covered(self._hunt.receipt(), self._unseen())
        yield Usage(model=NAME, price=Decimal(0), calls=0)


def _sources(task: HuntTask) -> RowSources | None:
    """What the query tells; None where it tells nothing, so that the table's name counts."""
    return task.sources if task.sources.tables or task.sources.complete else None


def _said(request: RepairRequest) -> str:
    return request.feedback if request.refused else request.problem


def _close(steps: Iterator[Finding | Notice]) -> None:
    close: Callable[[], None] | None = getattr(steps, "close", None)
    if close is not None:
        close()
