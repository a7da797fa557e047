"""Reports of a hunt or of some of its findings: the form, then where to."""

from __future__ import annotations

import asyncio
from pathlib import Path

from textual import work
from textual.screen import Screen

from soc_tui.history.reports.formats import FORMATS
from soc_tui.history.reports.write_report import write_report
from soc_tui.model.hunt import Hunt
from soc_tui.model.inert import inert
from soc_tui.model.wording import number_of
from soc_tui.tui.dialogs.choice import ChoiceScreen
from soc_tui.tui.dialogs.path import PathScreen
from soc_tui.tui.keys.keymap import worded
from soc_tui.tui.panes.findings import FindingsPane
from soc_tui.tui.worker_errors import Reporting

_ENDINGS = {one.key: one.ending for one in FORMATS}


class ReportScreen(PathScreen[tuple[Path, int]]):
    """Answers with the path that was written to, and how many findings are in it.

    Args:
        finding_ids: The findings to report; all when empty.
        path: Offered.
    """

    heading = "Report: Enter writes, Esc leaves"
    suffixes = tuple(one.ending for one in FORMATS)
    told = f"The ending chooses the form: {' '.join(suffixes)}"

    def __init__(self, hunt: Hunt, finding_ids: tuple[str, ...], path: Path) -> None:
        super().__init__(str(path))
        self._hunt = hunt
        self._finding_ids = finding_ids

    async def chosen(self, path: Path) -> tuple[Path, int] | None:
        """Write it; over another file only when that was confirmed."""
        await self.ask_to_replace(path)
        self.say_doing("Writing")
        return path, await asyncio.to_thread(write_report, self._hunt, path, self._finding_ids)


class Reports(Reporting, Screen[None]):
    """The part of the main screen that writes reports."""

    hunt: Hunt | None = None

    @work(exclusive=True, group="report", exit_on_error=False)
    async def on_findings_pane_report_asked(self, message: FindingsPane.ReportAsked) -> None:
        """Of the marked findings, in their order, or of the whole hunt as it is triaged now."""
        hunt = self.hunt
        if hunt is None:
            self.notify(worded(self, "There is no hunt to report yet. Ask (F2) or open one (F8)."))
            return
        marked = (one.id for one in hunt.findings if one.id in message.identifiers)
        await self.report(hunt, tuple(marked))

    async def report(self, hunt: Hunt, finding_ids: tuple[str, ...] = ()) -> None:
        """Let the human choose form and path, and say what was written where."""
        what = f"the marked {number_of(len(finding_ids), 'finding')}" if finding_ids else "the hunt"
        choices = {one.key: one.about for one in FORMATS}
        key = await self.app.push_screen_wait(ChoiceScreen(f"Report of {what}", choices))
        if not key:
            return
        path = Path.home() / f"soc_tui-{hunt.id}{_ENDINGS[key]}"
        written = await self.app.push_screen_wait(ReportScreen(hunt, finding_ids, path))
        if written:
            path, count = written
            text = f"Report with {number_of(count, 'finding')} written to {inert(str(path))}."
            self.notify(text, markup=False)
