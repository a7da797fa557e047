"""A prepared hunt that first gives the findings of the screening."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import replace

from soc_tui.analysts import HuntItem, Merged, PreparedHunt, Silence
from soc_tui.analysts.injection.screening import Screened
from soc_tui.model.errors import AnalystError
from soc_tui.model.finding import Finding, highest_number
from soc_tui.model.quote import Quote, silence_text
from soc_tui.model.rows import row_index


class ScreenedHunt:
    """Another prepared hunt, with the screening said in its quote and put before its findings.

    Args:
        row_count: Rows of the answer.
        asks_a_model: What it leaves unsaid is then told as a notice at its end.
        found: What an earlier run through the same answer found: it is not given again.
    """

    def __init__(
        self,
        prepared: PreparedHunt,
        screened: Screened,
        row_count: int,
        *,
        asks_a_model: bool,
        found: Sequence[Finding] = (),
    ) -> None:
        self._prepared = prepared
        self._screened = screened
        self._row_count = row_count
        self._asks_a_model = asks_a_model
        self._found = found

    @property
    def quote(self) -> Quote:
        """What it will take, with the number of rows that talk to a model."""
        return replace(self._prepared.quote, injected_rows=len(self._screened.rows))

    def prompts(self) -> tuple[str, ...]:
        """What the other will send."""
        return self._prepared.prompts()

    async def run(self) -> AsyncIterator[HuntItem]:
        """The findings of the screening, then all that the hunt yields.

        Raises:
            AnalystError: a call failed; findings yielded before it stay valid.
        """
        known = {(finding.title, finding.evidence) for finding in self._found}
        screened = self._screened.findings
        first = [one for one in screened if (one.title, one.evidence) not in known]
        for finding in first:
            yield finding
        before = highest_number(self._found)
        said = {index for finding in self._found for index in self._cited(finding)}
        failure: AnalystError | None = None
        try:
            # mypy sees AsyncIterator; every run is a generator and has aclose.
            async with aclosing(self._prepared.run()) as items:  # type: ignore[type-var]
                async for item in items:
                    said.update(self._cited(item))
                    yield _moved(item, len(first), before) if isinstance(item, Merged) else item
        except AnalystError as error:
            failure = error
        silent = len(self._screened.rows - said)
        if silent and self._asks_a_model:
            yield Silence(silence_text(silent), silent)
        if failure:
            raise failure

    def _cited(self, item: HuntItem) -> set[int]:
        finding = item.finding if isinstance(item, Merged) else item
        if not isinstance(finding, Finding):
            return set()
        indices = (row_index(cited.row_id, self._row_count) for cited in finding.evidence)
        return {index for index in indices if index is not None}


def _moved(item: Merged, by: int, behind: int) -> Merged:
    """The same among all findings, of which `by` more were put behind the first `behind`."""

    def moved(position: int) -> int:
        return position + by if position >= behind else position

    absorbed = tuple(map(moved, item.absorbed))
    return replace(item, position=moved(item.position), absorbed=absorbed)
