"""Explains and repairs a query. Runs nothing."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from soc_tui.analysts import (
    ExplainAnswer,
    ExplainRequest,
    RepairAnswer,
    RepairRequest,
)
from soc_tui.hunting.analyst_access import AnalystAccess
from soc_tui.hunting.analyst_events import asked
from soc_tui.hunting.refusals import refusal_text, refused
from soc_tui.model.catalog import Catalog
from soc_tui.model.errors import SocError
from soc_tui.model.events import Event, Explained, RepairSuggested
from soc_tui.model.hunt import Hunt
from soc_tui.model.plan import Plan
from soc_tui.model.repair import Repair

MOST_REPAIRS = 2
"""Times that a rejected query goes back to the analyst before a human has to edit it."""


@dataclass(slots=True)
class _Chain:
    """A rejected text, the corrections that were made of it, and how often one was asked for."""

    texts: set[str] = field(default_factory=set)
    asked: int = 0


class QueryHelp:
    """Has queries explained and repaired by the analyst."""

    def __init__(self, access: AnalystAccess) -> None:
        self._access = access
        self._chain = _Chain()

    async def explain(self, hunt: Hunt, kql: str, catalog: Catalog) -> AsyncIterator[Event]:
        """Yields notices and spend, then Explained. Raises SocError."""
        reserve = functools.partial(self._access.reserve, hunt)
        request = ExplainRequest(kql, catalog, record=self._access.tape(hunt.id), reserve=reserve)
        call = asked(hunt, lambda tell: self._access.analyst.explain(replace(request, tell=tell)))
        async with aclosing(call) as items:
            async for item in items:
                if isinstance(item, ExplainAnswer):
                    yield Explained(hunt, item.explanation)
                else:
                    hunt = item.hunt
                    yield item

    def repairs_left(self, kql: str) -> int:
        """How many repairs this text has left. A manual edit resets the count."""
        return MOST_REPAIRS - (self._chain.asked if kql in self._chain.texts else 0)

    async def repair(
        self, hunt: Hunt, kql: str, catalog: Catalog, error: SocError | None
    ) -> AsyncIterator[Event]:
        """Yields notices and spend, then RepairSuggested. Raises SocError.

        A correction that the guardrails refuse goes back once more, if that is left.
        """
        problem = str(error or "") or await asyncio.to_thread(self._refusal, kql, hunt.plan)
        if not self.repairs_left(kql):
            raise SocError(
                f"This query has already been repaired {MOST_REPAIRS} times.",
                "",
                "Edit it yourself; after an edit it can be repaired again.",
            )
        if kql not in self._chain.texts:
            self._chain = _Chain({kql})
        request = RepairRequest(
            hunt.request,
            kql,
            problem,
            catalog,
            self._access.limits,
            self._access.now(),
            record=self._access.tape(hunt.id),
            reserve=functools.partial(self._access.reserve, hunt),
        )
        while True:
            self._chain.asked += 1
            async with aclosing(self._repair_once(hunt, request)) as items:
                async for item in items:
                    if isinstance(item, RepairAnswer):
                        answer = item
                    else:
                        hunt = item.hunt
                        yield item
            after, notes, verdict = await asyncio.to_thread(
                self._access.bound_and_judge, answer.kql, hunt.plan
            )
            if verdict.allowed:
                break
            if not self.repairs_left(kql):
                raise refused("The repaired query was refused", verdict)
            feedback = refusal_text(verdict)
            request = replace(request, refused=answer.kql, feedback=feedback)
        self._chain.texts.add(after)
        author = answer.usage.model if answer.usage else self._access.analyst.name
        yield RepairSuggested(hunt, Repair(kql, after, answer.words, author, verdict, notes))

    def _repair_once(
        self, hunt: Hunt, request: RepairRequest
    ) -> AsyncGenerator[Event | RepairAnswer, None]:
        return asked(hunt, lambda tell: self._access.analyst.repair(replace(request, tell=tell)))

    def _refusal(self, kql: str, plan: Plan | None) -> str:
        """Why the guardrails refuse the text.

        Raises:
            SocError: they do not.
        """
        verdict = self._access.bound_and_judge(kql, plan)[2]
        if verdict.allowed:
            raise SocError(
                "Nothing to repair.",
                "The guardrails allow this query, and the workspace has not rejected it.",
                "Run it first.",
            )
        return refusal_text(verdict)
