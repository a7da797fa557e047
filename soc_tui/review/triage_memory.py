"""What was decided about the same finding in earlier hunts. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from soc_tui.model.finding import Earlier, Finding, TriageState
from soc_tui.review.compare_runs import things_cited

_ALIKE = 0.5
"""Share of the cited cells and indicators that two findings of one title have in common."""


class TriageMemory:
    """Triaged findings of earlier hunts, by title.

    Args:
        triaged: Each with where and when it was triaged, the newest first.
    """

    def __init__(self, triaged: Iterable[tuple[Finding, Earlier]] = ()) -> None:
        self._known: dict[str, list[tuple[frozenset[object], Earlier]]] = {}
        for finding, earlier in triaged:
            under = self._known.setdefault(finding.title.casefold(), [])
            under.append((things_cited(finding), earlier))

    def recall(self, finding: Finding) -> Finding:
        """The finding with what was decided about the newest one that is the same, if any was.

        Its state is taken over only when it cites nothing that the earlier one did not: what was
        benign with these commands is not known to be so with others.
        """
        things = things_cited(finding)
        for before, earlier in self._known.get(finding.title.casefold(), ()):
            if things and len(things & before) >= _ALIKE * len(things | before):
                taken = earlier.state if things <= before else TriageState.NEW
                return replace(finding, earlier=earlier, state=taken)
        return finding
