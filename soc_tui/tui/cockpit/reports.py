"""Reports on a hunt or some of its findings: choose the format, then the path."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from soc_tui.history.reports.formats import FORMATS
from soc_tui.model.hunt import Hunt
from soc_tui.model.inert import inert
from soc_tui.model.wording import number_of
from soc_tui.tui.cockpit.part import Answer, Part, in_background
from soc_tui.tui.dialogs.choice import ChoiceScreen
from soc_tui.tui.panes.findings import FindingsPane

_ENDINGS = {one.key: one.ending for one in FORMATS}


class Reports(Part):
    """Writes reports."""

    def answers(self) -> tuple[Answer[Any], ...]:
        """See `Part`."""
        return (Answer(FindingsPane.ReportAsked, self._report_findings),)

    @in_background(exclusive=True, group="report")
    async def _report_findings(self, message: FindingsPane.ReportAsked) -> None:
        """Of the marked findings, in their order, or of the whole hunt as it is triaged now."""
        hunt = self.state.shown or self.state.hunt
        if hunt is None:
            told = "No hunt to report yet. Ask (F2) or open one (F8)."
            self.notify(self.worded(told))
            return
        marked = (one.id for one in hunt.findings if one.id in message.identifiers)
        await self.write(hunt, tuple(marked))

    async def write(self, hunt: Hunt, finding_ids: tuple[str, ...] = ()) -> None:
        """Ask for form and path, and say what was written where."""
        from soc_tui.tui.dialogs.report import ReportScreen

        what = f"the marked {number_of(len(finding_ids), 'finding')}" if finding_ids else "the hunt"
        choices = {one.key: one.about for one in FORMATS}
        key = await self.ask(ChoiceScreen(f"Report of {what}", choices))
        if not key:
            return
        path = Path.home() / f"soc_tui-{hunt.id}{_ENDINGS[key]}"
        written = await self.ask(ReportScreen(hunt, finding_ids, path))
        if written:
            path, count = written
            text = f"Report with {number_of(count, 'finding')} saved to {inert(str(path))}."
            self.notify(text, markup=False)
