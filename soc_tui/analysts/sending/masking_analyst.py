"""An analyst that is told no secrets: another one, given texts and rows with marks in their places.

What it says of cells keeps the marks. What it says of the user's own words and queries, such as a
repaired query, gets back what stood there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

from soc_tui.analysts import (
    Analyst,
    ExplainAnswer,
    ExplainRequest,
    FindingAnswer,
    FindingQuestion,
    HuntItem,
    HuntTask,
    PlanAnswer,
    PlanRequest,
    PreparedHunt,
    RepairAnswer,
    RepairRequest,
)
from soc_tui.analysts.secrets.finder import Masks
from soc_tui.analysts.sending.changed_requests import (
    changed_plan,
    changed_question,
    changed_repair,
)
from soc_tui.analysts.sending.masked_rows import MaskedRows, masked
from soc_tui.analysts.sending.texts import changed
from soc_tui.analysts.sending.wrapped_analyst import WrappedAnalyst
from soc_tui.model.quote import Quote
from soc_tui.model.rows import Rows


class MaskingAnalyst(WrappedAnalyst):
    """The other analyst, told no secrets."""

    def __init__(self, inner: Analyst) -> None:
        super().__init__(inner)
        self._last: tuple[Rows, MaskedRows] | None = None

    async def plan(self, request: PlanRequest) -> PlanAnswer:
        """As the other plans. Raises what it raises."""
        masks = Masks()
        answer = await self.inner.plan(changed_plan(request, masks.masked))
        return replace(answer, outcome=changed(answer.outcome, masks.restored))

    async def explain(self, request: ExplainRequest) -> ExplainAnswer:
        """As the other explains. Raises what it raises."""
        masks = Masks()
        answer = await self.inner.explain(replace(request, kql=masks.masked(request.kql)))
        return replace(answer, explanation=changed(answer.explanation, masks.restored))

    async def repair(self, request: RepairRequest) -> RepairAnswer:
        """As the other repairs. Raises what it raises."""
        masks = Masks()
        answer = await self.inner.repair(changed_repair(request, masks.masked))
        return replace(answer, kql=masks.restored(answer.kql), words=masks.restored(answer.words))

    async def prepare(self, task: HuntTask) -> PreparedHunt:
        """The other's hunt through masked rows. Raises what it raises."""
        shown = await asyncio.to_thread(self._masked, task.rows)
        masks = Masks()
        sent = replace(
            task,
            rows=shown.rows,
            request=masks.masked(task.request),
            kql=masks.masked(task.kql),
        )
        return MaskedHunt(await self.inner.prepare(sent), shown)

    async def discuss(self, question: FindingQuestion) -> FindingAnswer:
        """As the other answers. Raises what it raises."""
        masks = Masks()
        rows = question.rows
        if rows is not None:
            rows = (await asyncio.to_thread(self._masked, rows)).rows
        return await self.inner.discuss(changed_question(question, masks.masked, rows))

    async def aclose(self) -> None:
        """Close the other, and let the rows go."""
        self._last = None
        await super().aclose()

    def _masked(self, rows: Rows) -> MaskedRows:
        """Of the rows of the last question, which are asked about again and again, once."""
        if self._last is None or self._last[0] is not rows:
            self._last = (rows, masked(rows))
        return self._last[1]


class MaskedHunt:
    """Another prepared hunt, whose rows were masked before."""

    def __init__(self, prepared: PreparedHunt, shown: MaskedRows) -> None:
        self._prepared, self._shown = prepared, shown

    @property
    def quote(self) -> Quote:
        """The other's, with what was masked."""
        shown = self._shown
        return replace(self._prepared.quote, masked_cells=shown.cells, masked_secrets=shown.secrets)

    def prompts(self) -> tuple[str, ...]:
        """The other's."""
        return self._prepared.prompts()

    def run(self) -> AsyncIterator[HuntItem]:
        """As the other runs. Raises what it raises."""
        return self._prepared.run()
