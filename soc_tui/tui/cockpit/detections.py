"""A detection from a finding: drafted, tried, shown, and saved if wished."""

from __future__ import annotations

import asyncio
from typing import Any

from soc_tui.config.paths import rules_dir
from soc_tui.model.errors import SocError
from soc_tui.model.inert import inert
from soc_tui.tui.cockpit.part import Answer, Part, in_background
from soc_tui.tui.panes.findings import FindingsPane


class Detections(Part):
    """Drafts rules."""

    def answers(self) -> tuple[Answer[Any], ...]:
        """See `Part`."""
        return (Answer(FindingsPane.RuleAsked, self._draft),)

    @in_background(exclusive=True, group="detection")
    async def _draft(self, message: FindingsPane.RuleAsked) -> None:
        """Draft it, try it in the workspace, show both; save it when that was asked for."""
        from soc_tui.opening.detection import TRIAL_HOURS, detection_of
        from soc_tui.tui.dialogs.detection import DetectionScreen, SaveDetectionScreen

        hunt, hunter = self.state.shown or self.state.hunt, self.state.hunter
        if hunt is None or hunter is None:
            return
        self.notify("Drafting a rule and trying it in the workspace.", timeout=2)
        try:
            detection = await asyncio.to_thread(
                detection_of, hunt, message.finding, hunter.catalog, hunter.now()
            )
            query = detection.query(TRIAL_HOURS)
            found = await hunter.look(query) if query else None
        except SocError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        tried = f"{detection.tried} {detection.in_workspace(found, TRIAL_HOURS)}"
        if await self.ask(DetectionScreen(detection, tried)) != "save":
            return
        folder = await self.ask(SaveDetectionScreen(detection, rules_dir()))
        if folder:
            self.notify(
                f"Saved in {inert(str(folder))}: {', '.join(detection.files())}.", markup=False
            )
