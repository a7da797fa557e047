"""An analyst that is told no names: another one, given texts and rows with pseudonyms.

What it says comes back with the names, so that findings are checked against the true rows.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace

from soc_tui.analysts import (
    Analyst,
    ExplainAnswer,
    ExplainRequest,
    FindingAnswer,
    FindingQuestion,
    HuntItem,
    HuntTask,
    KnownNames,
    Notice,
    PlanAnswer,
    PlanRequest,
    PreparedHunt,
    RepairAnswer,
    RepairRequest,
)
from soc_tui.analysts.grounding.check_finding import ground
from soc_tui.analysts.pseudonyms.names import Kind, Pseudonyms
from soc_tui.analysts.pseudonyms.row_names import Chosen, HiddenRows, hidden_rows
from soc_tui.analysts.sending.changed_requests import (
    OWN,
    changed_plan,
    changed_question,
    changed_repair,
)
from soc_tui.analysts.sending.texts import changed
from soc_tui.analysts.sending.wrapped_analyst import WrappedAnalyst
from soc_tui.model.finding import Finding
from soc_tui.model.quote import Quote
from soc_tui.model.rows import Rows


class PseudonymAnalyst(WrappedAnalyst):
    """The other analyst, told no names.

    Args:
        key: Of the installation: the same name has the same pseudonym in every hunt.
    """

    def __init__(self, inner: Analyst, chosen: Chosen, key: bytes) -> None:
        super().__init__(inner)
        self._chosen = chosen
        self._pseudonyms = Pseudonyms(key, addresses=chosen.addresses, mail=chosen.mail)
        self._last: tuple[Rows, HiddenRows] | None = None

    async def plan(self, request: PlanRequest) -> PlanAnswer:
        """As the other plans. Raises what it raises."""
        if self._chosen.hosts:
            self._pseudonyms.learn(Kind.HOST, request.known.hosts)
        if self._chosen.users:
            self._pseudonyms.learn(Kind.USER, request.known.accounts)
        sent = changed_plan(request, self._pseudonyms.hide)
        answer = await self.inner.plan(replace(sent, known=KnownNames()))
        return replace(answer, outcome=changed(answer.outcome, self._pseudonyms.restore))

    async def explain(self, request: ExplainRequest) -> ExplainAnswer:
        """As the other explains. Raises what it raises."""
        sent = replace(request, kql=self._pseudonyms.hide(request.kql))
        answer = await self.inner.explain(sent)
        return replace(answer, explanation=changed(answer.explanation, self._pseudonyms.restore))

    async def repair(self, request: RepairRequest) -> RepairAnswer:
        """As the other repairs. Raises what it raises."""
        restore = self._pseudonyms.restore
        answer = await self.inner.repair(changed_repair(request, self._pseudonyms.hide))
        return replace(answer, kql=restore(answer.kql), words=restore(answer.words))

    async def prepare(self, task: HuntTask) -> PreparedHunt:
        """The other's hunt through the rows with pseudonyms. Raises what it raises."""
        shown = await asyncio.to_thread(self._hidden, task.rows)
        hide, restore = self._pseudonyms.hide, self._pseudonyms.restore
        rows = task.rows

        def check(finding: Finding) -> Finding:
            return ground(changed(finding, restore, OWN), rows)

        sent = replace(
            task, rows=shown.rows, request=hide(task.request), kql=hide(task.kql), ground=check
        )
        return PseudonymHunt(await self.inner.prepare(sent), shown, self._pseudonyms)

    async def discuss(self, question: FindingQuestion) -> FindingAnswer:
        """As the other answers. Raises what it raises."""
        rows = question.rows
        if rows is not None:
            rows = (await asyncio.to_thread(self._hidden, rows)).rows
        restore = self._pseudonyms.restore
        sent = changed_question(question, self._pseudonyms.hide, rows)
        answer = await self.inner.discuss(sent)
        return replace(answer, text=restore(answer.text), kql=restore(answer.kql))

    async def aclose(self) -> None:
        """Close the other, and let the rows go."""
        self._last = None
        await super().aclose()

    def _hidden(self, rows: Rows) -> HiddenRows:
        """Of the rows of the last question, which are asked about again and again, once."""
        if self._last is None or self._last[0] is not rows:
            self._last = (rows, hidden_rows(rows, self._chosen, self._pseudonyms))
        return self._last[1]


class PseudonymHunt:
    """Another prepared hunt, whose rows have pseudonyms."""

    def __init__(self, prepared: PreparedHunt, shown: HiddenRows, pseudonyms: Pseudonyms) -> None:
        self._prepared, self._shown, self._pseudonyms = prepared, shown, pseudonyms

    @property
    def quote(self) -> Quote:
        """The other's, with how many cells differ."""
        return replace(self._prepared.quote, pseudonym_cells=self._shown.cells)

    def prompts(self) -> tuple[str, ...]:
        """The other's: as they are sent."""
        return self._prepared.prompts()

    async def run(self) -> AsyncIterator[HuntItem]:
        """As the other runs: its findings have the names already. Raises what it raises."""
        # mypy sees AsyncIterator; every run is a generator and has aclose.
        async with aclosing(self._prepared.run()) as items:  # type: ignore[type-var]
            async for item in items:
                told = isinstance(item, Notice)
                yield changed(item, self._pseudonyms.restore) if told else item
