"""Questions about a finding: asked, checked, and their queries guarded."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import replace

from soc_tui.analysts import FindingAnswer, FindingQuestion
from soc_tui.hunting.analyst_access import AnalystAccess
from soc_tui.hunting.analyst_events import asked
from soc_tui.hunting.refusals import refusal_text
from soc_tui.model.catalog import Catalog
from soc_tui.model.errors import SocError
from soc_tui.model.events import Discussed, Event, Noticed
from soc_tui.model.finding import Remark
from soc_tui.model.hunt import Hunt


class Discussion:
    """Sends the user's questions about findings to the analyst."""

    def __init__(self, access: AnalystAccess) -> None:
        self._access = access

    async def discuss(
        self, hunt: Hunt, finding_id: str, words: str, catalog: Catalog
    ) -> AsyncIterator[Event]:
        """Yields notices and spend, then Discussed. Raises SocError.

        A query that the guardrails refuse goes back to a model once; the rules of the offline
        analyst would write the same again.
        """
        question = await asyncio.to_thread(self._question, hunt, finding_id, words, catalog)
        while True:
            async with aclosing(self._ask(hunt, question)) as items:
                async for item in items:
                    if isinstance(item, FindingAnswer):
                        answer = item
                    else:
                        hunt = item.hunt
                        yield item
            if not answer.kql:
                verdict = None
                break
            kql, added, verdict = await asyncio.to_thread(
                self._access.bound_and_judge, answer.kql, None
            )
            if verdict.allowed or question.feedback or self._access.analyst.offline:
                refused = () if verdict.allowed else ("The guardrails refuse this query.",)
                answer = replace(answer, kql=kql, notes=(*answer.notes, *added, *refused))
                break
            yield Noticed(
                hunt, "The guardrails refused the answer's query; the analyst is repairing it."
            )
            question = replace(question, refused=answer.kql, feedback=refusal_text(verdict))
        doubts = (
            ()
            if self._access.analyst.offline
            else await asyncio.to_thread(_doubts, question, answer)
        )
        remark = Remark(finding_id, words, answer.text, answer.kql, (*answer.notes, *doubts))
        yield Discussed(replace(hunt, remarks=(*hunt.remarks, remark)), remark, verdict)

    def _ask(
        self, hunt: Hunt, question: FindingQuestion
    ) -> AsyncGenerator[Event | FindingAnswer, None]:
        return asked(hunt, lambda tell: self._access.analyst.discuss(replace(question, tell=tell)))

    def _question(
        self, hunt: Hunt, finding_id: str, words: str, catalog: Catalog
    ) -> FindingQuestion:
        from soc_tui.kql.reading.read import main_table

        finding = next((one for one in hunt.findings if one.id == finding_id), None)
        if finding is None:
            ids = ", ".join(one.id for one in hunt.findings[:10]) or "none"
            raise SocError("No such finding in this hunt.", f"Its findings: {ids}.")
        return FindingQuestion(
            question=words,
            finding=finding,
            request=hunt.whole_request,
            kql=hunt.kql,
            table_name=main_table(hunt.kql),
            rows=hunt.rows,
            catalog=catalog,
            limits=self._access.limits,
            now=self._access.now(),
            earlier=tuple(one for one in hunt.remarks if one.finding_id == finding_id),
            record=self._access.tape(hunt.id),
            reserve=functools.partial(self._access.reserve, hunt),
        )


def _doubts(question: FindingQuestion, answer: FindingAnswer) -> tuple[str, ...]:
    """What the answer names that no cited row holds; nothing can be said without the rows."""
    from soc_tui.analysts.grounding import named_claims
    from soc_tui.analysts.grounding.cited_rows import CitedRows

    if question.rows is None:
        return ("The rows are not available, so the answer could not be checked against them.",)
    finding = replace(question.finding, title="", description=answer.text, recommendations=())
    ids = tuple(item.row_id for item in finding.evidence)
    return tuple(named_claims.doubts_on_things(finding, CitedRows(question.rows, ids)))
